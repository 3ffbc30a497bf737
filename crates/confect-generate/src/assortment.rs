//! What the group sells and who delivers it.

/// The kinds of sweets, in the order of [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Chocolate,
    Pralines,
    Gummies,
    HardCandy,
    Liquorice,
    Caramel,
    Biscuits,
    Seasonal,
}

/// What holds for all articles of a kind.
pub(crate) struct KindTraits {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    /// Subcategories of the first five and of the last five articles.
    pub(crate) subcategories: [&'static str; 2],
    pub(crate) supplier: &'static str,
    pub(crate) brands: [&'static str; 2],
    pub(crate) shelf_life_days: u32,
    pub(crate) pack_qty: u32,
    /// How often it is chosen, against the others.
    appeal: f64,
}

/// Who delivers, how fast and from how many pieces on.
pub(crate) struct Supplier {
    pub(crate) name: &'static str,
    pub(crate) lead_time_days: u32,
    /// Standard deviation of the lead time, in tenths of a day.
    pub(crate) lead_time_sd_tenths: u32,
    pub(crate) min_order_qty: u32,
}

pub(crate) const SUPPLIERS: [Supplier; 7] = [
    Supplier { name: "Cocoa Ventures", lead_time_days: 6, lead_time_sd_tenths: 15, min_order_qty: 24 },
    Supplier { name: "Maison Lambert", lead_time_days: 9, lead_time_sd_tenths: 25, min_order_qty: 12 },
    Supplier { name: "SweetSupplies Inc.", lead_time_days: 4, lead_time_sd_tenths: 8, min_order_qty: 36 },
    Supplier { name: "Bonbon Works", lead_time_days: 5, lead_time_sd_tenths: 12, min_order_qty: 30 },
    Supplier { name: "Nordlakrits AB", lead_time_days: 11, lead_time_sd_tenths: 30, min_order_qty: 24 },
    Supplier { name: "Casa Turron", lead_time_days: 8, lead_time_sd_tenths: 20, min_order_qty: 18 },
    Supplier { name: "Feinbackhaus Adler", lead_time_days: 3, lead_time_sd_tenths: 6, min_order_qty: 20 },
];

pub(crate) const KINDS: [KindTraits; 8] = [
    kind(
        Kind::Chocolate,
        "Chocolate",
        ["Bars", "Chocolate Specialities"],
        "Cocoa Ventures",
        ["Kakaotal", "Noir & Fils"],
        (360, 12, 1.5),
    ),
    kind(
        Kind::Pralines,
        "Pralines",
        ["Gift Boxes", "Loose Pralines"],
        "Maison Lambert",
        ["Lambert", "Noir & Fils"],
        (120, 6, 0.7),
    ),
    kind(
        Kind::Gummies,
        "Gummies",
        ["Fruit Gums", "Jellies & Foam"],
        "SweetSupplies Inc.",
        ["Jolly Jar", "Gum Tree"],
        (300, 18, 1.2),
    ),
    kind(
        Kind::HardCandy,
        "Hard Candy",
        ["Drops", "Sticks & Lollies"],
        "Bonbon Works",
        ["Bonbon Works", "Old Tin"],
        (540, 15, 0.8),
    ),
    kind(
        Kind::Liquorice,
        "Liquorice",
        ["Sweet Liquorice", "Salted Liquorice"],
        "Nordlakrits AB",
        ["Nordlakrits", "Black Coast"],
        (420, 12, 0.6),
    ),
    kind(
        Kind::Caramel,
        "Caramel & Nougat",
        ["Caramel", "Nougat"],
        "Casa Turron",
        ["Casa Turron", "Golden Pan"],
        (180, 9, 0.8),
    ),
    kind(
        Kind::Biscuits,
        "Biscuits",
        ["Butter Biscuits", "Spiced Biscuits"],
        "Feinbackhaus Adler",
        ["Adler", "Golden Pan"],
        (90, 10, 0.7),
    ),
    kind(
        Kind::Seasonal,
        "Seasonal & Gifts",
        ["Feasts", "Gifts"],
        "Cocoa Ventures",
        ["Kakaotal", "Jolly Jar"],
        (240, 12, 0.6),
    ),
];

/// The feast of each article of [`Kind::Seasonal`].
pub(crate) const SEASONAL: [&str; 10] = [
    "easter",
    "easter",
    "christmas",
    "christmas",
    "christmas",
    "valentine",
    "valentine",
    "halloween",
    "always",
    "always",
];

const fn kind(
    kind: Kind,
    name: &'static str,
    subcategories: [&'static str; 2],
    supplier: &'static str,
    brands: [&'static str; 2],
    (shelf_life_days, pack_qty, appeal): (u32, u32, f64),
) -> KindTraits {
    KindTraits { kind, name, subcategories, supplier, brands, shelf_life_days, pack_qty, appeal }
}

/// One article.
pub(crate) struct Article {
    /// As the labels say.
    pub(crate) name: &'static str,
    /// Four digits: the kind, then the place in it.
    pub(crate) code: String,
    /// Index into [`KINDS`].
    pub(crate) kind: usize,
    /// Place in its kind, best seller first.
    pub(crate) rank: usize,
    /// Shelf price on the first day, in cents.
    pub(crate) price: i64,
    /// What the group pays, in cents.
    pub(crate) cost: i64,
    /// How often it is chosen, against the others.
    pub(crate) appeal: f64,
}

impl Article {
    pub(crate) fn traits(&self) -> &'static KindTraits {
        &KINDS[self.kind.min(KINDS.len() - 1)]
    }

    pub(crate) fn supplier(&self) -> &'static Supplier {
        let name = self.traits().supplier;
        SUPPLIERS.iter().find(|supplier| supplier.name == name).unwrap_or(&SUPPLIERS[0])
    }
}

/// The articles, in the order of their codes. At most 128, because a receipt is a set of bits.
pub(crate) fn articles() -> Vec<Article> {
    let of_kind = |(kind, names): (usize, &'static [(&'static str, i64); 10])| {
        names.iter().enumerate().map(move |(rank, (name, price))| Article {
            name,
            code: format!("{}{:02}", kind + 11, rank + 1),
            kind,
            rank,
            price: *price,
            // Goods cost 36-48 % of the price, by a rule of thumb that differs from article to article.
            cost: price * (36 + (kind as i64 * 7 + rank as i64 * 5) % 13) / 100,
            // The first of a kind is the best seller; a long tail follows.
            appeal: KINDS[kind].appeal * 12.0 / (2.0 + rank as f64),
        })
    };
    NAMES.iter().enumerate().flat_map(of_kind).collect()
}

/// The place of the article called `name` among [`articles`].
pub(crate) fn place_of(name: &str) -> usize {
    NAMES.iter().flatten().position(|(other, _)| *other == name).unwrap_or(0)
}

const NAMES: [[(&str, i64); 10]; 8] = [
    [
        ("Dark Chocolate 70 %", 449),
        ("Milk Chocolate Hazelnut", 429),
        ("White Chocolate Raspberry", 469),
        ("Sea Salt Chocolate", 479),
        ("Orange Peel in Chocolate", 690),
        ("Drinking Chocolate Flakes", 890),
        ("Chocolate Almonds", 590),
        ("Gianduja Bar", 520),
        ("Mint Thins", 549),
        ("Single Origin Madagascar", 750),
    ],
    [
        ("Champagne Truffle Box", 1890),
        ("Marzipan Hearts", 1250),
        ("Pistachio Pralines", 1490),
        ("Nougat Cubes", 1090),
        ("Cherry Cordials", 1390),
        ("Espresso Truffles", 1350),
        ("Praline Selection 12", 1650),
        ("Praline Selection 24", 2990),
        ("Walnut Marzipan", 1150),
        ("Rum Truffles", 1290),
    ],
    [
        ("Gummy Bears", 290),
        ("Sour Worms", 320),
        ("Peach Rings", 310),
        ("Cola Bottles", 290),
        ("Wine Gums", 390),
        ("Raspberry Jellies", 350),
        ("Fruit Pastilles", 420),
        ("Foam Mice", 280),
        ("Vegan Fruit Hearts", 399),
        ("Apple Rings", 310),
    ],
    [
        ("Lemon Drops", 350),
        ("Peppermint Humbugs", 360),
        ("Honey Candies", 390),
        ("Rhubarb and Custard", 370),
        ("Butterscotch Discs", 380),
        ("Candy Canes", 250),
        ("Barley Sugar Twists", 340),
        ("Aniseed Balls", 330),
        ("Lollipops Assorted", 150),
        ("Pear Drops", 350),
    ],
    [
        ("Liquorice Wheels", 310),
        ("Salted Liquorice", 380),
        ("Liquorice Allsorts", 420),
        ("Pontefract Cakes", 360),
        ("Liquorice Toffee", 410),
        ("Strawberry Laces", 290),
        ("Chocolate Liquorice", 490),
        ("Sweet Liquorice Bites", 350),
        ("Sal Ammoniac Pastilles", 390),
        ("Liquorice Root Sticks", 220),
    ],
    [
        ("Butter Toffee", 450),
        ("Vanilla Fudge", 490),
        ("Salted Caramels", 560),
        ("Turkish Delight Rose", 650),
        ("Almond Turron", 890),
        ("Montelimar Nougat", 790),
        ("Cream Caramels", 430),
        ("Peanut Brittle", 470),
        ("Rum Raisin Fudge", 520),
        ("Sesame Crunch", 330),
    ],
    [
        ("Butter Shortbread", 420),
        ("Almond Cantuccini", 480),
        ("Florentines", 620),
        ("Oat Cookies", 350),
        ("Lemon Sablés", 450),
        ("Gingerbread Hearts", 390),
        ("Cinnamon Stars", 460),
        ("Speculoos", 370),
        ("Vanilla Crescents", 430),
        ("Honey Cake Squares", 410),
    ],
    [
        ("Easter Egg Milk Chocolate", 690),
        ("Marzipan Eggs", 520),
        ("Advent Calendar", 1490),
        ("Chocolate Santa", 390),
        ("Stollen Bites", 590),
        ("Chocolate Rose", 450),
        ("Heart Box Pralines", 1590),
        ("Pumpkin Gums", 320),
        ("Gift Hamper Small", 2490),
        ("Gift Tin Classic", 1290),
    ],
];
