//! Stock of every article in every store: deliveries that make what was sold possible, and what is left each day.
//!
//! Sales are known before: orders follow a reorder point and arrive after the supplier's time, and a delivery is
//! brought forward rather than let an article run out, but for the times in which it is planted that it does.
//! So the articles that are missing at the end of a day are the planted ones, and no others.
//! What comes back is thrown away: sweets are not sold twice.

use crate::plan::StockOut;
use crate::random::{Random, Stream};
use crate::text;
use crate::world::World;

/// The heading of the file of movements.
pub(crate) const MOVEMENTS_HEADING: &str =
    "movement_id,moved_at,stock_code,store_id,kind,quantity,purchase_order_no\n";
/// The heading of the files of counted stock.
pub(crate) const LEVELS_HEADING: &str = "stock_code,store_id,as_of,on_hand_qty,on_order_qty,reorder_point\n";

/// Pieces by day, store and article.
pub(crate) struct Units {
    pub(crate) cells: usize,
    pub(crate) sold: Vec<i32>,
    pub(crate) returned: Vec<i32>,
}

impl Units {
    fn at(of: &[i32], cells: usize, day: usize, cell: usize) -> i64 {
        i64::from(of.get(day * cells + cell).copied().unwrap_or(0))
    }
}

/// One article in one store through all days.
#[derive(Default)]
struct Position {
    opened: usize,
    reorder_point: i64,
    opening: i64,
    received: Vec<i32>,
    written_off: Vec<i32>,
    on_hand: Vec<i32>,
    on_order: Vec<i32>,
}

/// All positions.
pub(crate) struct Stock {
    units: Units,
    positions: Vec<Position>,
}

impl Stock {
    pub(crate) fn new(world: &World, threads: usize, units: Units) -> Self {
        let mut positions = Vec::with_capacity(units.cells);
        // The work cannot fail.
        let _ = crate::parallel::in_order::<_, ()>(
            threads,
            units.cells,
            |cell| position(world, &units, cell),
            |_, position| {
                positions.push(position);
                Ok(())
            },
        );
        Self { units, positions }
    }

    /// A day's movements and levels, and how many lines each has.
    pub(crate) fn day(&self, world: &World, day: usize) -> (Vec<u8>, Vec<u8>, u64, u64) {
        let (mut movements, mut levels) = (Vec::new(), Vec::with_capacity(self.positions.len() * 36));
        let (mut number, mut counted) = (0, 0);
        for (cell, position) in self.positions.iter().enumerate() {
            if day < position.opened {
                continue;
            }
            let articles = world.articles.len();
            let (store, article) = (cell / articles, cell % articles);
            let at = |of: &[i32]| i64::from(of.get(day).copied().unwrap_or(0));
            let mut put = |kind: &str, quantity: i64, order: bool| {
                if quantity != 0 {
                    number += 1;
                    movement(&mut movements, world, (day, store, article), number, (kind, quantity, order));
                }
            };
            let came_back = Units::at(&self.units.returned, self.units.cells, day, cell);
            if day == position.opened {
                put("count", position.opening, false);
            }
            put("receipt", at(&position.received), true);
            put("sale", -Units::at(&self.units.sold, self.units.cells, day, cell), false);
            put("return", came_back, false);
            put("write_off", -at(&position.written_off) - came_back, false);
            counted += 1;
            level(&mut levels, world, (day, store, article), position);
        }
        (movements, levels, number, counted)
    }
}

fn movement(
    out: &mut Vec<u8>,
    world: &World,
    (day, store, article): (usize, usize, usize),
    number: u64,
    (kind, quantity, order): (&str, i64, bool),
) {
    let text = &world.days[day].text;
    out.extend_from_slice(&text.code);
    text::padded(out, number, 5);
    out.push(b',');
    out.extend_from_slice(&text.iso);
    // Deliveries come before the shops open, sales are booked when they close.
    out.extend_from_slice(if matches!(kind, "receipt" | "count") { b" 07:00," } else { b" 22:00," });
    out.extend_from_slice(world.articles[article].code.as_bytes());
    out.push(b',');
    out.extend_from_slice(world.stores[store].id.as_bytes());
    out.push(b',');
    out.extend_from_slice(kind.as_bytes());
    out.push(b',');
    text::signed(out, quantity);
    out.push(b',');
    if order {
        // One order for each supplier, store and day.
        out.extend_from_slice(b"PO");
        out.extend_from_slice(&text.code);
        text::padded(out, store as u64, 3);
        text::number(out, world.articles[article].kind as u64);
    }
    out.push(b'\n');
}

fn level(
    out: &mut Vec<u8>,
    world: &World,
    (day, store, article): (usize, usize, usize),
    position: &Position,
) {
    let at = |of: &[i32]| i64::from(of.get(day).copied().unwrap_or(0));
    out.extend_from_slice(world.articles[article].code.as_bytes());
    out.push(b',');
    out.extend_from_slice(world.stores[store].id.as_bytes());
    out.push(b',');
    out.extend_from_slice(&world.days[day].text.iso);
    out.extend_from_slice(b" 23:59,");
    text::signed(out, at(&position.on_hand));
    out.push(b',');
    text::signed(out, at(&position.on_order));
    out.push(b',');
    text::signed(out, position.reorder_point);
    out.push(b'\n');
}

/// Runs one article in one store through all days.
fn position(world: &World, units: &Units, cell: usize) -> Position {
    let days = world.days.len();
    let (store, article) = (cell / world.articles.len(), cell % world.articles.len());
    let opened = (world.stores[store].opened.days() - world.first.days()).max(0) as usize;
    let supplier = world.articles[article].supplier();
    let pack = i64::from(world.articles[article].traits().pack_qty);
    let mut random = Random::of(world.seed, Stream::Stock, cell as u64);
    let sold: i64 = (0..days).map(|day| Units::at(&units.sold, units.cells, day, cell)).sum();
    let daily = sold as f64 / days.saturating_sub(opened).max(1) as f64;
    let lead = f64::from(supplier.lead_time_days);
    let reorder_point = (daily * (lead + 5.0)) as i64 + 3;
    let packs = |pieces: f64| ((pieces / pack as f64) as i64 + 1) * pack;
    let order = packs(daily * 16.0);
    let opening = reorder_point + packs(daily * 12.0 * random.share());
    let outs: Vec<&StockOut> =
        world.plan.stock_outs.iter().filter(|out| out.store == store && out.article == article).collect();
    let mut position = Position {
        opened,
        reorder_point,
        opening,
        received: vec![0; days],
        written_off: vec![0; days],
        on_hand: vec![0; days],
        on_order: vec![0; days],
    };
    let (mut on_hand, mut due) = (opening, None::<(usize, i64)>);
    for day in opened..days {
        let out = outs.iter().find(|out| (out.from..=out.to).contains(&day));
        let needed = Units::at(&units.sold, units.cells, day, cell) + i64::from(out.is_none());
        let arrives = due.filter(|(on, _)| *on <= day && out.is_none()).map_or(0, |(_, quantity)| quantity);
        if arrives > 0 {
            due = None;
        }
        // Brought forward: enough for today and an order, or just what is sold before it runs out.
        let received = arrives
            + match needed - on_hand - arrives {
                short if short <= 0 => 0,
                short if out.is_some() => short,
                short => packs(short as f64) + order,
            };
        on_hand += received - Units::at(&units.sold, units.cells, day, cell);
        position.received[day] = received as i32;
        if out.is_some() && on_hand > 0 {
            position.written_off[day] = on_hand as i32;
            on_hand = 0;
        }
        if due.is_none() && on_hand <= reorder_point {
            let noise = random.normal() * f64::from(supplier.lead_time_sd_tenths) / 10.0;
            let arrival = day + libm::round((lead + noise).max(1.0)) as usize;
            due = Some((arrival, order.max(i64::from(supplier.min_order_qty).min(order * 2))));
        }
        position.on_hand[day] = on_hand as i32;
        position.on_order[day] = due.map_or(0, |(_, quantity)| quantity) as i32;
    }
    position
}
