//! The exports as text, and the dirt in the till's.

use std::fmt::Write;

use crate::assortment::{CATEGORIES, STORES, SUPPLIERS};
use crate::customers::Customer;
use crate::random::Random;
use crate::sales::Line;
use crate::stock::Stock;
use crate::{GenerateSpec, Planted};

/// `pos_data.csv`, with the share of dirt that `spec` asks for counted into `planted`.
pub(crate) fn till(
    spec: &GenerateSpec,
    lines: &[Line],
    planted: &mut Planted,
    random: &mut Random,
) -> String {
    let mut text = String::with_capacity(lines.len() * 48);
    text.push_str("transaction_id,date,product_id,store_id,customer_id,quantity,revenue,discount\n");
    for line in lines {
        planted.lines += 1;
        let dirt = random.happens(spec.dirt).then(|| random.below(3));
        let (day, product) = match dirt {
            Some(0) => (impossible_day(line), (line.product + 1).to_string()),
            Some(1) => (line.day.to_string(), String::new()),
            _ => (line.day.to_string(), (line.product + 1).to_string()),
        };
        let record = record(line, &day, &product);
        text.push_str(&record);
        match dirt {
            Some(0) => planted.bad_dates += 1,
            Some(1) => planted.missing_products += 1,
            _ => count(line, planted),
        }
        if dirt == Some(2) {
            text.push_str(&record);
            planted.duplicates += 1;
            planted.lines += 1;
        }
    }
    text
}

fn count(line: &Line, planted: &mut Planted) {
    if line.quantity < 0 {
        planted.returns += 1;
        planted.returns_cents -= line.cents;
    } else {
        planted.sales_cents += line.cents;
    }
}

/// The 31st of a February, say: well formed, but no day.
fn impossible_day(line: &Line) -> String {
    let (year, month, _) = line.day.ymd();
    let day = if matches!(month, 2 | 4 | 6 | 9 | 11) { 31 } else { 32 };
    format!("{year:04}-{month:02}-{day}")
}

fn record(line: &Line, day: &str, product: &str) -> String {
    let store = STORES.get(line.store).map_or("", |(name, _)| name);
    let customer = line.customer.map_or_else(String::new, |index| (index + 1).to_string());
    format!(
        "{},{day},{product},{store},{customer},{},{},0.{:02}\n",
        line.receipt,
        line.quantity,
        amount(line.cents),
        line.discount
    )
}

/// Cents as an amount: `12.50`.
fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// `crm_data.csv`. The number of purchases is what the till says, receipts with several lines once.
pub(crate) fn customers(customers: &[Customer], lines: &[Line]) -> String {
    let mut receipts = vec![0_u32; customers.len()];
    let mut last = None;
    for line in lines.iter().filter(|line| line.quantity > 0) {
        if last != Some(line.receipt) {
            last = Some(line.receipt);
            if let Some(count) = line.customer.and_then(|index| receipts.get_mut(index)) {
                *count += 1;
            }
        }
    }
    let mut text =
        "customer_id,name,email,join_date,loyalty_tier,total_purchases,favorite_category\n".to_owned();
    for (index, (customer, receipts)) in customers.iter().zip(receipts).enumerate() {
        let tier = match receipts {
            0..=7 => "Bronze",
            8..=19 => "Silver",
            20..=44 => "Gold",
            _ => "Platinum",
        };
        let favourite = CATEGORIES.get(customer.favourite).copied().unwrap_or("");
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{tier},{receipts},{favourite}",
            index + 1,
            customer.name,
            customer.email,
            customer.joined
        );
    }
    text
}

/// `inventory_data.csv`: the articles with their opening stock.
pub(crate) fn articles(stock: &Stock) -> String {
    let mut text =
        "product_id,product_name,category,supplier,cost_per_unit,stock_quantity,reorder_threshold\n"
            .to_owned();
    for (index, (product, position)) in stock.products.iter().zip(&stock.positions).enumerate() {
        let of = |names: &[&'static str]| names.get(product.category).copied().unwrap_or("");
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{}",
            index + 1,
            product.name,
            of(&CATEGORIES),
            of(&SUPPLIERS),
            amount(position.cost),
            position.opening,
            position.threshold
        );
    }
    text
}

/// `current_stock_snapshot.csv`: what is there after the last day.
pub(crate) fn snapshot(stock: &Stock) -> String {
    let mut text = "product_id,current_stock,product_name,reorder_threshold,supplier\n".to_owned();
    for (index, (product, position)) in stock.products.iter().zip(&stock.positions).enumerate() {
        let supplier = SUPPLIERS.get(product.category).copied().unwrap_or("");
        let _ = writeln!(
            text,
            "{},{},{},{},{supplier}",
            index + 1,
            position.on_hand,
            product.name,
            position.threshold
        );
    }
    text
}

/// `inventory_transactions.csv`: everything that moved.
pub(crate) fn movements(stock: &Stock) -> String {
    let mut text = "transaction_id,date,product_id,change_type,quantity,purchase_order_id\n".to_owned();
    for (index, movement) in stock.movements.iter().enumerate() {
        let kind = if movement.order.is_some() { "Restock" } else { "Sale" };
        let order = movement.order.map_or_else(String::new, |number| format!("PO-{number}"));
        let _ = writeln!(
            text,
            "{},{},{},{kind},{},{order}",
            index + 1,
            movement.day,
            movement.product + 1,
            movement.quantity
        );
    }
    text
}
