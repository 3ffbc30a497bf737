//! `basket`: what is bought together, in a file or in the sales that a user may see.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use confect_domain::decimal::format_scaled;
use confect_domain::problem::printable;
use confect_domain::{Period, Problem, ProblemKind};
use confect_service::basket::{
    BasketScope, FileFormat, Filter, Found, ItemLevel, Kind, NamedBaskets, Rule, RuleWish, ScopeSales,
    Search, Standing, parse_support, rank, read_file, search,
};
use confect_service::{ServiceError, Shop};
use serde_json::{Value, json};

use super::{Outcome, ask, one, open};
use crate::arguments::{Basket, BasketFormat, BasketSort};
use crate::printer::Printer;
use crate::table::{grouped, money, table};

/// Lines for people, unless they say how many.
const SHOWN: usize = 50;

/// Baskets with the words for their items.
struct Read {
    named: NamedBaskets,
    /// What people call an item, if not by its name in the file.
    words: BTreeMap<String, String>,
    /// `item`, `article`, `category`.
    noun: &'static str,
    /// How it was read, for people.
    note: Option<String>,
    truncated: bool,
    seconds: f64,
    /// What the items earned, and in which currency; of a shop only.
    sold: Option<(Arc<ScopeSales>, String)>,
}

impl Read {
    fn word(&self, item: u32) -> String {
        let name = self.named.name(item);
        printable(self.words.get(&name).map_or(name.as_str(), |word| word.trim()))
    }
}

pub(super) fn run(root: &Path, basket: &Basket, printer: &Printer) -> Outcome {
    let wish = wish(basket).map_err(one)?;
    let read = match &basket.file {
        Some(file) => of_file(file, basket).map_err(one)?,
        None => of_shop(root, basket)?,
    };
    let found = search(&read.named, &wish).map_err(one)?;
    let shown = basket.limit.unwrap_or(if basket.json { 0 } else { SHOWN });
    let list = Listed::of(&found, &wish, &read, basket)?;
    if basket.json {
        let lines = match &found.rules {
            Some(_) => list.rules.iter().take(shown).map(|listed| rule_json(*listed, &read)).collect(),
            None => sets_json(&found, &read, shown),
        };
        lines.iter().for_each(|line: &Value| printer.data(&line.to_string()));
        printer.data(&summary_json(&found, &read).to_string());
        return Ok(());
    }
    match &found.rules {
        Some(_) => {
            list.rules.iter().take(shown).for_each(|listed| printer.data(&sentence(*listed, &read)));
        }
        None => printer.data(&sets_table(&found, &read, shown)),
    }
    notes(&found, &read, &wish, &list, shown).iter().for_each(|line| printer.note(line));
    Ok(())
}

/// A rule, and how it stands among those of a shop.
type ListedRule<'a> = (&'a Rule, Option<Standing>);

/// The rules in the order in which they are shown.
struct Listed<'a> {
    rules: Vec<ListedRule<'a>>,
    /// Rules between variants of one article that are not among them.
    variants: usize,
}

impl<'a> Listed<'a> {
    /// Of a file all rules by lift; of a shop what it can act on first, variants only if they are asked for. JSON
    /// has them all, marked.
    fn of(found: &'a Found, wish: &Search, read: &Read, basket: &Basket) -> Result<Self, Vec<Problem>> {
        let none: &[Rule] = &[];
        let all = found.rules.as_ref().map_or(none, |rules| rules.rules.as_slice());
        let mut rules: Vec<ListedRule<'a>> = match &read.sold {
            None if basket.sort == Some(BasketSort::Worth) => return Err(one(no_worth())),
            None => all.iter().map(|rule| (rule, None)).collect(),
            // The summary alone.
            Some(_) if basket.json && basket.limit.unwrap_or(0) == 0 => Vec::new(),
            Some((sold, _)) => {
                let (standings, places) = rank(found, wish, &sold.sales, &read.words).map_err(one)?;
                let listed = |place: usize| Some((all.get(place)?, standings.get(place).copied()));
                places.into_iter().filter_map(listed).collect()
            }
        };
        let total = rules.len();
        let hides = !basket.json && !basket.variants;
        rules.retain(|(_, standing)| !(hides && standing.is_some_and(|standing| standing.is_variant)));
        let by = |value: fn(&Rule) -> f64, rules: &mut Vec<ListedRule<'a>>| {
            rules.sort_by(|left, right| value(right.0).total_cmp(&value(left.0)));
        };
        match basket.sort {
            None | Some(BasketSort::Worth) => {}
            Some(BasketSort::Lift) => by(|rule| rule.counts.lift(), &mut rules),
            Some(BasketSort::Confidence) => by(|rule| rule.counts.confidence(), &mut rules),
            Some(BasketSort::Baskets) => by(|rule| f64::from(rule.counts.both), &mut rules),
        }
        Ok(Self { variants: total - rules.len(), rules })
    }
}

fn no_worth() -> Problem {
    Problem::new(ProblemKind::User, "no-amounts", "a file of baskets has no amounts to sort by")
        .with_hint("sort by lift, confidence or baskets")
}

fn wish(basket: &Basket) -> Result<Search, Problem> {
    let kind = match (basket.closed, basket.maximal) {
        (true, _) => Kind::Closed,
        (_, true) => Kind::Maximal,
        _ => Kind::All,
    };
    let min_support = basket.min_support.as_deref().map(parse_support).transpose()?;
    let needs_support = basket.file.is_some() || kind != Kind::All;
    if min_support.is_none() && needs_support {
        return Err(Problem::new(ProblemKind::User, "no-min-support", "`--min-support` is missing")
            .with_hint(
                "a share such as `--min-support 0.01` (one basket in a hundred) or a count such as `50`",
            ));
    }
    // The shop asks for what to do; a file for what is there.
    let is_shop = basket.file.is_none();
    let wants_rules = basket.rules || (is_shop && kind == Kind::All && !basket.itemsets);
    Ok(Search {
        min_support,
        kind,
        lengths: (basket.min_len, basket.max_len.unwrap_or(usize::MAX)),
        max_basket_items: basket.max_basket_items,
        threads: basket.threads,
        rules: wants_rules.then(|| RuleWish {
            min_confidence: basket.min_confidence,
            min_lift: basket.min_lift,
            max_consequent_len: basket.max_consequent,
            only_proven: basket.proven || (is_shop && !basket.unproven),
        }),
    })
}

fn of_file(file: &Path, basket: &Basket) -> Result<Read, Problem> {
    let clock = std::time::Instant::now();
    let format = basket.format.map(|format| match format {
        BasketFormat::Fimi => FileFormat::Fimi,
        BasketFormat::Csv => FileFormat::Csv,
    });
    let columns = basket.columns.as_ref().map(|(basket, item)| (basket.as_str(), item.as_str()));
    let found = read_file(file, format, columns)?;
    if found.named.baskets.is_empty() {
        let message = format!("`{}` has no baskets", file.display());
        return Err(Problem::new(ProblemKind::Source, "no-baskets", message)
            .with_detail(format!("read as {}, {} lines skipped", found.read_as, found.named.skipped))
            .with_hint("it needs at least one line with an item"));
    }
    Ok(Read {
        note: Some(format!("read as {}", found.read_as)),
        named: found.named,
        words: BTreeMap::new(),
        noun: "item",
        truncated: false,
        seconds: clock.elapsed().as_secs_f64(),
        sold: None,
    })
}

fn of_shop(root: &Path, basket: &Basket) -> Result<Read, Vec<Problem>> {
    let scope = scope(basket).map_err(one)?;
    let shop = open(root)?;
    let access = ask::access(&shop, basket.user.as_deref())?;
    let clock = std::time::Instant::now();
    let found = shop.baskets(&scope, &access).map_err(one)?;
    let words = match scope.level {
        ItemLevel::Article => shop.article_names(&access).map_err(one)?,
        _ => BTreeMap::new(),
    };
    // A group that no article has is another thing than a period without sales.
    if found.sales.named.baskets.is_empty() && scope.level != ItemLevel::Article {
        let all = BasketScope { level: ItemLevel::Article, ..scope.clone() };
        if !shop.baskets(&all, &access).map_err(one)?.sales.named.baskets.is_empty() {
            return Err(one(no_groups(scope.level)));
        }
    }
    Ok(Read {
        named: found.sales.named.clone(),
        words,
        noun: scope.level.word(),
        note: None,
        truncated: found.truncated,
        seconds: clock.elapsed().as_secs_f64(),
        sold: Some((found, shop.info().currency)),
    })
}

fn no_groups(level: ItemLevel) -> Problem {
    Problem::new(ProblemKind::User, "no-groups", format!("no article has a {}", level.word()))
        .with_hint(format!("deliver the entity `products` with the column `{}`", level.word()))
        .with_hint("or look at articles: leave `--level` out")
}

fn scope(basket: &Basket) -> Result<BasketScope, Problem> {
    let level = ItemLevel::from_word(&basket.level).ok_or_else(|| {
        let problem = format!("there is no level `{}`", printable(&basket.level));
        let words = ItemLevel::WORDS.map(|(word, _)| word);
        let problem = Problem::new(ProblemKind::User, "no-such-level", problem)
            .with_detail(format!("levels: {}", words.join(", ")));
        match confect_domain::names::nearest(&basket.level, words) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem,
        }
    })?;
    let named = |dimension: &str, values: &[String]| -> Vec<(String, String)> {
        values.iter().map(|value| (dimension.to_owned(), value.clone())).collect()
    };
    let mut filters: Vec<Filter> = Vec::new();
    let asked = [basket.filter.clone(), named("store", &basket.store), named("country", &basket.country)];
    for (dimension, value) in asked.concat() {
        match filters.iter_mut().find(|filter| filter.dimension == dimension) {
            Some(filter) => filter.values.push(value),
            None => filters.push(Filter { dimension, values: vec![value] }),
        }
    }
    let months = match &basket.season {
        Some(season) => Shop::season_months(season).map_err(ServiceError::into_problem)?,
        None => Vec::new(),
    };
    Ok(BasketScope { level, period: period(basket)?, months, filters })
}

fn period(basket: &Basket) -> Result<Option<Period>, Problem> {
    let (from, to) = match (basket.from, basket.to) {
        (None, None) => return Ok(None),
        (from, to) => (
            from.unwrap_or(confect_domain::Date::from_days(-700_000)),
            to.unwrap_or(confect_domain::Date::from_days(2_900_000)),
        ),
    };
    Period::new(from, to).map(Some).ok_or_else(|| {
        Problem::new(
            ProblemKind::User,
            "bad-parameter",
            format!("the parameter `to` does not lie after {from}"),
        )
        .with_hint("`to` is the first day after the period")
    })
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 1.0 { format!("{percent:.2} %") } else { format!("{percent:.0} %") }
}

fn counted(number: usize) -> String {
    grouped(&number.to_string())
}

/// "who buys A and B also buys C: 62 % (8.2 times as often as usual), 143 baskets"; of a shop also what goes along
/// beyond chance in a month.
fn sentence((rule, standing): ListedRule<'_>, read: &Read) -> String {
    let worth = standing.zip(read.sold.as_ref()).map(|(standing, (_, currency))| {
        let cents = (standing.monthly + 50).div_euclid(100);
        format!(", {} a month", money(&format_scaled(cents, 2), currency).trim())
    });
    let words = |items: &[u32]| items.iter().map(|item| read.word(*item)).collect::<Vec<_>>().join(" and ");
    format!(
        "who buys {} also buys {}: {} ({:.1} times as often as usual), {} baskets{}",
        words(&rule.antecedent),
        words(&rule.consequent),
        percent(rule.counts.confidence()),
        rule.counts.lift(),
        counted(rule.counts.both as usize),
        worth.unwrap_or_default()
    )
}

/// The places of the most frequent sets; longer ones first where they are as frequent.
fn most_frequent(found: &Found, most: usize) -> Vec<usize> {
    let sets = found.itemsets.iter().enumerate();
    let mut ranked: Vec<_> = sets
        .map(|(place, set)| (std::cmp::Reverse(set.count), std::cmp::Reverse(set.items.len()), place))
        .collect();
    if most > 0 && most < ranked.len() {
        ranked.select_nth_unstable(most - 1);
    }
    ranked.truncate(most);
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, _, place)| place).collect()
}

fn sets_table(found: &Found, read: &Read, shown: usize) -> String {
    let columns = ["baskets", "support", "items"].map(str::to_owned);
    let places = most_frequent(found, shown);
    let rows = places.iter().filter_map(|place| found.itemsets.get(*place)).map(|set| {
        let support = f64::from(set.count) / found.itemsets.baskets.max(1) as f64;
        let words: Vec<String> = set.items.iter().map(|item| read.word(*item)).collect();
        vec![Some(counted(set.count as usize)), Some(percent(support)), Some(words.join(" + "))]
    });
    table(&columns, &[true, true, false], &rows.collect::<Vec<_>>())
}

fn names(items: &[u32], read: &Read) -> Vec<String> {
    items.iter().map(|item| read.named.name(*item)).collect()
}

fn sets_json(found: &Found, read: &Read, shown: usize) -> Vec<Value> {
    let places = most_frequent(found, shown);
    let sets = places.iter().filter_map(|place| found.itemsets.get(*place));
    sets.map(|set| json!({ "items": names(set.items, read), "baskets": set.count })).collect()
}

fn rule_json((rule, standing): ListedRule<'_>, read: &Read) -> Value {
    let counts = rule.counts;
    let mut line = json!({
        "antecedent": names(&rule.antecedent, read), "consequent": names(&rule.consequent, read),
        "baskets": counts.both, "antecedent_baskets": counts.antecedent,
        "consequent_baskets": counts.consequent, "support": counts.support(),
        "confidence": counts.confidence(), "lift": counts.lift(), "leverage": counts.leverage(),
        "conviction": counts.conviction(), "zhang": counts.zhang(), "jaccard": counts.jaccard(),
        "kulczynski": counts.kulczynski(), "cosine": counts.cosine(), "p_value": rule.p_value,
        "q_value": rule.q_value, "improvement": rule.improvement(), "productive_p": rule.productive_p,
    });
    if let (Some(standing), Some(line)) = (standing, line.as_object_mut()) {
        line.insert("is_stable".to_owned(), standing.is_stable.into());
        line.insert("is_variant".to_owned(), standing.is_variant.into());
        line.insert("monthly_added_amount".to_owned(), format_scaled(standing.monthly, 4).into());
    }
    line
}

fn summary_json(found: &Found, read: &Read) -> Value {
    let sets = &found.itemsets;
    json!({
        "baskets": sets.baskets, "items": sets.items, "itemsets": sets.len(),
        "rules": found.rules.as_ref().map_or(0, |rules| rules.rules.len()), "seconds": found.seconds,
        "read_seconds": read.seconds, "min_baskets": sets.min_count, "is_support_adapted": found.is_adapted,
        "giant_baskets": sets.giants.baskets, "largest_giant": sets.giants.largest,
        "skipped": read.named.skipped, "is_truncated": read.truncated,
    })
}

/// What was looked at, what was limited and what was kept back.
fn notes(found: &Found, read: &Read, wish: &Search, list: &Listed<'_>, shown: usize) -> Vec<String> {
    let sets = &found.itemsets;
    let mut lines: Vec<String> = read.note.iter().cloned().collect();
    let least = f64::from(sets.min_count) / sets.baskets.max(1) as f64;
    lines.push(format!(
        "{} baskets of {} {}s; {} {}itemsets in at least {} baskets ({}{}), {:.3} s",
        counted(sets.baskets),
        counted(sets.items),
        read.noun.strip_suffix('y').map_or(read.noun.to_owned(), |stem| format!("{stem}ie")),
        counted(sets.len()),
        if wish.kind == Kind::All { String::new() } else { format!("{} ", wish.kind.word()) },
        counted(sets.min_count as usize),
        percent(least),
        if found.is_adapted { ", chosen by the data" } else { "" },
        found.seconds,
    ));
    let giants = sets.giants;
    if giants.baskets > 0 {
        lines.push(format!(
            "limited: {} baskets with more than {} items were left out; the largest has {}",
            counted(giants.baskets),
            counted(wish.max_basket_items),
            counted(giants.largest)
        ));
    }
    if read.truncated {
        lines.push("limited: lines beyond the first 50 million were left out".to_owned());
    }
    if read.named.skipped > 0 {
        lines.push(format!("{} lines without a basket or an item were skipped", counted(read.named.skipped)));
    }
    let total = found.rules.as_ref().map_or(sets.len(), |_| list.rules.len());
    if let Some(rules) = &found.rules {
        lines.push(format!("{} rules", counted(rules.rules.len())));
        let kept = [
            (rules.insignificant, "may be chance"),
            (rules.redundant, "are no better than a shorter one"),
            (rules.unproductive, "have an item that does not help"),
        ];
        let kept = kept.iter().filter(|(number, _)| *number > 0);
        let kept: Vec<String> = kept.map(|(number, why)| format!("{} {why}", counted(*number))).collect();
        if !kept.is_empty() {
            lines.push(format!("kept back: {}", kept.join(", ")));
        }
    }
    if list.variants > 0 {
        lines.push(format!(
            "{} rules between colours, sizes or patterns of one article are not shown; `--variants` shows them",
            counted(list.variants)
        ));
    }
    if total > shown {
        lines.push(format!("the first {} are shown; `--limit N` shows more", counted(shown)));
    }
    lines
}
