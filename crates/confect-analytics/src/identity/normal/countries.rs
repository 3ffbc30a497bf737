//! Countries: how they are written in a CRM, and how their phone numbers are built.
//!
//! Calling codes, trunk prefixes and lengths of national numbers after ITU-T E.164 and the national plans.
//! A library that knows every plan takes microseconds and megabytes per look-up; here the numbers are only
//! compared with each other, so the countries that shops of the reference data sell to are enough.
//! A country that is missing here costs a match between `+…` and the national form, never a wrong one.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::fold_into;

/// What a phone number needs to know of its country.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::identity) struct Country {
    /// ISO 3166-1 alpha-2, lower case.
    pub(in crate::identity) code: &'static str,
    /// International prefix without `+`.
    pub(in crate::identity) calling: &'static str,
    /// Dialled before a national number and left out behind the calling code.
    pub(in crate::identity) trunk: &'static str,
    /// Digits of a national number without the trunk prefix: fewest, most.
    pub(in crate::identity) digits: (usize, usize),
    names: &'static [&'static str],
}

const fn country(
    code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    digits: (usize, usize),
    names: &'static [&'static str],
) -> Country {
    Country { code, calling, trunk, digits, names }
}

/// Names are folded: lower case, no accents, no punctuation.
const COUNTRIES: &[Country] = &[
    country("us", "1", "1", (10, 10), &["usa", "united states", "united states of america", "u s a"]),
    country("ca", "1", "1", (10, 10), &["can", "canada"]),
    country("fr", "33", "0", (9, 9), &["fra", "france"]),
    country(
        "gb",
        "44",
        "0",
        (9, 10),
        &["gbr", "uk", "united kingdom", "great britain", "england", "scotland", "wales"],
    ),
    country("de", "49", "0", (6, 11), &["deu", "germany", "deutschland", "allemagne"]),
    country("es", "34", "", (9, 9), &["esp", "spain", "espana", "espagne"]),
    country("it", "39", "", (6, 11), &["ita", "italy", "italia", "italie"]),
    country("pt", "351", "", (9, 9), &["prt", "portugal"]),
    country("be", "32", "0", (8, 9), &["bel", "belgium", "belgique", "belgie"]),
    country("nl", "31", "0", (9, 9), &["nld", "netherlands", "the netherlands", "nederland", "pays bas"]),
    country("lu", "352", "", (6, 11), &["lux", "luxembourg"]),
    country("ch", "41", "0", (9, 9), &["che", "switzerland", "schweiz", "suisse", "svizzera"]),
    country("at", "43", "0", (6, 12), &["aut", "austria", "osterreich", "autriche"]),
    country("ie", "353", "0", (7, 9), &["irl", "ireland", "eire", "irlande"]),
    country("dk", "45", "", (8, 8), &["dnk", "denmark", "danmark"]),
    country("no", "47", "", (8, 8), &["nor", "norway", "norge"]),
    country("se", "46", "0", (7, 10), &["swe", "sweden", "sverige"]),
    country("fi", "358", "0", (6, 11), &["fin", "finland", "suomi"]),
    country("is", "354", "", (7, 7), &["isl", "iceland"]),
    country("pl", "48", "", (9, 9), &["pol", "poland", "polska", "pologne"]),
    country("cz", "420", "", (9, 9), &["cze", "czech republic", "czechia"]),
    country("sk", "421", "0", (9, 9), &["svk", "slovakia"]),
    country("hu", "36", "06", (8, 9), &["hun", "hungary"]),
    country("ro", "40", "0", (9, 9), &["rou", "romania"]),
    country("bg", "359", "0", (8, 9), &["bgr", "bulgaria"]),
    country("gr", "30", "", (10, 10), &["grc", "greece", "hellas", "grece"]),
    country("cy", "357", "", (8, 8), &["cyp", "cyprus"]),
    country("mt", "356", "", (8, 8), &["mlt", "malta"]),
    country("hr", "385", "0", (8, 9), &["hrv", "croatia"]),
    country("si", "386", "0", (8, 8), &["svn", "slovenia"]),
    country("lt", "370", "0", (8, 8), &["ltu", "lithuania"]),
    country("lv", "371", "", (8, 8), &["lva", "latvia"]),
    country("ee", "372", "", (7, 8), &["est", "estonia"]),
    country("tr", "90", "0", (10, 10), &["tur", "turkey", "turkiye"]),
    country("ua", "380", "0", (9, 9), &["ukr", "ukraine"]),
    country("il", "972", "0", (8, 9), &["isr", "israel"]),
    country("ae", "971", "0", (8, 9), &["are", "united arab emirates", "uae"]),
    country("sa", "966", "0", (8, 9), &["sau", "saudi arabia"]),
    country("bh", "973", "", (8, 8), &["bhr", "bahrain"]),
    country("lb", "961", "0", (7, 8), &["lbn", "lebanon"]),
    country("ma", "212", "0", (9, 9), &["mar", "morocco", "maroc"]),
    country("dz", "213", "0", (8, 9), &["dza", "algeria", "algerie"]),
    country("tn", "216", "", (8, 8), &["tun", "tunisia", "tunisie"]),
    country("eg", "20", "0", (8, 10), &["egy", "egypt"]),
    country("za", "27", "0", (9, 9), &["zaf", "south africa", "rsa"]),
    country("ng", "234", "0", (8, 10), &["nga", "nigeria"]),
    country("ke", "254", "0", (9, 9), &["ken", "kenya"]),
    country("in", "91", "0", (10, 10), &["ind", "india"]),
    country("cn", "86", "0", (9, 11), &["chn", "china"]),
    country("jp", "81", "0", (9, 10), &["jpn", "japan"]),
    country("kr", "82", "0", (8, 10), &["kor", "south korea", "korea"]),
    country("hk", "852", "", (8, 8), &["hkg", "hong kong"]),
    country("sg", "65", "", (8, 8), &["sgp", "singapore"]),
    country("au", "61", "0", (9, 9), &["aus", "australia"]),
    country("nz", "64", "0", (8, 10), &["nzl", "new zealand"]),
    country("mx", "52", "", (10, 10), &["mex", "mexico"]),
    country("br", "55", "0", (10, 11), &["bra", "brazil", "brasil"]),
    country("ar", "54", "0", (10, 11), &["arg", "argentina"]),
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Country>> = LazyLock::new(|| {
    let named = |country: &'static Country| country.names.iter().map(move |name| (*name, country));
    let coded = COUNTRIES.iter().map(|country| (country.code, country));
    COUNTRIES.iter().flat_map(named).chain(coded).collect()
});

/// Of several countries with one calling code the first of the table.
static BY_CALLING: LazyLock<HashMap<&'static str, &'static Country>> =
    LazyLock::new(|| COUNTRIES.iter().rev().map(|country| (country.calling, country)).collect());

/// The country that `text` names, by name in English or its own language, or by ISO code.
///
/// `scratch` is a buffer.
pub(in crate::identity) fn country_named(text: &str, scratch: &mut String) -> Option<&'static Country> {
    scratch.clear();
    fold_into(text, scratch);
    BY_NAME.get(scratch.as_str()).copied()
}

/// The country whose calling code `digits` start with.
pub(in crate::identity) fn country_called(digits: &str) -> Option<&'static Country> {
    (1..=3).find_map(|length| BY_CALLING.get(digits.get(..length)?).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_found_as_people_write_them() {
        let mut scratch = String::new();
        for (text, code) in [
            ("France", "fr"),
            ("FR", "fr"),
            (" united  kingdom", "gb"),
            ("EIRE", "ie"),
            ("U.S.A.", "us"),
            ("España", "es"),
            ("Österreich", "at"),
        ] {
            assert_eq!(country_named(text, &mut scratch).map(|country| country.code), Some(code), "{text}");
        }
        assert_eq!(country_named("Atlantis", &mut scratch), None);
        assert_eq!(country_called("33612345678").map(|country| country.code), Some("fr"));
        assert_eq!(country_called("3531234567").map(|country| country.code), Some("ie"));
        assert_eq!(country_called("999"), None);
    }

    #[test]
    fn the_table_is_sound() {
        let mut names = std::collections::HashSet::new();
        for country in COUNTRIES {
            assert!(country.digits.0 <= country.digits.1 && country.digits.1 <= 12, "{country:?}");
            for name in country.names.iter().chain([&country.code]) {
                assert!(names.insert(*name), "{name} twice");
                assert_eq!(super::super::fold::folded(name), *name);
            }
        }
        // No calling code begins with another, so the shortest that fits is the right one.
        let mut codes: Vec<&str> = COUNTRIES.iter().map(|country| country.calling).collect();
        codes.sort_unstable();
        codes.dedup();
        for pair in codes.windows(2) {
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
    }
}
