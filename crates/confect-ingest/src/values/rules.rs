//! Rules that a single value has to keep, such as a discount of at most 100 %, and what happens if not.
//!
//! Returns are no fault: a quantity may be negative. Deliberately absent: rules that need two values or two
//! rows, which are staging's.

use confect_domain::{Entity, FieldType, Severity};

/// What happens to a row that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleAction {
    /// It is loaded and nothing is said.
    Allow,
    /// It is loaded, with a finding worth knowing.
    Note,
    /// It is loaded, with a warning.
    Warn,
    /// It is set aside.
    SetAside,
}

impl RuleAction {
    /// All actions.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Note, Self::Warn, Self::SetAside];

    /// The word that `sources/<name>.toml` uses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::SetAside => "set-aside",
        }
    }

    /// How much it matters that a row was loaded all the same.
    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::Warn => Severity::Warning,
            _ => Severity::Note,
        }
    }
}

/// Which values break a rule, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaks {
    Below(i128),
    Above(i128),
    Exactly(i128),
}

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Its name, which is the code of its findings.
    pub(crate) name: &'static str,
    entity: Entity,
    column: &'static str,
    breaks: Breaks,
    default: RuleAction,
    /// What is wrong, as the end of a sentence that starts with the value.
    pub(crate) message: &'static str,
    /// What to do.
    pub(crate) remedy: &'static str,
}

const ONE: i128 = 10_000;
const CORRECT: &str = "correct it in the system it was exported from";

const fn rule(
    name: &'static str,
    (entity, column): (Entity, &'static str),
    breaks: Breaks,
    default: RuleAction,
    message: &'static str,
    remedy: &'static str,
) -> Rule {
    Rule { name, entity, column, breaks, default, message, remedy }
}

/// All rules. Defaults: set aside what cannot be, tell what is odd.
pub(crate) static RULES: [Rule; 10] = [
    rule(
        "discount-over-100",
        (Entity::SaleLines, "discount_rate"),
        Breaks::Above(ONE),
        RuleAction::SetAside,
        "is a discount of more than 100 %",
        "write rates as 0.1 or `10 %`, not as 10",
    ),
    rule(
        "discount-negative",
        (Entity::SaleLines, "discount_rate"),
        Breaks::Below(0),
        RuleAction::Warn,
        "is a negative discount",
        "export discounts as positive rates; a surcharge belongs into the price",
    ),
    rule(
        "unit-cost-negative",
        (Entity::SaleLines, "unit_cost"),
        Breaks::Below(0),
        RuleAction::SetAside,
        "is a negative cost",
        CORRECT,
    ),
    rule(
        "price-negative",
        (Entity::SaleLines, "unit_price"),
        Breaks::Below(0),
        RuleAction::Note,
        "is a negative price; the line counts as an adjustment",
        "write returns with a negative quantity and a positive price",
    ),
    rule(
        "price-zero",
        (Entity::SaleLines, "unit_price"),
        Breaks::Exactly(0),
        RuleAction::Note,
        "is a price of zero",
        "check whether these are gifts or missing prices",
    ),
    rule(
        "quantity-zero",
        (Entity::SaleLines, "quantity"),
        Breaks::Exactly(0),
        RuleAction::Note,
        "is a quantity of zero",
        "leave lines that were cancelled at the till out of the export",
    ),
    rule(
        "cost-negative",
        (Entity::Products, "unit_cost"),
        Breaks::Below(0),
        RuleAction::SetAside,
        "is a negative cost",
        CORRECT,
    ),
    rule(
        "list-price-negative",
        (Entity::Products, "list_price"),
        Breaks::Below(0),
        RuleAction::SetAside,
        "is a negative price",
        CORRECT,
    ),
    rule(
        "pack-quantity-not-positive",
        (Entity::Products, "pack_qty"),
        Breaks::Below(ONE),
        RuleAction::Warn,
        "is a pack of less than one piece",
        CORRECT,
    ),
    rule(
        "stock-negative",
        (Entity::StockLevels, "on_hand_qty"),
        Breaks::Below(0),
        RuleAction::Note,
        "is a stock below zero",
        "book the missing receipts, or count the article",
    ),
];

/// The names of all rules, for `rules` of [`crate::ReadOptions`].
pub fn rule_names() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.name).collect()
}

/// A rule of one column with what happens to rows that break it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AppliedRule {
    pub(crate) rule: &'static Rule,
    pub(crate) action: RuleAction,
}

impl AppliedRule {
    /// Whether a value in ten-thousandths breaks the rule.
    #[inline]
    pub(crate) fn is_broken(&self, value: i128) -> bool {
        match self.rule.breaks {
            Breaks::Below(limit) => value < limit,
            Breaks::Above(limit) => value > limit,
            Breaks::Exactly(odd) => value == odd,
        }
    }
}

/// The rules of a column that are not allowed to be broken silently.
pub(crate) fn applied(
    entity: Entity,
    column: &str,
    field_type: FieldType,
    action_of: impl Fn(&str) -> Option<RuleAction>,
) -> Vec<AppliedRule> {
    let is_number = matches!(field_type, FieldType::Decimal | FieldType::Rate | FieldType::Integer);
    let own = RULES.iter().filter(|rule| is_number && rule.entity == entity && rule.column == column);
    own.map(|rule| AppliedRule { rule, action: action_of(rule.name).unwrap_or(rule.default) })
        .filter(|applied| applied.action != RuleAction::Allow)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_speaks_of_a_number_that_its_entity_has() {
        for rule in &RULES {
            let column = rule.entity.column(rule.column).expect("a column");
            assert_eq!(
                applied(rule.entity, rule.column, column.field_type, |name| {
                    (name == rule.name).then_some(RuleAction::SetAside)
                })
                .iter()
                .filter(|applied| applied.rule.name == rule.name)
                .count(),
                1
            );
        }
    }
}
