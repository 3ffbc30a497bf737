//! The group: its countries, its stores and its web shop.

use confect_domain::Date;

/// A country in which the group sells.
pub(crate) struct Country {
    pub(crate) name: &'static str,
    /// With the plus.
    pub(crate) dial: &'static str,
    /// Share of the web shop's customers.
    pub(crate) web_share: f64,
    /// Towns with their regions; the largest first.
    pub(crate) towns: &'static [(&'static str, &'static str)],
}

pub(crate) const COUNTRIES: [Country; 4] = [
    Country {
        name: "Germany",
        dial: "+49",
        web_share: 0.52,
        towns: &[
            ("Hamburg", "Hamburg"),
            ("Munich", "Bavaria"),
            ("Berlin", "Berlin"),
            ("Cologne", "North Rhine-Westphalia"),
            ("Leipzig", "Saxony"),
            ("Stuttgart", "Baden-Württemberg"),
            ("Bremen", "Bremen"),
            ("Nuremberg", "Bavaria"),
            ("Kiel", "Schleswig-Holstein"),
            ("Mainz", "Rhineland-Palatinate"),
        ],
    },
    Country {
        name: "Austria",
        dial: "+43",
        web_share: 0.16,
        towns: &[
            ("Vienna", "Vienna"),
            ("Graz", "Styria"),
            ("Linz", "Upper Austria"),
            ("Salzburg", "Salzburg"),
            ("Innsbruck", "Tyrol"),
            ("Krems", "Lower Austria"),
        ],
    },
    Country {
        name: "France",
        dial: "+33",
        web_share: 0.20,
        towns: &[
            ("Lyon", "Auvergne-Rhône-Alpes"),
            ("Paris", "Île-de-France"),
            ("Strasbourg", "Grand Est"),
            ("Lille", "Hauts-de-France"),
            ("Nantes", "Pays de la Loire"),
            ("Bordeaux", "Nouvelle-Aquitaine"),
            ("Grenoble", "Auvergne-Rhône-Alpes"),
        ],
    },
    Country {
        name: "Italy",
        dial: "+39",
        web_share: 0.12,
        towns: &[
            ("Milan", "Lombardy"),
            ("Turin", "Piedmont"),
            ("Verona", "Veneto"),
            ("Bologna", "Emilia-Romagna"),
            ("Trieste", "Friuli Venezia Giulia"),
            ("Bergamo", "Lombardy"),
        ],
    },
];

/// A shop, or the web shop.
pub(crate) struct Store {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Index into [`COUNTRIES`].
    pub(crate) country: usize,
    /// Index into the country's towns.
    pub(crate) town: usize,
    pub(crate) opened: Date,
    pub(crate) floor_area_m2: u32,
    /// Share of the trade, against the others.
    pub(crate) weight: f64,
    pub(crate) is_web: bool,
}

impl Store {
    pub(crate) fn town(&self) -> (&'static str, &'static str) {
        let towns = COUNTRIES[self.country].towns;
        towns.get(self.town).copied().unwrap_or(("", ""))
    }
}

/// The best known shops: name, country, town, weight, floor area.
const SHOPS: [(&str, usize, usize, f64, u32); 5] = [
    ("Old Town", 0, 1, 0.26, 140),
    ("Harbour", 0, 0, 0.22, 120),
    ("Station", 1, 0, 0.18, 60),
    ("Garden Mall", 2, 0, 0.14, 95),
    ("West End", 3, 0, 0.10, 80),
];
const WEB_WEIGHT: f64 = 0.18;

/// `shops` shops and the web shop, which comes last. Of several shops the last one opens within the time told.
pub(crate) fn stores(shops: usize, first: Date, days: usize) -> Vec<Store> {
    let old = first.plus_days(-2_000).year_start();
    let mut stores: Vec<Store> = (0..shops).map(|index| shop(index, old)).collect();
    if shops > 1
        && let Some(last) = stores.last_mut()
    {
        last.opened = first.plus_days(days as i32 * 2 / 5);
    }
    stores.push(Store {
        id: "WEB".to_owned(),
        name: "Web shop".to_owned(),
        country: 0,
        town: 0,
        opened: old.plus_days(900),
        floor_area_m2: 0,
        weight: WEB_WEIGHT * (1.0 + shops as f64 / 5.0) / 2.0,
        is_web: true,
    });
    stores
}

fn shop(index: usize, old: Date) -> Store {
    let id = format!("S{:02}", index + 1);
    let opened = old.plus_days(index as i32 % 20 * 37);
    if let Some((name, country, town, weight, area)) = SHOPS.get(index).copied() {
        let name = name.to_owned();
        return Store { id, name, country, town, opened, floor_area_m2: area, weight, is_web: false };
    }
    // Towns in turn, the second shop of a town with a number.
    let country = [0, 2, 0, 1, 3][index % 5];
    let towns = COUNTRIES[country].towns.len();
    let (town, round) = (index / 5 % towns, index / 5 / towns + 1);
    let name = format!("{} {round}", COUNTRIES[country].towns[town].0);
    let floor_area_m2 = 50 + index as u32 * 13 % 90;
    Store { id, name, country, town, opened, floor_area_m2, weight: 0.08, is_web: false }
}
