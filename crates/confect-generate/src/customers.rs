//! Customers with a loyalty card: when they join, when they stop coming, and how often they come.

use confect_domain::{Date, Period};

use crate::GenerateSpec;
use crate::assortment::CATEGORIES;
use crate::random::Random;

/// One customer of the CRM; customer 1 first.
pub(crate) struct Customer {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) joined: Date,
    /// The first day on which the customer no longer comes; `None` while still a customer.
    pub(crate) left: Option<Date>,
    /// How often, against the others. Heavy-tailed: a few come fifty times as often as most.
    pub(crate) weight: f64,
    /// Index of the shop.
    pub(crate) store: usize,
    /// Index of the favourite kind.
    pub(crate) favourite: usize,
}

impl Customer {
    pub(crate) fn comes_on(&self, day: Date) -> bool {
        self.joined <= day && self.left.is_none_or(|left| day < left)
    }
}

pub(crate) fn invent(spec: &GenerateSpec, random: &mut Random) -> Vec<Customer> {
    let opening = Period { from: spec.end.plus_days(1 - spec.days as i32), to: spec.end.plus_days(1) };
    let stores = crate::random::cumulate(crate::assortment::STORES.iter().map(|(_, share)| *share));
    (1..=spec.customers).map(|number| customer(number, opening, &stores, random)).collect()
}

fn customer(number: u32, opening: Period, stores: &[f64], random: &mut Random) -> Customer {
    let first = random.pick(&FIRST_NAMES).copied().unwrap_or("Ada");
    let last = random.pick(&LAST_NAMES).copied().unwrap_or("Berg");
    let days = opening.days().max(1) as usize;
    // Half of them were customers before the first day of the files.
    let joined = if random.happens(0.5) {
        opening.from.plus_days(-(random.below(500) as i32) - 1)
    } else {
        opening.from.plus_days(random.below(days) as i32)
    };
    // One in four stays for less than the whole time.
    let left = random.happens(0.25).then(|| {
        let first_day = if joined > opening.from { joined } else { opening.from };
        first_day.plus_days(20 + random.below(days) as i32)
    });
    Customer {
        name: format!("{first} {last}"),
        email: format!("{}.{}{number}@example.net", first.to_lowercase(), last.to_lowercase()),
        joined,
        left: left.filter(|left| *left < opening.to),
        weight: 1.0 / (random.share() + 0.02),
        store: random.weighted(stores),
        favourite: random.below(CATEGORIES.len()),
    }
}

const FIRST_NAMES: [&str; 40] = [
    "Amara", "Anna", "Bilal", "Bruno", "Camille", "Chen", "Clara", "David", "Elena", "Elif", "Emil", "Farah",
    "Felix", "Greta", "Hugo", "Ines", "Ivan", "Jonas", "Julia", "Karim", "Lea", "Leo", "Linh", "Lucia",
    "Marta", "Mila", "Nadia", "Noah", "Olivia", "Omar", "Paula", "Rafael", "Rosa", "Sami", "Sofia", "Theo",
    "Tomas", "Vera", "Yara", "Zoe",
];

const LAST_NAMES: [&str; 40] = [
    "Adler",
    "Almeida",
    "Bauer",
    "Becker",
    "Blanc",
    "Brandt",
    "Castro",
    "Costa",
    "Dubois",
    "Eriksen",
    "Ferrari",
    "Fischer",
    "Garcia",
    "Haas",
    "Hansen",
    "Ito",
    "Jansen",
    "Keller",
    "Khan",
    "Kowalski",
    "Lang",
    "Lindqvist",
    "Lopez",
    "Marino",
    "Meyer",
    "Moreau",
    "Nguyen",
    "Novak",
    "Okafor",
    "Peeters",
    "Petit",
    "Ricci",
    "Rossi",
    "Sanchez",
    "Schmidt",
    "Silva",
    "Tanaka",
    "Vogel",
    "Weber",
    "Yilmaz",
];
