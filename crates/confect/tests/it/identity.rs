//! Customers that are one person: merged by rule, told why, told apart again.

use crate::support::Project;

const CRM: &str = "\
customer_id,name,email,phone,city,joined_date
C1,Ada Lovelace,ada@example.org,,London,2020-01-05
C2,LOVELACE Ada,ADA@example.org ,,London,2021-03-01
C3,Charles Babbage,charles@example.org,,London,2020-02-01
C4,Mary Somerville,,+44 20 7946 0001,Jedburgh,2020-04-01
";

const TILL: &str = "\
invoice,line,at,article,customer,pieces,price
1,1,2024-05-01 10:00:00,A,C1,1,10.00
2,1,2024-05-02 10:00:00,A,C2,2,10.00
3,1,2024-05-03 10:00:00,A,C3,1,10.00
4,1,2024-05-03 11:00:00,A,C4,1,10.00
";

const SOURCES: &str = r#"
[[source]]
name = "till"
entity = "sale_lines"
files = ["till.csv"]
[source.columns]
invoice_no = ["invoice"]
line_no = ["line"]
sold_at = ["at"]
stock_code = ["article"]
customer_id = ["customer"]
quantity = ["pieces"]
unit_price = ["price"]

[[source]]
name = "crm"
entity = "customers"
files = ["crm.csv"]
[source.columns]
customer_id = ["customer_id"]
name = ["name"]
email = ["email"]
phone = ["phone"]
city = ["city"]
joined_date = ["joined_date"]
"#;

#[test]
fn one_person_is_counted_once_and_the_merge_can_be_undone() {
    let project = Project::empty("blank");
    std::fs::create_dir_all(project.path("sources")).expect("a folder");
    std::fs::write(project.path("sources/shop.toml"), SOURCES).expect("a file");
    std::fs::write(project.path("data/crm.csv"), CRM).expect("a file");
    std::fs::write(project.path("data/till.csv"), TILL).expect("a file");
    project.fine(&["refresh"]);
    let buyers = || project.csv(&["metric", "active_customers"])[1].clone();
    assert_eq!(buyers(), "3", "two ids of Ada are one person");
    let ada = project.csv(&[
        "sql",
        "select customer_id, frequency, monetary from single_customer_view order by 1 limit 1",
    ]);
    assert_eq!(ada, ["customer_id,frequency,monetary", "C1,2,30"]);
    let merges = project.csv(&["identity"]);
    assert_eq!(merges.len(), 2, "{merges:?}");
    assert!(merges[1].starts_with("C2,C1,email,C1,"), "{merges:?}");
    assert!(!merges[1].contains("ada@example.org"), "personal values are masked: {merges:?}");

    project.fine(&["identity", "split", "C2", "C1"]);
    project.fine(&["refresh"]);
    assert_eq!(buyers(), "4");
    project.fine(&["identity", "join", "C3", "C4"]);
    project.fine(&["identity", "forget", "C1", "C2"]);
    project.fine(&["refresh"]);
    assert_eq!(buyers(), "2");
    assert_eq!(project.run(&["identity", "split", "C1", "C9"]).code, 2, "an id that is not there");
}
