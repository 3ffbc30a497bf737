//! One table as CSV, XLSX, Parquet and JSON lines; for tests and bench.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

pub const HEADINGS: [&str; 6] = ["Invoice", "Date", "Code", "Qty", "Price", "Text"];

/// A sale line; money and quantities in ten-thousandths, moments in microseconds since 1970.
#[derive(Clone, Debug)]
pub struct Line {
    pub invoice: String,
    pub sold_at: i64,
    pub code: Option<String>,
    pub quantity: i128,
    pub price: Option<i128>,
    pub text: Option<String>,
}

pub fn decimal(value: i128) -> String {
    let (sign, digits) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let text = format!("{sign}{}.{:04}", digits / 10_000, digits % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Day and time of day.
pub fn moment(micros: i64) -> (u16, u8, u8, u16, u8, f64) {
    let days = micros.div_euclid(86_400_000_000) as i32;
    let seconds = micros.rem_euclid(86_400_000_000) / 1_000_000;
    let date = confect_domain::Date::from_days(days);
    let (year, month, day) = date.ymd();
    (
        year as u16,
        month as u8,
        day as u8,
        (seconds / 3_600) as u16,
        (seconds / 60 % 60) as u8,
        (seconds % 60) as f64,
    )
}

fn moment_text(micros: i64) -> String {
    let (year, month, day, hour, minute, second) = moment(micros);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

pub fn csv(lines: &[Line]) -> Vec<u8> {
    let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = HEADINGS.join(",") + "\n";
    for line in lines {
        let fields = [
            quote(&line.invoice),
            moment_text(line.sold_at),
            line.code.as_deref().map_or(String::new(), quote),
            decimal(line.quantity),
            line.price.map_or(String::new(), decimal),
            line.text.as_deref().map_or(String::new(), quote),
        ];
        text += &(fields.join(",") + "\n");
    }
    text.into_bytes()
}

pub fn jsonl(lines: &[Line]) -> Vec<u8> {
    let mut text = String::new();
    for line in lines {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        let optional = |text: &Option<String>| text.as_deref().map_or("null".to_owned(), string);
        text += &format!(
            "{{\"Invoice\":{},\"Date\":{},\"Code\":{},\"Qty\":{},\"Price\":{},\"Text\":{}}}\n",
            string(&line.invoice),
            string(&moment_text(line.sold_at)),
            optional(&line.code),
            decimal(line.quantity),
            line.price.map_or("null".to_owned(), decimal),
            optional(&line.text)
        );
    }
    text.into_bytes()
}

pub fn xlsx(lines: &[Line]) -> Vec<u8> {
    let mut book = Workbook::new();
    let dated = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let sheet = book.add_worksheet();
    for (column, heading) in HEADINGS.iter().enumerate() {
        sheet.write_string(0, column as u16, *heading).expect("written");
    }
    for (index, line) in lines.iter().enumerate() {
        let row = index as u32 + 1;
        sheet.write_string(row, 0, &line.invoice).expect("written");
        let (year, month, day, hour, minute, second) = moment(line.sold_at);
        let moment = ExcelDateTime::from_ymd(year, month, day)
            .and_then(|day| day.and_hms(hour, minute, second))
            .expect("a moment");
        sheet.write_datetime_with_format(row, 1, &moment, &dated).expect("written");
        if let Some(code) = &line.code {
            sheet.write_string(row, 2, code).expect("written");
        }
        sheet.write_number(row, 3, line.quantity as f64 / 1e4).expect("written");
        if let Some(price) = line.price {
            sheet.write_number(row, 4, price as f64 / 1e4).expect("written");
        }
        if let Some(text) = &line.text {
            sheet.write_string(row, 5, text).expect("written");
        }
    }
    book.save_to_buffer().expect("saved")
}

/// Columns as a Parquet file.
pub fn parquet_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .expect("a batch");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

pub fn decimals(values: impl Iterator<Item = Option<i128>>) -> ArrayRef {
    let array: Decimal128Array = values.collect();
    Arc::new(array.with_precision_and_scale(18, 4).expect("a decimal"))
}

pub fn parquet(lines: &[Line]) -> Vec<u8> {
    let texts = |of: fn(&Line) -> Option<&str>| -> ArrayRef {
        Arc::new(lines.iter().map(of).collect::<StringArray>())
    };
    let moments = TimestampMicrosecondArray::from_iter_values(lines.iter().map(|line| line.sold_at));
    parquet_of(vec![
        ("Invoice", texts(|line| Some(&line.invoice))),
        ("Date", Arc::new(moments)),
        ("Code", texts(|line| line.code.as_deref())),
        ("Qty", decimals(lines.iter().map(|line| Some(line.quantity)))),
        ("Price", decimals(lines.iter().map(|line| line.price))),
        ("Text", texts(|line| line.text.as_deref())),
    ])
}

/// A made-up line.
pub fn line(number: i64) -> Line {
    Line {
        invoice: format!("A{number}"),
        sold_at: (1_704_443_160 + number) * 1_000_000,
        code: Some(format!("X{}", number % 97)),
        quantity: 10_000 * i128::from(number % 7 + 1),
        price: Some(25_500),
        text: Some(format!("tea, \"{number}\"\nsecond line")),
    }
}
