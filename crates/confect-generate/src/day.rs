//! A day's lines of the till and events of the loyalty programme, as text, with their counts.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::basket::{Item, Visit};
use crate::customers::Customers;
use crate::dirt::{self, Bucket};
use crate::group::COUNTRIES;
use crate::plan::{RETURN_DAYS, RETURNED};
use crate::random::{Random, Stream, hash, receipt_index};
use crate::tally::Tally;
use crate::text;
use crate::world::{Day, World};

/// The heading of the till's files.
pub(crate) const HEADING: &str = "invoice_no,line_no,sold_at,stock_code,quantity,unit_price,discount_rate,line_amount,\
                                  customer_id,store_id,channel,country\n";
/// The heading of the files of the loyalty programme.
pub(crate) const LOYALTY_HEADING: &str = "event_id,customer_id,occurred_at,kind,points\n";

/// What became of a day.
pub(crate) struct DayText {
    pub(crate) till: Vec<u8>,
    pub(crate) loyalty: Vec<u8>,
    pub(crate) tally: Tally,
    /// Pieces of each article that left each store, and that came back; article by article within a store.
    pub(crate) sold: Vec<i32>,
    pub(crate) returned: Vec<i32>,
}

/// Writes a day.
pub(crate) struct Writer<'a> {
    world: &'a World,
    customers: &'a Customers,
    /// Sales less returns of each customer, in hundredths.
    worth: &'a [AtomicI64],
    index: usize,
    day: &'a Day,
    /// What comes back today.
    due: &'a [Due],
    out: DayText,
    /// Number of the receipt within the day.
    receipt: u64,
    items: Vec<Item>,
    /// Where the last line starts in the till's text.
    line: usize,
    /// The number of the receipt, as text.
    number: Vec<u8>,
}

/// A receipt of which a line comes back.
#[derive(Clone, Copy)]
pub(crate) struct Due {
    sold_on: u32,
    /// Place of the receipt among those of its day.
    place: u32,
    /// Which line, counted round and round.
    choice: u8,
}

/// The receipts of a day of which a line comes back, with the day on which it does.
pub(crate) fn coming_back(world: &World, customers: &Customers, sold_on: usize) -> Vec<(usize, Due)> {
    let of = |place: u32| {
        let mut random = hash(world.seed, Stream::Return, receipt_index(sold_on, place));
        let share = (random >> 32) as f64 / (1_u64 << 32) as f64;
        random &= 0xffff_ffff;
        let later = 1 + (random & 0xffff) as usize * RETURN_DAYS / 0x1_0000;
        let due = Due { sold_on: sold_on as u32, place, choice: (random >> 16) as u8 };
        (share < RETURNED).then_some((sold_on + later, due))
    };
    (0..receipts(world, customers, sold_on)).filter_map(of).collect()
}

/// The number of receipts of a day that sell.
fn receipts(world: &World, customers: &Customers, day: usize) -> u32 {
    customers.count_on(day) + world.days.get(day).map_or(0, |day| day.walk_ins)
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        world: &'a World,
        customers: &'a Customers,
        (worth, due): (&'a [AtomicI64], &'a [Due]),
        index: usize,
    ) -> Self {
        let cells = world.stores.len() * world.articles.len();
        let lines = receipts(world, customers, index) as usize * 5 / 2;
        let out = DayText {
            till: Vec::with_capacity(lines * 84),
            loyalty: Vec::with_capacity(lines * 12),
            tally: Tally::new(world),
            sold: vec![0; cells],
            returned: vec![0; cells],
        };
        let (items, number) = (Vec::with_capacity(16), Vec::with_capacity(16));
        Self {
            world,
            customers,
            worth,
            index,
            day: &world.days[index],
            due,
            out,
            receipt: 0,
            items,
            line: 0,
            number,
        }
    }

    /// Sales in the order of the clock, then what comes back.
    pub(crate) fn write(mut self) -> DayText {
        let mut visits: Vec<(Visit, Random)> = Vec::new();
        let known = self.customers.on(self.index).map(Some);
        let walk_ins = (0..self.day.walk_ins).map(|_| None);
        for (place, customer) in known.chain(walk_ins).enumerate() {
            visits.push(Visit::new(self.world, self.customers, self.index, place as u32, customer));
        }
        // Minute and place in one number, which is quicker to sort.
        let key =
            |(place, (visit, _)): (usize, &(Visit, Random))| u64::from(visit.minute) << 32 | place as u64;
        let mut order: Vec<u64> = visits.iter().enumerate().map(key).collect();
        order.sort_unstable();
        for key in order {
            if let Some((visit, random)) = visits.get_mut((key & 0xffff_ffff) as usize) {
                let visit = *visit;
                self.sell(&visit, random);
            }
        }
        if self.day.is_open {
            self.take_back();
        }
        self.out
    }

    fn next_number(&mut self) {
        self.receipt += 1;
        self.number.clear();
        self.number.extend_from_slice(&self.day.text.code);
        text::padded(&mut self.number, self.receipt, 5);
    }

    fn sell(&mut self, visit: &Visit, random: &mut Random) {
        let mut items = std::mem::take(&mut self.items);
        visit.fill(self.world, self.day, &mut items, random);
        let card = visit.card(self.customers, self.index, random);
        self.next_number();
        let (mut found, mut paid) = (0_u128, 0);
        for (place, item) in items.iter().enumerate() {
            self.put_line(place as u64 + 1, visit, card, item);
            let cell = visit.store * self.world.articles.len() + item.article;
            self.out.sold[cell] += item.quantity as i32;
            let spoilt = dirt::draw(self.world.dirt, random);
            if let Some(keeps_customer) = self.settle(spoilt, visit, item) {
                found |= 1 << item.article;
                paid += if keeps_customer { item.cents } else { 0 };
            }
        }
        self.out.tally.receipt(&self.world.plan, found);
        if let (Some(customer), Some(profile)) = (visit.customer, &visit.profile)
            && paid > 0
        {
            self.out.tally.by_segment[profile.segment()].add(paid);
            self.add_worth(customer, paid);
            if profile.collects {
                self.collect(visit, card.unwrap_or(0), paid / 100, random);
            }
        }
        self.items = items;
    }

    /// Spoils the line just written, if it has to be. If it has to be found as a sale, answers whether it is its
    /// customer's.
    fn settle(&mut self, spoilt: Option<usize>, visit: &Visit, item: &Item) -> Option<bool> {
        let out = &mut self.out;
        let Some((index, kind)) = spoilt.and_then(|index| Some((index, dirt::KINDS.get(index)?))) else {
            self.count_sale(visit, item);
            return Some(true);
        };
        out.tally.dirt[index] += 1;
        let clean = out.till.split_off(self.line);
        match kind.bucket {
            Bucket::Quarantined => out.tally.quarantined += 1,
            Bucket::Adjustments => out.tally.adjustments += 1,
            Bucket::Sales => {}
            // These come on top of the clean line.
            Bucket::Deduplicated => {
                out.tally.deduplicated += 1;
                out.till.extend_from_slice(&clean);
            }
            Bucket::Returns => {
                out.tally.returns.add(item.cents);
                out.tally.returned_by_store[visit.store].add(item.cents);
                out.till.extend_from_slice(&clean);
            }
        }
        dirt::spoil(&mut out.till, &clean, kind);
        if matches!(kind.bucket, Bucket::Quarantined | Bucket::Adjustments) {
            return None;
        }
        self.count_sale(visit, item);
        Some(kind.keeps_customer)
    }

    fn count_sale(&mut self, visit: &Visit, item: &Item) {
        let tally = &mut self.out.tally;
        tally.sales.add(item.cents);
        tally.units += item.quantity;
        tally.by_store[visit.store].add(item.cents);
        tally.by_kind[self.world.articles[item.article].kind].add(item.cents);
        tally.by_country[visit.country].add(item.cents);
    }

    fn add_worth(&self, customer: u32, cents: i64) {
        if let Some(worth) = self.worth.get(customer as usize) {
            // Sums do not depend on their order.
            worth.fetch_add(cents, Ordering::Relaxed);
        }
    }

    /// Writes the clean line of an item; negative quantities take back.
    fn put_line(&mut self, line_no: u64, visit: &Visit, card: Option<u64>, item: &Item) {
        let store = &self.world.stores[visit.store];
        let line = &mut self.out.till;
        self.line = line.len();
        line.extend_from_slice(&self.number);
        line.push(b',');
        text::number(line, line_no);
        line.push(b',');
        moment(line, &self.day.text.iso, visit.minute);
        line.push(b',');
        line.extend_from_slice(self.world.articles[item.article].code.as_bytes());
        line.push(b',');
        text::signed(line, item.quantity);
        line.push(b',');
        text::cents(line, item.price);
        line.extend_from_slice(b",0.");
        text::two(line, item.discount.clamp(0, 99) as u8);
        line.push(b',');
        text::cents(line, item.cents);
        line.push(b',');
        if let Some(card) = card {
            text::number(line, card);
        }
        line.push(b',');
        line.extend_from_slice(store.id.as_bytes());
        line.extend_from_slice(if store.is_web { b",web," } else { b",store," });
        line.extend_from_slice(COUNTRIES[visit.country].name.as_bytes());
        line.push(b'\n');
    }

    /// Points of a receipt, and what becomes of them: more than half are redeemed, some expire after a year.
    fn collect(&mut self, visit: &Visit, card: u64, points: i64, random: &mut Random) {
        if points <= 0 {
            return;
        }
        self.event(1, card, b"earn", points, (self.day.text.iso, visit.minute));
        self.out.tally.points[0] += points;
        let fate = random.share();
        let (kind, place, later) = if fate < 0.55 {
            (b"redeem".as_slice(), 1, 1 + (random.exponential() * 60.0) as usize)
        } else if fate < 0.70 {
            (b"expire".as_slice(), 2, 365)
        } else {
            return;
        };
        if let Some(day) = self.world.days.get(self.index + later) {
            self.event(2, card, kind, points, (day.text.iso, 12 * 60));
            self.out.tally.points[place] += points;
        }
    }

    fn event(&mut self, suffix: u64, card: u64, kind: &[u8], points: i64, (day, minute): ([u8; 10], u16)) {
        let out = &mut self.out.loyalty;
        out.extend_from_slice(&self.number);
        out.push(b'-');
        text::number(out, suffix);
        out.push(b',');
        text::number(out, card);
        out.push(b',');
        moment(out, &day, minute);
        out.push(b',');
        out.extend_from_slice(kind);
        out.push(b',');
        text::signed(out, points);
        out.push(b'\n');
        self.out.tally.events += 1;
    }

    fn take_back(&mut self) {
        for due in self.due {
            let sold_on = due.sold_on as usize;
            let known = self.customers.count_on(sold_on);
            let customer = if due.place < known { self.customers.nth_on(sold_on, due.place) } else { None };
            self.give_back(sold_on, due.place, customer, due.choice);
        }
    }

    fn give_back(&mut self, sold_on: usize, place: u32, customer: Option<u32>, choice: u8) {
        let (visit, mut random) = Visit::new(self.world, self.customers, sold_on, place, customer);
        let mut items = std::mem::take(&mut self.items);
        visit.fill(self.world, &self.world.days[sold_on], &mut items, &mut random);
        let card = visit.card(self.customers, sold_on, &mut random);
        if let Some(item) = items.get(usize::from(choice) % items.len().max(1)) {
            self.next_number();
            let item = Item { quantity: -item.quantity, cents: -item.cents, ..*item };
            self.put_line(1, &visit, card, &item);
            self.out.tally.returns.add(-item.cents);
            self.out.tally.returned_by_store[visit.store].add(-item.cents);
            let cell = visit.store * self.world.articles.len() + item.article;
            self.out.returned[cell] -= item.quantity as i32;
            if let Some(customer) = customer {
                self.add_worth(customer, item.cents);
            }
        }
        self.items = items;
    }
}

/// Appends `2026-10-31 14:05`.
fn moment(out: &mut Vec<u8>, day: &[u8; 10], minute: u16) {
    out.extend_from_slice(day);
    out.push(b' ');
    text::two(out, (minute / 60) as u8);
    out.push(b':');
    text::two(out, (minute % 60) as u8);
}
