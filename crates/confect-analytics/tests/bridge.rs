//! Bridges worked out by hand, and that the parts always add up.

use confect_analytics::bridge::{Bridge, Effect, SaleLine, build_bridge, price_volume_mix};
use proptest::prelude::*;

const UNIT: i128 = 10_000;

fn line(customer: i64, order: i64, article: i64, quantity: i128, price: i128) -> SaleLine {
    let customer = (customer > 0).then_some(customer);
    let (quantity, gross) = (quantity * UNIT, quantity * price * UNIT);
    SaleLine { customer, order, article, quantity, gross, discount: 0 }
}

fn sum(bridge: &Bridge) -> i128 {
    bridge.effects.iter().map(|(_, amount)| amount).sum()
}

fn only(bridge: &Bridge, effect: Effect) {
    for (other, amount) in &bridge.effects {
        assert_eq!(*amount != 0, *other == effect, "{bridge:?}");
    }
    assert_eq!(bridge.amount(effect), bridge.after - bridge.before);
}

/// One thing changes at a time: everything is put down to it.
#[test]
fn one_change_is_one_effect() {
    let base = [line(1, 1, 7, 2, 10), line(2, 2, 7, 2, 10)];
    only(&build_bridge(&base, &[base[0], base[1], line(3, 3, 7, 2, 10)]), Effect::Customers);
    let twice = [base[0], base[1], line(1, 3, 7, 2, 10), line(2, 4, 7, 2, 10)];
    only(&build_bridge(&base, &twice), Effect::Frequency);
    only(&build_bridge(&base, &[line(1, 1, 7, 3, 10), line(2, 2, 7, 3, 10)]), Effect::Items);
    only(&build_bridge(&base, &[line(1, 1, 7, 2, 12), line(2, 2, 7, 2, 12)]), Effect::Price);
    // A dearer article that is new is a choice, not a price.
    only(&build_bridge(&base, &[line(1, 1, 8, 2, 15), line(2, 2, 8, 2, 15)]), Effect::Mix);
    let cut = base.map(|line| SaleLine { discount: line.gross / 10, ..line });
    only(&build_bridge(&base, &cut), Effect::Discount);
    only(&build_bridge(&base, &[base[0], base[1], line(1, 5, 7, -1, 10)]), Effect::Returns);
    only(&build_bridge(&base, &[base[0], base[1], line(0, 6, 7, 4, 10)]), Effect::Unknown);
    let fee = SaleLine { quantity: 0, gross: 5 * UNIT, ..line(1, 1, 9, 1, 5) };
    only(&build_bridge(&base, &[base[0], base[1], fee]), Effect::Adjustments);
    // From nothing to something is customers, and back.
    only(&build_bridge(&[], &base), Effect::Customers);
    only(&build_bridge(&base, &[]), Effect::Customers);
    assert_eq!(sum(&build_bridge(&[], &[])), 0);
}

/// methods.md 9 in lines: 1,000 customers × 2.5 orders × 3.2 items × 12.00 → 1,100 × 2.4 × 3.5 × 11.50.
#[test]
fn the_published_example_in_lines() {
    let period = |customers: i64, orders: i64, tenths: i128, cents: i128| {
        let line = |order: i64| SaleLine {
            customer: Some(order % customers + 1),
            order,
            article: 1,
            quantity: tenths * UNIT / 10,
            gross: tenths * cents * UNIT / 1_000,
            discount: 0,
        };
        (0..orders).map(line).collect::<Vec<_>>()
    };
    let bridge = build_bridge(&period(1_000, 2_500, 32, 1_200), &period(1_100, 2_640, 35, 1_150));
    assert_eq!((bridge.before, bridge.after), (96_000 * UNIT, 106_260 * UNIT));
    let expected = [
        (Effect::Customers, 96_392_083),
        (Effect::Frequency, -41_332_917),
        (Effect::Items, 90_633_750),
        (Effect::Price, -43_092_917),
        (Effect::Mix, 0),
    ];
    for (effect, amount) in expected {
        assert!(bridge.amount(effect).abs_diff(amount) <= 2, "{effect:?} {}", bridge.amount(effect));
    }
    assert_eq!(sum(&bridge), 10_260 * UNIT);
}

/// By hand: article 1 sells 10 → 12 at 2 → 3, article 2 10 → 4 at 5 → 5; 3 is dropped (8), 4 is new (9).
/// Price 12 × 1 = 12; volume (16 − 20) × 3.5 = −14; mix 56 − 70 − 12 + 14 = −12.
#[test]
fn price_volume_mix_by_hand() {
    let before = [line(1, 1, 1, 10, 2), line(1, 1, 2, 10, 5), line(1, 2, 3, 1, 8)];
    let after = [line(1, 3, 1, 12, 3), line(1, 3, 2, 4, 5), line(1, 4, 4, 1, 9)];
    let parts = price_volume_mix(&before, &after);
    assert_eq!(
        [parts.price, parts.volume, parts.mix, parts.new_articles, parts.dropped_articles]
            .map(|part| part / UNIT),
        [12, -14, -12, 9, -8]
    );
    assert_eq!(parts.total(), (65 - 78) * UNIT);
}

fn lines() -> impl Strategy<Value = Vec<SaleLine>> {
    let line = (0_i64..5, 0_i64..8, 0_i64..4, -3_i128..6, -200_000_i128..900_000, -50_000_i128..300_000);
    let line = line.prop_map(|(customer, order, article, quantity, gross, discount)| SaleLine {
        customer: (customer > 0).then_some(customer),
        order,
        article,
        quantity: quantity * UNIT / 3,
        gross,
        discount,
    });
    proptest::collection::vec(line, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever the lines are: to the last ten-thousandth.
    #[test]
    fn the_parts_add_up(before in lines(), after in lines()) {
        let bridge = build_bridge(&before, &after);
        let net = |lines: &[SaleLine]| lines.iter().map(|line| line.gross - line.discount).sum::<i128>();
        prop_assert_eq!((bridge.before, bridge.after), (net(&before), net(&after)));
        prop_assert_eq!(sum(&bridge), bridge.after - bridge.before);
        // Rounding moves ten-thousandths, never more: there and back again cancel.
        let back = build_bridge(&after, &before);
        for effect in Effect::ALL {
            prop_assert!((bridge.amount(effect) + back.amount(effect)).abs() <= 14, "{:?} {:?}", bridge, back);
        }
        let parts = price_volume_mix(&before, &after);
        let sold = |lines: &[SaleLine]| {
            lines.iter().filter(|line| line.customer.is_some() && line.quantity > 0).map(|line| line.gross).sum::<i128>()
        };
        prop_assert_eq!(parts.total(), sold(&after) - sold(&before));
    }
}
