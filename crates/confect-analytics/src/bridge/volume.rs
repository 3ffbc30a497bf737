//! Price, volume and mix article by article, with new and dropped articles apart.

use super::lines::{PeriodSums, SaleLine};

/// The change of revenue before discount from known customers, in ten-thousandths; the parts add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceVolumeMix {
    /// Articles of both periods: what the second period's quantities cost more.
    pub price: i128,
    /// More or fewer items of them, at the first period's mean price.
    pub volume: i128,
    /// Other shares of them, at the first period's prices.
    pub mix: i128,
    /// Articles of the second period only.
    pub new_articles: i128,
    /// Articles of the first period only, below 0.
    pub dropped_articles: i128,
}

impl PriceVolumeMix {
    /// The whole change.
    pub fn total(&self) -> i128 {
        [self.volume, self.mix, self.new_articles, self.dropped_articles]
            .into_iter()
            .fold(self.price, i128::saturating_add)
    }
}

/// Explains the change of revenue before discount of sold lines with a customer and a quantity.
pub fn price_volume_mix(before: &[SaleLine], after: &[SaleLine]) -> PriceVolumeMix {
    let (old, new) = (PeriodSums::of(before), PeriodSums::of(after));
    let mut parts = PriceVolumeMix::default();
    let (mut old_both, mut new_both) = ((0_i128, 0_i128), (0_i128, 0_i128));
    for (article, (quantity, gross)) in &new.articles {
        let Some((sold, revenue)) = old.articles.get(article) else {
            parts.new_articles = parts.new_articles.saturating_add(*gross);
            continue;
        };
        let at_old_price = *quantity as f64 * (*revenue as f64 / *sold as f64);
        parts.price = parts.price.saturating_add(gross.saturating_sub(at_old_price.round() as i128));
        old_both = (old_both.0.saturating_add(*sold), old_both.1.saturating_add(*revenue));
        new_both = (new_both.0.saturating_add(*quantity), new_both.1.saturating_add(*gross));
    }
    for (article, (_, gross)) in &old.articles {
        if !new.articles.contains_key(article) {
            parts.dropped_articles = parts.dropped_articles.saturating_sub(*gross);
        }
    }
    if old_both.0 > 0 {
        let more = new_both.0.saturating_sub(old_both.0) as f64;
        parts.volume = (more * (old_both.1 as f64 / old_both.0 as f64)).round() as i128;
    }
    // What is left, so that rounding stays inside.
    let change = new_both.1.saturating_sub(old_both.1);
    parts.mix = change.saturating_sub(parts.price).saturating_sub(parts.volume);
    parts
}
