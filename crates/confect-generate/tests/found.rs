//! What is planted can be found again by the methods that the warehouse uses: habits, values, rules, seasons.

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::AtomicBool;

use confect_analytics::basket::{Baskets, MinSupport, MineOptions, RuleOptions, mine, rules};
use confect_analytics::clv::{PurchaseKind, SummaryOptions, fit_purchases, fit_spend, summarise};
use confect_analytics::identity::{CustomerRecord, IdentityRules, resolve_identities};
use confect_analytics::orders::Order;
use confect_domain::Date;
use confect_generate::GenerateSpec;
use support::{Group, cents, count, invent, text};

fn near(found: f64, planted: f64, tolerance: f64, what: &str) {
    assert!((found / planted - 1.0).abs() < tolerance, "{what}: {found} found, {planted} planted");
}

/// The person behind each number of the CRM.
fn persons(group: &Group) -> HashMap<String, i64> {
    let number = |id: &str| id.parse::<i64>().expect("a number");
    let pairs = group.truth["duplicate_persons"]["pairs"].as_array().expect("pairs");
    let twice = pairs.iter().map(|pair| (text(&pair["ids"][1]).to_owned(), number(text(&pair["ids"][0]))));
    let once = group.records("customers").into_iter().map(|record| {
        let id = record["customer_id"].clone();
        let person = number(&id);
        (id, person)
    });
    let mut persons: HashMap<String, i64> = once.collect();
    persons.extend(twice);
    persons
}

/// A receipt is an order; a return is a credit.
fn orders(group: &Group, persons: &HashMap<String, i64>) -> Vec<Order> {
    let mut orders: BTreeMap<String, Order> = BTreeMap::new();
    for line in group.records("sale_lines") {
        let Some(person) = persons.get(&line["customer_id"]) else { continue };
        let day = Date::parse(&line["sold_at"][..10]).expect("a day");
        let empty = Order { customer: *person, day, revenue: 0, margin: None, is_purchase: false };
        let order = orders.entry(line["invoice_no"].clone()).or_insert(empty);
        let amount = cents(&line["line_amount"]);
        order.revenue += i128::from(amount) * 100;
        order.is_purchase |= amount > 0;
    }
    orders.into_values().collect()
}

#[test]
fn habits_and_values_of_customers_are_those_planted() {
    let spec =
        GenerateSpec { customers: 16_000, days: 1_095, stores: 4, dirt: 0.0, ..GenerateSpec::default() };
    let group = invent(&spec);
    let persons = persons(&group);
    let mut orders = orders(&group, &persons);
    // Whoever joined before the first day is seen in part only.
    let joined: HashMap<i64, String> = group
        .records("customers")
        .into_iter()
        .filter(|record| persons[&record["customer_id"]].to_string() == record["customer_id"])
        .map(|record| (persons[&record["customer_id"]], record["joined_date"].clone()))
        .collect();
    let from = text(&group.truth["customers"]["joined_from"]).to_owned();
    orders.retain(|order| joined[&order.customer] >= from);
    let options = SummaryOptions { observed_to: spec.until, first_from: None, unit_days: 7.0 };
    let summaries = summarise(&orders, &options);
    assert_eq!(summaries.customers.len() as u64, count(&group.truth["customers"]["joined_within"]));

    let behaviour = &group.truth["behaviour"];
    let value = |model: &str, name: &str| behaviour[model][name].as_f64().expect("a parameter");
    let fitted = fit_purchases(PurchaseKind::Bg, &summaries.customers, None).expect("a maximum");
    println!("BG/NBD {:?} ± {:?}", fitted.fitted.parameters, fitted.fitted.standard_errors);
    for (name, found) in ["r", "alpha", "a", "b"].iter().zip(fitted.fitted.parameters) {
        near(found, value("purchases", name), 0.15, name);
    }
    let spend = fit_spend(&summaries.customers, None).expect("a maximum");
    orders.retain(|order| order.is_purchase);
    let gross = fit_spend(&summarise(&orders, &options).customers, None).expect("a maximum");
    println!(
        "{} persons; Gamma-Gamma {:?}, without returns {:?}",
        summaries.customers.len(),
        spend.fitted.parameters,
        gross.fitted.parameters
    );
    let [p, q, v] = spend.fitted.parameters;
    near(p * v / (q - 1.0), value("spend", "mean"), 0.06, "mean");
    near(q, value("spend", "q"), 0.15, "q");

    let segments = group.truth["segments"].as_array().expect("segments");
    for segment in segments {
        let planted = segment["mean_order"].as_f64().expect("a mean");
        near(segment["mean_receipt"].as_f64().expect("a mean"), planted, 0.05, text(&segment["segment"]));
    }
}

/// Also in a group so large that namesakes live in one town: those are nobody's second entry.
#[test]
fn who_is_in_the_crm_twice_is_found_and_nobody_else() {
    for customers in [4_000, 60_000] {
        let group = invent(&GenerateSpec { customers, days: 60, dirt: 0.0, ..GenerateSpec::default() });
        let crm = group.records("customers");
        let field =
            |record: &support::Record, name: &str| Some(record[name].clone()).filter(|text| !text.is_empty());
        let fields: Vec<[Option<String>; 5]> = crm
            .iter()
            .map(|record| ["name", "email", "phone", "city", "country"].map(|name| field(record, name)))
            .collect();
        let rules = IdentityRules::default();
        let records: Vec<CustomerRecord<'_>> = crm
            .iter()
            .zip(&fields)
            .enumerate()
            .map(|(index, (entry, [name, email, phone, city, country]))| CustomerRecord {
                customer_id: &entry["customer_id"],
                name: name.as_deref(),
                email: email.as_deref(),
                phone: phone.as_deref(),
                city: city.as_deref(),
                country: country.as_deref(),
                joined: Date::parse(&entry["joined_date"]),
                consent_marketing: None,
                delivery: index as u64,
            })
            .collect();
        let identities = resolve_identities(&records, &rules);
        let found: BTreeSet<BTreeSet<&str>> = identities
            .clusters()
            .into_iter()
            .filter(|(_, ids)| ids.len() > 1)
            .map(|(_, ids)| ids.into_iter().collect())
            .collect();
        let pairs = group.truth["duplicate_persons"]["pairs"].as_array().expect("pairs");
        let planted: BTreeSet<BTreeSet<&str>> = pairs
            .iter()
            .map(|pair| [text(&pair["ids"][0]), text(&pair["ids"][1])].into_iter().collect())
            .collect();
        let (wrong, missed): (Vec<_>, Vec<_>) =
            (found.difference(&planted).collect(), planted.difference(&found).collect());
        println!("{customers}: {} planted, {} wrong, {} missed", planted.len(), wrong.len(), missed.len());
        assert!(wrong.is_empty() && missed.is_empty(), "{customers}: wrong {wrong:?}, missed {missed:?}");
    }
}

#[test]
fn planted_rules_are_the_best_there_are_with_the_counts_told() {
    let group = invent(&GenerateSpec { customers: 3_000, days: 365, dirt: 0.0, ..GenerateSpec::default() });
    let mut receipts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for line in group.records("sale_lines").iter().filter(|line| !line["quantity"].starts_with('-')) {
        let article = line["stock_code"].parse().expect("a number");
        receipts.entry(line["invoice_no"].clone()).or_default().push(article);
    }
    let mut baskets = Baskets::new(10_000);
    receipts.values().for_each(|items| baskets.push(items).expect("a basket"));
    let truth = &group.truth["rules"];
    assert_eq!(baskets.len() as u64, count(&truth["receipts"]));
    let cancel = AtomicBool::new(false);
    let itemsets = mine(&baskets, &MineOptions::new(MinSupport::Count(10)), &cancel).expect("itemsets");
    let options = RuleOptions::new(0.0);
    let found = rules(&itemsets, &options, &cancel).expect("rules");
    for planted in truth["planted"].as_array().expect("rules") {
        let mut with: Vec<u32> = planted["if"]
            .as_array()
            .expect("articles")
            .iter()
            .map(|code| text(code).parse().expect("a number"))
            .collect();
        with.sort_unstable();
        let then: u32 = text(&planted["then"]).parse().expect("a number");
        let rule = found.rules.iter().find(|rule| *rule.antecedent == *with && *rule.consequent == [then]);
        let rule = rule.unwrap_or_else(|| panic!("{planted}"));
        let counts = rule.counts;
        let told = |name: &str| count(&planted[name]) as u32;
        assert_eq!(
            (counts.antecedent, counts.consequent, counts.both),
            (told("receipts_if"), told("receipts_then"), told("receipts_both"))
        );
        let float = |name: &str| planted[name].as_f64().expect("a share");
        for (measure, name) in
            [(counts.support(), "support"), (counts.confidence(), "confidence"), (counts.lift(), "lift")]
        {
            near(measure, float(name), 1e-9, name);
        }
        // Four standard errors of a share.
        let error = 4.0 * (0.25 / f64::from(counts.antecedent)).sqrt();
        let planted_confidence = float("planted_confidence");
        assert!((counts.confidence() - planted_confidence).abs() < error.max(0.05), "{planted}");
        assert!(counts.lift() > 2.0, "{planted}");
    }
}

#[test]
fn feasts_are_busy_and_a_few_customers_make_much_of_the_trade() {
    let group = invent(&GenerateSpec { customers: 3_000, ..GenerateSpec::default() });
    let month = |name: &str| cents(text(&group.truth["by_month"][name]["sales"]["amount"])) as f64;
    assert!(month("2025-12") > 1.3 * month("2025-08"));
    let mut weekdays = [0_u32; 8];
    let mut articles: HashMap<(String, String), u64> = HashMap::new();
    for line in group
        .records("sale_lines")
        .iter()
        .filter(|line| line["line_amount"].parse::<f64>().is_ok_and(|paid| paid > 0.0))
    {
        let Some(day) = line.get("sold_at").and_then(|at| Date::parse(at.get(..10)?)) else { continue };
        weekdays[day.weekday() as usize] += 1;
        assert!(!line["sold_at"].contains("-12-25"));
        *articles.entry((line["stock_code"].clone(), line["sold_at"][..7].to_owned())).or_default() += 1;
    }
    assert!(f64::from(weekdays[6]) > 1.5 * f64::from(weekdays[1]), "{weekdays:?}");
    // Chocolate Santa (1804) is for Christmas.
    let santa = |month: &str| articles.get(&("1804".to_owned(), month.to_owned())).copied().unwrap_or(0);
    assert!(santa("2025-12") > 10 && santa("2025-06") == 0, "{} {}", santa("2025-12"), santa("2025-06"));
    let share = group.truth["customers"]["best_percent"]["share"].as_f64().expect("a share");
    assert!((0.06..0.25).contains(&share), "{share}");
    let left = count(&group.truth["customers"]["of_these_left_for_good"]);
    assert!(left > 500, "{left}");
    // The second year grows by about the growth of new customers.
    let year = |from: &str, to: &str| -> f64 {
        let months = group.truth["by_month"].as_object().expect("months").keys();
        months.filter(|name| name.as_str() >= from && name.as_str() < to).map(|name| month(name)).sum()
    };
    let growth = year("2025-11", "2026-11") / year("2024-11", "2025-11");
    assert!((1.0..1.35).contains(&growth), "{growth}");
}

#[test]
fn a_price_rise_takes_demand_and_a_promotion_lifts_it() {
    let group = invent(&GenerateSpec { customers: 12_000, days: 365, dirt: 0.0, ..GenerateSpec::default() });
    let rise = &group.truth["price_rise"];
    let mut before_after = [(0_u64, 0_u64); 2];
    let mut promoted = [(0_u64, 0_u64); 2];
    let promotion = group.truth["promotions"].as_array().expect("promotions").iter();
    let promotion = promotion.clone().find(|promotion| promotion["name"] == "Gummy fortnight").expect("one");
    let (from, to) = (
        Date::parse(text(&promotion["from"])).expect("a day"),
        Date::parse(text(&promotion["to"])).expect("a day"),
    );
    for line in group.records("sale_lines").iter().filter(|line| !line["quantity"].starts_with('-')) {
        let day = Date::parse(&line["sold_at"][..10]).expect("a day");
        let is_after = line["sold_at"][..10] >= *text(&rise["day"]);
        let count = &mut before_after[usize::from(is_after)];
        if line["stock_code"] == text(&rise["stock_code"]) {
            count.0 += 1;
            assert_eq!(line["unit_price"], text(if is_after { &rise["to"] } else { &rise["from"] }));
        } else if line["stock_code"] == "1103" {
            // Its neighbour has the same seasons.
            count.1 += 1;
        }
        let is_on = from <= day && day <= to;
        if is_on || (day > to && day <= to.plus_days(14)) {
            let count = &mut promoted[usize::from(is_on)];
            count.0 += u64::from(line["stock_code"].starts_with("13"));
            count.1 += 1;
            assert!(!is_on || !line["stock_code"].starts_with("13") || line["discount_rate"] == "0.20");
        }
    }
    let share = |(part, whole): (u64, u64)| part as f64 / whole as f64;
    near(share(before_after[1]) / share(before_after[0]), 0.78, 0.12, "demand after the rise");
    // Of choices by weight a lift of 1.8 is less in shares, because the share is of a larger whole.
    let lift = share(promoted[1]) / share(promoted[0]);
    assert!((1.25..1.8).contains(&lift), "{lift}");
}
