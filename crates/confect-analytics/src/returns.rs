//! Which sale a return takes back.
//!
//! A return belongs to the latest sale before it of the same customer, article and price that still has
//! as many pieces: what a return takes back is no longer there for the next one, so that a sale of three
//! pieces is taken back three times at most.
//! Returns are served in the order in which they happened; equal moments go by invoice and line, so that
//! the answer does not depend on the order of rows.
//! A return of more pieces than any one sale has left stays unmatched; it is not split over several.
//! Deliberately absent: what makes two lines comparable, which is the caller's key.

/// A sold or returned line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodsLine<'a> {
    /// Equal for lines of one customer, article and price.
    pub key: i64,
    /// Whether pieces came back.
    pub is_return: bool,
    /// Moment, in any unit that grows with time.
    pub at: i64,
    /// Number of the receipt or invoice.
    pub invoice_no: &'a str,
    /// Place of the line within its invoice.
    pub line_no: i64,
    /// Pieces, positive, in ten-thousandths.
    pub quantity: i128,
}

/// The sale that each return takes back: pairs of places in `lines`, (return, sale), by the return's.
///
/// Lines without pieces match nothing. Takes time proportional to sorting, and for each return to the
/// sales of its key before it that have fewer pieces left than it needs.
pub fn match_returns(lines: &[GoodsLine<'_>]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    // At one moment goods are sold before they come back.
    let place = |index: &usize| {
        lines.get(*index).map(|line| (line.key, line.at, line.is_return, line.invoice_no, line.line_no))
    };
    order.sort_by_key(place);
    let mut matched = Vec::new();
    let mut key = None;
    // Sales of the key that have pieces left, the latest last.
    let mut open: Vec<(usize, i128)> = Vec::new();
    for index in order {
        let Some(line) = lines.get(index).filter(|line| line.quantity > 0) else { continue };
        if key != Some(line.key) {
            key = Some(line.key);
            open.clear();
        }
        if !line.is_return {
            open.push((index, line.quantity));
            continue;
        }
        let fits = open.iter().rposition(|(_, left)| *left >= line.quantity);
        let Some((place, sale)) = fits.and_then(|place| Some((place, open.get_mut(place)?))) else {
            continue;
        };
        matched.push((index, sale.0));
        sale.1 -= line.quantity;
        if sale.1 == 0 {
            open.remove(place);
        }
    }
    matched.sort_unstable();
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: i64, is_return: bool, at: i64, invoice_no: &str, quantity: i128) -> GoodsLine<'_> {
        GoodsLine { key, is_return, at, invoice_no, line_no: 1, quantity }
    }

    #[test]
    fn a_sale_is_used_up_by_its_returns_and_the_latest_goes_first() {
        let lines = [
            line(1, false, 10, "A", 5),
            line(1, false, 20, "B", 2),
            line(1, true, 30, "C", 2),  // B
            line(1, true, 31, "D", 2),  // A, since B has none left
            line(1, true, 32, "E", 4),  // A has 3 left
            line(1, true, 33, "F", 3),  // A
            line(1, true, 34, "G", 1),  // nothing left
            line(2, true, 40, "H", 1),  // another key
            line(1, false, 50, "I", 9), // too late for all of them
        ];
        assert_eq!(match_returns(&lines), [(2, 1), (3, 0), (5, 0)]);
    }

    #[test]
    fn equal_moments_go_by_invoice_and_sales_before_returns() {
        let lines = [
            line(1, true, 10, "C", 1),
            line(1, true, 10, "B", 2),
            line(1, false, 10, "Z", 2),
            line(1, false, 10, "A", 1),
        ];
        // B comes first and takes Z, the latest; C takes A.
        assert_eq!(match_returns(&lines), [(0, 3), (1, 2)]);
        let mut turned = lines;
        turned.reverse();
        assert_eq!(match_returns(&turned), [(2, 1), (3, 0)]);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(match_returns(&[]), []);
        assert_eq!(match_returns(&[line(1, false, 1, "A", 0), line(1, true, 2, "B", 0)]), []);
    }
}
