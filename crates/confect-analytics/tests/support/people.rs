//! Invented people, some of them several times in the CRM, and who is who.

use confect_analytics::identity::CustomerRecord;
use confect_domain::Date;

/// A linear congruential generator (Knuth, MMIX), so that the people are the same everywhere.
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }

    pub fn is(&mut self, per_cent: usize) -> bool {
        self.below(100) < per_cent
    }

    pub fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

/// A row of the CRM that owns its texts.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub id: String,
    /// The true person.
    pub person: usize,
    /// How it was typed; `None` for the first row of a person.
    pub variant: Option<Variant>,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub city: String,
    pub joined: i32,
}

/// How the same person was entered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    EmailTypedOtherwise,
    EmailMovedNewPhone,
    EmailMarried,
    PhoneReversedName,
    PhoneInitial,
    PhoneSlip,
    NameCityOnly,
    NameCityNewEmail,
    /// Another e-mail and another phone: no rule may join it.
    NothingReachable,
}

pub const VARIANTS: [Variant; 9] = [
    Variant::EmailTypedOtherwise,
    Variant::EmailMovedNewPhone,
    Variant::EmailMarried,
    Variant::PhoneReversedName,
    Variant::PhoneInitial,
    Variant::PhoneSlip,
    Variant::NameCityOnly,
    Variant::NameCityNewEmail,
    Variant::NothingReachable,
];

const GIVEN: [&str; 44] = [
    "Anna",
    "Anton",
    "Béatrice",
    "Bruno",
    "Cléo",
    "Carlos",
    "Dorothée",
    "David",
    "Eva",
    "Émile",
    "Fanny",
    "François",
    "Gisèle",
    "Gérard",
    "Hélène",
    "Hugo",
    "Inès",
    "Ivan",
    "Jeanne",
    "Jérôme",
    "Karine",
    "Kevin",
    "Léa",
    "Lucas",
    "Maria",
    "Mario",
    "Noémie",
    "Nicolas",
    "Odile",
    "Olivier",
    "Pauline",
    "Philippe",
    "Renée",
    "Robert",
    "Sophie",
    "Stéphane",
    "Thérèse",
    "Thomas",
    "Ursula",
    "Victor",
    "Yvonne",
    "Xavier",
    "Zoé",
    "Zacharie",
];
const STEMS: [&str; 40] = [
    "Bar", "Bel", "Ber", "Bois", "Bou", "Cas", "Cham", "Cour", "Dela", "Des", "Du", "Fa", "Fer", "Fon", "Ga",
    "Gar", "Gué", "Hu", "Jac", "Lam", "Lan", "Le", "Mar", "Mas", "Mon", "Mor", "Nico", "Pas", "Per", "Pi",
    "Ray", "Ri", "Rou", "Sau", "Sé", "Tes", "Val", "Ver", "Vi", "Wal",
];
const ENDINGS: [&str; 30] = [
    "bert", "bier", "chard", "court", "din", "dois", "douin", "fort", "gnon", "go", "guier", "lain", "land",
    "let", "lier", "lin", "lot", "mont", "nard", "neau", "nier", "quet", "rand", "reau", "rin", "sard",
    "sson", "teau", "ville", "zet",
];
const CITIES: [&str; 24] = [
    "Paris",
    "Lyon",
    "Marseille",
    "Lille",
    "Nantes",
    "Saint-Étienne",
    "Toulouse",
    "Nice",
    "Rennes",
    "Reims",
    "Dijon",
    "Angers",
    "Nîmes",
    "Brest",
    "Le Mans",
    "Amiens",
    "Tours",
    "Limoges",
    "Metz",
    "Besançon",
    "Orléans",
    "Rouen",
    "Caen",
    "Nancy",
];
const DOMAINS: [&str; 5] = ["example.org", "example.com", "mail.example", "post.example", "courrier.example"];

/// Who is invented.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    pub persons: usize,
    /// Of a hundred persons so many were entered twice.
    pub twice: usize,
    /// Of a hundred persons so many have a double family name, which keeps namesakes rare in a large shop.
    pub double_names: usize,
    pub seed: u64,
}

/// People, some of them entered twice, and neighbours who are easily taken for them: families on one phone,
/// colleagues on one mailbox, fathers and sons, the shop's own address.
pub fn plant(crowd: Crowd) -> Vec<Row> {
    let Crowd { persons, twice, double_names, seed } = crowd;
    let mut chance = Chance::new(seed);
    let mut rows: Vec<Row> = Vec::new();
    for person in 0..persons {
        let row = invent(person, double_names, &mut chance);
        if chance.is(twice) {
            let variant = VARIANTS[chance.below(VARIANTS.len())];
            if let Some(again) = enter_again(&row, variant, &mut chance) {
                rows.push(again);
            }
        } else if chance.is(4) {
            rows.push(neighbour(&row, person + persons, &mut chance));
        }
        rows.push(row);
    }
    for (number, row) in rows.iter_mut().enumerate() {
        row.id = format!("C{number:07}");
    }
    rows
}

fn invent(person: usize, double_names: usize, chance: &mut Chance) -> Row {
    let (given, stem, ending) = (chance.of(&GIVEN), chance.of(&STEMS), chance.of(&ENDINGS));
    let mut name = format!("{given} {stem}{ending}");
    if chance.is(double_names) {
        name = format!("{name}-{}{}", chance.of(&STEMS), chance.of(&ENDINGS));
    }
    let email = if chance.is(90) { new_email(&name, person, chance) } else { String::new() };
    let phone = if chance.is(85) { new_phone(chance) } else { String::new() };
    let city = chance.of(&CITIES).to_owned();
    let joined = 18_000 + chance.below(2_000) as i32;
    Row { id: String::new(), person, variant: None, name, email, phone, city, joined }
}

fn new_email(name: &str, number: usize, chance: &mut Chance) -> String {
    format!("{}{number}{}@{}", plain(&name.replace(' ', ".")), chance.below(1_000), chance.of(&DOMAINS))
}

fn new_phone(chance: &mut Chance) -> String {
    let digits: Vec<String> = (0..4).map(|_| format!("{:02}", chance.below(97) + 1)).collect();
    format!("06 {}", digits.join(" "))
}

/// The same person once more; `None` if the first row lacks what the variant needs.
fn enter_again(row: &Row, variant: Variant, chance: &mut Chance) -> Option<Row> {
    let mut again = Row { variant: Some(variant), joined: row.joined + 30, ..row.clone() };
    let (given, family) = row.name.split_once(' ')?;
    let needed = match variant {
        Variant::EmailTypedOtherwise | Variant::EmailMovedNewPhone | Variant::EmailMarried => &row.email,
        Variant::PhoneReversedName | Variant::PhoneInitial | Variant::PhoneSlip => &row.phone,
        _ => &row.name,
    };
    if needed.is_empty()
        || (variant == Variant::NothingReachable && (row.email.is_empty() || row.phone.is_empty()))
    {
        return None;
    }
    match variant {
        Variant::EmailTypedOtherwise => {
            again.email = format!("  {} ", row.email.to_uppercase());
            again.name = format!(" {}  {}", given.to_uppercase(), family.to_uppercase());
        }
        Variant::EmailMovedNewPhone => {
            again.name = format!("Dr. {}", row.name);
            again.city = chance.of(&CITIES).to_owned();
            again.phone = new_phone(chance);
        }
        Variant::EmailMarried => again.name = format!("{given} {}{}", chance.of(&STEMS), chance.of(&ENDINGS)),
        Variant::PhoneReversedName => {
            again.name = format!("{family}, {}", plain(given));
            again.phone = row.phone.replacen('0', "+33 (0)", 1).replace(' ', ".");
            again.email = new_email("new", row.person, chance);
        }
        Variant::PhoneInitial => {
            again.name = format!("{}. {family}", given.chars().next()?);
            again.phone = row.phone.replacen('0', "0033", 1).replace(' ', "");
            again.email.clear();
        }
        Variant::PhoneSlip => {
            again.name = format!("{given} {}", slip(family));
            again.email.clear();
        }
        Variant::NameCityOnly => {
            again.name = format!("{}, {}", plain(family), given.to_lowercase());
            again.city = format!("75000 {}", plain(&row.city).to_uppercase());
            again.email.clear();
            again.phone.clear();
        }
        Variant::NameCityNewEmail => {
            again.email = new_email("other", row.person, chance);
            again.phone.clear();
        }
        Variant::NothingReachable => {
            again.email = new_email("other", row.person, chance);
            again.phone = new_phone(chance);
        }
    }
    Some(again)
}

/// Somebody else who shares something.
fn neighbour(row: &Row, person: usize, chance: &mut Chance) -> Row {
    let mut other = invent(person, 0, chance);
    let family = row.name.split_once(' ').map_or("", |(_, family)| family);
    match chance.below(4) {
        // A family: one phone, one town, one surname.
        0 => {
            let given = row.name.split(' ').next().unwrap_or("");
            let different = GIVEN.iter().filter(|name| **name != given).nth(chance.below(GIVEN.len() - 1));
            other.name = format!("{} {family}", different.unwrap_or(&"Ulrich"));
            other.phone.clone_from(&row.phone);
            other.city.clone_from(&row.city);
        }
        // Two colleagues on one mailbox, each with an own phone.
        1 if !row.email.is_empty() && !row.phone.is_empty() => {
            other.name = "Quentin Oyarzabal".to_owned();
            other.email.clone_from(&row.email);
            other.phone = new_phone(chance);
        }
        // Father and son under one roof.
        2 => {
            other.name = format!("{} Jr.", row.name);
            other.phone.clone_from(&row.phone);
            other.city.clone_from(&row.city);
        }
        // The shop's own address, typed where the customer had none.
        _ => other.email = "Counter@our-shop.example".to_owned(),
    }
    other
}

fn plain(text: &str) -> String {
    let accents = [('é', 'e'), ('è', 'e'), ('É', 'E'), ('ç', 'c'), ('ô', 'o'), ('î', 'i'), ('ë', 'e')];
    text.chars()
        .map(|letter| accents.iter().find(|(from, _)| *from == letter).map_or(letter, |(_, to)| *to))
        .collect()
}

/// Two letters in the middle change places.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    letters.swap(middle - 1, middle);
    letters.into_iter().collect()
}

/// The row as the resolver takes it.
pub fn record(row: &Row) -> CustomerRecord<'_> {
    let some = |text: &'static str| Some(text);
    CustomerRecord {
        customer_id: &row.id,
        name: Some(&row.name),
        email: Some(&row.email),
        phone: Some(&row.phone),
        city: Some(&row.city),
        country: some("France"),
        joined: Some(Date::from_days(row.joined)),
        consent_marketing: None,
        delivery: 1,
    }
}
