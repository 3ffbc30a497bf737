//! What the shops sell, and the shops.

/// A shop with its share of the trade.
pub(crate) const STORES: [(&str, f64); 5] =
    [("Old Town", 0.30), ("Harbour", 0.24), ("Station", 0.20), ("Garden Mall", 0.16), ("West End", 0.10)];

/// The kinds of sweets, in the order of [`Product::category`].
pub(crate) const CATEGORIES: [&str; 6] =
    ["Chocolate", "Pralines", "Gummies", "Hard Candy", "Liquorice", "Caramel & Nougat"];

/// Who delivers which kind.
pub(crate) const SUPPLIERS: [&str; 6] = [
    "Cocoa Ventures",
    "Maison Lambert",
    "SweetSupplies Inc.",
    "Bonbon Works",
    "Nordlakrits AB",
    "Casa Turron",
];

/// One article.
pub(crate) struct Product {
    /// As the labels say.
    pub(crate) name: &'static str,
    /// Index into [`CATEGORIES`] and [`SUPPLIERS`].
    pub(crate) category: usize,
    /// Shelf price in cents.
    pub(crate) price: i64,
    /// How often it is chosen, against the others.
    pub(crate) appeal: f64,
}

/// The articles, article 1 first.
pub(crate) fn products() -> Vec<Product> {
    let names = NAMES.iter().enumerate();
    names
        .flat_map(|(category, names)| {
            names.iter().enumerate().map(move |(rank, (name, price))| Product {
                name,
                category,
                price: *price,
                // The first of a kind is the best seller; a long tail follows.
                appeal: KIND_APPEAL[category] * 12.0 / (2.0 + rank as f64),
            })
        })
        .collect()
}

const KIND_APPEAL: [f64; 6] = [1.5, 0.6, 1.2, 0.8, 0.6, 0.8];

const NAMES: [[(&str, i64); 10]; 6] = [
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
];
