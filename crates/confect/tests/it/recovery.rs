//! An invented group of which everything is known, from `generate` through `refresh` to the marts of customers: the
//! planted habits, values, segments, who has left, and what is to come are found within the stated intervals.
//!
//! What is to come is told by the truth as an expectation (each person's own rate and probability of leaving), so
//! forecasts are held against it without the noise of one future. Tolerances are those of `truth.json`, which
//! `docs/design/generator.md` explains; intervals are those of the marts themselves.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::generate::invented;
use crate::real_data::number;
use crate::support::{Project, repository};

/// What is known of a person.
struct Person {
    segment: String,
    joined: String,
    is_alive: bool,
    /// Visits in a week of trading time.
    rate: f64,
    /// Probability of leaving after a visit.
    leaves: f64,
    mean_order: f64,
}

/// Months ahead, weeks in a month and discount, as `marts/customer_value.toml` has them.
const MONTHS: i32 = 12;
const MONTH: f64 = 30.4375 / 7.0;
const DISCOUNT: f64 = 0.01;

impl Person {
    /// Expected visits in so many weeks from now.
    fn visits_ahead(&self, weeks: f64) -> f64 {
        let leaving = self.rate * self.leaves;
        if self.is_alive { (1.0 - (-leaving * weeks).exp()) / self.leaves } else { 0.0 }
    }

    /// Expected visits in the horizon, each counted less the later it comes.
    fn discounted_visits(&self) -> f64 {
        let until = |month: i32| self.visits_ahead(f64::from(month) * MONTH);
        (1..=MONTHS).map(|month| (until(month) - until(month - 1)) / (1.0 + DISCOUNT).powi(month)).sum()
    }
}

fn persons(project: &Project) -> HashMap<String, Person> {
    let text = std::fs::read_to_string(project.path("data/truth_customers.csv")).expect("a file");
    let mut lines = text.lines();
    let heading = "customer_id,second_id,joined_date,segment,visits,has_left,visits_per_week,leaves_after_visit,mean_order,visits_next_year";
    assert_eq!(lines.next(), Some(heading));
    let person = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let float = |at: usize| fields[at].parse::<f64>().expect("a number");
        let person = Person {
            segment: fields[3].to_owned(),
            joined: fields[2].to_owned(),
            is_alive: fields[5] == "0",
            rate: float(6),
            leaves: float(7),
            mean_order: float(8),
        };
        assert!((person.visits_ahead(365.0 / 7.0) - float(9)).abs() < 1e-4, "{line}");
        (fields[0].to_owned(), person)
    };
    lines.map(person).collect()
}

/// A customer of the mart beside the person behind it.
struct Valued<'a> {
    p_alive: f64,
    orders: f64,
    value: [f64; 3],
    person: &'a Person,
}

fn valued<'a>(project: &Project, persons: &'a HashMap<String, Person>) -> Vec<Valued<'a>> {
    let sql = "select customer_id, p_alive, expected_orders_12m, clv_12m, clv_12m_low, clv_12m_high from customer_value order by customer_id";
    let row = |line: &String| {
        let fields: Vec<&str> = line.split(',').collect();
        let float = |at: usize| fields[at].parse::<f64>().expect("a number");
        let person = persons.get(fields[0].trim_matches('"')).expect("a person");
        Valued { p_alive: float(1), orders: float(2), value: [float(3), float(4), float(5)], person }
    };
    project.csv(&["sql", sql])[1..].iter().map(row).collect()
}

/// The rows of a card by section and name.
fn card(project: &Project, table: &str) -> BTreeMap<String, Value> {
    let out = project.fine(&["sql", "--format", "json", &format!("select * from {table}")]);
    let rows: Vec<Value> = serde_json::from_str(out.trim()).expect("JSON");
    let name =
        |row: &Value| format!("{}.{}", row["section"].as_str().unwrap(), row["name"].as_str().unwrap());
    rows.into_iter().map(|row| (name(&row), row)).collect()
}

/// Within this share of what was planted.
fn near(found: f64, planted: f64, tolerance: f64, what: &str) {
    println!("{what}: {found:.4} found, {planted:.4} planted ({:+.1} %)", (found / planted - 1.0) * 100.0);
    assert!((found / planted - 1.0).abs() < tolerance, "{what}: {found} found, {planted} planted");
}

/// The same model on the persons who joined within the files, as a project can have it: two files more.
fn value_of_joined(project: &Project, from: &str) {
    let pack = |name: &str| {
        std::fs::read_to_string(repository().join("packs/retail/marts").join(name)).expect("a file")
    };
    let sql = format!(
        "{}inner join dim_customer as d on d.customer_id = o.customer_id and d.is_current\nwhere d.joined_date >= cast('{from}' as date)\n",
        pack("customer_value.sql")
    );
    std::fs::create_dir_all(project.path("marts")).expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(project.path("marts").join(name), text).expect("a file");
    write("joined_value.sql", &sql);
    write("joined_value.toml", &pack("customer_value.toml").replace("model = \"auto\"", "model = \"bg\""));
    write("joined_model.toml", &pack("value_model.toml").replace("customer_value", "joined_value"));
}

#[test]
fn what_was_planted_in_customers_is_recovered_by_the_marts() {
    let arguments =
        ["--customers", "9000", "--days", "1095", "--stores", "4", "--dirt", "0", "--customer-truth"];
    // 1,095 days to 2026-10-31.
    let from = "2023-11-02";
    let project = Project::empty("generated");
    value_of_joined(&project, from);
    let (project, truth, _) = invented(project, &arguments);
    assert_eq!(truth["customers"]["joined_from"], from);
    let persons = persons(&project);
    let valued = valued(&project, &persons);
    assert!(valued.len() > 7_000, "{}", valued.len());
    assert_eq!(valued.len() as u64, truth["customers"]["with_purchases"].as_u64().expect("a count"));

    habits_and_values(&project, &truth);
    segments(&project, &truth, &persons);
    who_has_left(&valued);
    what_is_to_come(&project, &truth, &valued);
}

/// Parameters on the persons who joined within the files: those of before were seen in part.
fn habits_and_values(project: &Project, truth: &Value) {
    let card = card(project, "joined_model");
    let value = |name: &str| number(&card[name]["value"]);
    assert_eq!(value("model.customers"), number(&truth["customers"]["joined_within"]));
    let (behaviour, tolerances) = (&truth["behaviour"], &truth["tolerances"]);
    for name in ["r", "alpha", "a", "b"] {
        let planted = number(&behaviour["purchases"][name]);
        near(value(&format!("purchases.{name}")), planted, number(&tolerances["purchases"]), name);
    }
    let (p, q, v) = (value("spend.p"), value("spend.q"), value("spend.v"));
    near(q, number(&behaviour["spend"]["q"]), number(&tolerances["spend_q"]), "q");
    let mean = number(&behaviour["spend"]["mean"]);
    near(p * v / (q - 1.0), mean, number(&tolerances["spend_mean"]), "mean order");
}

/// Orders of each planted segment: their mean is that of the segment, and every person is in the right one.
fn segments(project: &Project, truth: &Value, persons: &HashMap<String, Person>) {
    let sql = "select d.segment, count(distinct f.invoice_no) as orders, sum(f.revenue) as revenue
        from fact_sales as f inner join dim_customer as d on d.customer_id = f.customer_id and d.is_current group by 1 order by 1";
    let found = project.csv(&["sql", sql]);
    let planted = truth["segments"].as_array().expect("segments");
    assert_eq!(found.len() - 1, planted.len());
    for segment in planted {
        let name = segment["segment"].as_str().expect("a name");
        let row = found.iter().find(|row| row.starts_with(name)).expect("a segment");
        let fields: Vec<&str> = row.split(',').collect();
        let (orders, revenue): (f64, f64) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
        assert_eq!(orders, number(&segment["receipts"]), "{name}");
        near(
            revenue / orders,
            number(&segment["mean_order"]),
            number(&truth["tolerances"]["segments"]),
            name,
        );
    }
    let crm = project.csv(&[
        "sql",
        "select customer_id, segment from dim_customer where is_current and customer_key <> 0",
    ]);
    for row in &crm[1..] {
        let (id, segment) = row.split_once(',').expect("two columns");
        assert_eq!(persons.get(id).map(|person| person.segment.as_str()), Some(segment), "{id}");
    }
}

/// Tenths of the customers by P(alive), against the share of them who have not left.
fn who_has_left(valued: &[Valued<'_>]) {
    let mut ranked: Vec<&Valued<'_>> = valued.iter().collect();
    ranked.sort_by(|left, right| left.p_alive.total_cmp(&right.p_alive));
    for tenth in ranked.chunks(ranked.len().div_ceil(10)) {
        let share = |value: &dyn Fn(&Valued<'_>) -> f64| {
            tenth.iter().map(|one| value(one)).sum::<f64>() / tenth.len() as f64
        };
        let (told, alive) =
            (share(&|one| one.p_alive), share(&|one| f64::from(u8::from(one.person.is_alive))));
        println!("P(alive) {told:.3}, alive {alive:.3}");
        // Three standard errors of a share, and the model's own fault: BG/NBD cannot lose who bought once, and of
        // those some came before the files begin.
        let chance = 3.0 * (alive * (1.0 - alive) / tenth.len() as f64).sqrt();
        let fault = if told > 0.97 { 0.20 } else { 0.03 };
        assert!((told - alive).abs() < chance + fault, "{told} {alive}");
    }
    // Of those who were seen from the first visit on, the model knows everything: no such allowance.
    let within: Vec<&Valued<'_>> =
        ranked.into_iter().filter(|one| one.person.joined.as_str() >= "2023-11-02").collect();
    let mean = |value: &dyn Fn(&Valued<'_>) -> f64| {
        within.iter().map(|one| value(one)).sum::<f64>() / within.len() as f64
    };
    let (told, alive) = (mean(&|one| one.p_alive), mean(&|one| f64::from(u8::from(one.person.is_alive))));
    println!("joined within: P(alive) {told:.3}, alive {alive:.3}");
    assert!((told - alive).abs() < 0.025, "{told} {alive}");
}

/// Orders and value of the next twelve months, of all and of each tenth by value, lie within their intervals.
fn what_is_to_come(project: &Project, truth: &Value, valued: &[Valued<'_>]) {
    let card = card(project, "value_model");
    let model = |name: &str, end: &str| number(&card[&format!("model.{name}")][end]);
    println!("{}: {}", card["model.model"]["words"], card["model.why"]["words"]);
    let weeks = f64::from(MONTHS) * MONTH;
    let orders: f64 = valued.iter().map(|one| one.person.visits_ahead(weeks)).sum();
    let told = model("expected_orders", "value");
    assert!((valued.iter().map(|one| one.orders).sum::<f64>() / told - 1.0).abs() < 1e-4);
    println!(
        "orders {told:.0} [{:.0}, {:.0}], true {orders:.0}",
        model("expected_orders", "low"),
        model("expected_orders", "high")
    );
    assert!(model("expected_orders", "low") <= orders && orders <= model("expected_orders", "high"));
    // Value is of what is kept: goods that come back are taken off, and the margin is that of the card.
    let amount = |name: &str| number(&truth["totals"][name]["amount"]);
    let kept = (1.0 - amount("returns") / amount("sales")) * model("margin_rate", "value");
    let truly = |one: &Valued<'_>| one.person.discounted_visits() * one.person.mean_order * kept;
    let value: f64 = valued.iter().map(truly).sum();
    println!(
        "value {:.0} [{:.0}, {:.0}], true {value:.0}",
        model("clv", "value"),
        model("clv", "low"),
        model("clv", "high")
    );
    assert!(model("clv", "low") <= value && value <= model("clv", "high"));
    // An interval that says nothing covers everything: no wider than a third either way.
    assert!(model("clv", "high") < 1.33 * model("clv", "value"));
    near(model("clv", "value"), value, 0.08, "value");
    let mut ranked: Vec<&Valued<'_>> = valued.iter().collect();
    ranked.sort_by(|left, right| left.value[0].total_cmp(&right.value[0]));
    for (number, tenth) in ranked.chunks(ranked.len().div_ceil(10)).enumerate() {
        let [told, low, high] = [0, 1, 2].map(|at| tenth.iter().map(|one| one.value[at]).sum::<f64>());
        let truth: f64 = tenth.iter().map(|one| truly(one)).sum();
        println!("tenth {number}: value {told:.1} [{low:.1}, {high:.1}], true {truth:.1}");
        // The lowest tenths are almost surely gone; the few who are not decide, and it is money that nobody misses.
        let is_nothing = told.max(truth) < 0.004 * value;
        assert!(is_nothing || (low <= truth && truth <= high), "{low} {truth} {high}");
    }
}
