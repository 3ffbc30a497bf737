//! What is done to the dashboard's page before it is served; shared with the build script.

use sha2::{Digest, Sha256};

/// The page with its addresses `./…` below `base`.
pub(crate) fn rewritten(html: &str, base: &str) -> String {
    ["src=\"./", "href=\"./"].iter().fold(html.to_owned(), |html, attribute| {
        let name = attribute.trim_end_matches("./");
        html.replace(attribute, &format!("{name}{base}"))
    })
}

/// The sources that a Content-Security-Policy needs for the inline scripts of `html`:
/// ` 'sha256-…'` for each.
pub(crate) fn script_hashes(html: &str) -> String {
    let mut hashes = String::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, body)) = after.split_once('>') else { break };
        let Some((script, next)) = body.split_once("</script>") else { break };
        if !attributes.contains("src=") {
            hashes.push_str(&format!(" 'sha256-{}'", base64(&Sha256::digest(script.as_bytes()))));
        }
        rest = next;
    }
    hashes
}

/// Whether a file is worth compressing; the build script's question.
#[allow(dead_code)]
pub(crate) fn is_text(name: &str) -> bool {
    ["html", "js", "mjs", "css", "svg", "json", "txt", "map"].contains(&extension(name))
}

/// The media type of a file, by its name.
pub(crate) fn media_type(name: &str) -> &'static str {
    match extension(name) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) as usize & 63;
            let letter = LETTERS.get(index).map_or('=', |letter| char::from(*letter));
            text.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
