//! The page Market basket: rules of the mart or of the viewer's own receipts, with the names of articles.

use std::collections::BTreeMap;
use std::sync::Arc;

use confect_analytics::basket::{Rule, Study, Worth};
use confect_domain::decimal::format_scaled;
use confect_domain::names::nearest;
use confect_domain::problem::printable;
use confect_metrics::{Access, AuthorisedQuery, BasketScope, Filter, ItemLevel, RULES_TABLE};
use confect_warehouse::{Publication, WarehouseError};

use super::sales::ScopeSales;
use crate::answer::{Answer, formula_safe, record};
use crate::error::ServiceError;
use crate::page::answer::{AccessInfo, PublicationInfo};
use crate::shop::Shop;

/// Rules that the page gets; more than a person reads.
const MAX_RULES: u32 = 2_000;
/// Items that the pickers offer.
const MAX_ITEMS: u32 = 500;
/// Members that a choice offers.
const MAX_MEMBERS: u32 = 1_000;
/// Dimensions by which receipts may be chosen.
const SCOPES: [(&str, &str); 3] =
    [("country", "Country"), ("store", "Store"), ("loyalty_tier", "Loyalty tier")];
/// Months of the seasons.
const SEASONS: [(&str, [u8; 3]); 4] =
    [("spring", [3, 4, 5]), ("summer", [6, 7, 8]), ("autumn", [9, 10, 11]), ("winter", [12, 1, 2])];

/// Where the rules come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasketSource {
    /// The mart: all receipts.
    Mart,
    /// Receipts of the scope that the viewer may see, searched for this page.
    Receipts,
}

/// An article or a group of articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Code, or the group's name.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// Category of an article.
    pub category: Option<String>,
    /// Receipts with it; 0 if it was not counted.
    pub baskets: u32,
}

/// A rule as the page shows it. Numbers are those of [`Rule`].
#[derive(Clone, Debug, PartialEq)]
pub struct ShownRule {
    /// Who buys these.
    pub antecedent: Vec<Item>,
    /// Also buys these.
    pub consequent: Vec<Item>,
    /// Receipts with all of it.
    pub baskets: u32,
    /// Receipts with the antecedent.
    pub antecedent_baskets: u32,
    /// Share of all receipts.
    pub support: f64,
    /// Share of those with the antecedent.
    pub confidence: f64,
    /// How many times as often as usual.
    pub lift: f64,
    /// Beyond chance, as a share of all receipts.
    pub leverage: f64,
    /// Corrected for false discovery.
    pub q_value: f64,
    /// Months in which it held.
    pub months_held: u32,
    /// Months with receipts.
    pub months_total: u32,
    /// Held in at least three months of four.
    pub is_stable: bool,
    /// One side is a colour, size or pattern of the other.
    pub is_variant: bool,
    /// Exact decimals.
    pub added_revenue: Option<String>,
    /// `None` if no cost is known.
    pub added_margin: Option<String>,
    /// What goes along beyond chance in a month, exact: margin if all costs are known, else revenue.
    pub monthly: Option<String>,
    /// Pieces of what is bought as well, in the shops that the viewer may see; `None` if they are not known.
    pub on_hand: Option<String>,
}

/// One choice of receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeChoice {
    /// Dimension.
    pub id: String,
    /// As people call it.
    pub label: String,
    /// Values that pass; empty for all.
    pub selected: Vec<String>,
    /// Values there are.
    pub options: Vec<String>,
}

/// The whole page.
#[derive(Clone, Debug)]
pub struct BasketPage {
    /// What is looked at.
    pub publication: PublicationInfo,
    /// ISO 4217.
    pub currency: String,
    /// The viewer's rights.
    pub access: AccessInfo,
    /// What an item is.
    pub level: ItemLevel,
    /// Season chosen, if one.
    pub season: Option<String>,
    /// Choices of receipts.
    pub scopes: Vec<ScopeChoice>,
    /// Where the rules come from.
    pub source: BasketSource,
    /// Receipts looked at.
    pub baskets: u64,
    /// Distinct items in them; `None` if they were not counted.
    pub items_total: Option<u64>,
    /// Receipts left out for their size.
    pub left_out: u64,
    /// Share of receipts from which an itemset counted.
    pub min_support: f64,
    /// Whether lines beyond the warehouse's limit were left out.
    pub truncated: bool,
    /// As a shop reads them: variants last, stable ones first, then by what they add in a month.
    pub rules: Vec<ShownRule>,
    /// Rules there are.
    pub rules_total: u64,
    /// The items on most receipts first.
    pub items: Vec<Item>,
}

/// What a request asks.
pub(super) struct Request {
    pub(super) scope: BasketScope,
    season: Option<String>,
    /// Items named, for the ladder and for cross-shopping.
    pub(super) items: Vec<String>,
}

impl Request {
    /// Reads parameters strictly: what is not understood is refused.
    pub(super) fn parse(parameters: &[(String, String)]) -> Result<Self, ServiceError> {
        let mut request = Self { scope: BasketScope::default(), season: None, items: Vec::new() };
        for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
            let known = SCOPES.iter().find(|(id, _)| id == name);
            match (name.as_str(), known) {
                ("level", _) => {
                    let words = ItemLevel::WORDS.map(|(word, _)| word);
                    request.scope.level =
                        ItemLevel::from_word(value).ok_or_else(|| bad(name, value, &words))?;
                }
                ("season", _) => {
                    let found = SEASONS.iter().find(|(season, _)| season == value);
                    let words = SEASONS.map(|(season, _)| season);
                    let (season, months) = found.ok_or_else(|| bad(name, value, &words))?;
                    request.season = Some((*season).to_owned());
                    request.scope.months = months.to_vec();
                }
                ("item", _) if request.items.len() < 5 => request.items.push(value.clone()),
                // What the page keeps in its address for itself.
                (
                    "sort" | "q" | "confidence" | "lift" | "baskets" | "stable" | "variants" | "category"
                    | "article" | "group",
                    _,
                ) => {}
                (_, Some((id, _))) => add(&mut request.scope.filters, id, value),
                _ => return Err(unknown(name)),
            }
        }
        Ok(request)
    }

    fn selected(&self, dimension: &str) -> Vec<String> {
        let filter = self.scope.filters.iter().find(|filter| filter.dimension == dimension);
        filter.map(|filter| filter.values.clone()).unwrap_or_default()
    }

    fn is_everything(&self) -> bool {
        self.scope.filters.is_empty() && self.scope.months.is_empty() && self.scope.period.is_none()
    }
}

/// Months of a season.
///
/// # Errors
/// No such season.
pub(crate) fn season_months(word: &str) -> Result<Vec<u8>, ServiceError> {
    let found = SEASONS.iter().find(|(season, _)| *season == word);
    let words = SEASONS.map(|(season, _)| season);
    Ok(found.ok_or_else(|| bad("season", word, &words))?.1.to_vec())
}

fn add(filters: &mut Vec<Filter>, dimension: &str, value: &str) {
    match filters.iter_mut().find(|filter| filter.dimension == dimension) {
        Some(filter) => filter.values.push(value.to_owned()),
        None => filters.push(Filter { dimension: dimension.to_owned(), values: vec![value.to_owned()] }),
    }
}

fn bad(name: &str, value: &str, words: &[&str]) -> ServiceError {
    let hint = nearest(value, words.iter().copied())
        .map_or_else(|| format!("known: {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
    ServiceError::BadParameter {
        name: name.to_owned(),
        why: format!("has no value `{}`", printable(value)),
        hint: Some(hint),
    }
}

fn unknown(name: &str) -> ServiceError {
    let mut words = vec!["level", "season", "item"];
    words.extend(SCOPES.map(|(id, _)| id));
    ServiceError::BadParameter {
        name: printable(name),
        why: "is not known here".to_owned(),
        hint: nearest(name, words).map(|near| format!("did you mean `{near}`?")),
    }
}

/// Names of articles, by code.
pub(super) type Articles = BTreeMap<String, (String, Option<String>)>;

impl Shop {
    /// The page Market basket.
    ///
    /// # Errors
    /// Parameters that are not understood, nothing published, a failing query.
    pub async fn basket_page(
        &self,
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<BasketPage, ServiceError> {
        let request = Request::parse(parameters)?;
        let publication = self.publication()?;
        let articles = self.articles(&publication, &request.scope, access).await?;
        let mut page = BasketPage {
            publication: PublicationInfo::of(&publication, !access.policy().is_everything()),
            currency: self.info().currency,
            access: AccessInfo::of(access),
            level: request.scope.level,
            season: request.season.clone(),
            scopes: self.scope_choices(&publication, &request, access).await?,
            source: BasketSource::Receipts,
            baskets: 0,
            items_total: None,
            left_out: 0,
            min_support: 0.0,
            truncated: false,
            rules: Vec::new(),
            rules_total: 0,
            items: Vec::new(),
        };
        let sees_all = access.policy().is_everything() && request.is_everything();
        if sees_all && publication.table(RULES_TABLE).is_some() {
            self.fill_from_mart(&mut page, &publication, &articles, access).await?;
        }
        if page.rules.is_empty() {
            let scope = self.scope_sales(&publication, &request.scope, access).await?;
            let study = self.scope_study(&scope).await?;
            fill_from_receipts(&mut page, &scope, study.as_deref(), &articles);
            if page.level == ItemLevel::Article && !page.rules.is_empty() {
                self.add_stock(&mut page, &publication, access).await?;
            }
        }
        Ok(page)
    }

    /// The stock that the viewer may see; the mart has it in its rules.
    async fn add_stock(
        &self,
        page: &mut BasketPage,
        publication: &Arc<Publication>,
        access: &Access,
    ) -> Result<(), ServiceError> {
        let Ok(query) = self.project().catalogue.authorise_stock(access) else { return Ok(()) };
        let answer = self.asked(publication, query).await?;
        let pieces = |row: &Vec<Option<String>>| {
            let mut cells = row.iter().flatten();
            Some((cells.next()?.clone(), cells.next()?.clone()))
        };
        let stock: BTreeMap<String, String> = answer.rows.iter().filter_map(pieces).collect();
        for rule in &mut page.rules {
            // With several items on the right the scarcest decides; a page's rules have one.
            let known = rule.consequent.iter().map(|item| stock.get(&item.code));
            let known: Option<Vec<&String>> = known.collect();
            let amount = |text: &&String| text.parse::<f64>().unwrap_or(0.0);
            rule.on_hand = known.and_then(|known| {
                known.into_iter().min_by(|left, right| amount(left).total_cmp(&amount(right))).cloned()
            });
        }
        Ok(())
    }

    /// The page's rules as CSV.
    ///
    /// # Errors
    /// As [`Shop::basket_page`].
    pub async fn basket_csv(
        &self,
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<String, ServiceError> {
        Ok(csv(&self.basket_page(parameters, access).await?.rules))
    }

    async fn fill_from_mart(
        &self,
        page: &mut BasketPage,
        publication: &Arc<Publication>,
        articles: &Articles,
        access: &Access,
    ) -> Result<(), ServiceError> {
        let catalogue = &self.project().catalogue;
        let rules = catalogue.authorise_rules(page.level, MAX_RULES, access)?;
        let rules = self.asked(publication, rules).await?;
        let items = catalogue.authorise_single_items(page.level, MAX_ITEMS, access)?;
        let items = self.asked(publication, items).await?;
        let first = |name: &str| rules.first(name).or_else(|| items.first(name));
        let whole = |name: &str| first(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        page.source = BasketSource::Mart;
        page.baskets = whole("baskets");
        page.left_out = whole("baskets_left_out");
        page.min_support = first("min_support").and_then(|text| text.parse().ok()).unwrap_or(0.0);
        page.rules_total = whole("rules_total");
        page.rules = (0..rules.rows.len()).map(|row| from_mart(&rules, row, articles)).collect();
        let item = |row: usize| {
            let cell = |name: &str| items.column(name).and_then(|column| items.cell(row, column));
            let baskets = cell("itemset_baskets").and_then(|text| text.parse().ok()).unwrap_or(0);
            Item { baskets, ..named(cell("items").unwrap_or_default(), articles) }
        };
        page.items = (0..items.rows.len()).map(item).collect();
        Ok(())
    }

    async fn scope_choices(
        &self,
        publication: &Arc<Publication>,
        request: &Request,
        access: &Access,
    ) -> Result<Vec<ScopeChoice>, ServiceError> {
        let mut choices = Vec::new();
        for (id, label) in SCOPES {
            let Ok(query) = self.project().catalogue.authorise_members(id, None, MAX_MEMBERS, access) else {
                continue;
            };
            let answer = self.asked(publication, query).await?;
            let options: Vec<String> =
                answer.rows.iter().filter_map(|row| row.first().cloned().flatten()).collect();
            let selected = request.selected(id);
            if options.len() > 1 || !selected.is_empty() {
                choices.push(ScopeChoice { id: id.to_owned(), label: label.to_owned(), selected, options });
            }
        }
        Ok(choices)
    }

    /// Names and categories of articles; none are needed for groups.
    pub(super) async fn articles(
        &self,
        publication: &Arc<Publication>,
        scope: &BasketScope,
        access: &Access,
    ) -> Result<Articles, ServiceError> {
        if scope.level != ItemLevel::Article {
            return Ok(Articles::new());
        }
        let answer = self.asked(publication, self.project().catalogue.authorise_articles(access)?).await?;
        let article = |row: &Vec<Option<String>>| {
            let mut cells = row.iter().cloned();
            let code = cells.next().flatten()?;
            let name = cells.next().flatten().unwrap_or_else(|| code.clone());
            Some((code, (name, cells.next().flatten())))
        };
        Ok(answer.rows.iter().filter_map(article).collect())
    }

    /// Asks, unless the same was asked before. A viewer without the table sees no row.
    async fn asked(
        &self,
        publication: &Arc<Publication>,
        query: AuthorisedQuery,
    ) -> Result<Arc<Answer>, ServiceError> {
        let (policy, sql) = (query.policy().canonical(), query.sql().to_owned());
        if let Some(answer) = self.cache.get(publication.id, &policy, &sql) {
            return Ok(answer);
        }
        let limited = !query.policy().is_everything();
        let answer = match self.warehouse.query_async(Arc::clone(publication), query).await {
            Ok(result) => Answer::from(result),
            Err(WarehouseError::Plan { .. }) if limited => Answer::default(),
            Err(error) => return Err(error.into()),
        };
        let answer = Arc::new(answer);
        self.cache.put(publication.id, &policy, &sql, &answer);
        Ok(answer)
    }
}

/// An item with its name.
pub(super) fn named(code: &str, articles: &Articles) -> Item {
    let (name, category) = articles.get(code).cloned().unwrap_or_else(|| (code.to_owned(), None));
    Item { code: code.to_owned(), name, category, baskets: 0 }
}

fn from_mart(rules: &Answer, row: usize, articles: &Articles) -> ShownRule {
    let cell = |name: &str| rules.column(name).and_then(|column| rules.cell(row, column));
    let number = |name: &str| cell(name).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    let whole = |name: &str| cell(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let items = |name: &str| -> Vec<Item> {
        let list: Vec<String> =
            cell(name).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        list.iter().map(|code| named(code, articles)).collect()
    };
    ShownRule {
        antecedent: items("antecedent_list"),
        consequent: items("consequent_list"),
        baskets: whole("both_baskets"),
        antecedent_baskets: whole("antecedent_baskets"),
        support: number("support"),
        confidence: number("confidence"),
        lift: number("lift"),
        leverage: number("leverage"),
        q_value: number("q_value"),
        months_held: whole("months_held"),
        months_total: whole("months_total"),
        is_stable: cell("is_stable") == Some("true"),
        added_revenue: cell("added_revenue_amount").map(str::to_owned),
        added_margin: cell("added_margin_amount").map(str::to_owned),
        is_variant: cell("is_variant") == Some("true"),
        monthly: cell("monthly_added_amount").map(str::to_owned),
        on_hand: cell("consequent_on_hand_qty").map(str::to_owned),
    }
}

fn fill_from_receipts(page: &mut BasketPage, scope: &ScopeSales, study: Option<&Study>, articles: &Articles) {
    page.source = BasketSource::Receipts;
    page.truncated = scope.truncated;
    page.baskets = scope.sales.named.baskets.len() as u64;
    page.items_total = Some(scope.sales.named.items.len() as u64);
    let Some(study) = study else { return };
    page.baskets = study.itemsets.baskets as u64;
    page.left_out = study.itemsets.giants.baskets as u64;
    page.min_support = f64::from(study.itemsets.min_count) / study.itemsets.baskets.max(1) as f64;
    page.rules_total = (study.rules.rules.len() + study.rules_left_out) as u64;
    let name = |item: u32| {
        let code = scope.sales.named.items.get(item as usize);
        code.and_then(|code| articles.get(code)).map_or("", |(name, _)| name.as_str())
    };
    let (standings, places) = study.ranked(&scope.sales, name);
    let ranked = places.into_iter().take(MAX_RULES as usize);
    let rules =
        ranked.filter_map(|place| Some((place, study.rules.rules.get(place)?, standings.get(place)?)));
    page.rules = rules
        .map(|(place, rule, standing)| ShownRule {
            is_variant: standing.is_variant,
            monthly: Some(format_scaled(standing.monthly, 4)),
            ..shown(place, rule, scope, study, articles)
        })
        .collect();
    let mut items: Vec<Item> = study
        .itemsets
        .iter()
        .filter(|set| set.items.len() == 1)
        .map(|set| {
            let code = set.items.first().map(|item| scope.sales.named.name(*item)).unwrap_or_default();
            Item { baskets: set.count, ..named(&code, articles) }
        })
        .collect();
    items.sort_by(|left, right| right.baskets.cmp(&left.baskets).then_with(|| left.code.cmp(&right.code)));
    items.truncate(MAX_ITEMS as usize);
    page.items = items;
}

fn shown(place: usize, rule: &Rule, scope: &ScopeSales, study: &Study, articles: &Articles) -> ShownRule {
    let items = |items: &[u32]| -> Vec<Item> {
        items.iter().map(|item| named(&scope.sales.named.name(*item), articles)).collect()
    };
    let counts = rule.counts;
    let worth = scope.sales.worth_of(&rule.consequent);
    let exact = |total: i128| format_scaled(Worth::added(total, counts), 4);
    let (held, total) = study.periods(place);
    ShownRule {
        antecedent: items(&rule.antecedent),
        consequent: items(&rule.consequent),
        baskets: counts.both,
        antecedent_baskets: counts.antecedent,
        support: counts.support(),
        confidence: counts.confidence(),
        lift: counts.lift(),
        leverage: counts.leverage(),
        q_value: rule.q_value,
        months_held: u32::try_from(held).unwrap_or(u32::MAX),
        months_total: u32::try_from(total).unwrap_or(u32::MAX),
        is_stable: study.is_stable(place),
        is_variant: false,
        added_revenue: Some(exact(worth.revenue)),
        added_margin: worth.margin.map(exact),
        monthly: None,
        on_hand: None,
    }
}

fn csv(rules: &[ShownRule]) -> String {
    let heading = [
        "antecedent",
        "antecedent_name",
        "consequent",
        "consequent_name",
        "baskets",
        "antecedent_baskets",
        "support",
        "confidence",
        "lift",
        "leverage",
        "q_value",
        "months_held",
        "months_total",
        "added_revenue_amount",
        "added_margin_amount",
        "monthly_added_amount",
        "consequent_on_hand_qty",
        "is_variant",
    ];
    let mut text = String::new();
    record(&mut text, heading.into_iter().map(Some));
    let joined = |items: &[Item], word: fn(&Item) -> &str| {
        Some(formula_safe(&items.iter().map(word).collect::<Vec<_>>().join(" + ")))
    };
    for rule in rules {
        let fields = [
            joined(&rule.antecedent, |item| &item.code),
            joined(&rule.antecedent, |item| &item.name),
            joined(&rule.consequent, |item| &item.code),
            joined(&rule.consequent, |item| &item.name),
            Some(rule.baskets.to_string()),
            Some(rule.antecedent_baskets.to_string()),
            Some(rule.support.to_string()),
            Some(rule.confidence.to_string()),
            Some(rule.lift.to_string()),
            Some(rule.leverage.to_string()),
            Some(rule.q_value.to_string()),
            Some(rule.months_held.to_string()),
            Some(rule.months_total.to_string()),
            rule.added_revenue.clone(),
            rule.added_margin.clone(),
            rule.monthly.clone(),
            rule.on_hand.clone(),
            Some(rule.is_variant.to_string()),
        ];
        record(&mut text, fields.iter().map(Option::as_deref));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let request = Request::parse(&parameters(&[
            ("level", "category"),
            ("season", "winter"),
            ("country", "France"),
        ]));
        let request = request.expect("a request");
        assert_eq!(
            (request.scope.level, request.scope.months.clone()),
            (ItemLevel::Category, vec![12, 1, 2])
        );
        assert!(!request.is_everything());
        for wrong in [("level", "articles"), ("season", "xmas"), ("contry", "France")] {
            assert!(Request::parse(&parameters(&[wrong])).is_err(), "{wrong:?}");
        }
    }
}
