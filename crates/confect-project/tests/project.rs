//! Whole projects in temporary folders: templates, overlays, inputs, and every mistake with its place.
//!
//! Messages are golden in `tests/golden/messages/`; `CONFECT_BLESS=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use confect_domain::database::{DatabaseKind, DatabaseQuery, DatabaseSource, Overlap, SecretRef, Watermark};
use confect_domain::policy::{Comparison, Operand};
use confect_domain::{Entity, Problem, ProblemKind, TableAccess};
use confect_project::{Packs, Project, Template, TileKind, find_root, init};
use tempfile::TempDir;

/// A new project made from `template`, with these files on top.
fn project(template: Template, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    init(folder.path(), template, None).expect("a project");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn load(root: &Path) -> Result<Project, Vec<Problem>> {
    Project::load_with(root, &Packs::embedded())
}

fn sound(folder: &TempDir) -> Project {
    load(folder.path()).unwrap_or_else(|problems| panic!("{}", told(&problems)))
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect::<Vec<_>>().join("\n")
}

/// The problems of a project as one text, compared with the golden file of that name.
fn assert_golden(name: &str, folder: &TempDir) -> Vec<Problem> {
    let problems = load(folder.path()).map(|_| ()).expect_err("a broken project");
    for problem in &problems {
        assert_eq!(problem.kind, ProblemKind::Config, "{problem}");
        let place: Vec<&str> = problem.detail.as_deref().expect("a place").split(':').collect();
        assert!(place.len() >= 3 && place[1].parse::<u32>().is_ok(), "{problem}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/golden/messages/{name}.txt"));
    let found = told(&problems);
    if std::env::var_os("CONFECT_BLESS").is_some() {
        fs::write(&path, &found).expect("written");
    }
    assert_eq!(found, fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
    problems
}

#[test]
fn every_template_is_a_sound_project() {
    for (name, template) in Template::NAMES {
        let folder = project(template, &[]);
        let project = sound(&folder);
        assert_eq!(find_root(folder.path()), Some(folder.path().to_owned()));
        assert_eq!(project.catalogue.metrics().len(), 42, "{name}");
        assert_eq!(project.pages.len(), 1);
        let roles: Vec<&str> = project.roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(roles, ["analyst", "country_manager", "owner", "store_manager"]);
        assert_eq!(
            project.seeds.iter().find(|seed| seed.name == "non_merchandise").map(|seed| seed.rows.len()),
            Some(16)
        );
        assert!(project.models.iter().any(|model| model.path == "packs/retail/star/fact_sales.sql"));
    }
    assert!(load(tempfile::tempdir().expect("a folder").path()).is_err());
}

#[test]
fn the_online_retail_profile_knows_both_spellings() {
    let folder = project(Template::OnlineRetail, &[]);
    let project = sound(&folder);
    assert_eq!((project.shop.name.as_str(), project.shop.currency.as_str()), ("Online Retail", "GBP"));
    let [source] = project.sources.as_slice() else { panic!("one source") };
    assert_eq!(source.origin, "packs/retail/sources/online-retail.toml");
    let mapping =
        |column: &str| source.spec.columns.iter().find(|mapping| mapping.column == column).expect(column);
    assert_eq!(mapping("invoice_no").headers, ["InvoiceNo", "Invoice"]);
    assert_eq!(mapping("customer_id").headers, ["CustomerID", "Customer ID"]);
    assert_eq!(mapping("currency").constant.as_deref(), Some("GBP"));
    assert!(mapping("currency").headers.is_empty());
    assert!(source.spec.options.deduplicate);
    assert_eq!(source.spec.options.zone.as_deref(), Some("UTC"));
    assert_eq!(source.spec.options.date_order, None);
}

#[test]
fn the_confectionery_profile_covers_five_entities() {
    let project = sound(&project(Template::Confectionery, &[]));
    // The files of `confect generate` are read as well.
    assert_eq!(project.sources[5].spec.name, "generated_sale_lines");
    let entities: Vec<Entity> = project.sources.iter().take(5).map(|source| source.spec.entity).collect();
    assert_eq!(
        entities,
        [Entity::SaleLines, Entity::Customers, Entity::Products, Entity::StockLevels, Entity::StockMovements]
    );
    assert!(!project.sources[0].spec.options.deduplicate);
    let kind = project.sources[4].spec.columns.iter().find(|mapping| mapping.column == "kind").expect("kind");
    assert_eq!(kind.values.get("Restock").map(String::as_str), Some("receipt"));
}

#[test]
fn the_overview_page_has_its_tiles() {
    let project = sound(&project(Template::Blank, &[]));
    let page = &project.pages[0];
    assert_eq!((page.id.as_str(), page.title.as_str()), ("overview", "Executive overview"));
    assert_eq!(page.filters, ["country", "category", "store", "loyalty_tier"]);
    assert_eq!(page.tiles.len(), 9);
    assert_eq!(page.tiles[2].title, "Average order value");
    assert!(matches!(&page.tiles[7].kind, TileKind::Bars { limit: 8, by, .. } if by.len() == 3));
    assert!(matches!(&page.tiles[8].kind, TileKind::Table { limit: 200, metrics, .. } if metrics.len() == 4));
}

#[test]
fn a_file_goes_to_the_first_source_that_matches_and_strangers_are_told() {
    let source = "[[source]]\nname = \"till\"\nentity = \"sale_lines\"\nfiles = [\"till/*.CSV\"]\n[source.columns]\n\
                  invoice_no = [\"no\"]\nsold_at = [\"at\"]\nstock_code = [\"code\"]\nquantity = [\"n\"]\nunit_price = [\"price\"]\n";
    let folder = project(
        Template::OnlineRetail,
        &[
            ("sources/till.toml", source),
            ("data/B.CSV", ""),
            ("data/a.csv.zst", ""),
            ("data/deep/er/c.csv.gz", ""),
            ("data/till/x.csv", ""),
            ("data/till/deeper/y.csv", ""),
            ("data/readme.txt", ""),
            ("data/.hidden.csv", ""),
            ("data/.git/d.csv", ""),
        ],
    );
    let project = sound(&folder);
    let found: Vec<(usize, Vec<String>)> = project
        .find_inputs()
        .expect("inputs")
        .into_iter()
        .map(|(source, files)| (source, files.into_iter().map(|file| file.label).collect()))
        .collect();
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (0, labels(&["data/till/x.csv"])),
            (1, labels(&["data/B.CSV", "data/a.csv.zst", "data/deep/er/c.csv.gz", "data/till/deeper/y.csv"])),
        ]
    );
    assert_eq!(project.unread_files(), ["data/readme.txt"]);
    fs::remove_dir_all(folder.path().join("data")).expect("removed");
    assert_eq!(project.find_inputs().expect_err("no data").kind, ProblemKind::Source);
}

#[test]
fn a_users_file_replaces_the_packs_file_of_its_name() {
    let page = "title = \"Mine\"\n[[tile]]\nid = \"orders\"\nkind = \"kpi\"\nmetric = \"orders\"\n";
    let access = "[role.analyst]\npermissions = []\n[role.buyer]\n[[role.buyer.grant]]\n\
                  rules = [{ dimension = \"dim_product\", column = \"stock_code\", prefix = [\"85\"] }]\n";
    let folder =
        project(Template::OnlineRetail, &[("dashboards/overview.toml", page), ("access.toml", access)]);
    let changed = sound(&folder);
    assert_eq!((changed.pages.len(), changed.pages[0].title.as_str()), (1, "Mine"));
    let names: Vec<&str> = changed.roles.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["analyst", "buyer", "country_manager", "owner", "store_manager"]);
    assert!(changed.roles[0].permissions.is_empty());
    let rule = &changed.roles[1].grants[0][0];
    assert_eq!(
        (rule.comparison, &rule.operand),
        (Comparison::Prefix, &Operand::Values(vec!["85".to_owned()]))
    );
}

#[test]
fn the_fingerprint_follows_what_shapes_tables_and_nothing_else() {
    let before = sound(&project(Template::OnlineRetail, &[])).fingerprint;
    assert_eq!(before, sound(&project(Template::OnlineRetail, &[])).fingerprint);
    let page = "title = \"Mine\"\n";
    let same =
        sound(&project(Template::OnlineRetail, &[("dashboards/mine.toml", page), ("access.toml", "")]));
    assert_eq!(before, same.fingerprint);
    let seed = ("seeds/non_merchandise.csv", "stock_code,kind,about\nPOST,postage,\n");
    let other = sound(&project(Template::OnlineRetail, &[seed]));
    assert_ne!(before, other.fingerprint);
    assert_ne!(before, sound(&project(Template::Confectionery, &[])).fingerprint);
}

#[test]
fn a_model_of_ones_own_joins_the_catalogue() {
    let folder = project(
        Template::OnlineRetail,
        &[
            ("marts/best.sql", "select 1 as stock_code"),
            (
                "marts/best.toml",
                "grain = \"one row per article\"\nkey = [\"stock_code\"]\naccess = \"public\"\n[[column]]\nname = \"stock_code\"\ntype = \"text\"\n",
            ),
        ],
    );
    let project = sound(&folder);
    let contract = project.catalogue.contract("best").expect("the table");
    assert_eq!(contract.access, TableAccess::Public);
    let staging = project.catalogue.contract("stg_sale_lines").expect("staging");
    assert_eq!(staging.access, TableAccess::Private);
}

#[test]
fn five_mistakes_in_four_files_are_all_told_with_their_places() {
    let folder = project(
        Template::OnlineRetail,
        &[
            (
                "confect.toml",
                "pack = \"retail\"\nprofiles = [\"online-retial\"]\n\n[shop]\nname = \"Süß & Co\"\ncurrency = \"pounds\"\n",
            ),
            (
                "metrics/own.toml",
                "[[metric]]\nid = \"tax\"\nname = \"Tax\"\ndefinition = \"Tax.\"\nexpression = \"revenu * 0.19\"\nunit = \"money\"\nadditivity = \"additive\"\ngood = \"neutral\"\nowner = \"Finance\"\ngrain = \"line\"\n",
            ),
            (
                "access.toml",
                "# Ä\n[role.buyer]\npermissions = [\"sql:run\"]\n[[role.buyer.grant]]\nrules = [{ dimension = \"dim_country\", column = \"countri\", in = \"user.countries\" }]\n",
            ),
            (
                "dashboards/own.toml",
                "title = \"Own\"\n[[tile]]\nid = \"a\"\nkind = \"kpi\"\nmetrik = \"orders\"\n",
            ),
        ],
    );
    assert_eq!(assert_golden("project_five_mistakes", &folder).len(), 5);
}

#[test]
fn syntax_errors_of_all_files_come_in_one_run() {
    let folder = project(
        Template::OnlineRetail,
        &[
            ("confect.toml", "pack = \"retail\nprofiles = []\n"),
            ("metrics/own.toml", "[[metric]\n"),
            ("sources/own.toml", "[[source]]\nname = \"a\"\nname = \"b\"\n"),
            ("star/dim_date.toml", "grain = 3\n"),
            ("access.toml", "role = 1\n"),
            ("seeds/own.csv", "code\n\"open\n"),
        ],
    );
    assert_golden("project_syntax", &folder);
}

#[test]
fn sources_are_checked_against_their_entity() {
    let folder = project(
        Template::Blank,
        &[(
            "sources/till.toml",
            "[[source]]\nname = \"till\"\nentity = \"sale_line\"\nfiles = [\"a.csv\"]\n\n\
             [[source]]\nname = \"till\"\nentity = \"sale_lines\"\nfiles = [\"../a.csv\", \"[\"]\n\
             [source.columns]\ninvoice = [\"No\"]\nsold_at = [\"At\"]\nstock_code = [\"Code\"]\n\
             [source.constants]\nquantity = \"1\"\n[source.values.channel]\nW = \"web\"\n\
             [source.options]\ndelimiter = \"#\"\ndate_order = \"dym\"\nmax_quarantine_rate = 5.0\n\n\
             [[source]]\nname = \"stock levels\"\nentity = \"stock_levels\"\nfiles = []\n[source.columns]\nstock_code = [\"Code\"]\non_hand_qty = [\"Stock\"]\n",
        )],
    );
    assert_golden("project_sources", &folder);
}

const COLUMNS: &str = "[source.columns]\nstock_code = [\"Code\"]\non_hand_qty = [\"Stock\"]\n";

#[test]
fn databases_are_checked_without_connecting() {
    let source = |name: &str, database: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nentity = \"stock_levels\"\n{COLUMNS}[source.database]\n{database}\n"
        )
    };
    let secret = "postgres://anna:geheim@till/shop";
    let text = [
        source("literal", &format!("kind = \"postgres\"\nurl = \"{secret}\"\ntable = \"stock\"\n")),
        source("kind", "kind = \"postgre\"\nurl = \"env:DB\"\ntable = \"a.b.c\"\n"),
        source("both", "kind = \"postgres\"\nurl = \"env:DB\"\ntable = \"a\"\nquery = \"select 1\"\n"),
        source("neither", "kind = \"postgres\"\nurl = \"file:db\"\n[source.options]\ndelimiter = \";\"\n"),
        source("writes", "kind = \"postgres\"\nurl = \"env:DB\"\nquery = \"delete from stock\"\noverlap = 5\n"),
        source("spans", "kind = \"postgres\"\nurl = \"env:DB\"\ntable = \"a\"\nwatermark = \"at\"\noverlap = \"1 week\"\ntimeout = \"5\"\n"),
        format!("[[source]]\nname = \"nowhere\"\nentity = \"stock_levels\"\n{COLUMNS}"),
    ]
    .concat();
    let problems =
        assert_golden("project_databases", &project(Template::Blank, &[("sources/till.toml", &text)]));
    assert!(!told(&problems).contains("geheim"));
}

#[test]
fn a_database_is_read_with_what_it_needs() {
    let text = format!(
        "[[source]]\nname = \"stock\"\nentity = \"stock_levels\"\n{COLUMNS}[source.database]\nkind = \"postgres\"\n\
         url = \"env:SHOP_DB\"\ntable = \"public.stock\"\nkey = [\"Code\"]\nwatermark = \"at\"\noverlap = \"2 hours\"\nhosts = [\"till\"]\n"
    );
    let project = sound(&project(Template::Blank, &[("sources/till.toml", &text)]));
    let source = project.sources.iter().find(|source| source.spec.name == "stock").expect("the source");
    let hours = std::time::Duration::from_secs(3_600);
    let expected = DatabaseSource {
        kind: DatabaseKind::Postgres,
        url: SecretRef::Env("SHOP_DB".to_owned()),
        query: DatabaseQuery::Table(vec!["public".to_owned(), "stock".to_owned()]),
        key: vec!["Code".to_owned()],
        watermark: Some(Watermark { column: "at".to_owned(), overlap: Some(Overlap::Time(hours * 2)) }),
        timeout: hours,
        hosts: vec!["till".to_owned()],
    };
    assert_eq!(source.database.as_ref(), Some(&expected));
    assert_eq!((source.spec.options.delimiter, source.spec.options.infer_numbers), (Some(b','), false));
    assert!(source.patterns.is_empty());
    let theirs = text.replace("postgres", "sqlserver").replace("public.", "dbo.");
    let project = self::project(Template::Blank, &[("sources/till.toml", &theirs)]);
    let project = sound(&project);
    let database = project.sources.iter().find_map(|source| source.database.as_ref()).expect("the source");
    assert_eq!(database.kind, DatabaseKind::SqlServer);
    assert_eq!(database.query, DatabaseQuery::Table(vec!["dbo".to_owned(), "stock".to_owned()]));
}

#[test]
fn roles_are_checked_against_the_tables() {
    let rule = |rest: &str| format!("[[role.a.grant]]\nrules = [{{ {rest} }}]\n");
    let text = [
        "[role.a]\npermissions = [\"sql-run\"]\n".to_owned(),
        rule("dimension = \"fact_sales\", column = \"invoice_no\", in = [\"1\"]"),
        rule("dimension = \"dim_countri\", column = \"country\", in = [\"France\"]"),
        rule("dimension = \"dim_country\", column = \"country_key\", in = [\"1\"]"),
        rule("dimension = \"dim_country\", column = \"country\""),
        rule("dimension = \"dim_country\", column = \"country\", in = [\"a\"], prefix = [\"b\"]"),
        rule("dimension = \"dim_country\", column = \"country\", in = \"France\""),
        rule("dimension = \"dim_country\", column = \"country\", not_in = []"),
        "[[role.a.grant]]\nrules = []\n".to_owned(),
    ]
    .concat();
    assert_golden("project_roles", &project(Template::Blank, &[("access.toml", &text)]));
}

#[test]
fn pages_metrics_and_models_are_checked_against_each_other() {
    let page = "title = \"Own\"\nfilters = [\"countri\"]\n\
                [[tile]]\nid = \"a\"\nkind = \"kpi\"\n\
                [[tile]]\nid = \"a\"\nkind = \"pie\"\nmetric = \"orders\"\n\
                [[tile]]\nid = \"b\"\nkind = \"bars\"\nmetric = \"order\"\nby = [\"store\"]\nlimit = 0\n\
                [[tile]]\nid = \"c\"\nkind = \"table\"\nmetric = \"orders\"\nby = [\"stock_code\"]\nmetrics = [\"orders\"]\n\
                [[tile]]\nid = \"d\"\nkind = \"trend\"\nmetric = \"orders\"\nby = [\"store\"]\n";
    assert_golden("project_pages", &project(Template::Blank, &[("dashboards/own.toml", page)]));
    let metrics = "[[measure]]\nid = \"m\"\ntable = \"fact_sale\"\naggregate = \"sum\"\ncolumn = \"revenue\"\n\
                   [[measure]]\nid = \"n\"\ntable = \"fact_sales\"\naggregate = \"sum\"\ncolumn = \"revenu\"\n\
                   [[measure]]\nid = \"o\"\ntable = \"fact_sales\"\naggregate = \"count\"\nonly = { column = \"kind\", equals = \"x\" }\n\
                   [[measure]]\nid = \"revenue\"\ntable = \"fact_sales\"\naggregate = \"avg\"\ncolumn = \"revenue\"\n\
                   [[metric]]\nid = \"p\"\nname = \"P\"\ndefinition = \"P.\"\nexpression = \"m / sum(n)\"\nunit = \"money\"\nadditivity = \"additive\"\ngood = \"up\"\nowner = \"Sales\"\ngrain = \"line\"\n";
    let star = "grain = \"one row per thing\"\nkey = [\"thing_id\"]\n[[column]]\nname = \"thing_key\"\ntype = \"int\"\n\
                [[column]]\nname = \"store_key\"\ntype = \"integer\"\nreferences = \"dim_stor\"\n";
    assert_golden(
        "project_definitions",
        &project(
            Template::Blank,
            &[
                ("metrics/own.toml", metrics),
                ("star/dim_thing.toml", star),
                ("star/dim_thing.sql", "select 1"),
                ("marts/alone.sql", "select 1"),
            ],
        ),
    );
}

#[test]
fn a_folder_without_a_project_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(find_root(folder.path()), None);
    let problems = assert_golden("project_missing", &folder);
    assert_eq!(problems.len(), 1);
}

#[test]
fn init_leaves_what_is_there_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("new/shop");
    fs::create_dir_all(&root).expect("a folder");
    fs::write(root.join("README.md"), "mine").expect("a file");
    let written =
        init(&root, Template::Confectionery, Some(" Zoë's \"best\"\n\u{1b}[31m ")).expect("a project");
    let names: Vec<PathBuf> =
        written.iter().map(|path| path.strip_prefix(&root).expect("below").to_owned()).collect();
    assert_eq!(names, ["data/.gitkeep", "access.toml", ".gitignore", "confect.toml"].map(PathBuf::from));
    assert_eq!(fs::read_to_string(root.join("README.md")).expect("a text"), "mine");
    assert_eq!(load(&root).map(|project| project.shop.name).ok().as_deref(), Some("Zoë's \"best\" [31m"));
    let again = init(&root, Template::Blank, None).expect_err("refused");
    assert_eq!((again.kind, again.code), (ProblemKind::User, "project-exists"));
}

#[test]
fn unknown_templates_get_the_nearest_name() {
    let hint = |name: &str| Template::from_name(name).expect_err("unknown").hints.concat();
    assert_eq!(hint("online_retial"), "did you mean `online-retail`?");
    assert_eq!(hint("bank"), "did you mean `blank`?");
    assert_eq!(hint("bookshop"), "there are: `online-retail`, `confectionery`, `generated`, `blank`");
    assert_eq!(Template::from_name("confectionery"), Ok(Template::Confectionery));
}

#[test]
fn a_pack_can_be_read_from_a_folder_and_equals_the_one_in_the_binary() {
    let folder = project(Template::OnlineRetail, &[]);
    let packs =
        Packs::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")).expect("packs");
    assert_eq!(packs.names(), Packs::embedded().names());
    let from_disk = Project::load_with(folder.path(), &packs).expect("a sound project");
    assert_eq!(from_disk.fingerprint, sound(&folder).fingerprint);
}

#[test]
fn made_columns_and_lookups_are_checked() {
    let text = "\
[[source]]
name = \"back\"
entity = \"sale_lines\"
files = [\"back*.csv\"]

[source.columns]
invoice_no = { row_number = \"RET-\" }
sold_at = [\"Day\"]
stock_code = [\"Article\"]
quantity = { headings = [\"Pieces\"], negate = true }

[source.lookups]
contry = { by = \"Territory\", file = \"**/territories.csv\", take = \"Country\" }
";
    let folder = project(Template::Blank, &[("sources/back.toml", text)]);
    // `contry` is unknown, and nothing says what a line is worth.
    assert_eq!(assert_golden("made-columns", &folder).len(), 2);
    let text = text.replace("contry", "country");
    let text = format!("{text}\n[source.options]\nprice_from_products = true\n");
    let folder = project(Template::Blank, &[("sources/back.toml", &text)]);
    let spec = sound(&folder).sources[0].spec.clone();
    let made: Vec<&str> =
        spec.columns.iter().filter(|held| held.derived.is_some()).map(|held| held.column.as_str()).collect();
    assert_eq!(made, ["invoice_no", "country"]);
    let text = text.replace("row_number", "row_nmber");
    let folder = project(Template::Blank, &[("sources/back.toml", &text)]);
    assert_golden("made-columns-misspelt", &folder);
}

/// What a contract says of how its table grows is checked before any data is read.
#[test]
fn words_about_keys_and_months_are_checked() {
    let contract = |section: &str| {
        let method = "[method]\nname = \"rfm\"\n\n";
        let column =
            |name: &str, of: &str| format!("[[column]]\nname = \"{name}\"\ntype = \"{of}\"\nabout = \"x\"\n");
        let columns = [
            column("customer_id", "text"),
            column("day", "date"),
            column("note", "text") + "nullable = true\n",
        ];
        format!("grain = \"x\"\nkey = [\"customer_id\"]\n{section}\n{method}{}", columns.join("\n"))
    };
    let own = |section: &str| {
        let sql = ("marts/own.sql", "select customer_id, date as day, '' as note from stg_orders");
        project(Template::OnlineRetail, &[sql, ("marts/own.toml", &contract(section))])
    };
    for (name, section) in [
        ("by-key-two-columns", "[by_key.customer_id]\n[by_key.day]\n"),
        ("by-key-nullable", "[by_key.note]\n"),
        ("by-key-unknown-column", "[by_key.customer]\n"),
        ("by-key-unknown-table", "[by_key.customer_id]\nstg_order = [\"customer_id\"]\n"),
        ("by-key-and-grows", "grows = \"rows\"\n[by_key.customer_id]\n"),
        ("by-month-and-whole-months", "[whole_months]\n[by_month.day]\n"),
        ("by-month-no-date", "[by_month.customer_id]\n"),
    ] {
        assert_golden(name, &own(section));
    }
    let folder = own("[by_month.day]\n");
    assert!(sound(&folder).models.iter().any(|model| model.growth == confect_domain::Growth::ByMonth));
    let without_method = contract("[by_month.day]\n").replace("[method]\nname = \"rfm\"\n", "");
    let path = folder.path().join("marts/own.toml");
    fs::write(path, without_method).expect("written");
    assert_golden("by-month-without-method", &folder);
}
