//! Beside the rules: what goes along with one article, and who shops in which groups together.

use confect_analytics::basket::{AttachLadder, CrossShop, attach_ladder, cross_shop};
use confect_domain::names::nearest;
use confect_domain::problem::printable;
use confect_metrics::Access;

use super::page::{Item, Request, named};
use super::sales::ScopeSales;
use crate::error::ServiceError;
use crate::shop::Shop;

/// Rungs of a ladder.
const RUNGS: usize = 15;
/// An item shares at least so many receipts with the article.
const LEAST_SHARED: u32 = 2;
/// Groups that are compared if none are named.
const GROUPS: usize = 3;

/// What goes along with one item.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// The item, with the number of its receipts.
    pub item: Item,
    /// Receipts looked at.
    pub baskets: u64,
    /// Of its receipts: with nothing else, one other item, two, three, four and more.
    pub others: [u32; 5],
    /// The most frequent first.
    pub rungs: Vec<LadderRung>,
}

/// One item that goes along.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderRung {
    /// The item, with the number of receipts that hold both.
    pub item: Item,
    /// Share of the receipts with the article.
    pub rate: f64,
    /// How many times as often as usual.
    pub lift: f64,
    /// Fisher's exact test.
    pub p_value: f64,
}

/// Receipts by the groups they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossShopping {
    /// The groups, each with the number of its receipts.
    pub groups: Vec<Item>,
    /// Receipts looked at.
    pub baskets: u64,
    /// Every combination of the groups that occurs, the largest first; none of them is not among them.
    pub combinations: Vec<CrossGroup>,
}

/// Receipts with exactly these groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossGroup {
    /// Places in the list of groups.
    pub groups: Vec<usize>,
    /// Number of receipts.
    pub baskets: u64,
}

impl Shop {
    /// What goes along with the item named in the parameters, over the receipts that the viewer may see.
    ///
    /// # Errors
    /// No item, or one that no receipt has; and as [`Shop::basket_page`].
    pub async fn basket_ladder(
        &self,
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<Ladder, ServiceError> {
        let request = Request::parse(parameters)?;
        let publication = self.publication()?;
        let scope = self.scope_sales(&publication, &request.scope, access).await?;
        let articles = self.articles(&publication, &request.scope, access).await?;
        let code = request.items.first().ok_or_else(|| ServiceError::BadParameter {
            name: "item".to_owned(),
            why: "is missing".to_owned(),
            hint: Some("name the article by its code".to_owned()),
        })?;
        let number = number_of(&scope, code)?;
        let looking = std::sync::Arc::clone(&scope);
        let found: AttachLadder = self
            .search_within_time(move |cancel| {
                attach_ladder(&looking.sales.named.baskets, number, LEAST_SHARED, RUNGS, cancel)
            })
            .await?;
        let rung = |rung: &confect_analytics::basket::Rung| LadderRung {
            item: Item { baskets: rung.counts.both, ..named(&scope.sales.named.name(rung.item), &articles) },
            rate: rung.counts.confidence(),
            lift: rung.counts.lift(),
            p_value: rung.p_value,
        };
        Ok(Ladder {
            item: Item { baskets: found.with_article, ..named(code, &articles) },
            baskets: found.baskets.into(),
            others: found.others,
            rungs: found.rungs.iter().map(rung).collect(),
        })
    }

    /// How the receipts fall on two to five groups; without names those on most receipts.
    ///
    /// # Errors
    /// One group only, or one that no receipt has; and as [`Shop::basket_page`].
    pub async fn basket_cross(
        &self,
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<CrossShopping, ServiceError> {
        let request = Request::parse(parameters)?;
        let publication = self.publication()?;
        let scope = self.scope_sales(&publication, &request.scope, access).await?;
        let articles = self.articles(&publication, &request.scope, access).await?;
        let mut numbers =
            request.items.iter().map(|code| number_of(&scope, code)).collect::<Result<Vec<u32>, _>>()?;
        if numbers.is_empty() {
            numbers = most_frequent(&scope);
        }
        numbers.dedup();
        let total = scope.sales.named.baskets.len() as u64;
        if request.items.is_empty() && numbers.len() < 2 {
            return Ok(CrossShopping { groups: Vec::new(), baskets: total, combinations: Vec::new() });
        }
        let groups: Vec<Vec<u32>> = numbers.iter().map(|number| vec![*number]).collect();
        let looking = std::sync::Arc::clone(&scope);
        let found: CrossShop = self
            .search_within_time(move |cancel| cross_shop(&looking.sales.named.baskets, &groups, cancel))
            .await?;
        let group = |(place, number): (usize, &u32)| Item {
            baskets: u32::try_from(found.at_least(1 << place)).unwrap_or(u32::MAX),
            ..named(&scope.sales.named.name(*number), &articles)
        };
        let mut combinations: Vec<CrossGroup> = found
            .exactly
            .iter()
            .enumerate()
            .filter(|(bits, baskets)| *bits > 0 && **baskets > 0)
            .map(|(bits, baskets)| CrossGroup {
                groups: (0..numbers.len()).filter(|place| bits >> place & 1 == 1).collect(),
                baskets: *baskets,
            })
            .collect();
        combinations.sort_by(|left, right| {
            right.baskets.cmp(&left.baskets).then_with(|| left.groups.cmp(&right.groups))
        });
        let groups = numbers.iter().enumerate().map(group).collect();
        Ok(CrossShopping { groups, baskets: total, combinations })
    }
}

fn number_of(scope: &ScopeSales, code: &str) -> Result<u32, ServiceError> {
    scope.sales.item(code).ok_or_else(|| ServiceError::BadParameter {
        name: "item".to_owned(),
        why: format!("names `{}`, which is on no receipt here", printable(code)),
        hint: nearest(code, scope.sales.named.items.iter().map(String::as_str))
            .map(|near| format!("did you mean `{near}`?")),
    })
}

/// The items on most receipts.
fn most_frequent(scope: &ScopeSales) -> Vec<u32> {
    let named = &scope.sales.named;
    let mut counts = vec![0_u32; named.items.len()];
    for item in named.baskets.iter().flatten() {
        if let Some(count) = counts.get_mut(*item as usize) {
            *count += 1;
        }
    }
    let mut items: Vec<(u32, u32)> = (0..).zip(counts).collect();
    items.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    items.into_iter().take(GROUPS).map(|(item, _)| item).collect()
}
