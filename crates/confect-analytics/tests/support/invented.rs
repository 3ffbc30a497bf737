//! An invented shop of 300 customers, 2024-01-01 to 2025-03-31, whose numbers other programs have computed.

use confect_analytics::orders::Order;
use confect_domain::Date;

pub fn orders() -> Vec<Order> {
    let text = include_str!("../golden/methods/invented_orders.csv");
    let order = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let revenue = super::shared::scaled(fields[2]);
        Order {
            customer: fields[0].parse().expect("a key"),
            day: Date::parse(fields[1]).expect("a day"),
            revenue,
            margin: Some(revenue * 2 / 5),
            is_purchase: fields[3] == "sale",
        }
    };
    text.lines().skip(1).map(order).collect()
}
