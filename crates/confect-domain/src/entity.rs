//! What a source may deliver: the contract entities of a retailer (docs: warehouse contract).
//!
//! A source maps its columns onto the columns of one entity. Required columns must be mapped and
//! filled; a row that misses one is set aside. Everything else may be absent.

/// The kind of thing that one row of a source describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// Line of a receipt or invoice.
    SaleLines,
    /// Article.
    Products,
    /// Customer of the CRM.
    Customers,
    /// Shop, site or web shop.
    Stores,
    /// Article × store × moment counted.
    StockLevels,
    /// Movement of stock.
    StockMovements,
    /// Supplier.
    Suppliers,
    /// Posting of the books.
    LedgerEntries,
    /// Points event of the loyalty scheme.
    LoyaltyEvents,
    /// Metric × period × scope.
    Targets,
    /// Event × day.
    CalendarEvents,
    /// Day × currency.
    ExchangeRates,
}

/// How a field's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Any text; blanks at both ends are cut; empty is null. `Utf8`.
    Text,
    /// An identifier: text, never a number; `17850.0` reads `17850`; scientific notation is refused. `Utf8`.
    Key,
    /// A whole number. `Int64`.
    Integer,
    /// An exact decimal. `Decimal128(18, 4)`.
    Decimal,
    /// A fraction, usually 0-1. `Decimal128(18, 4)`.
    Rate,
    /// A day. `Date32`.
    Date,
    /// A moment; stored in UTC. `Timestamp(Microsecond, None)`.
    Timestamp,
    /// Yes or no. `Boolean`.
    Boolean,
    /// One of these words, whatever its case; blanks and `-` read as `_`. `Utf8`.
    Word(&'static [&'static str]),
    /// A named period such as `2026-03`, see [`crate::Period::named`]. `Utf8`, as it is written.
    Period,
    /// A positive number with up to ten places, such as an exchange rate. `Utf8`, with a decimal point.
    Factor,
}

/// One column of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityColumn {
    /// Name of the column in the staging table.
    pub name: &'static str,
    /// How its text is read.
    pub field_type: FieldType,
    /// Whether a row without it is set aside.
    pub required: bool,
    /// Whether it says something about a person (masked in logs).
    pub personal: bool,
}

const fn column(name: &'static str, field_type: FieldType) -> EntityColumn {
    EntityColumn { name, field_type, required: false, personal: false }
}

const fn required(name: &'static str, field_type: FieldType) -> EntityColumn {
    EntityColumn { name, field_type, required: true, personal: false }
}

const fn personal(name: &'static str, field_type: FieldType) -> EntityColumn {
    EntityColumn { name, field_type, required: false, personal: true }
}

impl Entity {
    /// Every entity, in the order in which they are documented.
    pub const ALL: [Self; 12] = [
        Self::SaleLines,
        Self::Products,
        Self::Customers,
        Self::Stores,
        Self::StockLevels,
        Self::StockMovements,
        Self::Suppliers,
        Self::LedgerEntries,
        Self::LoyaltyEvents,
        Self::Targets,
        Self::CalendarEvents,
        Self::ExchangeRates,
    ];

    /// Whether a delivery tells what holds at its time: the same line in a later delivery is no double
    /// export but says that nothing changed, or that it changed back.
    pub const fn is_state(self) -> bool {
        matches!(self, Self::Products | Self::Customers | Self::Stores | Self::Suppliers | Self::StockLevels)
    }

    /// Whether its days may lie in the future.
    pub const fn looks_ahead(self) -> bool {
        matches!(self, Self::Stores | Self::Targets | Self::CalendarEvents)
    }

    /// The name used in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SaleLines => "sale_lines",
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Stores => "stores",
            Self::StockLevels => "stock_levels",
            Self::StockMovements => "stock_movements",
            Self::Suppliers => "suppliers",
            Self::LedgerEntries => "ledger_entries",
            Self::LoyaltyEvents => "loyalty_events",
            Self::Targets => "targets",
            Self::CalendarEvents => "calendar_events",
            Self::ExchangeRates => "exchange_rates",
        }
    }

    /// The entity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }

    /// The columns of the entity, in table order.
    pub const fn columns(self) -> &'static [EntityColumn] {
        match self {
            Self::SaleLines => SALE_LINES,
            Self::Products => PRODUCTS,
            Self::Customers => CUSTOMERS,
            Self::Stores => STORES,
            Self::StockLevels => STOCK_LEVELS,
            Self::StockMovements => STOCK_MOVEMENTS,
            Self::Suppliers => SUPPLIERS,
            Self::LedgerEntries => LEDGER_ENTRIES,
            Self::LoyaltyEvents => LOYALTY_EVENTS,
            Self::Targets => TARGETS,
            Self::CalendarEvents => CALENDAR_EVENTS,
            Self::ExchangeRates => EXCHANGE_RATES,
        }
    }

    /// The column that tells members apart, of entities whose rows each describe one member: a list of
    /// articles, customers or shops. `None` where rows are events or counts.
    pub const fn member_key(self) -> Option<&'static str> {
        match self {
            Self::Products => Some("stock_code"),
            Self::Customers => Some("customer_id"),
            Self::Stores => Some("store_id"),
            _ => None,
        }
    }

    /// The column that says when a row happened, of entities whose rows are events or counts.
    pub const fn moment(self) -> Option<&'static str> {
        match self {
            Self::SaleLines => Some("sold_at"),
            Self::StockMovements => Some("moved_at"),
            Self::StockLevels => Some("as_of"),
            _ => None,
        }
    }

    /// The column of that name.
    pub fn column(self, name: &str) -> Option<&'static EntityColumn> {
        self.columns().iter().find(|column| column.name == name)
    }
}

use FieldType::{Boolean, Date, Decimal, Factor, Integer, Key, Period, Rate, Text, Timestamp, Word};

/// Kinds of stock movements.
pub const MOVEMENT_KINDS: &[&str] = &["receipt", "sale", "return", "write_off", "transfer", "count"];

/// Accounts of the ledger, as the profit and loss statement groups them.
pub const LEDGER_ACCOUNTS: &[&str] = &[
    "payroll",
    "rent",
    "utilities",
    "marketing",
    "admin",
    "payment_fees",
    "delivery",
    "packaging",
    "depreciation",
    "interest",
    "tax",
    "other_income",
];

/// Kinds of points events.
pub const LOYALTY_KINDS: &[&str] = &["earn", "redeem", "expire"];

/// Kinds of events in the calendar.
pub const EVENT_KINDS: &[&str] = &["holiday", "promotion", "campaign", "closure"];

const SALE_LINES: &[EntityColumn] = &[
    required("invoice_no", Key),
    column("line_no", Integer),
    required("sold_at", Timestamp),
    required("stock_code", Key),
    column("description", Text),
    required("quantity", Decimal),
    column("unit_price", Decimal),
    column("line_amount", Decimal),
    column("discount_rate", Rate),
    column("discount_amount", Decimal),
    column("tax_amount", Decimal),
    column("unit_cost", Decimal),
    column("customer_id", Key),
    column("store_id", Key),
    column("channel", Text),
    column("country", Text),
    column("currency", Text),
];

const PRODUCTS: &[EntityColumn] = &[
    required("stock_code", Key),
    column("description", Text),
    column("category", Text),
    column("subcategory", Text),
    column("brand", Text),
    column("supplier", Text),
    column("unit_cost", Decimal),
    column("list_price", Decimal),
    column("pack_qty", Integer),
    column("shelf_life_days", Integer),
    column("lead_time_days", Integer),
    column("reorder_point", Decimal),
    column("is_merchandise", Boolean),
    column("valid_from", Date),
];

const CUSTOMERS: &[EntityColumn] = &[
    required("customer_id", Key),
    personal("name", Text),
    personal("email", Text),
    personal("phone", Text),
    column("country", Text),
    column("region", Text),
    column("city", Text),
    personal("postcode", Text),
    column("joined_date", Date),
    column("loyalty_tier", Text),
    column("segment", Text),
    column("consent_marketing", Boolean),
    column("favourite_category", Text),
    column("valid_from", Date),
];

const STORES: &[EntityColumn] = &[
    required("store_id", Key),
    column("name", Text),
    column("region", Text),
    column("country", Text),
    column("opened_date", Date),
    column("closed_date", Date),
    column("floor_area_m2", Decimal),
];

const STOCK_LEVELS: &[EntityColumn] = &[
    required("stock_code", Key),
    column("store_id", Key),
    column("as_of", Timestamp),
    required("on_hand_qty", Decimal),
    column("on_order_qty", Decimal),
    column("reorder_point", Decimal),
];

const STOCK_MOVEMENTS: &[EntityColumn] = &[
    required("movement_id", Key),
    required("moved_at", Timestamp),
    required("stock_code", Key),
    column("store_id", Key),
    required("kind", Word(MOVEMENT_KINDS)),
    required("quantity", Decimal),
    column("purchase_order_no", Key),
];

const SUPPLIERS: &[EntityColumn] = &[
    required("supplier", Text),
    column("lead_time_days", Decimal),
    column("lead_time_sd_days", Decimal),
    column("min_order_qty", Decimal),
];

const LEDGER_ENTRIES: &[EntityColumn] = &[
    required("entry_id", Key),
    required("posted_date", Date),
    required("account", Word(LEDGER_ACCOUNTS)),
    required("amount", Decimal),
    column("store_id", Key),
];

const LOYALTY_EVENTS: &[EntityColumn] = &[
    required("event_id", Key),
    required("customer_id", Key),
    required("occurred_at", Timestamp),
    required("kind", Word(LOYALTY_KINDS)),
    required("points", Decimal),
];

const TARGETS: &[EntityColumn] = &[
    required("metric", Text),
    required("period", Period),
    required("value", Decimal),
    column("scope_column", Text),
    column("scope_value", Text),
];

const CALENDAR_EVENTS: &[EntityColumn] =
    &[required("date", Date), required("name", Text), column("kind", Word(EVENT_KINDS))];

const EXCHANGE_RATES: &[EntityColumn] =
    &[required("date", Date), required("currency", Text), required("rate", Factor)];
