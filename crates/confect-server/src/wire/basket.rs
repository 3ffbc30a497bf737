//! The wire form of the page "Market basket". Shares and ratios are numbers, money is exact decimals in text.

use confect_service::basket::{BasketPage, BasketSource, CrossShopping, Item, Ladder, LadderRung, ShownRule};
use serde_json::{Value, json};

/// `GET /api/basket`
pub(crate) fn page(page: BasketPage) -> Value {
    let rules: Vec<Value> = page.rules.iter().map(rule).collect();
    let scopes: Vec<Value> = page
        .scopes
        .iter()
        .map(|scope| {
            json!({
                "id": scope.id, "label": scope.label, "selected": scope.selected, "options": scope.options,
            })
        })
        .collect();
    json!({
        "publication": super::Publication::from(page.publication), "currency": page.currency,
        "access": super::Access::from(page.access), "level": page.level.word(), "season": page.season,
        "scopes": scopes,
        "source": match page.source { BasketSource::Mart => "mart", BasketSource::Receipts => "receipts" },
        "baskets": page.baskets, "items_total": page.items_total, "left_out": page.left_out,
        "min_support": page.min_support, "truncated": page.truncated, "rules_total": page.rules_total,
        "rules": rules, "items": page.items.iter().map(item).collect::<Vec<_>>(),
    })
}

fn item(item: &Item) -> Value {
    json!({ "code": item.code, "name": item.name, "category": item.category, "baskets": item.baskets })
}

fn rule(rule: &ShownRule) -> Value {
    let side = |items: &[Item]| -> Vec<Value> {
        items
            .iter()
            .map(|item| json!({ "code": item.code, "name": item.name, "category": item.category }))
            .collect()
    };
    json!({
        "antecedent": side(&rule.antecedent), "consequent": side(&rule.consequent), "baskets": rule.baskets,
        "antecedent_baskets": rule.antecedent_baskets, "support": rule.support,
        "confidence": rule.confidence, "lift": rule.lift, "leverage": rule.leverage,
        "q_value": rule.q_value, "months_held": rule.months_held, "months_total": rule.months_total,
        "is_stable": rule.is_stable, "added_revenue": rule.added_revenue, "added_margin": rule.added_margin,
        "is_variant": rule.is_variant, "monthly": rule.monthly, "on_hand": rule.on_hand,
    })
}

/// `GET /api/basket/ladder`
pub(crate) fn ladder(ladder: &Ladder) -> Value {
    let rung = |rung: &LadderRung| json!({ "item": item(&rung.item), "rate": rung.rate, "lift": rung.lift, "p_value": rung.p_value });
    json!({
        "item": item(&ladder.item), "baskets": ladder.baskets, "others": ladder.others,
        "rungs": ladder.rungs.iter().map(rung).collect::<Vec<_>>(),
    })
}

/// `GET /api/basket/cross`
pub(crate) fn cross(cross: &CrossShopping) -> Value {
    let combinations = cross.combinations.iter();
    let combinations = combinations.map(|group| json!({ "groups": group.groups, "baskets": group.baskets }));
    json!({
        "groups": cross.groups.iter().map(item).collect::<Vec<_>>(), "baskets": cross.baskets,
        "combinations": combinations.collect::<Vec<_>>(),
    })
}
