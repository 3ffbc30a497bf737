//! The public data sets and their reference values, where they lie beside the repository (`../shared`, or
//! `CONFECT_SHARED`); never copied into it, because most have no licence.

use std::path::PathBuf;

use confect_analytics::orders::Order;
use confect_domain::{Date, Decimal};

/// The text of a file, decompressed; `None`, with a message, where there is none.
pub fn text(relative: &str) -> Option<String> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let path = std::env::var_os("CONFECT_SHARED").map_or(beside, PathBuf::from).join(relative);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: no `{relative}` beside the repository");
        return None;
    };
    let bytes = if relative.ends_with(".zst") {
        // The frames may use long windows.
        let mut reader = zstd::Decoder::new(&bytes[..]).expect("a frame");
        reader.window_log_max(27).expect("a window");
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut out).expect("a whole frame");
        out
    } else {
        bytes
    };
    Some(String::from_utf8(bytes).expect("text"))
}

/// Reference values, as JSON.
pub fn reference(name: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_str(&text(&format!("reference/{name}"))?).expect("JSON"))
}

pub fn scaled(text: &str) -> i128 {
    Decimal::parse(text).unwrap_or_else(|_| panic!("a decimal: `{text}`")).scaled()
}

/// The 1/10 sample of CDNOW: one order per row.
pub fn cdnow() -> Option<Vec<Order>> {
    let text = text("data/cdnow/CDNOW_sample.txt.zst")?;
    let order = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let day = format!("{}-{}-{}", &fields[2][..4], &fields[2][4..6], &fields[2][6..]);
        Order {
            customer: fields[0].parse().expect("a key"),
            day: Date::parse(&day).expect("a day"),
            revenue: scaled(fields[4]),
            margin: None,
            is_purchase: true,
        }
    };
    Some(text.lines().filter(|line| !line.trim().is_empty()).map(order).collect())
}

/// One line of Online Retail that is a sale to a known customer.
pub struct Sale {
    pub invoice: String,
    pub customer: i64,
    pub day: Date,
    /// Minutes after midnight.
    pub minute: u32,
    pub amount: i128,
}

/// Rule `SI` of the reference: no invoice that starts with C or A, quantity and price above 0, a customer.
pub fn online_retail() -> Option<Vec<Sale>> {
    let text = text("data/online_retail/online_retail.csv.zst")?;
    let mut sales = Vec::new();
    for line in text.lines().skip(1) {
        let fields = split(line);
        let [invoice, _, _, quantity, at, price, customer, _] = &fields[..] else {
            panic!("eight fields: {line}")
        };
        let quantity: i128 = quantity.parse().expect("a quantity");
        let price = scaled(price);
        if invoice.starts_with(['C', 'A']) || quantity <= 0 || price <= 0 || customer.is_empty() {
            continue;
        }
        let (hour, minute) = (&at[11..13], &at[14..16]);
        sales.push(Sale {
            invoice: invoice.clone(),
            customer: customer.trim_end_matches(".0").parse().expect("a customer"),
            day: Date::parse(&at[..10]).expect("a day"),
            minute: 60 * hour.parse::<u32>().expect("an hour") + minute.parse::<u32>().expect("a minute"),
            amount: quantity * price,
        });
    }
    Some(sales)
}

fn split(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            letter => field.push(letter),
        }
    }
    fields.push(field);
    fields
}

/// One order per invoice; the day is that of its latest line as `day_of` sees it.
pub fn invoices(sales: &[Sale], day_of: impl Fn(&Sale) -> Date) -> Vec<Order> {
    let mut orders: std::collections::BTreeMap<(i64, &str), Order> = std::collections::BTreeMap::new();
    for sale in sales {
        let day = day_of(sale);
        let order = orders.entry((sale.customer, &sale.invoice)).or_insert(Order {
            customer: sale.customer,
            day,
            revenue: 0,
            margin: None,
            is_purchase: true,
        });
        order.revenue += sale.amount;
        order.day = order.day.max(day);
    }
    orders.into_values().collect()
}
