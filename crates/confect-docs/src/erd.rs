//! The diagram of tables and references: facts in the middle, dimensions at both sides, marts to the right.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use confect_domain::{ColumnType, Layer, TableContract};

use crate::Table;
use crate::svg::{Picture, Point, width_of};

const ROW: f64 = 18.0;
const HEAD: f64 = 26.0;
const GAP: f64 = 28.0;
const BETWEEN: f64 = 110.0;

/// The diagram in Mermaid's language: `erDiagram` with keys and references.
pub fn erd_mermaid(tables: &[Table]) -> String {
    let mut text = String::from("erDiagram\n");
    for table in tables {
        let contract = &table.contract;
        let _ = writeln!(text, "    {} {{", contract.name);
        for column in &contract.columns {
            let mark = match (is_key(contract, &column.name), reference(contract, &column.name)) {
                (true, Some(_)) => " PK,FK",
                (true, None) => " PK",
                (false, Some(_)) => " FK",
                (false, None) => "",
            };
            let _ = writeln!(text, "        {} {}{mark}", type_word(column.column_type), column.name);
        }
        text.push_str("    }\n");
    }
    let known = |name: &str| tables.iter().any(|table| table.contract.name == name);
    for table in tables {
        for key in table.contract.foreign_keys.iter().filter(|key| known(&key.references)) {
            let _ = writeln!(text, "    {} ||--o{{ {} : {}", key.references, table.contract.name, key.column);
        }
    }
    text
}

/// The diagram as a picture.
pub fn erd_svg(shop: &str, tables: &[Table]) -> String {
    let columns = arranged(tables);
    let places = placed(&columns);
    let mut picture = Picture::new();
    for table in tables {
        draw_references(&mut picture, &table.contract, &places);
    }
    for table in tables {
        if let Some(place) = places.get(table.contract.name.as_str()) {
            draw_table(&mut picture, &table.contract, *place);
        }
    }
    picture.finish(&format!("Tables of {shop} and their references"))
}

/// Where a box stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    corner: Point,
    width: f64,
    height: f64,
}

/// Dimensions, facts, dimensions, marts: each table in one of the columns of the picture.
fn arranged(tables: &[Table]) -> [Vec<&TableContract>; 4] {
    let contracts = || tables.iter().map(|table| &table.contract);
    let is_dimension = |table: &&TableContract| table.name.starts_with("dim_");
    let facts: Vec<_> =
        contracts().filter(|table| table.layer == Layer::Star && !is_dimension(table)).collect();
    let marts: Vec<_> = contracts().filter(|table| table.layer == Layer::Marts).collect();
    let used = |table: &TableContract| {
        contracts().flat_map(|other| &other.foreign_keys).filter(|key| key.references == table.name).count()
    };
    let mut dimensions: Vec<_> = contracts().filter(is_dimension).collect();
    dimensions.sort_by_key(|table| std::cmp::Reverse(used(table)));
    // The most used ones alternate, so that both sides are about as tall.
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for table in dimensions {
        let height = |side: &[&TableContract]| side.iter().map(|table| box_height(table) + GAP).sum::<f64>();
        if height(&left) <= height(&right) { left.push(table) } else { right.push(table) }
    }
    [left, facts, right, marts]
}

fn placed<'a>(columns: &[Vec<&'a TableContract>; 4]) -> BTreeMap<&'a str, Place> {
    let tall = |tables: &[&TableContract]| tables.iter().map(|table| box_height(table) + GAP).sum::<f64>();
    let tallest = columns.iter().map(|tables| tall(tables)).fold(0.0, f64::max);
    let (mut places, mut x) = (BTreeMap::new(), 24.0);
    for tables in columns {
        let width = tables.iter().map(|table| box_width(table)).fold(0.0, f64::max);
        let mut y = 24.0 + (tallest - tall(tables)) / 2.0;
        for table in tables {
            let height = box_height(table);
            places.insert(table.name.as_str(), Place { corner: Point { x, y }, width, height });
            y += height + GAP;
        }
        if !tables.is_empty() {
            x += width + BETWEEN;
        }
    }
    places
}

fn box_height(table: &TableContract) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a table has few columns")]
    let rows = table.columns.len() as f64;
    HEAD + rows * ROW + 6.0
}

fn box_width(table: &TableContract) -> f64 {
    let widest = table.columns.iter().map(|column| width_of(&column.name)).fold(0.0, f64::max);
    (widest + 110.0).max(width_of(&table.name) * 1.1 + 24.0)
}

fn draw_table(picture: &mut Picture, table: &TableContract, place: Place) {
    let Place { corner, width, height } = place;
    let kind = match table.layer {
        Layer::Marts => "head mart",
        _ if table.name.starts_with("dim_") => "head",
        _ => "head fact",
    };
    picture.open(&table.grain);
    picture.rect("box", corner, width, height);
    picture.rect(kind, corner, width, HEAD);
    picture.text("name", Point { x: corner.x + 10.0, y: corner.y + 17.0 }, &table.name);
    picture.close();
    let mut y = corner.y + HEAD + 14.0;
    for column in &table.columns {
        let class = if is_key(table, &column.name) || reference(table, &column.name).is_some() {
            "key"
        } else {
            "col"
        };
        picture.open(&column.about);
        picture.text(class, Point { x: corner.x + 10.0, y }, &column.name);
        let word = type_word(column.column_type);
        picture.text_to("type", Point { x: corner.x + width - 10.0, y }, word);
        picture.close();
        y += ROW;
    }
}

fn draw_references(picture: &mut Picture, table: &TableContract, places: &BTreeMap<&str, Place>) {
    let Some(own) = places.get(table.name.as_str()) else { return };
    for key in &table.foreign_keys {
        let row = table.columns.iter().position(|column| column.name == key.column);
        let (Some(row), Some(other)) = (row, places.get(key.references.as_str())) else { continue };
        if key.references == table.name {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "a table has few columns")]
        let y = own.corner.y + HEAD + 10.0 + row as f64 * ROW;
        let target = other.corner.y + HEAD / 2.0;
        let (from, to) = if other.corner.x > own.corner.x {
            (Point { x: own.corner.x + own.width, y }, Point { x: other.corner.x, y: target })
        } else {
            (Point { x: other.corner.x + other.width, y: target }, Point { x: own.corner.x, y })
        };
        let title = format!("{}.{} refers to {}", table.name, key.column, key.references);
        picture.curve("edge", from, to, &title);
    }
}

fn is_key(table: &TableContract, column: &str) -> bool {
    table.key.iter().any(|key| key == column)
}

fn reference<'a>(table: &'a TableContract, column: &str) -> Option<&'a str> {
    table.foreign_keys.iter().find(|key| key.column == column).map(|key| key.references.as_str())
}

/// The contract's word for a type.
pub(crate) fn type_word(column_type: ColumnType) -> &'static str {
    ColumnType::WORDS.iter().find(|(_, known)| *known == column_type).map_or("", |(word, _)| word)
}
