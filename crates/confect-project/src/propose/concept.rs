//! Words of a heading → what the column says, as far as the heading alone can tell.

use super::words::{Word, words};

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Concept {
    Brand,
    Category,
    CategoryId,
    Channel,
    City,
    CloseDate,
    Consent,
    Country,
    Currency,
    CustomerId,
    CustomerName,
    Date,
    Description,
    Discount,
    Email,
    Favourite,
    FirstName,
    FloorArea,
    Id,
    InvoiceNo,
    Joined,
    Kind,
    LastName,
    LineAmount,
    LineNo,
    ListPrice,
    MovementDate,
    MovementId,
    Name,
    OnHand,
    OnOrder,
    OpenDate,
    OtherDate,
    PackQty,
    Phone,
    Postcode,
    Price,
    ProductId,
    ProductName,
    ProductText,
    Profit,
    PurchaseOrder,
    Quantity,
    Region,
    Reorder,
    ReturnDate,
    ReturnQuantity,
    RowNo,
    SaleDate,
    Segment,
    State,
    StoreId,
    StoreName,
    Subcategory,
    SubcategoryId,
    Supplier,
    Tax,
    TerritoryId,
    Tier,
    UnitCost,
}

/// What a heading says, if it says anything.
pub(super) fn concept(heading: &str) -> Option<Concept> {
    let words = words(heading);
    let set = Set(&words);
    // A stranger among general words changes their meaning: `model name`, `total children`.
    let strange = set.has(Word::Unknown);
    match specific(set, strange) {
        Some(settled) => settled,
        None if strange => None,
        None => general(set),
    }
}

#[derive(Clone, Copy)]
struct Set<'a>(&'a [Word]);

impl Set<'_> {
    fn has(self, word: Word) -> bool {
        self.0.contains(&word)
    }

    fn any(self, words: &[Word]) -> bool {
        words.iter().any(|word| self.has(*word))
    }

    /// Whether there are no other words than these.
    fn only(self, words: &[Word]) -> bool {
        !self.0.is_empty() && self.0.iter().all(|word| words.contains(word))
    }
}

/// Words that settle the matter whatever stands beside them; `Some(None)`: settled, and of no use.
fn specific(set: Set<'_>, strange: bool) -> Option<Option<Concept>> {
    use Concept as C;
    let is_id = set.has(Word::Id);
    Some(Some(match () {
        () if set.has(Word::Email) => C::Email,
        () if set.has(Word::Phone) => C::Phone,
        () if set.has(Word::Birth) => return Some(None),
        () if set.any(&[Word::Ship]) => {
            return Some(set.any(&[Word::Date, Word::Time]).then_some(C::OtherDate));
        }
        () if set.has(Word::Return) => return Some(of_return(set)),
        () if set.any(&[Word::Reorder]) => C::Reorder,
        () if set.has(Word::Favourite) => return Some(set.has(Word::Category).then_some(C::Favourite)),
        () if set.has(Word::FirstName) || (set.has(Word::First) && set.has(Word::Name)) => C::FirstName,
        () if set.has(Word::LastName) || (set.has(Word::Last) && set.has(Word::Name)) => C::LastName,
        () if set.has(Word::Tier) && !strange => C::Tier,
        () if set.has(Word::Segment) => C::Segment,
        () if set.has(Word::Consent) => C::Consent,
        () if set.has(Word::Joined) => C::Joined,
        () if set.has(Word::Subcategory) || (set.has(Word::Sub) && set.has(Word::Category)) => {
            if is_id {
                C::SubcategoryId
            } else {
                C::Subcategory
            }
        }
        () if set.has(Word::Category) => {
            if is_id {
                C::CategoryId
            } else {
                C::Category
            }
        }
        () if set.has(Word::Supplier) => C::Supplier,
        () if set.has(Word::Brand) => C::Brand,
        () if set.has(Word::Channel) => C::Channel,
        () if set.has(Word::Currency) => C::Currency,
        () if set.has(Word::Open) && set.any(&[Word::Date, Word::Store]) => C::OpenDate,
        () if set.has(Word::Close) && set.any(&[Word::Date, Word::Store]) => C::CloseDate,
        () if set.has(Word::Territory) => return Some(is_id.then_some(C::TerritoryId)),
        () if set.has(Word::Country) => C::Country,
        () if set.has(Word::Postcode) && !strange => C::Postcode,
        () if set.has(Word::City) && !strange => C::City,
        () if set.has(Word::Region) && !strange => C::Region,
        () if set.has(Word::State) && !strange => C::State,
        () if set.has(Word::Discount) => C::Discount,
        () if set.has(Word::Tax) => C::Tax,
        () if set.has(Word::Profit) => C::Profit,
        () if set.has(Word::Purchase) => {
            return Some(set.any(&[Word::Order, Word::Id]).then_some(C::PurchaseOrder));
        }
        () if set.has(Word::Cost) => {
            return Some((!set.any(&[Word::Amount, Word::Ship])).then_some(C::UnitCost));
        }
        () => return None,
    }))
}

fn of_return(set: Set<'_>) -> Option<Concept> {
    match () {
        () if set.any(&[Word::Date, Word::Time]) => Some(Concept::ReturnDate),
        () if set.has(Word::Quantity) => Some(Concept::ReturnQuantity),
        () if set.has(Word::Id) => Some(Concept::InvoiceNo),
        () => None,
    }
}

/// Words that mean something only where no stranger stands beside them.
fn general(set: Set<'_>) -> Option<Concept> {
    use Concept as C;
    let sale = set.any(&[Word::Order, Word::Sale]);
    Some(match () {
        () if set.has(Word::Row) => C::RowNo,
        () if set.has(Word::Line) && !set.any(&[Word::Amount, Word::Price, Word::Quantity, Word::Text]) => {
            C::LineNo
        }
        () if set.has(Word::Price) && set.has(Word::Amount) => C::LineAmount,
        () if set.has(Word::ListPrice) => C::ListPrice,
        () if set.has(Word::Price) => C::Price,
        () if set.any(&[Word::Stock, Word::Count]) && set.any(&[Word::Date, Word::Time]) => C::OtherDate,
        () if set.has(Word::Ordered) => C::OnOrder,
        () if set.has(Word::Pack) => C::PackQty,
        () if set.has(Word::Stock) && set.any(&[Word::Movement]) => return movement(set),
        () if set.has(Word::Stock) && set.has(Word::Threshold) => C::Reorder,
        () if set.has(Word::Hand)
            || (set.has(Word::Stock) && !set.any(&[Word::Id, Word::Name, Word::Text, Word::Amount])) =>
        {
            C::OnHand
        }
        () if set.has(Word::Stock) && set.has(Word::Id) => C::ProductId,
        () if set.has(Word::Quantity) => C::Quantity,
        () if set.has(Word::Amount) || set.only(&[Word::Sale]) => C::LineAmount,
        () if set.has(Word::Movement) => return movement(set),
        () if set.any(&[Word::Date, Word::Time]) && sale => C::SaleDate,
        () if set.only(&[Word::Date, Word::Time]) => C::Date,
        () if set.any(&[Word::Date, Word::Time]) => C::OtherDate,
        () if set.has(Word::Size) => C::FloorArea,
        () => return names_and_keys(set, sale),
    })
}

fn movement(set: Set<'_>) -> Option<Concept> {
    match () {
        () if set.has(Word::Type) => Some(Concept::Kind),
        () if set.any(&[Word::Date, Word::Time]) => Some(Concept::MovementDate),
        () if set.has(Word::Id) => Some(Concept::MovementId),
        () => None,
    }
}

fn names_and_keys(set: Set<'_>, sale: bool) -> Option<Concept> {
    use Concept as C;
    let (is_id, is_name) = (set.has(Word::Id), set.has(Word::Name));
    Some(match () {
        () if set.has(Word::Product) && is_name => C::ProductName,
        () if set.has(Word::Product) && set.has(Word::Text) => C::ProductText,
        () if set.only(&[Word::Product, Word::Id]) && set.has(Word::Product) => C::ProductId,
        () if set.has(Word::Customer) && is_name => C::CustomerName,
        () if set.only(&[Word::Customer, Word::Id]) && set.has(Word::Customer) => C::CustomerId,
        () if set.has(Word::Store) && is_name => C::StoreName,
        () if set.only(&[Word::Store, Word::Id]) && set.has(Word::Store) => C::StoreId,
        () if sale && set.only(&[Word::Order, Word::Sale, Word::Id]) => C::InvoiceNo,
        () if set.has(Word::Type) => C::Kind,
        () if set.only(&[Word::Name]) => C::Name,
        () if set.only(&[Word::Text]) => C::Description,
        () if is_id && set.only(&[Word::Id]) => C::Id,
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Concept as C;

    #[test]
    fn headings_in_six_languages_say_what_they_say() {
        let cases: [(Option<Concept>, &[&str]); 23] = [
            (
                Some(C::ProductId),
                &[
                    "ProductKey",
                    "stock_code",
                    "StockCode",
                    "Artikelnummer",
                    "Artikel-Nr.",
                    "code article",
                    "Código de producto",
                    "codice articolo",
                    "artikelnr",
                    "SKU",
                    "Product ID",
                ],
            ),
            (
                Some(C::CustomerId),
                &[
                    "CustomerID",
                    "Kundennr",
                    "Kundennummer",
                    "numéro client",
                    "Cliente",
                    "klantnummer",
                    "customer_id",
                ],
            ),
            (
                Some(C::InvoiceNo),
                &[
                    "InvoiceNo",
                    "Order ID",
                    "Sale_ID",
                    "transaction_id",
                    "Belegnummer",
                    "Rechnungsnr",
                    "numéro de facture",
                    "factuurnummer",
                    "numero scontrino",
                    "OrderNumber",
                ],
            ),
            (
                Some(C::SaleDate),
                &[
                    "OrderDate",
                    "Invoice Date",
                    "Bestelldatum",
                    "Rechnungsdatum",
                    "date de commande",
                    "fecha de venta",
                    "data ordine",
                    "verkoopdatum",
                ],
            ),
            (
                Some(C::Quantity),
                &[
                    "Units",
                    "OrderQuantity",
                    "Menge",
                    "Anzahl",
                    "Stückzahl",
                    "quantité",
                    "cantidad",
                    "quantità",
                    "aantal",
                ],
            ),
            (
                Some(C::Price),
                &[
                    "UnitPrice",
                    "Einzelpreis",
                    "prix unitaire",
                    "Precio unitario",
                    "prezzo unitario",
                    "stuksprijs",
                    "Price",
                ],
            ),
            (
                Some(C::LineAmount),
                &[
                    "revenue",
                    "Sales",
                    "Umsatz",
                    "Betrag",
                    "montant",
                    "importe",
                    "importo",
                    "bedrag",
                    "Total Price",
                    "line total",
                ],
            ),
            (Some(C::LineNo), &["OrderLineItem", "Positionsnr", "line_no", "ligne"]),
            (Some(C::RowNo), &["Row ID"]),
            (
                Some(C::ProductName),
                &[
                    "Product Name",
                    "Artikelbezeichnung",
                    "nom du produit",
                    "nombre del producto",
                    "productnaam",
                ],
            ),
            (Some(C::StoreId), &["Store_ID", "Filiale", "Filialnr", "shop", "magasin", "tienda", "winkel"]),
            (Some(C::OnHand), &["Stock_On_Hand", "current_stock", "stock_quantity", "Lagerbestand"]),
            (Some(C::Reorder), &["reorder_threshold", "Meldebestand", "Reorder Point"]),
            (Some(C::UnitCost), &["cost_per_unit", "ProductCost", "Einkaufspreis"]),
            (Some(C::Subcategory), &["Sub-Category", "SubcategoryName", "Unterkategorie"]),
            (Some(C::SubcategoryId), &["ProductSubcategoryKey"]),
            (Some(C::TerritoryId), &["SalesTerritoryKey", "TerritoryKey"]),
            (Some(C::ReturnQuantity), &["ReturnQuantity"]),
            (Some(C::OtherDate), &["StockDate", "Ship Date", "Lieferdatum"]),
            (Some(C::Kind), &["change_type", "Bewegungsart"]),
            (Some(C::PurchaseOrder), &["purchase_order_id"]),
            (Some(C::Postcode), &["Postal Code", "Postcode", "Postleitzahl", "PLZ"]),
            (
                None,
                &[
                    "ModelName",
                    "TotalChildren",
                    "ProductColor",
                    "BirthDate",
                    "total_purchases",
                    "AnnualIncome",
                    "Ship Mode",
                    "Store_Location",
                    "HomeOwner",
                    "",
                    "  ",
                ],
            ),
        ];
        for (expected, headings) in cases {
            for heading in headings {
                assert_eq!(concept(heading), expected, "{heading}");
            }
        }
    }
}
