//! Movements and counts → spans of days with one level.

/// What happened to the stock of a series on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// So many pieces came, or went if negative.
    Moved(i128),
    /// So many were there at the end of the day, and so many on order.
    Counted {
        /// Pieces on hand.
        on_hand: i128,
        /// Pieces on order, where that is known.
        on_order: Option<i128>,
    },
}

/// One event. Quantities in any unit, such as ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockEvent {
    /// The article in its store: any number, equal for equal ones.
    pub series: u32,
    /// Days since 1970-01-01.
    pub day: i32,
    /// What happened.
    pub what: What,
}

/// A span of days on which a series had one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// The article in its store.
    pub series: u32,
    /// First day.
    pub from: i32,
    /// First day after the span.
    pub to: i32,
    /// Pieces on hand at the end of each day.
    pub on_hand: i128,
    /// Pieces on order, as the last count said.
    pub on_order: Option<i128>,
    /// Counted less what the books said, on the first day of the span; `None` unless both are known.
    pub difference: Option<i128>,
    /// What was there before the first movement if the first count is right, on the first span of a
    /// series; `None` unless anything moved until that count. 0 says that the movements add up to it.
    pub opening: Option<i128>,
}

/// All spans, and how far the books can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockLevels {
    /// By series and day, without gaps within a series.
    pub spans: Vec<StockLevel>,
    /// Series with movements that were counted.
    pub counted: u32,
    /// Those of them whose every count is what the movements add up to, from nothing.
    pub agreeing: u32,
}

/// What is known of one day of a series.
#[derive(Clone, Copy)]
struct Day {
    day: i32,
    moved: i128,
    counted: Option<(i128, Option<i128>)>,
}

impl StockLevels {
    /// The levels of all series up to and including `last_day`, the same for all: a series that does not
    /// move keeps its level. Later events are left out. Of several counts of a day the last one in
    /// `events` holds.
    ///
    /// A series begins on its first event. Events may come in any order, but for counts of one day.
    pub fn of(mut events: Vec<StockEvent>, last_day: i32) -> Self {
        events.retain(|event| event.day <= last_day);
        events.sort_by_key(|event| (event.series, event.day));
        let mut levels = Self::default();
        for series in events.chunk_by(|left, right| left.series == right.series) {
            levels.add(series, last_day);
        }
        levels
    }

    fn add(&mut self, events: &[StockEvent], last_day: i32) {
        let Some(series) = events.first().map(|event| event.series) else { return };
        let days: Vec<Day> =
            events.chunk_by(|left, right| left.day == right.day).filter_map(day_of).collect();
        let moves = events.iter().any(|event| matches!(event.what, What::Moved(_)));
        let first_count = days.iter().position(|day| day.counted.is_some());
        // What was there before the first event, if the first count is right.
        let opening = first_count.and_then(|place| {
            let day = days.get(place)?;
            let before: i128 = days.get(..=place)?.iter().map(|day| day.moved).sum();
            Some(day.counted?.0 - before)
        });
        let (mut book, mut on_order) = (opening.filter(|_| moves).unwrap_or(0), None);
        // A first count before all movements is where the books begin, not what they must add up to.
        let until_count = first_count.and_then(|place| days.get(..=place)).unwrap_or_default();
        let opening = opening.filter(|_| until_count.iter().any(|day| day.moved != 0));
        let mut agrees = opening.is_none_or(|opening| opening == 0);
        for (place, day) in days.iter().enumerate() {
            book += day.moved;
            // The first count made the opening, so that it cannot differ from it.
            let is_first = Some(place) == first_count;
            let difference = day.counted.map(|(on_hand, _)| on_hand - book).filter(|_| moves && !is_first);
            if let Some((on_hand, ordered)) = day.counted {
                (book, on_order) = (on_hand, ordered);
            }
            agrees &= difference.is_none_or(|difference| difference == 0);
            let to = days.get(place + 1).map_or(last_day + 1, |next| next.day);
            let (from, on_hand) = (day.day, book);
            let opening = opening.filter(|_| place == 0);
            self.spans.push(StockLevel { series, from, to, on_hand, on_order, difference, opening });
        }
        if moves && first_count.is_some() {
            self.counted += 1;
            self.agreeing += u32::from(agrees);
        }
    }
}

/// The events of one day.
fn day_of(events: &[StockEvent]) -> Option<Day> {
    let day = events.first()?.day;
    let (mut moved, mut counted) = (0, None);
    for event in events {
        match event.what {
            What::Moved(quantity) => moved += quantity,
            What::Counted { on_hand, on_order } => counted = Some((on_hand, on_order)),
        }
    }
    Some(Day { day, moved, counted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(series: u32, day: i32, quantity: i128) -> StockEvent {
        StockEvent { series, day, what: What::Moved(quantity) }
    }

    fn counted(series: u32, day: i32, on_hand: i128) -> StockEvent {
        StockEvent { series, day, what: What::Counted { on_hand, on_order: None } }
    }

    /// First day, day after, level and difference of each span.
    fn spans(levels: &StockLevels) -> Vec<(i32, i32, i128, Option<i128>)> {
        levels.spans.iter().map(|span| (span.from, span.to, span.on_hand, span.difference)).collect()
    }

    #[test]
    fn without_a_count_stock_begins_with_nothing() {
        let levels = StockLevels::of(vec![moved(1, 10, 50), moved(1, 12, -20), moved(1, 12, -5)], 14);
        assert_eq!(spans(&levels), [(10, 12, 50, None), (12, 15, 25, None)]);
        assert_eq!((levels.counted, levels.agreeing), (0, 0));
    }

    #[test]
    fn a_count_at_the_end_says_what_was_there_before() {
        let levels = StockLevels::of(vec![counted(1, 12, 25), moved(1, 12, -20), moved(1, 10, 5)], 12);
        // 25 at the end, 45 before the sale of day 12, 40 before the receipt of day 10.
        assert_eq!(spans(&levels), [(10, 12, 45, None), (12, 13, 25, None)]);
        // From nothing the books would say -15.
        assert_eq!(levels.spans.iter().map(|span| span.opening).collect::<Vec<_>>(), [Some(40), None]);
        assert_eq!((levels.counted, levels.agreeing), (1, 0));
        let levels = StockLevels::of(vec![counted(1, 12, -15), moved(1, 12, -20), moved(1, 10, 5)], 12);
        assert_eq!(spans(&levels), [(10, 12, 5, None), (12, 13, -15, None)]);
        assert_eq!((levels.counted, levels.agreeing), (1, 1));
    }

    #[test]
    fn counts_lead_and_their_differences_are_kept() {
        let begun = StockLevels::of(vec![counted(1, 1, 100), moved(1, 3, -30), counted(1, 5, 70)], 5);
        assert_eq!((begun.counted, begun.agreeing, begun.spans[0].opening), (1, 1, None));
        let events = vec![
            counted(1, 1, 100),
            moved(1, 3, -30),
            counted(1, 5, 68), // two are missing
            moved(1, 6, 10),
            counted(1, 7, 78),
        ];
        let levels = StockLevels::of(events, 8);
        assert_eq!(
            spans(&levels),
            [
                (1, 3, 100, None),
                (3, 5, 70, None),
                (5, 6, 68, Some(-2)),
                (6, 7, 78, None),
                (7, 9, 78, Some(0))
            ]
        );
    }

    #[test]
    fn counts_alone_hold_until_the_next_and_have_no_books_to_differ_from() {
        let levels = StockLevels::of(vec![counted(2, 4, 7), counted(1, 1, 3), counted(1, 4, 9)], 5);
        assert_eq!(spans(&levels), [(1, 4, 3, None), (4, 6, 9, None), (4, 6, 7, None)]);
        assert_eq!(levels.counted, 0);
    }

    #[test]
    fn the_last_count_of_a_day_holds_and_what_comes_later_is_left_out() {
        let order = |on_hand, on_order| What::Counted { on_hand, on_order: Some(on_order) };
        let event = |day, what| StockEvent { series: 1, day, what };
        let levels =
            StockLevels::of(vec![event(1, order(5, 1)), event(1, order(6, 2)), event(9, order(1, 1))], 3);
        let known = (levels.spans[0].on_hand, levels.spans[0].on_order, levels.spans[0].to);
        assert_eq!((levels.spans.len(), known), (1, (6, Some(2), 4)));
        assert_eq!(StockLevels::of(Vec::new(), 3), StockLevels::default());
    }
}
