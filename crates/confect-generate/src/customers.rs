//! Customers with a card: when they first come, how often, for how much, and when they stop.
//!
//! BG/NBD and Gamma-Gamma with the parameters of [`crate::plan`], in trading time ([`crate::season`]): after the
//! first visit gaps are exponential with a rate of the customer's own, and after each further visit the customer
//! leaves for good with a probability of their own. What an order is worth has nothing to do with how often.
//!
//! Customers are invented in chunks, each on its own; a chunk keeps what a day needs to know in a few bytes.

use crate::plan::{A, ALPHA, B, GROWTH, Q, R, SEGMENTS, TWICE, V};
use crate::random::{Random, Stream, cumulate};
use crate::season::busyness;
use crate::world::{BEFORE, World};
use crate::{assortment::KINDS, group::COUNTRIES};

/// Customers of one chunk.
pub(crate) const CHUNK: u32 = 1 << 15;
/// Number of the first customer.
pub(crate) const FIRST_ID: u64 = 100_001;
/// Not a day.
const NEVER: u16 = u16::MAX;

/// What a visit depends on.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    /// Rate of the value of an order (`nu` of Gamma-Gamma); the mean order is worth p / nu.
    pub(crate) nu: f32,
    /// Index of the usual store.
    pub(crate) home: u16,
    /// Day of joining, counted from [`BEFORE`] days before the first one.
    pub(crate) joined: u16,
    /// Day of the first visit under a second number, counted alike.
    second: u16,
    /// Index of the favourite kind.
    pub(crate) favourite: u8,
    /// Index of the country.
    pub(crate) country: u8,
    /// Whether the customer collects points.
    pub(crate) collects: bool,
    /// Whether the customer will never come again.
    pub(crate) has_left: bool,
}

impl Profile {
    /// Index into [`SEGMENTS`].
    pub(crate) fn segment(&self) -> usize {
        SEGMENTS.iter().position(|segment| f64::from(self.nu) < segment.below).unwrap_or(SEGMENTS.len() - 1)
    }

    /// The day on which the person was entered again, counted from [`BEFORE`] days before the first one.
    pub(crate) fn second(&self) -> Option<u16> {
        (self.second != NEVER).then_some(self.second)
    }
}

/// What a customer is like for good, which no till shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Nature {
    /// Visits in a day of trading time while the customer has not left (`lambda` of BG/NBD).
    pub(crate) rate: f64,
    /// Probability of leaving after a repeat visit (`p` of BG/NBD).
    pub(crate) leaves: f64,
}

impl Nature {
    /// Expected visits in so many days from now, of a customer who is there now (Fader, Hardie and Lee 2005: the
    /// number of visits until leaving is geometric, so the rate of visits falls as `e^(-lambda p t)`).
    pub(crate) fn visits_ahead(self, days: f64) -> f64 {
        let leaving = self.rate * self.leaves;
        if leaving * days < 1e-9 { self.rate * days } else { -libm::expm1(-leaving * days) / self.leaves }
    }
}

/// A chunk of customers and when they come.
pub(crate) struct Chunk {
    pub(crate) profiles: Vec<Profile>,
    /// Visits of each customer within the days told.
    pub(crate) visits: Vec<u32>,
    /// Where the visitors of each day end; one more entry than days, the first is 0.
    starts: Vec<u32>,
    /// Customers by their place in the chunk, day by day.
    visitors: Vec<u16>,
}

impl Chunk {
    fn on(&self, day: usize) -> &[u16] {
        let at = |index: usize| self.starts.get(index).copied().unwrap_or(0) as usize;
        self.visitors.get(at(day)..at(day + 1)).unwrap_or_default()
    }
}

/// What is the same for all customers of a world.
pub(crate) struct Habits {
    /// Weights of the days of joining, summed up.
    joining: Vec<f64>,
}

impl Habits {
    pub(crate) fn new(world: &World) -> Self {
        let start = world.first.plus_days(-(BEFORE as i32));
        let weight = |index: usize| {
            let date = start.plus_days(index as i32);
            busyness(date) * libm::pow(1.0 + GROWTH, index as f64 / 365.0)
        };
        Self { joining: cumulate((0..BEFORE + world.days.len()).map(weight)) }
    }

    /// Invents the customers of one chunk.
    pub(crate) fn chunk(&self, world: &World, number: usize, customers: u32) -> Chunk {
        let first = number as u64 * u64::from(CHUNK);
        let size = u64::from(customers).saturating_sub(first).min(u64::from(CHUNK)) as usize;
        let mut profiles = Vec::with_capacity(size);
        let mut visits = Vec::with_capacity(size);
        let mut dated: Vec<(u16, u16)> = Vec::with_capacity(size * 8);
        for place in 0..size {
            let before = dated.len();
            let mut random = Random::of(world.seed, Stream::Customer, first + place as u64);
            let came = |day| dated.push((day as u16, place as u16));
            profiles.push(self.customer(world, &mut random, came).0);
            visits.push((dated.len() - before) as u32);
        }
        let (starts, visitors) = by_day(&dated, world.days.len());
        Chunk { profiles, visits, starts, visitors }
    }

    /// One customer again: the profile, what it is like, and how many visits lie within the days told.
    pub(crate) fn again(&self, world: &World, customer: u32) -> (Profile, Nature, u32) {
        let mut random = Random::of(world.seed, Stream::Customer, u64::from(customer));
        let mut visits = 0;
        let (profile, nature) = self.customer(world, &mut random, |_| visits += 1);
        (profile, nature, visits)
    }

    /// Invents one customer and tells the days of the visits within the days told.
    fn customer(
        &self,
        world: &World,
        random: &mut Random,
        mut visit: impl FnMut(usize),
    ) -> (Profile, Nature) {
        let joined = random.weighted(&self.joining);
        let date = world.first.plus_days(joined as i32 - BEFORE as i32);
        let home = random.weighted(&world.open_stores(date));
        let country = match world.stores.get(home) {
            Some(store) if !store.is_web => store.country,
            _ => random.weighted(&world.web_countries),
        };
        let nu = random.gamma(Q) / V;
        // Per unit of trading time, which is a day.
        let rate = random.gamma(R) / (ALPHA * 7.0);
        let leaves = random.beta(A, B);
        let mut profile = Profile {
            nu: nu.max(1e-3) as f32,
            home: home as u16,
            joined: joined as u16,
            second: NEVER,
            favourite: random.below(KINDS.len() - 1) as u8,
            country: country.min(COUNTRIES.len() - 1) as u8,
            collects: random.happens(0.4),
            has_left: false,
        };
        let second = random.happens(TWICE).then(|| random.share());
        let total = BEFORE + world.days.len();
        let mut last = joined;
        let mut time = world.season.start_of(joined);
        if joined >= BEFORE {
            visit(joined - BEFORE);
        }
        loop {
            time += random.exponential() / rate.max(1e-9);
            let Some(day) = next_open(world, time, last, total) else { break };
            last = day;
            if day >= BEFORE {
                visit(day - BEFORE);
            }
            if random.happens(leaves) {
                profile.has_left = true;
                break;
            }
        }
        // Entered again on some day between joining and the last visit.
        profile.second =
            second.map_or(NEVER, |share| joined as u16 + (share * (last - joined) as f64) as u16);
        (profile, Nature { rate, leaves })
    }
}

/// The day of a moment; the next one with open shops if there was a visit on that day already.
fn next_open(world: &World, time: f64, last: usize, total: usize) -> Option<usize> {
    let mut day = world.season.day_at(time)?.max(last + 1);
    while day < total && !world.season.is_open(day) {
        day += 1;
    }
    (day < total).then_some(day)
}

/// Counting sort by day.
fn by_day(dated: &[(u16, u16)], days: usize) -> (Vec<u32>, Vec<u16>) {
    let mut starts = vec![0_u32; days + 1];
    for (day, _) in dated {
        starts[usize::from(*day) + 1] += 1;
    }
    for day in 0..days {
        starts[day + 1] += starts[day];
    }
    let mut next = starts.clone();
    let mut visitors = vec![0; dated.len()];
    for (day, place) in dated {
        let at = &mut next[usize::from(*day)];
        visitors[*at as usize] = *place;
        *at += 1;
    }
    (starts, visitors)
}

/// All customers.
pub(crate) struct Customers {
    pub(crate) chunks: Vec<Chunk>,
    /// How many there are.
    pub(crate) count: u32,
}

impl Customers {
    pub(crate) fn profile(&self, customer: u32) -> Option<&Profile> {
        self.chunks.get((customer / CHUNK) as usize)?.profiles.get((customer % CHUNK) as usize)
    }

    /// Who comes on a day, in the order of the customers.
    pub(crate) fn on(&self, day: usize) -> impl Iterator<Item = u32> {
        self.chunks.iter().enumerate().flat_map(move |(number, chunk)| {
            chunk.on(day).iter().map(move |place| number as u32 * CHUNK + u32::from(*place))
        })
    }

    /// How many come on a day.
    pub(crate) fn count_on(&self, day: usize) -> u32 {
        self.chunks.iter().map(|chunk| chunk.on(day).len() as u32).sum()
    }

    /// The `place`th of those who come on a day.
    pub(crate) fn nth_on(&self, day: usize, place: u32) -> Option<u32> {
        let mut left = place as usize;
        for (number, chunk) in self.chunks.iter().enumerate() {
            let visitors = chunk.on(day);
            match visitors.get(left) {
                Some(found) => return Some(number as u32 * CHUNK + u32::from(*found)),
                None => left -= visitors.len(),
            }
        }
        None
    }

    pub(crate) fn visits(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.visitors.len() as u64).sum()
    }

    /// The number under which the CRM has a customer.
    pub(crate) fn id(&self, customer: u32) -> u64 {
        FIRST_ID + u64::from(customer)
    }

    /// The number of a customer who was entered again.
    pub(crate) fn second_id(&self, customer: u32) -> u64 {
        FIRST_ID + u64::from(self.count) + u64::from(customer)
    }
}
