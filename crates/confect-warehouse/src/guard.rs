//! Looks at the text of a viewer's own SQL before anything plans it.
//!
//! One statement, a query, of bounded size: a chain of twelve thousand `OR`s overflows the
//! planner's stack, which cannot be caught (access-and-reliability.md, finding 2), and a statement
//! that is not a query can write files (findings 3 and 3b). The plan is looked at again afterwards,
//! see `secured::verify`.

use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::WarehouseError;

/// Tokens of one statement.
const MAX_TOKENS: usize = 20_000;
/// Operators in one statement that make the plan deeper: `and`, `or`, `+`, `||`, `union`, …
const MAX_CHAIN: usize = 500;
/// Characters of one statement.
const MAX_TEXT: usize = 64 << 10;

/// Parses the text of a viewer's query.
///
/// # Errors
/// [`WarehouseError::Refused`] for anything but one bounded query.
pub(crate) fn parse_query(text: &str) -> Result<Statement, WarehouseError> {
    if text.len() > MAX_TEXT {
        return Err(refused(
            "sql-too-long",
            format!("the query has {} characters", text.len()),
            "at most 65,536 are taken",
        ));
    }
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize()
        .map_err(|error| refused("sql-not-understood", error.to_string(), "check quotes and comments"))?;
    check_size(&tokens)?;
    let mut statements = DFParserBuilder::new(text)
        .with_dialect(&dialect)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| {
            refused(
                "sql-not-understood",
                error.strip_backtrace(),
                "only `select` and `with` queries are taken",
            )
        })?;
    match (statements.pop_front(), statements.is_empty()) {
        (Some(statement), true) if is_query(&statement) => Ok(statement),
        (Some(_), true) => Err(refused(
            "sql-statement",
            "only queries may be run".to_owned(),
            "start with `select` or `with`; tables are changed by `confect refresh` alone",
        )),
        (None, _) => Err(refused("sql-statement", "the query is empty".to_owned(), "start with `select`")),
        (Some(_), false) => Err(refused(
            "sql-statement",
            "one statement at a time".to_owned(),
            "remove what follows the first `;`",
        )),
    }
}

fn is_query(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(statement) => match statement.as_ref() {
            ast::Statement::Query(query) => is_reading(&query.body),
            _ => false,
        },
        _ => false,
    }
}

/// A query's body may also be an `insert` or `update` in this grammar.
fn is_reading(body: &ast::SetExpr) -> bool {
    match body {
        ast::SetExpr::Select(select) => select.into.is_none(),
        ast::SetExpr::Values(_) | ast::SetExpr::Table(_) => true,
        ast::SetExpr::Query(query) => is_reading(&query.body),
        ast::SetExpr::SetOperation { left, right, .. } => is_reading(left) && is_reading(right),
        _ => false,
    }
}

fn check_size(tokens: &[Token]) -> Result<(), WarehouseError> {
    let meaningful = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).count();
    let chain = tokens.iter().filter(|token| deepens(token)).count();
    if meaningful > MAX_TOKENS {
        return Err(refused(
            "sql-too-long",
            format!("the query has {meaningful} words"),
            "at most 20,000 are taken",
        ));
    }
    if chain > MAX_CHAIN {
        return Err(refused(
            "sql-too-deep",
            format!("the query chains {chain} operators"),
            "at most 500 are taken; write long lists of alternatives as `column in (…)`",
        ));
    }
    Ok(())
}

fn deepens(token: &Token) -> bool {
    match token {
        Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::Mod
        | Token::StringConcat
        | Token::DoubleColon => true,
        Token::Word(word) => ["and", "or", "not", "union", "except", "intersect", "case", "join", "select"]
            .iter()
            .any(|other| word.value.eq_ignore_ascii_case(other) && word.quote_style.is_none()),
        _ => false,
    }
}

fn refused(code: &'static str, message: String, hint: &str) -> WarehouseError {
    WarehouseError::Refused { code, message, hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        match parse_query(text) {
            Ok(_) => "ok",
            Err(WarehouseError::Refused { code, .. }) => code,
            Err(_) => "other",
        }
    }

    #[test]
    fn queries_pass_and_everything_else_is_named() {
        for text in [
            "select 1",
            "select 1;",
            "with a as (select 1) select * from a",
            "values (1), (2)",
            "(select 1) union all select 2",
        ] {
            assert_eq!(code(text), "ok", "{text}");
        }
        for text in [
            "copy (select 1) to 'x.parquet'",
            "create external table t stored as csv location '/etc/passwd'",
            "create view v as select 1",
            "explain select 1",
            "explain analyze select 1",
            "set a = 1",
            "insert into t values (1)",
            "delete from t",
            "update t set a = 1",
            "drop table t",
            "show tables",
            "describe t",
            "prepare p as select 1",
            "execute p",
            "select 1; select 2",
            "",
            ";",
            "/* select */ drop table t",
            "explain analyze copy t to 'x.parquet'",
            "select * into t from u",
            "with a as (select 1) insert into t select * from a",
            "begin",
            "vacuum",
            "call f()",
        ] {
            assert_ne!(code(text), "ok", "{text}");
        }
    }

    #[test]
    fn long_chains_are_refused_before_they_are_parsed() {
        let chain = format!("select * from t where {}", vec!["a = 0"; 12_000].join(" or "));
        assert_eq!(code(&chain), "sql-too-long");
        let shorter = format!("select * from t where {}", vec!["a = 0"; 600].join(" or "));
        assert_eq!(code(&shorter), "sql-too-deep");
        assert_eq!(code(&format!("select {}", vec!["1"; 5_000].join("+"))), "sql-too-deep");
        assert_eq!(code(&format!("select {}1{}", "(".repeat(400), ")".repeat(400))), "sql-not-understood");
    }
}
