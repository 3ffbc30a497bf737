//! The two messages before the first question: what is offered (PRELOGIN) and who asks (LOGIN7).

use super::address::Address;
use super::line;

/// Answers to the question about encryption (MS-TDS 2.2.6.5).
const ON: u8 = 0x01;
const NOT_SUPPORTED: u8 = 0x02;
const REQUIRED: u8 = 0x03;
/// TDS 7.4.
const VERSION: u32 = 0x7400_0004;
const VERSION_OPTION: u8 = 0;
const ENCRYPTION_OPTION: u8 = 1;
const END: u8 = 0xff;

/// The offer; encrypted or not.
pub(super) fn prelogin(encrypted: bool) -> Vec<u8> {
    let options: [(u8, &[u8]); 4] = [
        (VERSION_OPTION, &[0; 6]),
        (ENCRYPTION_OPTION, if encrypted { &[ON] } else { &[NOT_SUPPORTED] }),
        // No name of an instance; no several answers at a time.
        (2, &[0]),
        (4, &[0]),
    ];
    let (mut table, mut values) = (Vec::new(), Vec::new());
    let start = options.len() * 5 + 1;
    for (token, value) in options {
        table.push(token);
        table.extend_from_slice(&((start + values.len()) as u16).to_be_bytes());
        table.extend_from_slice(&(value.len() as u16).to_be_bytes());
        values.extend_from_slice(value);
    }
    table.push(END);
    table.extend_from_slice(&values);
    table
}

/// What the server says to the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Encrypted,
    Plain,
    /// It does not want an unencrypted line.
    Demanded,
    /// It has no encryption.
    None,
}

/// Reads the answer to an offer; `None`: this is no answer of a SQL Server.
pub(super) fn answered(answer: &[u8], encrypted: bool) -> Option<Offer> {
    let mut table = answer;
    let mut has_version = false;
    let mut found = None;
    while let [token, high, low, length_high, length_low, rest @ ..] = table {
        if *token == END {
            break;
        }
        let start = usize::from(u16::from_be_bytes([*high, *low]));
        let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
        let value = answer.get(start..start + length)?;
        has_version |= *token == VERSION_OPTION;
        if *token == ENCRYPTION_OPTION {
            found = value.first().copied();
        }
        table = rest;
    }
    match (found.filter(|_| has_version)?, encrypted) {
        (ON | REQUIRED, true) => Some(Offer::Encrypted),
        (_, true) => Some(Offer::None),
        (REQUIRED | ON, false) => Some(Offer::Demanded),
        (_, false) => Some(Offer::Plain),
    }
}

/// Who asks (MS-TDS 2.2.6.4).
pub(super) fn login(address: &Address) -> Vec<u8> {
    let mut fixed = Vec::with_capacity(94);
    for number in [VERSION, line::SIZE, 0, std::process::id(), 0] {
        fixed.extend_from_slice(&number.to_le_bytes());
    }
    // 1: a database or language that is not there is an error; 2: settings as ODBC has them (ANSI nulls, quotes).
    fixed.extend_from_slice(&[0xe0, 0x03, 0, 0]);
    // Time zone and language of the client.
    fixed.extend_from_slice(&[0; 8]);
    let texts = [
        utf16("confect"),
        utf16(&address.user),
        obscured(address.password.expose()),
        utf16("confect"),
        utf16(&address.host.chars().take(128).collect::<String>()),
        Vec::new(),
        utf16("confect"),
        Vec::new(),
        utf16(&address.database),
    ];
    let start = 94;
    let mut data: Vec<u8> = Vec::new();
    let mut place = |fixed: &mut Vec<u8>, text: &[u8]| {
        fixed.extend_from_slice(&((start + data.len()) as u16).to_le_bytes());
        fixed.extend_from_slice(&((text.len() / 2) as u16).to_le_bytes());
        data.extend_from_slice(text);
    };
    for text in &texts {
        place(&mut fixed, text);
    }
    // The address of the network card; nobody's business.
    fixed.extend_from_slice(&[0; 6]);
    // Windows' own way of signing in, a file of a database, a new password: none.
    for _ in 0..3 {
        place(&mut fixed, &[]);
    }
    fixed.extend_from_slice(&[0; 4]);
    fixed.extend_from_slice(&data);
    let mut whole = ((fixed.len() + 4) as u32).to_le_bytes().to_vec();
    whole.extend_from_slice(&fixed);
    whole
}

/// Text as the protocol has it.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A password, its half bytes swapped and some bits turned, as the protocol wants it; that is no encryption.
fn obscured(password: &str) -> Vec<u8> {
    utf16(password).into_iter().map(|byte| byte.rotate_left(4) ^ 0xa5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Encryption;
    use crate::secret::Secret;

    /// MS-TDS 4.1: the example of a pre-login answer of a server that supports, and does not ask for, encryption.
    #[test]
    fn the_published_answer_is_understood() {
        let answer = [
            0x00, 0x00, 0x1a, 0x00, 0x06, 0x01, 0x00, 0x20, 0x00, 0x01, 0x02, 0x00, 0x21, 0x00, 0x01, 0x03,
            0x00, 0x22, 0x00, 0x00, 0x04, 0x00, 0x22, 0x00, 0x01, 0xff, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x01, 0x00, 0x00,
        ];
        assert_eq!(answered(&answer, true), Some(Offer::Encrypted));
        assert_eq!(answered(&answer, false), Some(Offer::Demanded));
        let plain: Vec<u8> =
            answer.iter().enumerate().map(|(i, byte)| if i == 32 { 2 } else { *byte }).collect();
        assert_eq!(answered(&plain, false), Some(Offer::Plain));
        assert_eq!(answered(&plain, true), Some(Offer::None));
        assert_eq!(answered(b"HTTP/1.1 400 Bad Request\r\n\r\n", true), None);
        assert_eq!(answered(&answer[..20], true), None);
        assert_eq!(answered(&[], true), None);
    }

    #[test]
    fn our_offer_reads_as_one() {
        assert_eq!(answered(&prelogin(true), true), Some(Offer::Encrypted));
        assert_eq!(answered(&prelogin(false), false), Some(Offer::Plain));
    }

    #[test]
    fn a_login_has_its_parts_where_it_says() {
        let address = Address {
            host: "till".to_owned(),
            port: 1433,
            user: "anna".to_owned(),
            password: Secret::new("geheim"),
            database: "Käse".to_owned(),
            encryption: Encryption::None,
        };
        let login = login(&address);
        assert_eq!(login[..4], (login.len() as u32).to_le_bytes());
        let part = |index: usize| {
            let at = 36 + index * 4;
            let number = |at: usize| usize::from(u16::from_le_bytes([login[at], login[at + 1]]));
            login[number(at)..number(at) + 2 * number(at + 2)].to_vec()
        };
        assert_eq!((part(1), part(8)), (utf16("anna"), utf16("Käse")));
        // MS-TDS 2.2.6.4: `a`, 0x61, becomes 0x16, and with 0xA5 0xB3.
        assert_eq!(obscured("a"), [0xb3, 0xa5]);
        let back: Vec<u8> = part(2).iter().map(|byte| (byte ^ 0xa5).rotate_left(4)).collect();
        assert_eq!(back, utf16("geheim"));
    }
}
