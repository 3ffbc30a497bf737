//! What is the same for everybody: the days with their shelves, stores, articles and what is planted.

use confect_domain::Date;

use crate::GenerateSpec;
use crate::assortment::{Article, Kind, articles};
use crate::group::{COUNTRIES, Store, stores};
use crate::plan::{GROWTH, Plan};
use crate::random::{Guide, Random, Stream, cumulate};
use crate::season::{self, Season, busyness, fashion, in_season};
use crate::text::DayText;

/// Days before the first one in which known customers may have joined.
pub(crate) const BEFORE: usize = 730;

/// What stands on the shelves on a day.
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) text: DayText,
    pub(crate) is_open: bool,
    /// Price of each article, in cents.
    pub(crate) prices: Vec<i64>,
    /// What the promotions of the day take off each article, in hundredths.
    pub(crate) discounts: Vec<i64>,
    /// How much each article is wanted.
    pub(crate) tastes: Guide,
    /// Articles that each store has run out of, as bits.
    pub(crate) missing: Vec<u128>,
    /// Weights of the shops that are open to walk-ins, summed up; the web shop with a little.
    pub(crate) walk_in_stores: Vec<f64>,
    /// Receipts without a card.
    pub(crate) walk_ins: u32,
}

/// Everything but the customers.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) dirt: f64,
    pub(crate) first: Date,
    pub(crate) days: Vec<Day>,
    /// From [`BEFORE`] days before the first day on.
    pub(crate) season: Season,
    pub(crate) stores: Vec<Store>,
    /// Other shops in the country of each store, their weights summed up.
    pub(crate) neighbours: Vec<(Vec<usize>, Vec<f64>)>,
    /// First hour and hours of shops and of the web shop.
    pub(crate) hours: [(u16, Vec<f64>); 2],
    pub(crate) web_countries: Vec<f64>,
    pub(crate) articles: Vec<Article>,
    pub(crate) plan: Plan,
}

impl World {
    /// Without walk-ins, whose number follows from that of the customers' visits.
    pub(crate) fn new(spec: &GenerateSpec) -> Self {
        let days = spec.days as usize;
        let first = spec.until.plus_days(1 - spec.days as i32);
        let (stores, articles) = (stores(spec.stores as usize, first, days), articles());
        let plan = Plan::new(spec.seed, first, days, &stores, &articles);
        let season = Season::new(first.plus_days(-(BEFORE as i32)), BEFORE + days);
        let mut world = Self {
            seed: spec.seed,
            dirt: spec.dirt,
            first,
            days: Vec::new(),
            season,
            neighbours: neighbours(&stores),
            stores,
            hours: [season::hours(false), season::hours(true)],
            web_countries: cumulate(COUNTRIES.iter().map(|country| country.web_share)),
            articles,
            plan,
        };
        world.days = (0..days).map(|index| world.day(index)).collect();
        world
    }

    fn day(&self, index: usize) -> Day {
        let date = self.first.plus_days(index as i32);
        let mut missing = vec![0; self.stores.len()];
        // It ran out in the course of the first day.
        for out in self.plan.stock_outs.iter().filter(|out| (out.from + 1..=out.to).contains(&index)) {
            if let Some(bits) = missing.get_mut(out.store) {
                *bits |= 1 << out.article;
            }
        }
        let rise = &self.plan.price_rise;
        let price = |(place, article): (usize, &Article)| match place == rise.article && date >= rise.day {
            true => (article.price * (100 + rise.percent) + 50) / 100,
            false => article.price,
        };
        let on = self
            .plan
            .promotions
            .iter()
            .filter(|promotion| season::within(date, promotion.from, promotion.days));
        let on: Vec<_> = on.collect();
        let discount = |article: &Article| {
            on.iter()
                .filter(|promotion| promotion.kind == article.kind)
                .map(|promotion| promotion.discount)
                .max()
        };
        let walk_in = |store: &Store| match store.is_web {
            true => store.weight / 4.0,
            false => store.weight,
        };
        Day {
            date,
            text: DayText::of(date),
            is_open: self.season.is_open(BEFORE + index),
            prices: self.articles.iter().enumerate().map(price).collect(),
            discounts: self.articles.iter().map(|article| discount(article).unwrap_or(0)).collect(),
            tastes: Guide::new(cumulate((0..self.articles.len()).map(|place| self.taste(place, date)))),
            missing,
            walk_in_stores: cumulate(
                self.stores.iter().map(|store| if store.opened <= date { walk_in(store) } else { 0.0 }),
            ),
            walk_ins: 0,
        }
    }

    /// How much an article is wanted on a day, stock or not.
    fn taste(&self, place: usize, date: Date) -> f64 {
        let Some(article) = self.articles.get(place) else { return 0.0 };
        if self.plan.dead.0 == place && date >= self.plan.dead.1 {
            return 0.0;
        }
        let kind = article.traits().kind;
        let season = if kind == Kind::Seasonal { in_season(article.rank, date) } else { fashion(kind, date) };
        let promoted = self.plan.promotions.iter().filter(|promotion| {
            promotion.kind == article.kind && season::within(date, promotion.from, promotion.days)
        });
        let lift: f64 = promoted.map(|promotion| promotion.lift).product();
        let rise = &self.plan.price_rise;
        let demand = if rise.article == place && date >= rise.day { rise.demand } else { 1.0 };
        article.appeal * season * lift * demand
    }

    /// Spreads walk-ins over the days so that they are `share` of all receipts beside `visits`.
    pub(crate) fn invite_walk_ins(&mut self, visits: u64, share: f64) {
        let pull = |(index, day): (usize, &Day)| {
            let open = day.walk_in_stores.last().copied().unwrap_or(0.0);
            let growth = libm::pow(1.0 + GROWTH, index as f64 / 365.0);
            if day.is_open { busyness(day.date) * growth * open } else { 0.0 }
        };
        let pulls: Vec<f64> = self.days.iter().enumerate().map(pull).collect();
        let total: f64 = pulls.iter().sum();
        if total <= 0.0 {
            return;
        }
        let each = visits as f64 * share / (1.0 - share) / total;
        for (index, (day, pull)) in self.days.iter_mut().zip(pulls).enumerate() {
            let mut random = Random::of(self.seed, Stream::Day, index as u64);
            // Weather: days differ by up to 15 %.
            let weather = 0.85 + 0.3 * random.share();
            day.walk_ins = random.whole(pull * each * weather).clamp(0, i64::from(u32::MAX / 4)) as u32;
        }
    }

    /// Stores that are open on a day, by weight; the web shop counts fully.
    pub(crate) fn open_stores(&self, date: Date) -> Vec<f64> {
        cumulate(self.stores.iter().map(|store| if store.opened <= date { store.weight } else { 0.0 }))
    }

    pub(crate) fn is_open(&self, store: usize, date: Date) -> bool {
        self.stores.get(store).is_some_and(|store| store.opened <= date)
    }

    pub(crate) fn web(&self) -> usize {
        self.stores.len().saturating_sub(1)
    }
}

fn neighbours(stores: &[Store]) -> Vec<(Vec<usize>, Vec<f64>)> {
    let of = |index: usize, store: &Store| {
        let near = |(other, neighbour): &(usize, &Store)| {
            *other != index && !neighbour.is_web && !store.is_web && neighbour.country == store.country
        };
        let found: Vec<(usize, &Store)> = stores.iter().enumerate().filter(near).collect();
        let weights = cumulate(found.iter().map(|(_, store)| store.weight));
        (found.into_iter().map(|(index, _)| index).collect(), weights)
    };
    stores.iter().enumerate().map(|(index, store)| of(index, store)).collect()
}
