//! Small files that a person can check: measures from four counts, counts of other programs, rules, messages.
//!
//! `CONFECT_BLESS=1 cargo test -p confect-analytics --test basket_golden` writes the rules and the messages
//! anew; the diff is the review. Measures and counts come from elsewhere and are never written.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use confect_analytics::basket::{
    BasketError, Baskets, Kind, MinSupport, MineOptions, NamedBaskets, PairColumns, Rule, RuleCounts,
    RuleOptions, attach_ladder, cross_shop, fisher, mine, next_best, read_fimi, read_lines, read_pairs,
    rules, stability,
};
use confect_domain::Problem;

static GO_ON: AtomicBool = AtomicBool::new(false);

fn golden(name: &str) -> String {
    format!("{}/../../tests/golden/methods/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(golden(name)).expect("the golden file")
}

fn compare(name: &str, got: &str) {
    if std::env::var_os("CONFECT_BLESS").is_some() {
        std::fs::write(golden(name), got).expect("the golden file is written");
    } else {
        assert_eq!(text(name), got, "{name}");
    }
}

fn table(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split('|').map(str::trim).collect())
}

fn numbers<T: std::str::FromStr>(field: &str) -> Vec<T> {
    field.split(' ').map(|word| word.parse().ok().expect("a number")).collect()
}

#[test]
fn measures_are_as_published() {
    let text = text("basket_measures.txt");
    let mut lines = 0;
    for fields in table(&text) {
        let [name, counts, expected] = fields[..] else { panic!("{fields:?}") };
        let [baskets, antecedent, consequent, both] = numbers(counts)[..] else { panic!("{name}") };
        let counts = RuleCounts { baskets, antecedent, consequent, both };
        let got = [
            counts.confidence(),
            counts.lift(),
            counts.leverage(),
            counts.conviction().unwrap_or(f64::INFINITY),
            counts.zhang(),
            counts.jaccard(),
            counts.kulczynski(),
            counts.cosine(),
            counts.imbalance(),
            counts.chi_squared(),
            fisher(counts),
        ];
        let expected: Vec<f64> = numbers(expected);
        assert_eq!(expected.len(), got.len(), "{name}");
        for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
            // Chi squared and p are published with six digits, the rest with ten decimals.
            let off = if place < 9 { 1e-9 } else { 1e-5 * expected.abs() + 1e-6 * f64::from(place == 9) };
            assert!((got - expected).abs() <= off || got == expected, "{name}, {place}: {got} {expected}");
        }
        lines += 1;
    }
    assert_eq!(lines, 8);
}

fn small() -> NamedBaskets {
    read_fimi(text("basket.dat").as_bytes()).expect("FIMI text")
}

#[test]
fn counts_are_those_of_another_program() {
    let (text, named) = (text("basket_counts.txt"), small());
    for fields in table(&text) {
        let [min, all, closed, maximal] = fields[..] else { panic!("{fields:?}") };
        let expected: Vec<u64> = [all, closed, maximal].into_iter().flat_map(numbers).collect();
        let options = MineOptions::new(MinSupport::Count(min.parse().unwrap()));
        let of = |kind| mine(&named.baskets, &options.clone().of_kind(kind), &GO_ON).unwrap();
        let sets = of(Kind::All);
        let got = [
            sets.len() as u64,
            sets.sum_of_counts(),
            of(Kind::Closed).len() as u64,
            of(Kind::Maximal).len() as u64,
        ];
        assert_eq!(got[..], expected, "at {min}");
    }
}

fn shown(named: &NamedBaskets, rule: &Rule) -> String {
    let names = |items: &[u32]| items.iter().map(|item| named.name(*item)).collect::<Vec<_>>().join(" ");
    let counts = rule.counts;
    format!(
        "{} => {} | {} of {} | confidence {:.4} lift {:.4} p {:.3e} q {:.3e} improvement {:+.4} productive {:.3e}",
        names(&rule.antecedent),
        names(&rule.consequent),
        counts.both,
        counts.antecedent,
        counts.confidence(),
        counts.lift(),
        rule.p_value,
        rule.q_value,
        rule.improvement(),
        rule.productive_p
    )
}

#[test]
fn rules_read_as_the_file_says() {
    let named = small();
    let sets = mine(&named.baskets, &MineOptions::new(MinSupport::Share(0.1)), &GO_ON).unwrap();
    let wish = RuleOptions::new(0.6);
    let mut got = String::new();
    for (title, wish) in [("every rule", wish.clone()), ("worth reading", wish.worth_reading())] {
        let made = rules(&sets, &wish, &GO_ON).unwrap();
        let _ = writeln!(
            got,
            "## {title}: {} of {} candidates; {} insignificant, {} redundant, {} unproductive",
            made.rules.len(),
            made.candidates,
            made.insignificant,
            made.redundant,
            made.unproductive
        );
        for rule in made.rules.iter().take(24) {
            let _ = writeln!(got, "{}", shown(&named, rule));
        }
    }
    compare("basket_rules.txt", &got);
}

const TILL: &str = "Receipt;Day;Article\n1;2024-01-03;bread\n1;2024-01-03; jam \n2;2024-02-01;bread\n\
                    2;2024-02-01;\"tea; green\"\n1;2024-01-03;tea\n;2024-02-01;bread\n3;2024-02-07;bread\n3;2024-02-07;jam\n";

fn till() -> PairColumns {
    PairColumns { period: Some(("Day".into(), 7)), separator: b';', ..PairColumns::new("receipt", "Article") }
}

#[test]
fn rows_of_basket_and_item_become_baskets_with_months() {
    let named = read_pairs(TILL.as_bytes(), &till()).unwrap();
    assert_eq!(named.items, ["bread", "jam", "tea; green", "tea"]);
    assert_eq!(named.periods, ["2024-01", "2024-02"]);
    assert_eq!(named.skipped, 1);
    assert_eq!(named.baskets.iter().collect::<Vec<_>>(), [&[0, 1, 3][..], &[0, 2], &[0, 1]]);
    assert_eq!([0, 1, 2].map(|basket| named.baskets.period(basket)), [0, 1, 1]);
}

#[test]
fn lines_of_names_become_baskets() {
    let named =
        read_lines("\u{feff}citrus fruit,milk\n\n , \nmilk,\"rolls, buns\",milk\n".as_bytes(), b',').unwrap();
    assert_eq!(named.items, ["citrus fruit", "milk", "rolls, buns"]);
    assert_eq!(named.baskets.iter().collect::<Vec<_>>(), [&[0, 1][..], &[1, 2]]);
    let named = read_fimi("\u{feff}7 3 \r\n\n  \n3\t3 900000000000\n".as_bytes()).unwrap();
    assert_eq!((named.items.join(" "), named.skipped), ("7 3 900000000000".into(), 2));
    assert_eq!(named.baskets.iter().collect::<Vec<_>>(), [&[0, 1][..], &[1, 2]]);
    assert!(read_fimi(&b""[..]).unwrap().baskets.is_empty());
    assert!(read_pairs(&b"a,b\n"[..], &PairColumns::new("a", "b")).unwrap().baskets.is_empty());
}

#[test]
fn a_rule_is_counted_month_by_month() {
    let named = read_pairs(TILL.as_bytes(), &till()).unwrap();
    let sets = mine(&named.baskets, &MineOptions::new(MinSupport::Count(1)), &GO_ON).unwrap();
    let made = rules(&sets, &RuleOptions::new(0.0), &GO_ON).unwrap().rules;
    let rule = made.iter().position(|rule| *rule.antecedent == [3] && *rule.consequent == [1]).unwrap();
    let months = stability(&named.baskets, &made, None, &GO_ON).unwrap();
    assert_eq!(months.periods, [0, 1]);
    let counts = |baskets, antecedent, consequent, both| RuleCounts { baskets, antecedent, consequent, both };
    assert_eq!(months.of(rule), [counts(1, 1, 1, 1), counts(2, 0, 1, 0)]);
    for (place, rule) in made.iter().enumerate() {
        let sum = |of: fn(&RuleCounts) -> u32| months.of(place).iter().map(of).sum::<u32>();
        let total = counts(sum(|c| c.baskets), sum(|c| c.antecedent), sum(|c| c.consequent), sum(|c| c.both));
        assert_eq!(total, rule.counts, "months add up to the whole");
    }
    assert_eq!(months.of(made.len()), []);
}

#[test]
fn an_offer_is_never_what_the_customer_has() {
    // tea => jam is sure here; bread is in every basket.
    let named = read_pairs(TILL.as_bytes(), &till()).unwrap();
    let sets = mine(&named.baskets, &MineOptions::new(MinSupport::Count(1)), &GO_ON).unwrap();
    let made = rules(&sets, &RuleOptions::new(0.3), &GO_ON).unwrap().rules;
    let mut customers = Baskets::new(4);
    for has in [&[3][..], &[0], &[0, 1, 2, 3], &[]] {
        customers.push(has).unwrap();
    }
    let offers = next_best(&customers, &made, 2, &GO_ON).unwrap();
    let items: Vec<Vec<u32>> =
        offers.iter().map(|list| list.iter().map(|offer| offer.item).collect()).collect();
    // tea: jam at 1.0 with lift 1.5 before bread at 1.0 with lift 1; bread: jam at 2/3, then 1/3 for two.
    assert_eq!(items[0], [1, 0]);
    assert_eq!(items[1][0], 1);
    assert_eq!((items[1].len(), items[2].len(), items[3].len()), (2, 0, 0));
    for offer in offers.iter().flatten() {
        assert_eq!(*made[offer.rule].consequent, [offer.item]);
    }
}

#[test]
fn messages_say_what_to_do() {
    let one = |items: &[u32]| {
        let mut baskets = Baskets::new(50_000);
        baskets.push(items).unwrap();
        baskets
    };
    let ask = |baskets: &Baskets, options: MineOptions| mine(baskets, &options, &GO_ON).unwrap_err();
    let usual = || MineOptions::new(MinSupport::Count(1));
    let many: Vec<u32> = (0..40).collect();
    let giant: Vec<u32> = (0..10_000).collect();
    let small_answer = MineOptions { max_bytes: 8 << 20, ..usual() };
    let closed = mine(&one(&[1, 2]), &usual().of_kind(Kind::Closed), &GO_ON).unwrap();
    let all = mine(&one(&many[..9]), &usual(), &GO_ON).unwrap();
    let few_rules = RuleOptions { max_rules: 5, ..RuleOptions::new(0.5) };
    let cancelled = AtomicBool::new(true);
    let columns = |basket: &str, item: &str| PairColumns::new(basket, item);
    let errors: Vec<BasketError> = vec![
        ask(&Baskets::new(3), usual()),
        ask(&one(&giant), usual()),
        ask(&one(&[1]), MineOptions::new(MinSupport::Share(0.0))),
        ask(&one(&[1]), MineOptions::new(MinSupport::Share(1.5))),
        ask(&one(&[1]), MineOptions::new(MinSupport::Count(0))),
        ask(&one(&[1]), usual().of_length(4, 3)),
        ask(&one(&many), small_answer),
        mine(&one(&many), &usual(), &cancelled).unwrap_err(),
        Baskets::new(3).push(&[2, 7]).unwrap_err(),
        rules(&closed, &RuleOptions::new(0.5), &GO_ON).unwrap_err(),
        rules(&all, &RuleOptions::new(25.0), &GO_ON).unwrap_err(),
        rules(&all, &few_rules, &GO_ON).unwrap_err(),
        cross_shop(&one(&[1]), &vec![vec![1]; 6], &GO_ON).unwrap_err(),
        read_fimi("1 2\n3 bread\n".as_bytes()).unwrap_err(),
        read_fimi("1 2\n3 -4 99999999999999999999\n".as_bytes()).unwrap_err(),
        read_pairs("InvoiceNo,StockCode\n".as_bytes(), &columns("Invoice", "StockCode")).unwrap_err(),
        read_pairs("a;b\n".as_bytes(), &columns("receipt", "article")).unwrap_err(),
        read_pairs("a,b\n1,2\n3\n".as_bytes(), &columns("a", "b")).unwrap_err(),
    ];
    let got: Vec<String> = errors.into_iter().map(|error| Problem::from(error).to_string()).collect();
    compare("basket_messages.txt", &format!("{}\n", got.join("\n\n")));
    let ladder = attach_ladder(&one(&many), 3, 1, 2, &cancelled).unwrap_err();
    assert_eq!(ladder, BasketError::Cancelled);
}
