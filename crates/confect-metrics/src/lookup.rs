//! The questions that are no metrics: a filter's members, one customer, the span of the data, and SQL
//! of the viewer's own.

use confect_domain::{Permission, TableContract};

use crate::access::{Access, AuthorisedQuery, ColumnRole, ResultColumn};
use crate::catalogue::Catalogue;
use crate::compile::find_dimension;
use crate::error::MetricError;
use crate::sql;

/// How many bytes of SQL a viewer may send.
pub const MAX_SQL_BYTES: usize = 64 * 1024;

/// The table with one row per customer.
const CUSTOMER_TABLE: &str = "single_customer_view";
/// The fact whose days are the span of the data.
const SALES_TABLE: &str = "fact_sales";

/// Which rows about a customer come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerOrder {
    /// The largest in these columns.
    Latest([&'static str; 2]),
    /// The smallest in this column.
    First(&'static str),
}

impl Catalogue {
    /// The values of a dimension that the viewer may see, sorted, without nulls and without the
    /// unknown member; at most `limit`, in one column named as the dimension.
    ///
    /// `search` keeps values that contain it, whatever the case; blank text keeps all.
    ///
    /// # Errors
    /// An unknown dimension, or a NUL in `search`.
    pub fn authorise_members(
        &self,
        dimension: &str,
        search: Option<&str>,
        limit: u32,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        let dimension = find_dimension(self, dimension)?;
        let (column, name) = (sql::identifier(&dimension.column), sql::identifier(&dimension.id));
        let mut conditions = vec![format!("{column} is not null")];
        if let Some(key) = self.contract(&dimension.table).and_then(|contract| contract.key.first()) {
            conditions.push(format!("{} <> 0", sql::identifier(key)));
        }
        if let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) {
            // Not `like`: its `%` and `_` would have to be escaped a second way.
            let wanted = sql::literal(&search.to_lowercase())?;
            conditions.push(format!("strpos(lower({column}), {wanted}) > 0"));
        }
        let text = format!(
            "select distinct {column} as {name}\nfrom {}\nwhere {}\norder by {name} asc\nlimit {limit}",
            sql::identifier(&dimension.table),
            conditions.join(" and ")
        );
        let role = ColumnRole::Dimension(dimension.id.clone());
        let columns = vec![ResultColumn { name: dimension.id.clone(), role }];
        Ok(AuthorisedQuery::compiled(text, columns, access))
    }

    /// The row of one customer in `single_customer_view`: no row if there is none or it is hidden.
    ///
    /// # Errors
    /// No such table in the project, or a NUL in the id.
    pub fn authorise_customer(
        &self,
        customer_id: &str,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        self.needs_table(CUSTOMER_TABLE)?;
        let text = format!(
            "select *\nfrom {}\nwhere {} = {}",
            sql::identifier(CUSTOMER_TABLE),
            sql::identifier("customer_id"),
            sql::literal(customer_id)?
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// At most `limit` rows about one customer of another table that has a `customer_id`.
    ///
    /// # Errors
    /// No such table in the project, or a NUL in the id.
    pub fn authorise_customer_rows(
        &self,
        table: &'static str,
        customer_id: &str,
        order: CustomerOrder,
        limit: u32,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        self.needs_table(table)?;
        let order = match order {
            CustomerOrder::Latest(columns) => {
                columns.map(|name| format!("{} desc", sql::identifier(name))).join(", ")
            }
            CustomerOrder::First(column) => format!("{} asc", sql::identifier(column)),
        };
        let text = format!(
            "select *\nfrom {}\nwhere {} = {}\norder by {order}\nlimit {limit}",
            sql::identifier(table),
            sql::identifier("customer_id"),
            sql::literal(customer_id)?
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// Ids of customers that the viewer may see and that are at most two slips away from `customer_id`, the
    /// nearest first, at most three, in one column.
    ///
    /// # Errors
    /// No such table in the project, or a NUL in the id.
    pub fn authorise_near_customers(
        &self,
        customer_id: &str,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        self.needs_table(CUSTOMER_TABLE)?;
        let (id, wanted) = (sql::identifier("customer_id"), sql::literal(&customer_id.to_lowercase())?);
        let text = format!(
            "select {id}\nfrom {}\nwhere levenshtein(lower({id}), {wanted}) <= 2\norder by levenshtein(lower({id}), {wanted}) asc, {id} asc\nlimit 3",
            sql::identifier(CUSTOMER_TABLE)
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// One row with `data_from` and `data_to`, the first and the last day with a sale that the viewer
    /// may see; both null without any.
    ///
    /// # Errors
    /// No table `fact_sales` in the project.
    pub fn authorise_data_span(&self, access: &Access) -> Result<AuthorisedQuery, MetricError> {
        self.needs_table(SALES_TABLE)?;
        let day = sql::identifier(self.contract(SALES_TABLE).map_or("", TableContract::day_column));
        let text = format!(
            "select min({day}) as \"data_from\", max({day}) as \"data_to\"\nfrom {}",
            sql::identifier(SALES_TABLE)
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    fn needs_table(&self, table: &str) -> Result<(), MetricError> {
        match self.contract(table) {
            Some(_) => Ok(()),
            None => Err(MetricError::TableMissing { table: table.to_owned() }),
        }
    }
}

/// SQL of the viewer's own, as it was typed. Which statements may run is the warehouse's to guard.
///
/// # Errors
/// Without [`Permission::SqlRun`], for blank text, and above [`MAX_SQL_BYTES`].
pub fn authorise_sql(text: &str, access: &Access) -> Result<AuthorisedQuery, MetricError> {
    // The permission first: a viewer without it learns nothing else.
    if !access.may(Permission::SqlRun) {
        return Err(MetricError::SqlNotAllowed { viewer: access.viewer().to_owned() });
    }
    if text.len() > MAX_SQL_BYTES {
        return Err(MetricError::SqlTooLong { bytes: text.len(), limit: MAX_SQL_BYTES });
    }
    if text.trim().is_empty() {
        return Err(MetricError::EmptySql);
    }
    if text.contains('\0') {
        return Err(MetricError::NulInValue);
    }
    Ok(AuthorisedQuery::adhoc(text.to_owned(), access))
}
