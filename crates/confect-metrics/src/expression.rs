//! The arithmetic of metrics: `+ - * / ( )`, decimal numbers, and names of measures or metrics.
//!
//! Nothing else can be written down: no functions, no comparisons, no sub-queries, so that a
//! definition cannot smuggle SQL in (access-and-reliability.md, R19). A recursive descent parser with
//! a bound on nesting; errors carry the byte at which reading stopped.

use confect_domain::Decimal;

/// How deep brackets and signs may nest.
const MAX_DEPTH: usize = 32;
/// How many bytes an expression may have.
const MAX_BYTES: usize = 4_096;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number with up to four places.
    Number(Decimal),
    /// A measure or a metric.
    Name(String),
    /// The expression with its sign turned.
    Negative(Box<Expression>),
    /// Two expressions and what is done with them.
    Binary(Box<Expression>, Operator, Box<Expression>),
}

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; null where the divisor is 0.
    Divide,
}

impl std::fmt::Display for Expression {
    /// As it could be written, with brackets only where they are needed.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bracketed = |inner: &Self, out: &mut std::fmt::Formatter<'_>, need: bool| {
            if need { write!(out, "({inner})") } else { write!(out, "{inner}") }
        };
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Name(name) => out.write_str(name),
            Self::Negative(inner) => {
                out.write_str("-")?;
                bracketed(inner, out, matches!(**inner, Self::Binary(..)))
            }
            Self::Binary(left, operator, right) => {
                let (sign, strong) = match operator {
                    Operator::Add => ("+", false),
                    Operator::Subtract => ("-", false),
                    Operator::Multiply => ("*", true),
                    Operator::Divide => ("/", true),
                };
                let weak =
                    |inner: &Self| matches!(inner, Self::Binary(_, Operator::Add | Operator::Subtract, _));
                bracketed(left, out, strong && weak(left))?;
                write!(out, " {sign} ")?;
                // What stands to the right of a minus or a division keeps its brackets.
                let needs = match operator {
                    Operator::Add => false,
                    Operator::Subtract => weak(right),
                    Operator::Multiply | Operator::Divide => matches!(**right, Self::Binary(..)),
                };
                bracketed(right, out, needs)
            }
        }
    }
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// Byte of the text at which reading stopped, counted from 0.
    pub position: usize,
    /// What was expected or is not allowed, in one short sentence.
    pub message: String,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the byte at which the text stops being an expression.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_BYTES {
            return Err(ExpressionError {
                position: MAX_BYTES,
                message: format!("an expression has at most {MAX_BYTES} bytes"),
            });
        }
        let mut parser = Parser { text, position: 0, depth: 0 };
        let expression = parser.sum()?;
        match parser.peek() {
            None => Ok(expression),
            Some('(') => Err(parser.error("functions are not allowed in a metric")),
            Some(letter) => Err(parser.error(format!("expected an operator, found `{letter}`"))),
        }
    }

    /// The names of measures and metrics, in the order in which they stand, repeated as they are.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Name(name) => vec![name],
            Self::Negative(inner) => inner.names(),
            Self::Binary(left, _, right) => {
                let mut names = left.names();
                names.extend(right.names());
                names
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next letter that is not blank, without taking it.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    fn error(&self, message: impl Into<String>) -> ExpressionError {
        ExpressionError { position: self.position, message: message.into() }
    }

    fn sum(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Some('+') => Operator::Add,
                Some('-') => Operator::Subtract,
                _ => return Ok(left),
            };
            self.position += 1;
            left = Expression::Binary(Box::new(left), operator, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.peek() {
                Some('*') => Operator::Multiply,
                Some('/') => Operator::Divide,
                _ => return Ok(left),
            };
            self.position += 1;
            left = Expression::Binary(Box::new(left), operator, Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("brackets nest deeper than {MAX_DEPTH}")));
        }
        let factor = match self.peek() {
            Some('-') => {
                self.position += 1;
                Expression::Negative(Box::new(self.factor()?))
            }
            Some('(') => self.bracket()?,
            Some(letter) if letter.is_ascii_digit() => self.number()?,
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => self.name(),
            Some(letter) => return Err(self.error(format!("expected a name or a number, found `{letter}`"))),
            None => return Err(self.error("expected a name or a number, found the end")),
        };
        self.depth -= 1;
        Ok(factor)
    }

    fn bracket(&mut self) -> Result<Expression, ExpressionError> {
        self.position += 1;
        let inner = self.sum()?;
        if self.peek() != Some(')') {
            return Err(self.error("expected `)`"));
        }
        self.position += 1;
        Ok(inner)
    }

    fn number(&mut self) -> Result<Expression, ExpressionError> {
        let text = self.while_true(|letter| letter.is_ascii_digit() || letter == '.').to_owned();
        let number = Decimal::parse(&text)
            .map_err(|_| self.error(format!("`{text}` is not a number with at most four places")))?;
        self.position += text.len();
        Ok(Expression::Number(number))
    }

    fn name(&mut self) -> Expression {
        let name = self.while_true(|letter| letter.is_ascii_alphanumeric() || letter == '_').to_owned();
        self.position += name.len();
        Expression::Name(name)
    }

    fn while_true(&self, belongs: impl Fn(char) -> bool) -> &str {
        let rest = self.rest();
        let end = rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(expression: &Expression) -> String {
        match expression {
            Expression::Number(number) => number.to_string(),
            Expression::Name(name) => name.clone(),
            Expression::Negative(inner) => format!("-{}", shape(inner)),
            Expression::Binary(left, operator, right) => {
                let sign = match operator {
                    Operator::Add => '+',
                    Operator::Subtract => '-',
                    Operator::Multiply => '*',
                    Operator::Divide => '/',
                };
                format!("({}{sign}{})", shape(left), shape(right))
            }
        }
    }

    #[test]
    fn points_before_lines_and_left_before_right() {
        let cases = [
            ("a - b - c", "((a-b)-c)"),
            ("a - b * c / 2.5", "(a-((b*c)/2.5))"),
            ("(a - b) / -c", "((a-b)/-c)"),
            ("  a\n+\tb ", "(a+b)"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Expression::parse(text).map(|parsed| shape(&parsed)),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_shown_reads_as_the_same_expression() {
        for text in
            ["a - b / 2", "(a - b) / (c - d)", "a - (b - c)", "-(a + b) * c", "a / b / c", "a / (b / c)"]
        {
            let expression = Expression::parse(text).expect("an expression");
            assert_eq!(expression.to_string(), text);
            assert_eq!(Expression::parse(&expression.to_string()), Ok(expression));
        }
    }

    #[test]
    fn nothing_but_arithmetic_can_be_written_and_errors_say_where() {
        let cases = [
            ("", 0),
            ("a +", 3),
            ("a b", 2),
            ("(a", 2),
            ("a)", 1),
            ("sum(a)", 3),
            ("a; drop", 1),
            ("a -- b; x", 6),
            ("'a'", 0),
            ("a = 1", 2),
            ("\"a\"", 0),
            ("a.b", 1),
            ("1.23456", 0),
            ("ä", 0),
            ("a /* x */ b", 3),
            ("(select 1)", 8),
        ];
        for (text, position) in cases {
            assert_eq!(Expression::parse(text).map_err(|error| error.position), Err(position), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(Expression::parse(&deep).is_err());
        assert!(Expression::parse(&format!("{}a{}", "(".repeat(1_000), ")".repeat(1_000))).is_err());
        assert!(Expression::parse(&format!("{}a", "-".repeat(1_000))).is_err());
    }
}
