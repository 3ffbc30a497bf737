//! The retail catalogue, small and in code, for the tests of this crate.

use confect_domain::{ColumnContract, ColumnType, Entity, ForeignKey, Layer, TableAccess, TableContract};
use confect_metrics::{
    Additivity, Aggregate, Catalogue, Condition, Dimension, Direction, Expression, Literal, Measure, Metric,
    MetricError, Unit,
};

/// The parts of a catalogue, to be changed by a test before they are checked.
pub(crate) struct Parts {
    pub(crate) measures: Vec<Measure>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) contracts: Vec<TableContract>,
}

impl Parts {
    pub(crate) fn check(self) -> Result<Catalogue, Vec<MetricError>> {
        Catalogue::new(self.measures, self.metrics, self.dimensions, self.contracts)
    }
}

/// Two facts, a stock fact without a customer, and three dimensions.
pub(crate) fn parts() -> Parts {
    let merchandise = Some(Condition { column: "is_merchandise".into(), value: Literal::Boolean(true) });
    Parts {
        measures: vec![
            measure("revenue", "fact_sales", Aggregate::Sum, Some("revenue"), None),
            measure("returns_value", "fact_returns", Aggregate::Sum, Some("revenue"), None),
            measure(
                "order_count",
                "fact_sales",
                Aggregate::CountDistinct,
                Some("invoice_no"),
                merchandise.clone(),
            ),
            measure("units_sold", "fact_sales", Aggregate::Sum, Some("quantity"), merchandise),
            measure("customer_count", "fact_sales", Aggregate::CountDistinct, Some("customer_id"), None),
            measure("line_count", "fact_sales", Aggregate::Count, None, None),
            measure("moved", "fact_stock_movements", Aggregate::Sum, Some("quantity"), None),
            measure("last_moved", "fact_stock_movements", Aggregate::ClosingSum, Some("quantity"), None),
        ],
        metrics: vec![
            metric("net_sales", "revenue - returns_value", Unit::Money),
            metric("orders", "order_count", Unit::Count),
            metric("aov", "net_sales / orders", Unit::Money),
            metric("units", "units_sold", Unit::Quantity),
            metric("active_customers", "customer_count", Unit::Count),
            metric("returns_rate", "returns_value / revenue", Unit::Rate),
            metric("lines", "line_count", Unit::Count),
            metric("odd", "-(revenue * 0.19) / (orders * 2 + 1) / units_sold", Unit::Rate),
            metric("stock_moved", "moved", Unit::Quantity),
            metric("closing_share", "last_moved / moved", Unit::Rate),
            metric("margin_after_stock", "revenue - moved", Unit::Money),
        ],
        dimensions: vec![
            dimension("country", "dim_country", "country", None),
            dimension("category", "dim_product", "category", Some(Entity::Products)),
            dimension("stock_code", "dim_product", "stock_code", None),
            dimension("loyalty_tier", "dim_customer", "loyalty_tier", Some(Entity::Customers)),
        ],
        contracts: vec![
            fact("fact_sales", &["dim_country", "dim_product", "dim_customer"]),
            fact("fact_returns", &["dim_country", "dim_product", "dim_customer"]),
            fact("fact_stock_movements", &["dim_product"]),
            table("dim_country", "country_key", &["country"]),
            table("dim_product", "product_key", &["stock_code", "category"]),
            table("dim_customer", "customer_key", &["customer_id", "loyalty_tier"]),
            table("single_customer_view", "customer_key", &["customer_id"]),
        ],
    }
}

pub(crate) fn metric(id: &str, expression: &str, unit: Unit) -> Metric {
    Metric {
        id: id.into(),
        name: id.into(),
        definition: String::new(),
        expression: Expression::parse(expression).expect("an expression"),
        unit,
        additivity: Additivity::NonAdditive,
        good: Direction::Up,
        owner: "Executive".into(),
        grain: "line".into(),
        sources: Vec::new(),
    }
}

pub(crate) fn measure(
    id: &str,
    table: &str,
    aggregate: Aggregate,
    column: Option<&str>,
    only: Option<Condition>,
) -> Measure {
    Measure { id: id.into(), table: table.into(), aggregate, column: column.map(Into::into), only }
}

pub(crate) fn dimension(id: &str, table: &str, column: &str, requires: Option<Entity>) -> Dimension {
    Dimension { id: id.into(), name: id.into(), table: table.into(), column: column.into(), requires }
}

fn column(name: &str, column_type: ColumnType) -> ColumnContract {
    ColumnContract { name: name.into(), column_type, nullable: false, about: String::new() }
}

fn fact(name: &str, dimensions: &[&str]) -> TableContract {
    let mut columns = vec![
        column("invoice_no", ColumnType::Text),
        column("invoice_date", ColumnType::Date),
        column("customer_id", ColumnType::Text),
        column("quantity", ColumnType::Decimal),
        column("revenue", ColumnType::Decimal),
        column("is_merchandise", ColumnType::Boolean),
    ];
    let key = |dimension: &&str| dimension.replace("dim_", "") + "_key";
    columns.extend(dimensions.iter().map(|dimension| column(&key(dimension), ColumnType::Integer)));
    TableContract {
        name: name.into(),
        layer: Layer::Star,
        grain: "one row per line".into(),
        key: vec!["invoice_no".into()],
        order: Vec::new(),
        access: TableAccess::Secured,
        columns,
        foreign_keys: dimensions
            .iter()
            .map(|dimension| ForeignKey { column: key(dimension), references: (*dimension).into() })
            .collect(),
        accepted: Vec::new(),
    }
}

fn table(name: &str, key: &str, texts: &[&str]) -> TableContract {
    let keys = std::iter::once(column(key, ColumnType::Integer));
    TableContract {
        name: name.into(),
        layer: Layer::Star,
        grain: "one row per member".into(),
        key: vec![key.into()],
        order: Vec::new(),
        access: TableAccess::Secured,
        columns: keys.chain(texts.iter().map(|text| column(text, ColumnType::Text))).collect(),
        foreign_keys: Vec::new(),
        accepted: Vec::new(),
    }
}
