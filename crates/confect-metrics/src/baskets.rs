//! The questions that baskets need: the sold lines of a scope, the names of items, and the rules of the mart.
//!
//! A basket is a receipt, an item an article or a group of articles. Lines that are not merchandise (postage,
//! fees, samples) are left out. Deliberately absent: the search itself, and row filters, which travel beside
//! the SQL.

use confect_domain::Period;

use crate::access::{Access, AuthorisedQuery};
use crate::catalogue::Catalogue;
use crate::compile::find_dimension;
use crate::error::MetricError;
use crate::query::Filter;
use crate::sql;

const SALES_TABLE: &str = "fact_sales";
/// The day of a sold line.
const DATE_COLUMN: &str = "invoice_date";
const PRODUCT_TABLE: &str = "dim_product";
/// Stock of every day.
const STOCK_TABLE: &str = "fact_stock_daily";
/// The mart with the rules of all baskets.
pub const RULES_TABLE: &str = "basket_rules";
const ITEMSETS_TABLE: &str = "basket_itemsets";

/// What an item of a basket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemLevel {
    /// One article.
    #[default]
    Article,
    /// All articles of a subcategory.
    Subcategory,
    /// All articles of a category.
    Category,
}

impl ItemLevel {
    /// Every level with its word.
    pub const WORDS: [(&'static str, Self); 3] =
        [("article", Self::Article), ("subcategory", Self::Subcategory), ("category", Self::Category)];

    /// The level that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, level)| *level)
    }

    /// As a person writes it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, level)| *level == self).map_or("article", |(word, _)| word)
    }

    /// The column of `dim_product`.
    fn column(self) -> &'static str {
        match self {
            Self::Article => "stock_code",
            Self::Subcategory => "subcategory",
            Self::Category => "category",
        }
    }
}

/// Which receipts count, and what their items are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasketScope {
    /// What an item is.
    pub level: ItemLevel,
    /// Days that count; `None` for all.
    pub period: Option<Period>,
    /// Months of the year that count, 1 to 12; empty for all.
    pub months: Vec<u8>,
    /// All must hold.
    pub filters: Vec<Filter>,
}

impl Catalogue {
    /// The sold lines of a scope, in any order: `basket`, `item`, `day`, `revenue`, `margin`.
    /// Lines whose article has no item at this level are not among them.
    ///
    /// # Errors
    /// An unknown dimension, one that sales have no key of, a NUL in a value.
    pub fn authorise_baskets(
        &self,
        scope: &BasketScope,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        let product_key = self.key_in_sales(PRODUCT_TABLE, "product")?;
        let mut joins = vec![format!(
            "join {} on {} = {}",
            sql::identifier(PRODUCT_TABLE),
            sql::qualified(PRODUCT_TABLE, &self.key_of(PRODUCT_TABLE)?),
            sql::qualified(SALES_TABLE, &product_key)
        )];
        let item = sql::qualified(PRODUCT_TABLE, scope.level.column());
        let day = sql::qualified(SALES_TABLE, DATE_COLUMN);
        let mut conditions = vec![
            sql::qualified(SALES_TABLE, "is_merchandise"),
            format!("{item} is not null"),
            format!("{} <> 0", sql::qualified(SALES_TABLE, &product_key)),
        ];
        conditions.extend(scope.period.map(|period| sql::within(&day, period)));
        if !scope.months.is_empty() {
            let months: Vec<String> = scope.months.iter().map(u8::to_string).collect();
            conditions.push(format!("date_part('month', {day}) in ({})", months.join(", ")));
        }
        for (number, filter) in scope.filters.iter().enumerate() {
            let dimension = find_dimension(self, &filter.dimension)?;
            let alias = format!("scope_{number}");
            let key = self.key_in_sales(&dimension.table, &dimension.id)?;
            joins.push(format!(
                "join {} as {} on {} = {}",
                sql::identifier(&dimension.table),
                sql::identifier(&alias),
                sql::qualified(&alias, &self.key_of(&dimension.table)?),
                sql::qualified(SALES_TABLE, &key)
            ));
            let values = filter.values.iter().map(String::as_str);
            conditions.push(sql::one_of(&sql::qualified(&alias, &dimension.column), values)?);
        }
        let text = format!(
            "select {} as \"basket\", {item} as \"item\", {day} as \"day\", {} as \"revenue\", {} as \"margin\"\n\
             from {}\n{}\nwhere {}",
            sql::qualified(SALES_TABLE, "invoice_no"),
            sql::qualified(SALES_TABLE, "revenue"),
            sql::qualified(SALES_TABLE, "margin_amount"),
            sql::identifier(SALES_TABLE),
            joins.join("\n"),
            conditions.join("\n  and ")
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// Every article that the viewer may see: `item`, `name`, `category`, by item.
    ///
    /// # Errors
    /// No table `dim_product` in the project.
    pub fn authorise_articles(&self, access: &Access) -> Result<AuthorisedQuery, MetricError> {
        let key = self.key_of(PRODUCT_TABLE)?;
        let text = format!(
            "select \"stock_code\" as \"item\", \"description\" as \"name\", \"category\" as \"category\"\nfrom {}\n\
             where {} <> 0\norder by \"stock_code\"",
            sql::identifier(PRODUCT_TABLE),
            sql::identifier(&key)
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// Pieces of each article on hand at the end of the newest day, in the shops that the viewer may see: `item`,
    /// `on_hand`. A shop that owes pieces has none.
    ///
    /// # Errors
    /// No table `fact_stock_daily` in the project.
    pub fn authorise_stock(&self, access: &Access) -> Result<AuthorisedQuery, MetricError> {
        self.key_of(STOCK_TABLE)?;
        let table = sql::identifier(STOCK_TABLE);
        let text = format!(
            "select d.\"stock_code\" as \"item\", cast(coalesce(sum(case when d.\"on_hand_qty\" > 0 then d.\"on_hand_qty\" end), 0) as decimal(18, 4)) as \"on_hand\"\n\
             from {table} as d\n\
             join (select max(\"stock_date\") as \"newest\" from {table}) as n on n.\"newest\" = d.\"stock_date\"\n\
             group by d.\"stock_code\"\norder by d.\"stock_code\""
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// The rules of the mart at a level, in the mart's order, at most `limit`: all its columns, and
    /// `rules_total`.
    /// Only a viewer of every row sees any, because the rules are made of every row.
    ///
    /// # Errors
    /// No table `basket_rules` in the project.
    pub fn authorise_rules(
        &self,
        level: ItemLevel,
        limit: u32,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        self.key_of(RULES_TABLE)?;
        let text = format!(
            "select *, count(*) over () as \"rules_total\"\nfrom {}\nwhere \"level\" = {}\norder by \"rule_no\"\nlimit {limit}",
            sql::identifier(RULES_TABLE),
            sql::literal(level.word())?
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    /// The single items of the mart at a level, those on most receipts first: all columns of
    /// `basket_itemsets`.
    ///
    /// # Errors
    /// No such table in the project.
    pub fn authorise_single_items(
        &self,
        level: ItemLevel,
        limit: u32,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        self.key_of(ITEMSETS_TABLE)?;
        let text = format!(
            "select *\nfrom {}\nwhere \"level\" = {} and \"size\" = 1\norder by \"itemset_no\"\nlimit {limit}",
            sql::identifier(ITEMSETS_TABLE),
            sql::literal(level.word())?
        );
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }

    fn key_of(&self, table: &str) -> Result<String, MetricError> {
        let missing = || MetricError::TableMissing { table: table.to_owned() };
        self.contract(table).and_then(|contract| contract.key.first()).cloned().ok_or_else(missing)
    }

    fn key_in_sales(&self, table: &str, dimension: &str) -> Result<String, MetricError> {
        let missing = || MetricError::TableMissing { table: SALES_TABLE.to_owned() };
        let sales = self.contract(SALES_TABLE).ok_or_else(missing)?;
        sales.key_of_dimension(table).map(str::to_owned).ok_or_else(|| MetricError::NoKey {
            metric: "baskets".to_owned(),
            dimension: dimension.to_owned(),
            fact: SALES_TABLE.to_owned(),
            table: table.to_owned(),
        })
    }
}
