//! One receipt: who buys what, where, when, and for how much.
//!
//! A receipt depends on its day and its place among the receipts of that day alone, so that it can be made again
//! when one of its lines comes back.

use crate::assortment::Article;
use crate::customers::{Customers, Profile};
use crate::plan::P;
use crate::random::{Random, Stream, receipt_index};
use crate::world::{BEFORE, Day, World};

/// Where, when and for whom.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    /// Index of the customer; `None` without a card.
    pub(crate) customer: Option<u32>,
    pub(crate) profile: Option<Profile>,
    pub(crate) store: usize,
    /// Index of the country.
    pub(crate) country: usize,
    /// Of the day.
    pub(crate) minute: u16,
}

/// One article on a receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) article: usize,
    pub(crate) quantity: i64,
    /// Shelf price in cents.
    pub(crate) price: i64,
    /// Hundredths taken off.
    pub(crate) discount: i64,
    /// What is paid, in cents.
    pub(crate) cents: i64,
}

/// How many articles people want, from 1 on, summed up.
const WANTED: [f64; 6] = [0.30, 0.58, 0.78, 0.90, 0.96, 1.0];
/// Share of visits that go to the web shop though the customer has a usual shop.
const ONLINE: f64 = 0.10;
/// Share of visits to another shop of the same country.
const AWAY: f64 = 0.05;
/// No order is worth more, in cents.
const MOST: f64 = 400_000.0;

impl Visit {
    /// The `place`th visit of a day, by this customer, and the chance from which the rest follows.
    pub(crate) fn new(
        world: &World,
        customers: &Customers,
        day: usize,
        place: u32,
        customer: Option<u32>,
    ) -> (Self, Random) {
        let mut random = Random::of(world.seed, Stream::Receipt, receipt_index(day, place));
        let profile = customer.and_then(|customer| customers.profile(customer)).copied();
        let (store, country) = match &profile {
            Some(profile) => whereto(world, day, profile, &mut random),
            None => walk_in(world, day, &mut random),
        };
        let (first, hours) = &world.hours[usize::from(store == world.web())];
        let hour = first + random.weighted(hours) as u16;
        let minute = hour * 60 + random.below(60) as u16;
        (Self { customer, profile, store, country, minute }, random)
    }

    /// What is bought, into `items`.
    pub(crate) fn fill(&self, world: &World, day: &Day, items: &mut Vec<Item>, random: &mut Random) {
        items.clear();
        // A walk-in is a customer like any other, met once.
        let nu = match &self.profile {
            Some(profile) => f64::from(profile.nu),
            None => (random.gamma(crate::plan::Q) / crate::plan::V).max(1e-3),
        };
        let budget = (random.gamma(P) / nu * 100.0).min(MOST) as i64;
        let voucher = random.happens(if self.customer.is_some() { 0.14 } else { 0.03 });
        let voucher = if voucher { [5, 5, 10, 10, 15][random.below(5)] } else { 0 };
        let shelf = Shelf { world, day, missing: day.missing.get(self.store).copied().unwrap_or(0), voucher };
        let favourite = self.profile.map(|profile| usize::from(profile.favourite));
        shelf.choose(budget, favourite, items, random);
        shelf.count_out(budget, items, random);
    }

    /// The number on the card: whoever was entered again uses either from then on.
    pub(crate) fn card(&self, customers: &Customers, day: usize, random: &mut Random) -> Option<u64> {
        let customer = self.customer?;
        let second = self.profile.as_ref().and_then(Profile::second);
        let is_second = second.is_some_and(|from| day + BEFORE >= usize::from(from)) && random.happens(0.5);
        Some(if is_second { customers.second_id(customer) } else { customers.id(customer) })
    }
}

fn whereto(world: &World, day: usize, profile: &Profile, random: &mut Random) -> (usize, usize) {
    let (home, web) = (usize::from(profile.home), world.web());
    let country = usize::from(profile.country);
    let (date, draw) = (world.days[day].date, random.share());
    if draw < ONLINE {
        return (web, country);
    }
    if draw < ONLINE + AWAY
        && let Some((near, weights)) = world.neighbours.get(home)
        && let Some(other) = near.get(random.weighted(weights))
        && world.is_open(*other, date)
    {
        return (*other, country);
    }
    (home, country)
}

fn walk_in(world: &World, day: usize, random: &mut Random) -> (usize, usize) {
    let store = random.weighted(&world.days[day].walk_in_stores);
    let country = match world.stores.get(store) {
        Some(shop) if !shop.is_web => shop.country,
        _ => random.weighted(&world.web_countries),
    };
    (store, country)
}

/// What a customer stands before.
struct Shelf<'a> {
    world: &'a World,
    day: &'a Day,
    missing: u128,
    /// Hundredths that a voucher takes off the whole receipt.
    voucher: i64,
}

impl Shelf<'_> {
    /// What one piece costs after discount, in cents, rounded up.
    fn net(&self, article: usize) -> i64 {
        let price = self.day.prices.get(article).copied().unwrap_or(1);
        (price * (100 - self.discount(article)) + 99) / 100
    }

    fn discount(&self, article: usize) -> i64 {
        self.day.discounts.get(article).copied().unwrap_or(0).max(self.voucher)
    }

    fn is_there(&self, article: usize) -> bool {
        self.missing & (1 << article) == 0
    }

    /// An article that is there and costs at most `left`; a few tries, as people have.
    fn pick(&self, left: i64, favourite: Option<usize>, taken: u128, random: &mut Random) -> Option<usize> {
        for _ in 0..6 {
            let mut article = self.day.tastes.choose(random);
            let kind = self.world.articles.get(article).map(|article: &Article| article.kind);
            // A second look for the favourite kind makes it about twice as likely.
            if favourite.is_some() && kind != favourite && random.happens(0.3) {
                article = self.day.tastes.choose(random);
            }
            if self.is_there(article) && taken & (1 << article) == 0 && self.net(article) <= left {
                return Some(article);
            }
        }
        None
    }

    /// Chooses the articles, one piece of each.
    fn choose(&self, budget: i64, favourite: Option<usize>, items: &mut Vec<Item>, random: &mut Random) {
        let wanted = 1 + random.weighted(&WANTED);
        let (mut left, mut taken) = (budget, 0_u128);
        let mut take = |article: usize, taken: &mut u128, left: &mut i64| {
            *taken |= 1 << article;
            *left -= self.net(article);
            items.push(Item { article, quantity: 1, ..Item::default() });
        };
        for _ in 0..wanted {
            let Some(article) = self.pick(left, favourite, taken, random) else { break };
            take(article, &mut taken, &mut left);
        }
        if taken == 0 {
            // Whoever has too little for anything wanted takes the cheapest thing there is.
            let there = (0..self.day.prices.len())
                .filter(|article| self.is_there(*article) && self.day.tastes.has(*article));
            if let Some(article) = there.min_by_key(|article| self.net(*article)) {
                take(article, &mut taken, &mut left);
            }
        }
        for rule in &self.world.plan.rules {
            let with = rule.with_bits;
            let is_open = taken & with == with && taken & (1 << rule.then) == 0;
            if is_open && random.happens(rule.confidence) && self.is_there(rule.then) {
                take(rule.then, &mut taken, &mut left);
            }
        }
    }

    /// Chooses how many pieces of each, so that the receipt is worth the budget as nearly as pieces allow, and
    /// neither more nor less on average.
    fn count_out(&self, budget: i64, items: &mut [Item], random: &mut Random) {
        items.sort_unstable_by_key(|item| (std::cmp::Reverse(self.net(item.article)), item.article));
        let mut rest: i64 = items.iter().map(|item| self.net(item.article)).sum();
        let mut left = budget;
        let count = items.len();
        for (place, item) in items.iter_mut().enumerate() {
            let net = self.net(item.article).max(1);
            let spare = (left - rest).max(0) as f64 / (count - place) as f64;
            // The cheapest article comes last and evens out.
            let more =
                if place + 1 == count { random.whole(spare / net as f64) } else { (spare as i64) / net };
            item.quantity = 1 + more;
            item.price = self.day.prices.get(item.article).copied().unwrap_or(1);
            item.discount = self.discount(item.article);
            item.cents = (item.price * item.quantity * (100 - item.discount) + 50) / 100;
            left -= net * item.quantity;
            rest -= net;
        }
    }
}
