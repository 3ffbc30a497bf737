//! The vocabulary that every other crate speaks: days and periods, exact amounts, what a source may
//! deliver, what a table promises, findings, viewers and row policies, and problems told to people.
//!
//! Pure: no files, no clock, no async, no serialisation, no Arrow.
//! Deliberately absent: how any of it is stored, transported or computed.

pub mod balance;
pub mod calendar;
pub mod contract;
pub mod database;
pub mod decimal;
pub mod entity;
pub mod finding;
pub mod fiscal;
pub mod method;
pub mod model;
pub mod names;
pub mod policy;
pub mod problem;

pub use balance::{Balance, Bucket};
pub use calendar::{Date, Period};
pub use contract::{
    AcceptedValues, ColumnContract, ColumnType, ForeignKey, Layer, TableAccess, TableContract,
};
pub use decimal::Decimal;
pub use entity::{Entity, EntityColumn, FieldType};
pub use finding::{Finding, Severity};
pub use fiscal::{FiscalCalendar, retail_period};
pub use method::{MethodCall, Parameter, ParameterValue, Parameters};
pub use model::{Growth, Model, Seed};
pub use policy::{Grant, Permission, Role, RowPolicy, Rule, Test, Viewer};
pub use problem::{Problem, ProblemKind};
