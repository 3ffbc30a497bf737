//! The engine against plain Apriori on random baskets, and against awkward input.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use confect_analytics::basket::{
    BasketError, Baskets, Itemsets, Kind, MinSupport, MineOptions, PairColumns, RuleOptions, Way, apriori,
    count_itemsets, mine, read_fimi, read_lines, read_pairs, rules as rules_of,
};
use proptest::prelude::*;

const KINDS: [Kind; 3] = [Kind::All, Kind::Closed, Kind::Maximal];

fn go_on() -> AtomicBool {
    AtomicBool::new(false)
}

fn baskets(rows: &[Vec<u32>], universe: u32) -> Baskets {
    let mut baskets = Baskets::new(universe);
    for row in rows {
        baskets.push(row).expect("items below the universe");
    }
    baskets
}

fn listed(itemsets: &Itemsets) -> Vec<(Vec<u32>, u32)> {
    itemsets.iter().map(|set| (set.items.to_vec(), set.count)).collect()
}

/// The engine, on one thread and on two, tells the same sets in the same order as Apriori.
fn agree(baskets: &Baskets, options: &MineOptions) {
    let plain = apriori(baskets, options, &go_on()).expect("Apriori ends");
    if options.kind == Kind::All {
        let counted = count_itemsets(baskets, options, &go_on()).expect("counting ends");
        let sum = plain.iter().map(|set| u128::from(set.count)).sum::<u128>();
        assert_eq!((counted.itemsets, counted.sum_of_counts), (plain.len() as u128, sum));
    }
    for threads in [1, 2] {
        let options = options.clone().on_threads(threads);
        let found = mine(baskets, &options, &go_on()).expect("the engine ends");
        assert_eq!(found.sorted(), plain.sorted(), "{:?} on {threads}, {:?}", options, found.way);
        assert_eq!(listed(&found), listed(&plain), "order of {:?} on {threads}", options);
        assert_eq!((found.baskets, found.items), (plain.baskets, plain.items));
        for (index, set) in found.iter().enumerate() {
            assert_eq!(found.get(index), Some(set));
        }
        assert_eq!(found.get(found.len()), None);
    }
}

/// Baskets in which items come together: each is a few of the patterns, with noise.
fn rows(universe: u32, most: usize, longest: usize) -> impl Strategy<Value = Vec<Vec<u32>>> {
    let item = (0..universe, 0..universe).prop_map(|(one, other)| one.min(other));
    let pattern = prop::collection::vec(item.clone(), 0..=longest);
    (
        prop::collection::vec(pattern, 1..5),
        prop::collection::vec((any::<u8>(), prop::collection::vec(item, 0..4)), 1..=most),
    )
        .prop_map(|(patterns, picks)| {
            let row = |(pick, mut noise): (u8, Vec<u32>)| {
                for (bit, pattern) in patterns.iter().enumerate() {
                    if pick >> bit & 1 == 1 {
                        noise.extend(pattern);
                    }
                }
                noise
            };
            picks.into_iter().map(row).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn few_items_as_words(rows in rows(14, 60, 6), min in 1_u32..8, max_len in 1_usize..12) {
        let baskets = baskets(&rows, 14);
        for kind in KINDS {
            let options = MineOptions::new(MinSupport::Count(min)).of_kind(kind);
            agree(&baskets, &options);
            agree(&baskets, &options.clone().of_length(2.min(max_len), max_len));
        }
    }

    /// More than 64 frequent items, so rows; supports of 2 keep the answers small.
    #[test]
    fn many_items_as_rows(rows in rows(150, 120, 3), min in 2_u32..4, max_len in 1_usize..5) {
        let baskets = baskets(&rows, 150);
        for kind in KINDS {
            let options = MineOptions::new(MinSupport::Count(min)).of_kind(kind);
            agree(&baskets, &options);
            agree(&baskets, &options.clone().of_length(1, max_len));
        }
    }

    #[test]
    fn giant_baskets_are_left_out_and_told(rows in rows(20, 40, 9), limit in 1_usize..12) {
        let baskets = baskets(&rows, 20);
        let mut options = MineOptions::new(MinSupport::Share(0.1));
        options.max_basket_items = Some(limit);
        let giants = baskets.iter().filter(|basket| basket.len() > limit).count();
        if giants < baskets.len() {
            agree(&baskets, &options);
            let found = mine(&baskets, &options, &go_on()).unwrap();
            prop_assert_eq!(found.giants.baskets, giants);
            prop_assert_eq!(found.baskets, baskets.len() - giants);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn readers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[0-9 ,;\"\\n\\ra-c]{0,80}") {
        for input in [&bytes[..], text.as_bytes()] {
            let _ = read_fimi(input);
            let _ = read_lines(input, b',');
            let _ = read_pairs(input, &PairColumns { period: Some(("c".into(), 3)), ..PairColumns::new("a", "b") });
            let rows = [b"a,b,c\n", input].concat();
            let columns = PairColumns { period: Some(("c".into(), 3)), ..PairColumns::new("a", "b") };
            if let Ok(named) = read_pairs(&rows[..], &columns) {
                prop_assert_eq!(named.baskets.universe() as usize, named.items.len());
                prop_assert!(named.baskets.iter().all(|basket| !basket.is_empty()));
            }
        }
    }

    /// Counts are those of the baskets, and a rule's are those of its parts.
    #[test]
    fn rules_add_up(rows in rows(12, 50, 5), min in 2_u32..6, confidence in 0.0_f64..1.0) {
        let baskets = baskets(&rows, 12);
        let sets = mine(&baskets, &MineOptions::new(MinSupport::Count(min)), &go_on()).unwrap();
        let wish = RuleOptions { max_consequent_len: 3, ..RuleOptions::new(confidence) };
        let made = rules_of(&sets, &wish, &go_on()).unwrap();
        let count = |items: &[u32]| baskets.iter().filter(|basket| items.iter().all(|item| basket.contains(item))).count();
        let mut expected = 0;
        for set in sets.iter() {
            prop_assert_eq!(count(set.items), set.count as usize);
            for left in 1..(1_usize << set.items.len()) - 1 {
                let picked: Vec<u32> = (0..set.items.len()).filter(|at| left >> at & 1 == 1).map(|at| set.items[at]).collect();
                let right = set.items.len() - picked.len();
                expected += usize::from(right <= 3 && f64::from(set.count) + 1e-9 >= confidence * count(&picked) as f64);
            }
        }
        prop_assert_eq!(made.rules.len(), expected);
        for rule in &made.rules {
            let both = [&rule.antecedent[..], &rule.consequent].concat();
            let got = [rule.counts.antecedent, rule.counts.consequent, rule.counts.both].map(|count| count as usize);
            prop_assert_eq!(got, [count(&rule.antecedent), count(&rule.consequent), count(&both)]);
            prop_assert!((0.0..=1.0).contains(&rule.p_value) && rule.p_value <= rule.q_value + 1e-15);
            for measure in [rule.counts.zhang(), rule.counts.jaccard(), rule.counts.cosine(), rule.counts.lift()] {
                prop_assert!(measure.is_finite() && measure >= -1.0);
            }
        }
    }
}

/// A fixed sequence (Knuth's MMIX generator), so that a failure is the same everywhere.
fn noise(seed: u64) -> impl FnMut(u32) -> u32 {
    let mut state = seed;
    move |bound| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(bound)) as u32
    }
}

/// A frequent item with more than 64 partners: rows within rows. And enough items for two threads to start.
#[test]
fn a_hub_with_a_hundred_partners() {
    let mut next = noise(3);
    let rows: Vec<Vec<u32>> = (0..1_500)
        .map(|_| {
            let last = 120 + next(3);
            [0, 1, last].into_iter().chain((0..14).map(|_| 2 + next(110))).collect()
        })
        .collect();
    let baskets = baskets(&rows, 123);
    for kind in KINDS {
        for max_len in [usize::MAX, 3, 4] {
            let options = MineOptions::new(MinSupport::Count(30)).of_kind(kind).of_length(1, max_len);
            agree(&baskets, &options);
        }
    }
    let found = mine(&baskets, &MineOptions::new(MinSupport::Count(30)), &go_on()).unwrap();
    assert_eq!(found.way, Way::RowsAndPairs);
    assert!(found.by_length().len() >= 4, "{:?}", found.by_length());
}

/// More frequent items than the table of pairs holds (2,896): the rest is counted basket by basket. Baskets of
/// five items have 31 parts, which are simply counted.
#[test]
fn more_items_than_the_table_of_pairs() {
    let mut next = noise(9);
    let rows: Vec<Vec<u32>> = (0..9_000)
        .map(|_| {
            let first = next(1_600) * 2;
            vec![first, first + 1, next(3_200), next(40), (first + 64) % 3_200]
        })
        .collect();
    let baskets = baskets(&rows, 3_200);
    let mut parts: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
    for basket in baskets.iter() {
        for part in 1..1_usize << basket.len() {
            let items = (0..basket.len()).filter(|at| part >> at & 1 == 1).map(|at| basket[at]);
            *parts.entry(items.collect()).or_insert(0) += 1;
        }
    }
    let mut expected: Vec<(Vec<u32>, u32)> = parts.into_iter().filter(|(_, count)| *count >= 3).collect();
    expected.sort_by(|left, right| (left.0.len(), &left.0).cmp(&(right.0.len(), &right.0)));
    for threads in [1, 2, 5] {
        let found =
            mine(&baskets, &MineOptions::new(MinSupport::Count(3)).on_threads(threads), &go_on()).unwrap();
        assert!(found.frequent_items > 2_900, "{}", found.frequent_items);
        assert_eq!(found.sorted(), expected);
    }
}

#[test]
fn an_item_in_every_basket_is_told() {
    // Worked by hand: 9 is in all three baskets, 1 and 2 in two.
    let baskets = baskets(&[vec![9, 1, 2], vec![9, 2], vec![9, 1]], 10);
    let options = MineOptions::new(MinSupport::Count(2));
    let all = mine(&baskets, &options, &go_on()).unwrap().sorted();
    let expected = vec![(vec![1], 2), (vec![2], 2), (vec![9], 3), (vec![1, 9], 2), (vec![2, 9], 2)];
    assert_eq!(all, expected);
    let closed = mine(&baskets, &options.clone().of_kind(Kind::Closed), &go_on()).unwrap().sorted();
    assert_eq!(closed, [(vec![9], 3), (vec![1, 9], 2), (vec![2, 9], 2)]);
    let maximal = mine(&baskets, &options.of_kind(Kind::Maximal), &go_on()).unwrap().sorted();
    assert_eq!(maximal, [(vec![1, 9], 2), (vec![2, 9], 2)]);
}

#[test]
fn awkward_wishes_are_refused() {
    let one = baskets(&[vec![0, 1]], 2);
    let ask =
        |baskets: &Baskets, options: MineOptions| mine(baskets, &options, &go_on()).map(|sets| sets.len());
    for wrong in
        [MinSupport::Share(0.0), MinSupport::Share(1.5), MinSupport::Share(f64::NAN), MinSupport::Count(0)]
    {
        let refused = ask(&one, MineOptions::new(wrong)).unwrap_err();
        assert_eq!(refused.code(), "support-out-of-range", "{wrong:?}");
        assert_eq!(apriori(&one, &MineOptions::new(wrong), &go_on()).unwrap_err(), refused);
    }
    let usual = MineOptions::new(MinSupport::Share(1.0));
    assert_eq!(ask(&one, usual.clone()), Ok(3), "one basket has itself");
    assert_eq!(ask(&one, usual.clone().of_length(0, 2)).unwrap_err().code(), "length-out-of-range");
    assert_eq!(ask(&one, usual.clone().of_length(3, 2)).unwrap_err().code(), "length-out-of-range");
    assert_eq!(ask(&Baskets::new(4), usual.clone()), Err(BasketError::NoBaskets { giants: 0 }));
    let empty = baskets(&[vec![], vec![]], 4);
    assert_eq!(ask(&empty, usual.clone()), Ok(0), "empty baskets have nothing");
    assert_eq!(ask(&one, MineOptions::new(MinSupport::Count(u32::MAX))), Ok(0));
    let mut small = usual;
    small.max_basket_items = Some(1);
    assert_eq!(ask(&one, small), Err(BasketError::NoBaskets { giants: 1 }));
}

#[test]
fn a_basket_of_ten_thousand_items_is_bounded() {
    let giant: Vec<u32> = (0..10_000).collect();
    let baskets = baskets(&[giant.clone(), vec![1, 2], giant], 10_000);
    let mut options = MineOptions::new(MinSupport::Count(1));
    let guarded = mine(&baskets, &options, &go_on()).unwrap();
    assert_eq!((guarded.len(), guarded.giants.baskets, guarded.giants.largest), (3, 2, 10_000));
    options.max_basket_items = None;
    options.max_bytes = 64 << 20;
    for threads in [1, 2] {
        let refused = mine(&baskets, &options.clone().on_threads(threads), &go_on()).unwrap_err();
        assert_eq!(refused.code(), "too-many-itemsets");
    }
    // Two closed sets: what all three have, and the giant; the small one is within.
    let closed = mine(&baskets, &options.clone().of_kind(Kind::Closed), &go_on()).unwrap();
    assert_eq!(
        closed.iter().map(|set| (set.items.len(), set.count)).collect::<Vec<_>>(),
        [(2, 3), (10_000, 2)]
    );
    let maximal = mine(&baskets, &options.of_kind(Kind::Maximal), &go_on()).unwrap();
    assert_eq!(maximal.iter().map(|set| (set.items.len(), set.count)).collect::<Vec<_>>(), [(10_000, 2)]);
}

#[test]
fn a_million_distinct_items() {
    let mut next = noise(5);
    let rows: Vec<Vec<u32>> = (0..250_000_u32)
        .map(|row| (0..4).map(|item| row * 4 + item).chain([next(1_000)]).collect())
        .collect();
    let baskets = baskets(&rows, 1_000_000);
    let options = MineOptions::new(MinSupport::Count(150));
    let found = mine(&baskets, &options, &go_on()).unwrap();
    assert_eq!((found.items, found.frequent_items), (1_000_000, 1_000));
    // At one basket everything is frequent: 31 sets of each row, told or refused, but never a crash.
    let all = mine(&baskets, &MineOptions::new(MinSupport::Count(1)).of_length(1, 2), &go_on());
    assert!(all.is_ok_and(|sets| sets.len() > 2_000_000));
}

#[test]
fn nested_baskets_end() {
    // Basket n has the items 0..n: every closed set is one of the baskets.
    let rows: Vec<Vec<u32>> = (1..=300_u32).map(|end| (0..end).collect()).collect();
    let baskets = baskets(&rows, 300);
    let closed = MineOptions::new(MinSupport::Count(1)).of_kind(Kind::Closed);
    assert_eq!(mine(&baskets, &closed, &go_on()).unwrap().len(), 300);
    let maximal = closed.of_kind(Kind::Maximal);
    assert_eq!(mine(&baskets, &maximal, &go_on()).unwrap().len(), 1);
}

#[test]
fn cancelling_stops_within_a_second() {
    // Every basket lacks one item: 2 to the 40 itemsets.
    let rows: Vec<Vec<u32>> =
        (0..40_u32).map(|lacks| (0..40).filter(|item| *item != lacks).collect()).collect();
    let mut all = baskets(&rows, 40);
    for _ in 0..600 {
        all.push(&(0..40).collect::<Vec<_>>()).unwrap();
    }
    for kind in KINDS {
        let mut options = MineOptions::new(MinSupport::Count(1)).of_kind(kind).of_length(30, usize::MAX);
        options.max_bytes = usize::MAX;
        let cancel = AtomicBool::new(false);
        let (outcome, late) = std::thread::scope(|scope| {
            let search = scope.spawn(|| mine(&all, &options, &cancel).map(|sets| sets.len()));
            std::thread::sleep(std::time::Duration::from_millis(100));
            cancel.store(true, std::sync::atomic::Ordering::Relaxed);
            let asked = std::time::Instant::now();
            (search.join().expect("no panic"), asked.elapsed())
        });
        if kind != Kind::Maximal {
            assert_eq!(outcome, Err(BasketError::Cancelled));
        }
        assert!(late.as_secs_f64() < 1.0, "{late:?}");
    }
    let cancelled = AtomicBool::new(true);
    let usual = MineOptions::new(MinSupport::Share(0.5));
    assert_eq!(mine(&all, &usual, &cancelled).map(|sets| sets.len()), Err(BasketError::Cancelled));
    assert_eq!(apriori(&all, &usual, &cancelled).map(|sets| sets.len()), Err(BasketError::Cancelled));
}
