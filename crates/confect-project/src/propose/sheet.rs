//! One file with the concept of each column, and what kind of file it is.

use confect_domain::Entity;
use confect_domain::names::normalise;
use confect_ingest::{ColumnProfile, FileProfile};

use super::Fate;
use super::concept::{Concept, concept};
use super::named;

/// What kind of file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sales,
    Returns,
    Products,
    Customers,
    Stores,
    StockLevels,
    StockMovements,
    /// One of those that a few headings of their own tell.
    Named(Entity),
    /// A key and what it stands for; values are looked up in it.
    Reference,
    /// Of no use as rows, for this reason.
    Useless(String),
}

impl Kind {
    /// What becomes of such a file, as far as it alone tells.
    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Useless(reason) => Fate::LeftOut(reason.clone()),
            Self::Reference => Fate::LeftOut("nothing needs a value of it".to_owned()),
            _ => Fate::Read,
        }
    }
}

/// A file.
pub(super) struct Sheet<'a> {
    pub(super) index: usize,
    pub(super) profile: &'a FileProfile,
    pub(super) concepts: Vec<Option<Concept>>,
    pub(super) kind: Kind,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(index: usize, profile: &'a FileProfile) -> Self {
        let concepts = profile.columns.iter().map(believed).collect();
        let kind = Kind::Useless("its headings say nothing that Confect knows".to_owned());
        Self { index, profile, concepts, kind }
    }

    /// The position of the column that says one of these, the first ones first; of several the fullest.
    pub(super) fn find(&self, wanted: &[Concept]) -> Option<usize> {
        wanted.iter().find_map(|wanted| {
            let fill = |index: &usize| self.profile.columns.get(*index).map_or(0, |column| column.filled);
            let places =
                (0..self.concepts.len()).filter(|index| self.concepts.get(*index) == Some(&Some(*wanted)));
            // The first of the fullest: `max_by_key` would take the last.
            places.rev().max_by_key(fill)
        })
    }

    pub(super) fn has(&self, wanted: &[Concept]) -> bool {
        self.find(wanted).is_some()
    }

    pub(super) fn column(&self, index: usize) -> Option<&'a ColumnProfile> {
        self.profile.columns.get(index)
    }

    /// The column that says one of these.
    pub(super) fn get(&self, wanted: &[Concept]) -> Option<&'a ColumnProfile> {
        self.find(wanted).and_then(|index| self.column(index))
    }

    fn count(&self, wanted: &[Concept]) -> usize {
        wanted.iter().filter(|wanted| self.has(&[**wanted])).count()
    }

    /// Whether the column tells rows apart.
    fn is_key(&self, wanted: Concept) -> bool {
        self.get(&[wanted]).is_some_and(|column| column.filled > 0 && column.uniqueness() > 0.95)
    }
}

/// Whether the values bear the heading out. A handful of rows may hold a slip or two.
fn mostly(column: &ColumnProfile, rate: f64) -> bool {
    rate >= if column.filled < 50 { 0.6 } else { 0.9 }
}

/// The concept of a column, unless its values speak against it.
fn believed(column: &ColumnProfile) -> Option<Concept> {
    use Concept as C;
    let found = concept(&column.heading)?;
    let fits = match found {
        C::SaleDate | C::Date | C::ReturnDate | C::MovementDate | C::OpenDate | C::CloseDate => {
            mostly(column, column.date_rate()) || column.filled == 0
        }
        C::Joined | C::OtherDate => mostly(column, column.date_rate()),
        C::Quantity | C::ReturnQuantity | C::Price | C::LineAmount | C::UnitCost | C::ListPrice => {
            mostly(column, column.number_rate()) || column.filled == 0
        }
        C::OnHand
        | C::OnOrder
        | C::Reorder
        | C::Discount
        | C::Tax
        | C::Profit
        | C::FloorArea
        | C::PackQty => mostly(column, column.number_rate()),
        C::LineNo => column.whole_rate() >= 0.99,
        C::Email => column.words.addresses * 10 >= column.filled * 8,
        C::Consent => column.words.yes_no,
        _ => true,
    };
    match found {
        // `segment`, `level` and the like are words; numbers under them are something else.
        _ if fits => Some(found),
        // A price-like heading over texts says nothing, but the date may be one of another kind.
        _ => None,
    }
}

/// Decides what each file is.
pub(super) fn classify(sheets: &mut [Sheet<'_>]) {
    let kinds: Vec<Kind> = sheets
        .iter()
        .map(|sheet| match dictionary_of(sheet, sheets) {
            Some(reason) => Kind::Useless(reason),
            None => named::entity(sheet.profile).map_or_else(|| kind(sheet), Kind::Named),
        })
        .collect();
    for (sheet, kind) in sheets.iter_mut().zip(kinds) {
        sheet.kind = kind;
    }
    // The article list says `id` where the sales say `product id`: values that are shared decide.
    adopt_plain_keys(sheets);
}

/// Whether the file explains the columns of another one.
fn dictionary_of(sheet: &Sheet<'_>, sheets: &[Sheet<'_>]) -> Option<String> {
    if sheet.profile.columns.len() > 5 {
        return None;
    }
    let rows = sheet.profile.sample.len();
    for other in sheets.iter().filter(|other| other.index != sheet.index) {
        let headings: Vec<String> =
            other.profile.headings().iter().map(|heading| normalise(heading)).collect();
        for column in 0..sheet.profile.columns.len() {
            let value = |row: usize| normalise(sheet.profile.sample.value(row, column));
            let hits = (0..rows).filter(|row| headings.contains(&value(*row))).count();
            if hits >= 2 && hits * 10 >= rows * 6 {
                let file = other.profile.input.label.rsplit('/').next().unwrap_or_default();
                return Some(format!(
                    "a data dictionary: {hits} of its {rows} rows name columns of `{file}`"
                ));
            }
        }
    }
    None
}

fn kind(sheet: &Sheet<'_>) -> Kind {
    use Concept as C;
    let article = sheet.has(&[C::ProductId]);
    let named = article || sheet.has(&[C::ProductName]);
    let dated = sheet.has(&[C::SaleDate, C::Date, C::MovementDate]);
    let counted = sheet.has(&[C::Quantity]);
    let money = sheet.has(&[C::LineAmount, C::Price]);
    let described = sheet.count(&[
        C::Category,
        C::CategoryId,
        C::Subcategory,
        C::SubcategoryId,
        C::UnitCost,
        C::Price,
        C::ListPrice,
        C::Brand,
    ]);
    if named
        && sheet.has(&[C::ReturnDate, C::ReturnQuantity])
        && sheet.has(&[C::ReturnDate, C::SaleDate, C::Date])
    {
        return Kind::Returns;
    }
    let moves = sheet.has(&[C::MovementId, C::Kind, C::MovementDate]);
    if article && dated && counted && !money && moves && sheet.has(&[C::Kind]) {
        return Kind::StockMovements;
    }
    if named && dated && (counted || money) && !sheet.has(&[C::OnHand]) {
        return Kind::Sales;
    }
    if article && sheet.has(&[C::OnHand]) && described == 0 {
        return Kind::StockLevels;
    }
    if sheet.is_key(C::ProductId) && (described > 0 || sheet.has(&[C::ProductName, C::Name, C::Description]))
    {
        return Kind::Products;
    }
    let person = [
        C::CustomerName,
        C::Email,
        C::FirstName,
        C::LastName,
        C::Name,
        C::Joined,
        C::Tier,
        C::Segment,
        C::Phone,
    ];
    if sheet.is_key(C::CustomerId) && sheet.count(&person) > 0 {
        return Kind::Customers;
    }
    let place = [C::StoreName, C::Name, C::City, C::OpenDate, C::Region, C::Country, C::State];
    if sheet.is_key(C::StoreId) && sheet.count(&place) > 0 {
        return Kind::Stores;
    }
    leftover(sheet)
}

/// A calendar, a list of keys and names, or nothing that is understood.
fn leftover(sheet: &Sheet<'_>) -> Kind {
    use Concept as C;
    let keys = [C::TerritoryId, C::CategoryId, C::SubcategoryId, C::Id];
    if keys.iter().any(|key| sheet.is_key(*key))
        && sheet.has(&[C::Country, C::Region, C::Category, C::Subcategory, C::Name])
    {
        return Kind::Reference;
    }
    let days =
        sheet.profile.columns.iter().filter(|column| column.date_rate() > 0.95 && column.uniqueness() > 0.95);
    let others =
        sheet.concepts.iter().flatten().filter(|found| !matches!(found, C::Date | C::OtherDate | C::Name));
    if days.count() > 0 && others.count() == 0 {
        return Kind::Useless("a calendar: Confect makes its own".to_owned());
    }
    Kind::Useless(
        "not understood: no known set of headings, such as date, article and quantity; left unmapped"
            .to_owned(),
    )
}

/// Files whose key is called plainly `id`: the key of the one entity whose other headings they have.
fn adopt_plain_keys(sheets: &mut [Sheet<'_>]) {
    use Concept as C;
    for sheet in sheets.iter_mut() {
        let Some(id) = sheet.find(&[C::Id]) else { continue };
        let unique = sheet.column(id).is_some_and(|column| column.uniqueness() > 0.95);
        if !unique || !matches!(sheet.kind, Kind::Useless(_) | Kind::Reference) {
            continue;
        }
        let guess = match () {
            () if sheet.count(&[C::Email, C::FirstName, C::Joined, C::Tier, C::Phone, C::CustomerName])
                > 0 =>
            {
                C::CustomerId
            }
            () if sheet.count(&[C::Price, C::UnitCost, C::Category, C::ProductName, C::Brand]) > 1 => {
                C::ProductId
            }
            () if sheet.count(&[C::OpenDate, C::StoreName, C::FloorArea]) > 0 => C::StoreId,
            () => continue,
        };
        if let Some(held) = sheet.concepts.get_mut(id) {
            *held = Some(guess);
        }
        sheet.kind = kind(sheet);
    }
}
