//! Messages, whole: what stands on standard error, and the exit code.

use std::net::TcpListener;

use crate::support::{Project, Ran, confect, repository, shared};

/// Compares with `tests/golden/messages/cli_<name>.txt`, paths of this run left out.
fn check(name: &str, ran: &Ran, paths: &[(&str, &str)]) {
    let shown = paths.iter().fold(ran.err.clone(), |text, (path, word)| text.replace(path, word));
    let got = format!("exit code {}\n{}", ran.code, shown);
    let file = repository().join("tests/golden/messages").join(format!("cli_{name}.txt"));
    if std::env::var_os("CONFECT_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, &got).expect("a file");
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(got, expected, "{name}: CONFECT_BLESS=1 accepts it");
}

#[test]
fn without_a_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path");
    check("no_project", &confect(&["-C", path, "refresh"]), &[(path, "<folder>")]);
    check(
        "unknown_template",
        &confect(&["init", path, "--template", "confectionary"]),
        &[(path, "<folder>")],
    );
}

#[test]
fn before_the_first_refresh() {
    let project = Project::empty("online-retail");
    let here = [(project.text(), "<project>")];
    check("nothing_published", &project.run(&["sql", "select 1"]), &here);
    check("nothing_to_read", &project.run(&["refresh"]), &here);
    check("init_again", &confect(&["init", project.text(), "--template", "blank"]), &here);
}

#[test]
fn questions_that_do_not_fit() {
    let asked = [
        ("unknown_metric", vec!["metric", "net_sale"]),
        ("unknown_dimension", vec!["metric", "net_sales", "--by", "contry"]),
        ("unknown_grain", vec!["metric", "net_sales", "--grain", "monthly"]),
        ("empty_period", vec!["metric", "net_sales", "--from", "2011-11-05", "--to", "2011-11-05"]),
        ("sql_not_a_query", vec!["sql", "drop table fact_sales"]),
        ("sql_two_statements", vec!["sql", "select 1; select 2"]),
        ("sql_unknown_column", vec!["sql", "select revenu from fact_sales"]),
        ("unknown_customer", vec!["customer", "99999"]),
        ("unknown_user", vec!["sql", "--as", "maria", "select 1"]),
        ("bad_day", vec!["metric", "net_sales", "--from", "2011-02-30"]),
    ];
    for (name, arguments) in asked {
        check(name, &shared().run(&arguments), &[(shared().text(), "<project>")]);
    }
}

#[test]
fn users_that_cannot_be_added() {
    let project = shared();
    check("unknown_role", &project.run(&["user", "add", "eva", "--role", "ownr"]), &[]);
    check("no_role", &project.run(&["user", "add", "eva"]), &[]);
    check("user_exists", &project.run(&["user", "add", "mara", "--role", "owner"]), &[]);
    check("bad_user_name", &project.run(&["user", "add", "Eva B", "--role", "owner"]), &[]);
    let weak = ["user", "add", "eva", "--role", "owner", "--password-stdin"];
    check("weak_password", &project.run_with(&weak, "passwordpassword1"), &[]);
    check("no_password", &project.run_with(&weak, ""), &[]);
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let ran = shared().run(&["serve", "--port", &port]);
    let free =
        ran.err.split("--port ").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or("?").to_owned();
    check("port_taken", &ran, &[(&port, "<port>"), (&free, "<free>")]);
    check("open_address", &shared().run(&["serve", "--bind", "0.0.0.0"]), &[]);
}

#[test]
fn baskets_that_cannot_be_searched() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let fimi = write("baskets.dat", "1 2 3\n1 two 3\n");
    let lines = write("sales.csv", "Invoice,Article,Price\n1,a,2\n1,b,2\n");
    let empty = write("empty.csv", "");
    let nowhere = empty.replace("empty.csv", "nowhere.csv");
    let here = [(folder.path().to_str().expect("a path"), "<folder>")];
    let asked: [(&str, Vec<&str>); 12] = [
        ("basket_no_support", vec!["basket", &fimi]),
        ("basket_support_zero", vec!["basket", &fimi, "--min-support", "0"]),
        ("basket_support_above_one", vec!["basket", &fimi, "--min-support", "1.5"]),
        ("basket_support_below_zero", vec!["basket", &fimi, "--min-support", "-0.1"]),
        ("basket_not_a_number", vec!["basket", &fimi, "--min-support", "2", "--format", "fimi"]),
        ("basket_no_file", vec!["basket", &nowhere, "--min-support", "2"]),
        ("basket_no_column", vec!["basket", &lines, "--min-support", "2", "--columns", "Invoice,Artikle"]),
        ("basket_empty", vec!["basket", &empty, "--min-support", "2"]),
        ("basket_lengths", vec!["basket", &lines, "--min-support", "2", "--min-len", "3", "--max-len", "2"]),
        ("basket_closed_rules", vec!["basket", &lines, "--min-support", "2", "--closed", "--rules"]),
        (
            "basket_confidence",
            vec!["basket", &lines, "--min-support", "2", "--rules", "--min-confidence", "1.5"],
        ),
        ("basket_no_project", vec!["-C", folder.path().to_str().expect("a path"), "basket"]),
    ];
    for (name, arguments) in asked {
        check(name, &confect(&arguments), &here);
    }
    let here = [(shared().text(), "<project>")];
    check("basket_unknown_level", &shared().run(&["basket", "--level", "categry"]), &here);
    check("basket_no_groups", &shared().run(&["basket", "--level", "category"]), &here);
    check("basket_unknown_scope", &shared().run(&["basket", "--where", "contry=France"]), &here);
    check("basket_nothing_there", &shared().run(&["basket", "--country", "Atlantis"]), &here);
    check("basket_unknown_season", &shared().run(&["basket", "--season", "sumer"]), &here);
}
