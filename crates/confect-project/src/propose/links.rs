//! Values of other files: which file knows the country of a territory key, the category of a subcategory key.

use confect_ingest::{Lookup, LookupStep};
use glob::Pattern;

use super::concept::Concept;
use super::sheet::{Kind, Sheet};
use super::{Confidence, Origin, ProposedColumn, Shop};

/// Share of keys that the other file has to know.
const KNOWN_SHARE: f64 = 0.9;
/// Files that are gone through at most.
const MAX_STEPS: usize = 3;
/// Keys that lead to another file.
const KEYS: [Concept; 6] = [
    Concept::TerritoryId,
    Concept::SubcategoryId,
    Concept::CategoryId,
    Concept::StoreId,
    Concept::CustomerId,
    Concept::ProductId,
];

/// The column of the entity, looked up by a key of this sheet, if another file has it.
pub(super) fn lookup(
    shop: &Shop<'_>,
    sheet: &Sheet<'_>,
    column: &'static str,
    wanted: Concept,
) -> Option<ProposedColumn> {
    for key in KEYS.iter().filter(|key| allowed(**key, wanted)) {
        let Some(by) = sheet.find(&[*key]) else { continue };
        let Some((steps, share, names)) = path(shop, sheet, *key, by, wanted, MAX_STEPS) else { continue };
        let heading = sheet.column(by).map(|column| column.heading.clone()).unwrap_or_default();
        let reason = format!(
            "`{heading}` is a key of {}: {:.0} % of its values are there",
            names.join(", then of "),
            share * 100.0
        );
        let lookup = Lookup { by: heading, steps };
        let confidence = if share > 0.999 { Confidence::Sure } else { Confidence::Likely };
        return Some(ProposedColumn {
            column,
            origin: Origin::Lookup(lookup),
            values: Default::default(),
            reason,
            confidence,
        });
    }
    None
}

/// Articles, customers and stores are joined in the star; only what is theirs alone is looked up by them.
fn allowed(key: Concept, wanted: Concept) -> bool {
    match key {
        Concept::TerritoryId => matches!(wanted, Concept::Country | Concept::Region),
        Concept::SubcategoryId | Concept::CategoryId => {
            matches!(wanted, Concept::Category | Concept::Subcategory)
        }
        _ => false,
    }
}

type Path = (Vec<LookupStep>, f64, Vec<String>);

fn path(
    shop: &Shop<'_>,
    from: &Sheet<'_>,
    key: Concept,
    by: usize,
    wanted: Concept,
    depth: usize,
) -> Option<Path> {
    let own = from.column(by)?;
    let candidates = shop.of(&Kind::Reference).filter(|other| other.index != from.index);
    for other in candidates {
        let Some(there) = other.get(&[key]).filter(|column| column.uniqueness() > 0.999) else { continue };
        let share = own.sketch.share_in(&there.sketch);
        if share < KNOWN_SHARE || depth == 0 {
            continue;
        }
        let name = shop.names.get(other.index).cloned().unwrap_or_default();
        let step = |take: &str| LookupStep {
            pattern: format!("**/{}", Pattern::escape(&name)),
            files: Vec::new(),
            key: there.heading.clone(),
            take: take.to_owned(),
        };
        if let Some(value) = other.get(&[wanted]) {
            return Some((vec![step(&value.heading)], share, vec![format!("`{name}`")]));
        }
        for next in KEYS.iter().filter(|next| **next != key && allowed(**next, wanted)) {
            let Some(on) = other.find(&[*next]) else { continue };
            if let Some((mut steps, next_share, mut names)) = path(shop, other, *next, on, wanted, depth - 1)
            {
                let take = other.column(on).map_or("", |column| column.heading.as_str());
                steps.insert(0, step(take));
                names.insert(0, format!("`{name}`"));
                return Some((steps, share.min(next_share), names));
            }
        }
    }
    None
}
