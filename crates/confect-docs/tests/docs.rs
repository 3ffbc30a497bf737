//! A small warehouse of which everything must be told, and nothing may break out of its place.

use confect_docs::{
    Flow, Metric, Node, Stage, Table, Warehouse, erd_mermaid, erd_svg, flow_mermaid, flow_svg, site,
};
use confect_domain::{ColumnContract, ColumnType, ForeignKey, Layer, TableAccess, TableContract};

fn table(name: &str, layer: Layer, columns: &[(&str, ColumnType)], keys: &[(&str, &str)]) -> Table {
    let contract = TableContract {
        name: name.to_owned(),
        layer,
        grain: format!("one row per {name} <b>"),
        key: vec![columns[0].0.to_owned()],
        order: Vec::new(),
        access: TableAccess::Secured,
        accepted: Vec::new(),
        columns: columns
            .iter()
            .map(|(name, column_type)| ColumnContract {
                name: (*name).to_owned(),
                column_type: *column_type,
                nullable: false,
                about: format!("What {name} says & \"more\"."),
            })
            .collect(),
        foreign_keys: keys
            .iter()
            .map(|(column, to)| ForeignKey { column: (*column).to_owned(), references: (*to).to_owned() })
            .collect(),
    };
    Table {
        contract,
        rows: Some(1_234_567),
        sql: "select '<x>'".to_owned(),
        path: "star/x.sql".to_owned(),
        method: None,
    }
}

fn warehouse() -> Warehouse {
    use ColumnType::{Decimal, Integer, Text};
    let node = |id: &str, stage| Node { id: id.to_owned(), stage, title: id.replace("metric:", "") };
    Warehouse {
        shop: "Tarts & Co <script>".to_owned(),
        published: "Publication 3.".to_owned(),
        tables: vec![
            table("dim_product", Layer::Star, &[("product_key", Integer), ("stock_code", Text)], &[]),
            table(
                "fact_sales",
                Layer::Star,
                &[("invoice_no", Text), ("product_key", Integer), ("revenue", Decimal)],
                &[("product_key", "dim_product")],
            ),
            table("customer_view", Layer::Marts, &[("customer_id", Text)], &[("customer_id", "dim_gone")]),
        ],
        metrics: vec![Metric {
            id: "net_sales".to_owned(),
            name: "Net sales".to_owned(),
            definition: "Sales < returns.".to_owned(),
            formula: "sales - returns".to_owned(),
            unit: "money".to_owned(),
            owner: "Finance".to_owned(),
            sources: Vec::new(),
        }],
        flow: Flow {
            nodes: vec![
                node("till", Stage::Source),
                node("fact_sales", Stage::Star),
                node("dim_product", Stage::Star),
                node("metric:net_sales", Stage::Metric),
            ],
            edges: [("till", "fact_sales"), ("fact_sales", "metric:net_sales"), ("fact_sales", "gone")]
                .map(|(from, to)| (from.to_owned(), to.to_owned()))
                .to_vec(),
        },
    }
}

#[test]
fn mermaid_names_keys_and_references_that_are_there() {
    assert_eq!(
        erd_mermaid(&warehouse().tables),
        "erDiagram\n    dim_product {\n        integer product_key PK\n        text stock_code\n    }\n    \
         fact_sales {\n        text invoice_no PK\n        integer product_key FK\n        decimal revenue\n    }\n    \
         customer_view {\n        text customer_id PK,FK\n    }\n    dim_product ||--o{ fact_sales : product_key\n"
    );
    let flow = flow_mermaid(&warehouse().flow);
    assert!(flow.contains("subgraph Sources") && !flow.contains("subgraph Pages"), "{flow}");
    assert_eq!(flow.matches("-->").count(), 2, "the edge to nowhere is left out: {flow}");
}

#[test]
fn pictures_hold_every_table_column_and_reference_and_are_well_formed() {
    let warehouse = warehouse();
    let erd = erd_svg(&warehouse.shop, &warehouse.tables);
    for word in ["dim_product", "fact_sales", "customer_view", "stock_code", "revenue"] {
        assert!(erd.contains(&format!(">{word}</text>")), "{word}");
    }
    assert_eq!(erd.matches("class=\"edge\"").count(), 1);
    let flow = flow_svg(&warehouse.shop, &warehouse.flow);
    assert_eq!(flow.matches("class=\"edge\"").count(), 2);
    for picture in [erd, flow] {
        assert!(!picture.contains("<script") && !picture.contains("<b>"));
        for tag in ["g", "text", "title", "svg", "path"] {
            let opened =
                picture.matches(&format!("<{tag}>")).count() + picture.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, picture.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn the_site_explains_every_column_and_metric_and_all_its_links_lead_somewhere() {
    let files = site(&warehouse());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[0], "index.html");
    let all: String = files.iter().map(|(_, text)| text.as_str()).collect();
    for told in [
        "1\u{202f}234\u{202f}567",
        "What revenue says &amp; &quot;more&quot;.",
        "sales - returns",
        "Sales &lt; returns.",
        "select &#39;&lt;x&gt;&#39;",
    ] {
        assert!(all.contains(told), "{told}");
    }
    assert!(!all.contains("<script>") && !all.contains("<b>"));
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        for link in text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let file = link.split('#').next().unwrap_or_default();
            assert!(file.is_empty() || names.contains(&file), "{name}: {link}");
        }
    }
}
