//! `confect docs` on the small shop.

use crate::support::shared;

#[test]
fn the_diagram_the_flow_and_the_catalogue_are_written() {
    let shop = shared();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let mermaid = shop.fine(&["docs", "erd"]);
    assert!(
        mermaid.starts_with("erDiagram\n") && mermaid.contains("dim_product ||--o{ fact_sales : product_key")
    );
    shop.fine(&["docs", "erd", "--out", &path("tables.svg")]);
    shop.fine(&["docs", "lineage", "--out", &path("flow.mmd")]);
    shop.fine(&["docs", "catalogue", "--out", &path("catalogue")]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    assert!(read("tables.svg").contains(">fact_sales</text>"));
    let flow = read("flow.mmd");
    assert!(flow.contains("\"online_retail\"") && flow.contains("subgraph Metrics"), "{flow}");
    let sales = read("catalogue/table-fact_sales.html");
    // Four sold lines and postage; what the contract says of a column.
    assert!(sales.contains("<dt>Rows</dt><dd>6</dd>") && sales.contains("id=\"revenue\""), "{sales}");
    assert!(read("catalogue/metrics.html").contains("id=\"net_sales\""));

    let wrong = shop.run(&["docs", "erd", "--out", &path("tables.png")]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("end it in .svg"), "{}", wrong.err);
    let wrong = shop.run(&["docs", "catalogue"]);
    assert!(wrong.code == 2 && wrong.err.contains("--out catalogue"), "{}", wrong.err);
}
