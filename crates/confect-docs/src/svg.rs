//! The few shapes that the pictures need, as text that is escaped where it comes from outside.

use std::fmt::Write as _;

/// Width of an average letter at 12 px, a little generous: boxes must not be too narrow.
const LETTER: f64 = 6.9;

/// A picture under construction; x to the right, y down, in pixels.
pub(crate) struct Picture {
    body: String,
    width: f64,
    height: f64,
}

/// Where a curve starts or ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Picture {
    pub(crate) fn new() -> Self {
        Self { body: String::new(), width: 0.0, height: 0.0 }
    }

    /// A box with a class.
    pub(crate) fn rect(&mut self, class: &str, corner: Point, width: f64, height: f64) {
        let Point { x, y } = corner;
        self.reach(x + width, y + height);
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"6\"/>"
        );
    }

    /// A text that starts at a point of its base line.
    pub(crate) fn text(&mut self, class: &str, at: Point, text: &str) {
        self.reach(at.x + width_of(text), at.y + 4.0);
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            at.x,
            at.y,
            escaped(text)
        );
    }

    /// A text that ends at a point of its base line.
    pub(crate) fn text_to(&mut self, class: &str, end: Point, text: &str) {
        self.reach(end.x, end.y + 4.0);
        let _ = write!(
            self.body,
            "<text class=\"{class}\" text-anchor=\"end\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            end.x,
            end.y,
            escaped(text)
        );
    }

    /// A line that leaves and arrives level; `title` is shown when one points at it.
    pub(crate) fn curve(&mut self, class: &str, from: Point, to: Point, title: &str) {
        let bend = ((to.x - from.x).abs() / 2.0).max(28.0);
        let _ = write!(
            self.body,
            "<path class=\"{class}\" d=\"M{:.0} {:.0}C{:.0} {:.0} {:.0} {:.0} {:.0} {:.0}\"><title>{}</title></path>",
            from.x,
            from.y,
            from.x + bend,
            from.y,
            to.x - bend,
            to.y,
            to.x,
            to.y,
            escaped(title)
        );
    }

    /// A line between two points of one column, around to the right.
    pub(crate) fn arc(&mut self, class: &str, from: Point, to: Point, title: &str) {
        let bend = 14.0 + (to.y - from.y).abs() / 8.0;
        self.reach(from.x + bend, from.y);
        let _ = write!(
            self.body,
            "<path class=\"{class}\" d=\"M{:.0} {:.0}C{:.0} {:.0} {:.0} {:.0} {:.0} {:.0}\"><title>{}</title></path>",
            from.x,
            from.y,
            from.x + bend,
            from.y,
            to.x + bend,
            to.y,
            to.x,
            to.y,
            escaped(title)
        );
    }

    /// Begins a group that is told by its title.
    pub(crate) fn open(&mut self, title: &str) {
        let _ = write!(self.body, "<g><title>{}</title>", escaped(title));
    }

    /// Ends a group.
    pub(crate) fn close(&mut self) {
        self.body.push_str("</g>");
    }

    fn reach(&mut self, x: f64, y: f64) {
        self.width = self.width.max(x);
        self.height = self.height.max(y);
    }

    /// The whole file, with a margin; follows the reader's light or dark setting.
    pub(crate) fn finish(self, title: &str) -> String {
        let (width, height) = (self.width + 24.0, self.height + 24.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\"><title>{}</title><style>{STYLE}</style>\
             <rect class=\"bg\" width=\"{width:.0}\" height=\"{height:.0}\"/>{}</svg>\n",
            escaped(title),
            self.body
        )
    }
}

/// About how wide a text at 12 px is.
pub(crate) fn width_of(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a text of a picture is short")]
    let letters = text.chars().count() as f64;
    letters * LETTER
}

/// Text as XML and HTML take it.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' && letter != '\t' => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
.bg{fill:light-dark(#f5f6f8,#0d0f13)}\
text{font:12px ui-sans-serif,system-ui,'Segoe UI',sans-serif;fill:light-dark(#10141b,#eff2f7)}\
.box{fill:light-dark(#fff,#15181e);stroke:light-dark(#d3d7df,#363d4a)}\
.head{fill:light-dark(#e8effd,#1a2440)}.fact .head,.head.fact{fill:light-dark(#fdf2d9,#2e240f)}\
.head.mart{fill:light-dark(#e2f4ec,#12291f)}\
.name{font-weight:600}.type,.note{fill:light-dark(#687080,#8d95a5);font-size:11px}\
.key{fill:light-dark(#1a4db8,#9db7ff)}\
.edge{fill:none;stroke:light-dark(#9aa1ae,#717a8b);stroke-width:1.2;opacity:.7}\
.edge:hover{stroke:light-dark(#2460dd,#6f95ff);stroke-width:2.4;opacity:1}\
.title{font-weight:600;fill:light-dark(#454c5a,#b6bdca)}";
