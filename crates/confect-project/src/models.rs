//! `staging/`, `star/` and `marts/`: each model is a `.sql` with its contract as a `.toml` beside it.
//!
//! Further tables of one method have a contract only: `[method] of = "customer_value"` takes the SQL, the method
//! and the parameters of that model, so that they stand in one place.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::contract::{
    AcceptedValues, ColumnContract, ColumnType, ForeignKey, Layer, TableAccess, TableContract,
};
use confect_domain::{Growth, MethodCall, Model, Parameter, ParameterValue, Parameters, Severity};
use serde::Deserialize;
use toml::Spanned;

use crate::error::{Place, ProjectError};
use crate::text_file::{TextFile, word};

const ACCESS_WORDS: [(&str, TableAccess); 3] =
    [("secured", TableAccess::Secured), ("public", TableAccess::Public), ("private", TableAccess::Private)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractFile {
    grain: String,
    key: Vec<Spanned<String>>,
    #[serde(default)]
    order: Vec<Spanned<String>>,
    access: Option<Spanned<String>>,
    #[serde(default)]
    column: Vec<ColumnTable>,
    method: Option<MethodTable>,
    grows: Option<Spanned<String>>,
    #[serde(default)]
    looks_up: BTreeMap<String, Spanned<String>>,
    /// The table tells of whole months; the columns that it reads of tables that may change within one.
    whole_months: Option<BTreeMap<String, Spanned<Vec<String>>>>,
    /// The column by which rows belong together, with what `whole_months` says.
    #[serde(default)]
    by_key: BTreeMap<Spanned<String>, BTreeMap<String, Spanned<Vec<String>>>>,
    /// The column that names the month of a row, with the same.
    #[serde(default)]
    by_month: BTreeMap<Spanned<String>, BTreeMap<String, Spanned<Vec<String>>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodTable {
    name: Option<Spanned<String>>,
    /// The model whose SQL, method and parameters this one has.
    of: Option<Spanned<String>>,
    #[serde(default)]
    part: String,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnTable {
    name: Spanned<String>,
    #[serde(rename = "type")]
    column_type: Spanned<String>,
    #[serde(default)]
    nullable: bool,
    references: Option<Spanned<String>>,
    /// The values that the column may hold.
    accepted: Option<Vec<Spanned<String>>>,
    /// What another value means: `critical`, the default, `warning` or `note`.
    severity: Option<Spanned<String>>,
    #[serde(default)]
    about: String,
}

const SEVERITIES: [(&str, Severity); 3] =
    [("critical", Severity::Critical), ("warning", Severity::Warning), ("note", Severity::Note)];

/// What was read of the models.
#[derive(Debug, Default)]
pub(crate) struct Models {
    pub(crate) models: Vec<Model>,
    /// Tables whose files are there but broken: what refers to them is not blamed as well.
    pub(crate) broken: BTreeSet<String>,
    /// Where each reference of a table to another stands, and whether it goes by the other's one key.
    references: Vec<(Place, String, bool)>,
    /// Further tables of methods, until [`Models::join_parts`].
    parts: Vec<Part>,
}

/// A further table of the method of the model `of`.
#[derive(Debug)]
struct Part {
    contract: TableContract,
    place: Place,
    of: String,
    part: String,
}

impl Models {
    /// Reads the models of one layer from its `.sql` and `.toml` files.
    pub(crate) fn read_layer(
        &mut self,
        layer: Layer,
        sqls: &[TextFile],
        contracts: &[TextFile],
        errors: &mut Vec<ProjectError>,
    ) {
        for contract in contracts.iter().filter(|contract| !sqls.iter().any(|sql| sql.name == contract.name))
        {
            let before = errors.len();
            self.read_part(layer, contract, errors);
            if errors.len() > before {
                self.broken.insert(contract.name.clone());
            }
        }
        for sql in sqls {
            let before = errors.len();
            match contracts.iter().find(|contract| contract.name == sql.name) {
                Some(file) => self.read_model(layer, sql, file, errors),
                None => errors.push(beside(sql, "its contract", "toml")),
            }
            if errors.len() > before {
                self.broken.insert(sql.name.clone());
            }
        }
    }

    fn read_model(&mut self, layer: Layer, sql: &TextFile, file: &TextFile, errors: &mut Vec<ProjectError>) {
        if self.models.iter().any(|model| model.contract.name == sql.name) {
            errors.push(ProjectError::Twice {
                place: sql.place_at(0),
                what: "table",
                name: sql.name.clone(),
            });
        }
        if sql.text.trim().is_empty() {
            let subject = format!("table `{}`", sql.name);
            errors.push(ProjectError::Missing {
                place: sql.place_at(0),
                subject,
                what: "a `select`".to_owned(),
            });
        }
        let mut contract: ContractFile = match file.parse() {
            Ok(contract) => contract,
            Err(error) => return errors.push(error),
        };
        let method = contract.method.take().and_then(|method| method_call(file, method, errors));
        let mut keeps = contract.whole_months.take();
        let by_month =
            contract.by_month.keys().next().map(|column| (file.place_of(column), column.get_ref().clone()));
        if let Some((place, value)) = by_month.clone().filter(|_| method.is_none()) {
            let expected = "a column of a table that a method with `history_months` makes";
            errors.push(ProjectError::BadValue { place, value, expected });
        }
        let by_key = self.read_by_key(file, &mut contract, &mut keeps, errors);
        let growth = match contract.grows.take().map(|grows| word(file, "grows", &grows, &Growth::WORDS)) {
            None if by_key.is_some() && by_month.is_some() => Growth::ByMonth,
            None if by_key.is_some() => Growth::ByKey,
            None if keeps.is_some() => Growth::WholeMonths,
            None => Growth::Rebuilt,
            Some(Ok(growth)) => growth,
            Some(Err(error)) => {
                errors.push(error);
                Growth::Rebuilt
            }
        };
        let mut looks_up = BTreeMap::new();
        for (table, column) in std::mem::take(&mut contract.looks_up) {
            self.references.push((file.place_of(&column), table.clone(), false));
            looks_up.insert(table, column.into_inner());
        }
        let keeps = self.read_keeps(file, keeps.unwrap_or_default());
        let contract = self.typed_contract(layer, file, contract, errors);
        let (sql, path) = (sql.text.clone(), sql.label.clone());
        self.models.push(Model { contract, sql, method, growth, looks_up, keeps, by_key, path });
    }

    /// The column of `[by_key.COLUMN]` or `[by_month.COLUMN]`; what stands below it becomes `keeps`.
    fn read_by_key(
        &self,
        file: &TextFile,
        contract: &mut ContractFile,
        keeps: &mut Option<BTreeMap<String, Spanned<Vec<String>>>>,
        errors: &mut Vec<ProjectError>,
    ) -> Option<String> {
        let goes_by_month = !contract.by_month.is_empty();
        let by_month = std::mem::take(&mut contract.by_month);
        let mut columns = std::mem::take(&mut contract.by_key).into_iter().chain(by_month);
        let (column, joined) = columns.next()?;
        let mut refuse = |column: &Spanned<String>, expected: &'static str| {
            let (place, value) = (file.place_of(column), column.get_ref().clone());
            errors.push(ProjectError::BadValue { place, value, expected });
        };
        if let Some((second, _)) = columns.next() {
            refuse(&second, "the only column here, and rows go by one");
        }
        if keeps.is_some() || contract.grows.is_some() {
            refuse(
                &column,
                "the only word here on how the table grows; keep one of `grows`, `[whole_months]`, `[by_key]` and `[by_month]`",
            );
        }
        let known = contract.column.iter().find(|known| known.name.get_ref() == column.get_ref());
        if known.is_none_or(|known| known.nullable) {
            refuse(&column, "a column of the table that is never empty");
        }
        if goes_by_month && known.is_some_and(|known| known.column_type.get_ref() != "date") {
            refuse(&column, "a column of type `date`, the first day of the month that a row is about");
        }
        *keeps = Some(joined);
        Some(column.into_inner())
    }

    fn read_keeps(
        &mut self,
        file: &TextFile,
        keeps: BTreeMap<String, Spanned<Vec<String>>>,
    ) -> BTreeMap<String, Vec<String>> {
        let mut columns_of = BTreeMap::new();
        for (table, columns) in keeps {
            self.references.push((file.place_of(&columns), table.clone(), false));
            columns_of.insert(table, columns.into_inner());
        }
        columns_of
    }

    /// A contract without SQL: a further table of another model's method.
    fn read_part(&mut self, layer: Layer, file: &TextFile, errors: &mut Vec<ProjectError>) {
        let mut contract: ContractFile = match file.parse() {
            Ok(contract) => contract,
            Err(error) => return errors.push(error),
        };
        let Some((of, part)) = contract.method.take().and_then(|method| Some((method.of?, method.part)))
        else {
            return errors.push(beside(file, "its SQL", "sql"));
        };
        let place = file.place_of(&of);
        let contract = self.typed_contract(layer, file, contract, errors);
        self.parts.push(Part { contract, place, of: of.into_inner(), part });
    }

    /// Gives the further tables of a method the SQL and the call of its model, once all layers are read.
    pub(crate) fn join_parts(&mut self, errors: &mut Vec<ProjectError>) {
        for Part { contract, place, of, part } in std::mem::take(&mut self.parts) {
            let model = self.models.iter().find(|model| model.contract.name == of);
            match model.and_then(|model| Some((model, model.method.as_ref()?))) {
                Some((model, call)) => {
                    let call = MethodCall { part, place: place.to_string(), ..call.clone() };
                    let (sql, path) = (model.sql.clone(), model.path.clone());
                    let goes_by_month = model.growth == Growth::ByMonth
                        && model
                            .by_key
                            .as_ref()
                            .is_some_and(|month| contract.columns.iter().any(|column| column.name == *month));
                    let growth = match model.growth {
                        Growth::WholeMonths => Growth::WholeMonths,
                        Growth::ByMonth if goes_by_month => Growth::ByMonth,
                        _ => Growth::Rebuilt,
                    };
                    let (method, looks_up, keeps) = (Some(call), BTreeMap::new(), model.keeps.clone());
                    let by_key = model.by_key.clone().filter(|_| goes_by_month);
                    self.models.push(Model { contract, sql, method, growth, looks_up, keeps, by_key, path });
                }
                None if self.broken.contains(&of) => {
                    self.broken.insert(contract.name);
                }
                None => {
                    let with_method = self.models.iter().filter(|model| model.method.is_some());
                    let known = with_method.map(|model| model.contract.name.clone()).collect();
                    errors.push(ProjectError::UnknownName {
                        place,
                        what: "table with a method",
                        name: of,
                        of: None,
                        known,
                    });
                    self.broken.insert(contract.name);
                }
            }
        }
    }

    fn typed_contract(
        &mut self,
        layer: Layer,
        file: &TextFile,
        contract: ContractFile,
        errors: &mut Vec<ProjectError>,
    ) -> TableContract {
        check_columns(file, &contract, errors);
        for column in &contract.column {
            if let Some(references) = &column.references {
                self.references.push((file.place_of(references), references.get_ref().clone(), true));
            }
        }
        typed(layer, file, contract, errors)
    }

    /// Checks references between tables, once all layers are read.
    pub(crate) fn check_references(&self, errors: &mut Vec<ProjectError>) {
        for (place, name, by_key) in self.references.iter().filter(|(_, name, _)| !self.broken.contains(name))
        {
            match self.models.iter().find(|model| model.contract.name == *name) {
                None => errors.push(ProjectError::UnknownName {
                    place: place.clone(),
                    what: "table",
                    name: name.clone(),
                    of: None,
                    known: self.models.iter().map(|model| model.contract.name.clone()).collect(),
                }),
                Some(model) if *by_key && model.contract.key.len() != 1 => {
                    errors.push(ProjectError::BadValue {
                        place: place.clone(),
                        value: name.clone(),
                        expected: "a table with one key column",
                    })
                }
                Some(_) => {}
            }
        }
    }

    /// The contracts of all models.
    pub(crate) fn contracts(&self) -> Vec<TableContract> {
        self.models.iter().map(|model| model.contract.clone()).collect()
    }
}

fn beside(file: &TextFile, what: &str, extension: &str) -> ProjectError {
    ProjectError::Missing {
        place: file.place_at(0),
        subject: format!("table `{}`", file.name),
        what: format!("{what} beside it, `{}.{extension}`", file.name),
    }
}

fn check_columns(file: &TextFile, contract: &ContractFile, errors: &mut Vec<ProjectError>) {
    let mut names = BTreeSet::new();
    for column in &contract.column {
        let name = column.name.get_ref();
        if !names.insert(name.clone()) {
            let place = file.place_of(&column.name);
            errors.push(ProjectError::Twice { place, what: "column", name: name.clone() });
        }
    }
    for key in contract.key.iter().chain(&contract.order).filter(|key| !names.contains(key.get_ref())) {
        errors.push(ProjectError::UnknownName {
            place: file.place_of(key),
            what: "column",
            name: key.get_ref().clone(),
            of: Some(file.name.as_str().into()),
            known: names.iter().cloned().collect(),
        });
    }
    if contract.key.is_empty() {
        let subject = format!("table `{}`", file.name);
        errors.push(ProjectError::Missing { place: file.place_at(0), subject, what: "a `key`".to_owned() });
    }
}

fn method_call(file: &TextFile, method: MethodTable, errors: &mut Vec<ProjectError>) -> Option<MethodCall> {
    let Some(name) = method.name else {
        let (subject, what) = ("`[method]` beside SQL".to_owned(), "a `name`".to_owned());
        errors.push(ProjectError::Missing { place: file.place_at(0), subject, what });
        return None;
    };
    let place = file.place_of(&name).to_string();
    let parameters = method.parameters.into_iter().map(|(name, value)| {
        let place = file.place_of(&value).to_string();
        (name, Parameter { value: parameter(value.into_inner()), place })
    });
    Some(MethodCall {
        name: name.into_inner(),
        part: method.part,
        parameters: Parameters::new(parameters),
        place,
    })
}

fn parameter(value: toml::Value) -> ParameterValue {
    match value {
        toml::Value::Boolean(value) => ParameterValue::Flag(value),
        toml::Value::Integer(value) => ParameterValue::Integer(value),
        toml::Value::Float(value) => ParameterValue::Number(value),
        toml::Value::String(value) => ParameterValue::Text(value),
        toml::Value::Datetime(value) => ParameterValue::Text(value.to_string()),
        toml::Value::Array(values) => ParameterValue::List(values.into_iter().map(parameter).collect()),
        toml::Value::Table(values) => {
            ParameterValue::Table(values.into_iter().map(|(name, value)| (name, parameter(value))).collect())
        }
    }
}

fn typed(
    layer: Layer,
    file: &TextFile,
    contract: ContractFile,
    errors: &mut Vec<ProjectError>,
) -> TableContract {
    // Staging lives during a refresh only; nobody's catalogue lists it unless its contract says so.
    let usual = if layer == Layer::Staging { TableAccess::Private } else { TableAccess::Secured };
    let access = match contract.access.map(|access| word(file, "access", &access, &ACCESS_WORDS)) {
        None => usual,
        Some(Ok(access)) => access,
        Some(Err(error)) => {
            errors.push(error);
            usual
        }
    };
    let mut columns = Vec::new();
    let mut foreign_keys = Vec::new();
    let mut accepted = Vec::new();
    for column in contract.column {
        let name = column.name.into_inner();
        if let Some(values) = column.accepted {
            let given = column.severity.as_ref().map(|given| word(file, "severity", given, &SEVERITIES));
            let severity = given.transpose().unwrap_or_else(|error| {
                errors.push(error);
                None
            });
            accepted.push(AcceptedValues {
                column: name.clone(),
                values: values.into_iter().map(Spanned::into_inner).collect(),
                severity: severity.unwrap_or(Severity::Critical),
            });
        }
        if let Some(references) = column.references {
            foreign_keys.push(ForeignKey { column: name.clone(), references: references.into_inner() });
        }
        match word(file, "type", &column.column_type, &ColumnType::WORDS) {
            Ok(column_type) => columns.push(ColumnContract {
                name,
                column_type,
                nullable: column.nullable,
                about: column.about,
            }),
            Err(error) => errors.push(error),
        }
    }
    TableContract {
        name: file.name.clone(),
        layer,
        grain: contract.grain,
        key: contract.key.into_iter().map(Spanned::into_inner).collect(),
        order: contract.order.into_iter().map(Spanned::into_inner).collect(),
        access,
        columns,
        foreign_keys,
        accepted,
    }
}
