//! Names, addresses, e-mails and phones of customers, and those who are in the CRM twice.
//!
//! Names come from the lists of the `fake` crate for each country. An e-mail and a phone belong to one person;
//! names do not, so that a warehouse has namesakes to keep apart.

use fake::locales::{DE_DE, Data, FR_FR, IT_IT};

use crate::customers::{CHUNK, Chunk, Customers};
use crate::group::COUNTRIES;
use crate::plan::SEGMENTS;
use crate::random::{Random, Stream};
use crate::text;
use crate::world::{BEFORE, World};

/// The heading of the CRM's file.
pub(crate) const HEADING: &str = "customer_id,name,email,phone,country,region,city,joined_date,loyalty_tier,segment,\
                                  consent_marketing,favourite_category\n";

/// By what a second entry of a person can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SharedBy {
    Email,
    Phone,
    NameAndCity,
}

impl SharedBy {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::NameAndCity => "name_city",
        }
    }
}

/// A person who is in the CRM twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Twice {
    pub(crate) first: u64,
    pub(crate) second: u64,
    pub(crate) by: SharedBy,
}

/// A person as the CRM has them.
struct Person {
    name: String,
    email: String,
    phone: String,
    town: (&'static str, &'static str),
    consent: &'static str,
    shared_by: SharedBy,
}

/// First and last names of a country.
fn names(country: usize) -> (&'static [&'static str], &'static [&'static str]) {
    match country {
        2 => (FR_FR::NAME_FIRST_NAME, FR_FR::NAME_LAST_NAME),
        3 => (IT_IT::NAME_FIRST_NAME, IT_IT::NAME_LAST_NAME),
        _ => (DE_DE::NAME_FIRST_NAME, DE_DE::NAME_LAST_NAME),
    }
}

/// The lines of a chunk of customers; who is in the CRM twice goes into `twice`.
pub(crate) fn chunk_text(
    world: &World,
    customers: &Customers,
    number: usize,
    chunk: &Chunk,
) -> (Vec<u8>, Vec<Twice>) {
    let mut out = Vec::with_capacity(chunk.profiles.len() * 120);
    let mut twice = Vec::new();
    for place in 0..chunk.profiles.len() {
        let customer = number as u32 * CHUNK + place as u32;
        let person = person(world, customers, customer);
        entry(&mut out, world, (chunk, place), customers.id(customer), &person, chunk.profiles[place].joined);
    }
    for (place, profile) in chunk.profiles.iter().enumerate() {
        let Some(joined) = profile.second() else { continue };
        let customer = number as u32 * CHUNK + place as u32;
        let person = again(person(world, customers, customer), customer);
        let (first, second) = (customers.id(customer), customers.second_id(customer));
        entry(&mut out, world, (chunk, place), second, &person, joined);
        twice.push(Twice { first, second, by: person.shared_by });
    }
    (out, twice)
}

fn person(world: &World, customers: &Customers, customer: u32) -> Person {
    let mut random = Random::of(world.seed, Stream::Person, u64::from(customer));
    let Some(profile) = customers.profile(customer) else { return nobody() };
    let country = usize::from(profile.country);
    let (first_names, last_names) = names(country);
    let mut draw = |names: &[&'static str]| {
        names.get(random.below(names.len())).copied().unwrap_or("").trim_matches(',')
    };
    let (mut first, mut last) = (draw(first_names).to_owned(), draw(last_names).to_owned());
    let shared_by = [SharedBy::Email, SharedBy::Phone, SharedBy::NameAndCity][customer as usize % 3];
    let is_twice = profile.second().is_some();
    // Every 13th leaves no e-mail.
    let has_email = is_twice || customer % 13 != 5;
    if is_twice || !has_email {
        // With an address or a number missing, a namesake in the same town cannot be told apart: a rare name then.
        first = format!("{first} {}", draw(first_names));
        last = format!("{last}-{}", draw(last_names));
    }
    let towns = COUNTRIES[country].towns;
    let home = world.stores.get(usize::from(profile.home)).filter(|store| !store.is_web);
    let town = match home {
        Some(store) if random.happens(0.7) => store.town(),
        _ => towns[random.below(towns.len())],
    };
    let number = customers.id(customer);
    let host = ["example.net", "example.org", "example.com"][random.below(3)];
    let consent = ["true", "true", "true", "false", ""][random.below(5)];
    Person {
        email: if has_email {
            format!("{}.{}{number}@{host}", plain(&first), plain(&last))
        } else {
            String::new()
        },
        name: format!("{first} {last}"),
        phone: format!(
            "{} 15{} {:08}",
            COUNTRIES[country].dial,
            customer / 99_999_989 % 10,
            scatter(customer)
        ),
        town,
        consent,
        shared_by,
    }
}

/// A number below 100 million for each customer, no two alike among 99,999,989: the modulus is prime.
const fn scatter(customer: u32) -> u64 {
    (customer as u64 + 1) * 48_271 % 99_999_989
}

/// The same person, entered again by somebody else.
fn again(person: Person, customer: u32) -> Person {
    let (mut first, last) = match person.name.split_once(' ') {
        Some((first, last)) => (first.to_owned(), last.to_owned()),
        None => (person.name.clone(), String::new()),
    };
    match person.shared_by {
        // Another phone, a slip in the name, the address in capitals.
        SharedBy::Email => {
            let mut letters: Vec<char> = first.chars().collect();
            let middle = letters.len() / 2;
            if letters.len() > 4 {
                letters.swap(middle, middle - 1);
            }
            first = letters.into_iter().collect();
            let email = person.email.to_uppercase();
            Person { name: format!("{first} {last}"), email, phone: String::new(), ..person }
        }
        // The number in another form, no address.
        SharedBy::Phone => {
            let digits: String = person.phone.chars().filter(char::is_ascii_digit).collect();
            let phone = format!("00{digits}");
            Person { name: person.name.to_uppercase(), email: String::new(), phone, ..person }
        }
        // Nothing but name and town; sometimes the family name first.
        SharedBy::NameAndCity => {
            let name = if customer % 2 == 0 { person.name.to_uppercase() } else { person.name.clone() };
            Person { name, email: String::new(), phone: String::new(), ..person }
        }
    }
}

fn nobody() -> Person {
    let (name, email, phone) = (String::new(), String::new(), String::new());
    Person { name, email, phone, town: ("", ""), consent: "", shared_by: SharedBy::Email }
}

/// Letters that an address may have.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' => out.push(letter),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'à' | 'â' | 'á' => out.push('a'),
            'î' | 'ï' | 'ì' => out.push('i'),
            'ô' | 'ò' => out.push('o'),
            'û' | 'ù' => out.push('u'),
            'ç' | 'ć' => out.push('c'),
            _ => {}
        }
    }
    out
}

fn entry(
    out: &mut Vec<u8>,
    world: &World,
    (chunk, place): (&Chunk, usize),
    id: u64,
    person: &Person,
    joined: u16,
) {
    let profile = &chunk.profiles[place];
    let visits = chunk.visits.get(place).copied().unwrap_or(0);
    let tier = match visits {
        _ if !profile.collects => "",
        0..=3 => "Bronze",
        4..=9 => "Silver",
        10..=24 => "Gold",
        _ => "Platinum",
    };
    let date = world.first.plus_days(i32::from(joined) - BEFORE as i32);
    text::number(out, id);
    out.push(b',');
    let country = COUNTRIES[usize::from(profile.country)].name;
    let favourite = crate::assortment::KINDS[usize::from(profile.favourite)].name;
    let joined = text::DayText::of(date).iso;
    let joined = std::str::from_utf8(&joined).unwrap_or("");
    let (city, region) = person.town;
    let segment = SEGMENTS[profile.segment()].name;
    let fields = [
        &person.name,
        &person.email,
        &person.phone,
        country,
        region,
        city,
        joined,
        tier,
        segment,
        person.consent,
        favourite,
    ];
    text::line(out, &fields);
}
