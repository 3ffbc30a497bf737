//! The command line, as clap reads it. The texts here are the reference: `confect help COMMAND`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use confect_domain::Date;

/// Turns a shop's raw exports into a governed star schema and dashboards with row-level security.
#[derive(Parser)]
#[command(name = "confect", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Examples:\n  confect demo                                   look at an invented shop\n  confect init sweets --template confectionery   make a project\n  cp export/*.csv sweets/data/\n  confect -C sweets refresh                      read, clean, build, publish\n  confect -C sweets user add mara --role owner\n  confect -C sweets serve"
)]
pub(crate) struct Arguments {
    /// The project's folder.
    #[arg(short = 'C', long = "directory", value_name = "DIR", default_value = ".", global = true)]
    pub(crate) directory: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Invent a confectioner, build its tables and serve its dashboards.
    #[command(
        after_help = "Prints the address and a one-time sign-in link. Ctrl-C stops it; without `--dir` the shop is gone then."
    )]
    Demo(Demo),
    /// Make a project from a template, or from exports of an unknown kind.
    #[command(
        after_help = "Examples:\n  confect init sweets --template confectionery\n  confect init shop --template online-retail --name 'Gift shop'\n  confect init shop --from export/*.csv\n\nWith --from, the exports' headings and values decide; every choice is printed with its reason\nand written into the project's folder `sources`, doubts marked `# unsure`."
    )]
    Init(Init),
    /// Check every definition of the project; all errors in one run, each with its place.
    Check,
    /// Read what is new, clean, build, check and publish.
    #[command(
        after_help = "Reads what lies in the project's folder `data`, plain or compressed (gzip, zstd),\nand what the databases of `sources/*.toml` hold (`[source.database]`), copied into `state/extracts` first.\nNothing becomes visible unless every check passes; the last publication stays live.\n\nWith --json the last line of standard output is the run's record."
    )]
    Refresh(Refresh),
    /// Serve the dashboards.
    #[command(
        after_help = "Listens on this machine only. To let others in, put a proxy that speaks HTTPS in front\nand add `--behind-proxy`."
    )]
    Serve(Serve),
    /// Run a query over the published tables.
    #[command(
        after_help = "Examples:\n  confect sql 'select * from dim_store'\n  confect sql --as mara --format csv 'select count(*) from fact_sales'\n  confect sql - < query.sql"
    )]
    Sql(Sql),
    /// Ask for metrics, as the dashboards define them.
    #[command(
        after_help = "Examples:\n  confect metric net_sales orders aov\n  confect metric net_sales --by country --limit 10\n  confect metric net_sales --grain month --from 2025-01-01 --to 2026-01-01 --filter store='Store Harbour'"
    )]
    Metric(Metric),
    /// Show one customer: value, rhythm, segment, risk, last orders, favourite articles.
    #[command(
        after_help = "Examples:\n  confect customer 12583\n  confect customer 12583 --as jean --json\n\nWith --format csv or json: its row of single_customer_view alone."
    )]
    Customer(Customer),
    /// Find what is bought together: rules of the warehouse, or itemsets and rules of a file.
    #[command(
        after_help = "Examples:\n  confect basket                                        rules of all receipts\n  confect basket --as jean --country France --level category\n  confect basket sales.csv --min-support 0.01 --rules --proven\n  confect basket retail.dat --min-support 88 --closed --json\n\nA file is FIMI text (one basket a line, item numbers) or CSV: rows of basket and item with a\nheading, or one basket a line; plain, gzip or zstd. A support below 1 or with % is a share of\nbaskets, a whole number is a count. With --json the last line of standard output is\n{\"baskets\": …, \"items\": …, \"itemsets\": …, \"rules\": …, \"seconds\": …}; with --limit N the first\nN rules or itemsets stand before it. Ctrl-C stops it at any time."
    )]
    Basket(Box<Basket>),
    /// List the latest refreshes.
    Runs(Runs),
    /// List the rows that were set aside, and why.
    Quarantine(Quarantine),
    /// Tell which customers were told to be one person, and decide about it.
    #[command(
        after_help = "Examples:\n  confect identity\n  confect identity split C1042 C2210\n  confect identity join C1042 C2210\n\nDecisions are kept in identity.toml and count from the next refresh on."
    )]
    Identity(Identity),
    /// Write the diagram of the tables, the flow from sources to pages, or the catalogue of all definitions.
    #[command(
        after_help = "Examples:\n  confect docs erd --out tables.svg\n  confect docs lineage --out flow.mmd\n  confect docs catalogue --out catalogue\n\nThe ending decides: .svg is a picture, .mmd and .md are Mermaid."
    )]
    Docs(Docs),
    /// Manage who may sign in and what they see.
    #[command(subcommand)]
    User(User),
    /// Write the exports of an invented group of confectioners, and the truth about them.
    #[command(
        after_help = "Examples:\n  confect init sweets --template generated\n  confect generate sweets/data --customers 500 --days 365 --seed 42\n  confect generate big --lines 10000000 --stores 40 --format csv.gz\n\nThe same arguments give the same bytes on every machine. truth.json tells what was planted:\ntotals, duplicate persons, rules, stock-outs, a price rise and every spoilt line by kind."
    )]
    Generate(Generate),
    /// Print the completion script of a shell.
    #[command(
        after_help = "Example:\n  confect completions bash > ~/.local/share/bash-completion/completions/confect"
    )]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
pub(crate) struct Docs {
    /// What to write.
    pub(crate) kind: DocsKind,
    /// The file; for the catalogue a folder. Without it the diagrams go to standard output as Mermaid.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}

/// What `docs` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DocsKind {
    /// Tables with their columns and references.
    Erd,
    /// How sources become tables, metrics and pages.
    Lineage,
    /// A page for every table and all metrics.
    Catalogue,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Do not open the browser.
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Keep the shop in this folder and use it again next time.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Take the dashboard's files from this folder instead of those built in.
    #[arg(long, value_name = "DIR")]
    pub(crate) web_dir: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Init {
    /// The folder to make.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// What the exports look like: online-retail, confectionery, generated or blank.
    #[arg(long, value_name = "TEMPLATE", required_unless_present = "from", conflicts_with = "from")]
    pub(crate) template: Option<String>,
    /// Exports of any kind: propose how they are read, say why, and copy them into the project.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) from: Vec<PathBuf>,
    /// The shop's name.
    #[arg(long)]
    pub(crate) name: Option<String>,
}

#[derive(Args)]
pub(crate) struct Refresh {
    /// Rebuild everything, even if nothing changed; read databases whole.
    #[arg(long)]
    pub(crate) full: bool,
    /// This source may have lost many rows or members, or have days with unusually many or few: publish it.
    /// May be given several times.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) accept_shrink: Vec<String>,
    /// When everything is built, build lines in parts of about this many MB of files: less takes less memory.
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=1_048_576), default_value = "128")]
    pub(crate) part_mb: u64,
    /// End with the run's record as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub(crate) bind: IpAddr,
    /// A proxy in front speaks HTTPS to the browsers.
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// Take the dashboard's files from this folder instead of those built in.
    #[arg(long, value_name = "DIR")]
    pub(crate) web_dir: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Sql {
    /// See what this user sees; without it, the project's owner.
    #[arg(long = "as", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// One `select`, or `-` to read it from standard input.
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
}

#[derive(Args)]
pub(crate) struct Metric {
    /// Ids of metrics.
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
    /// Split by these dimensions.
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// Split by steps of time: day, week, month, quarter or year.
    #[arg(long, value_name = "STEP")]
    pub(crate) grain: Option<String>,
    /// First day, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) from: Option<Date>,
    /// First day after, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) to: Option<Date>,
    /// Only these values of a dimension; repeat for more.
    #[arg(long, value_name = "DIMENSION=VALUE", value_parser = pair)]
    pub(crate) filter: Vec<(String, String)>,
    /// At most so many rows.
    #[arg(long)]
    pub(crate) limit: Option<u32>,
    /// See what this user sees; without it, the project's owner.
    #[arg(long = "as", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Customer {
    /// The customer's id, as the shop's systems call it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// See what this user sees; without it, the project's owner.
    #[arg(long = "as", value_name = "USER")]
    pub(crate) user: Option<String>,
    /// How to print the row.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Print everything as one object.
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Basket {
    /// A file with baskets; without it, the receipts of the warehouse.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The least share (0.01, 1%) or number (50) of baskets; the warehouse's data can choose it.
    #[arg(long, value_name = "SUPPORT", allow_hyphen_values = true)]
    pub(crate) min_support: Option<String>,
    /// How the file is written; told by its text if left out.
    #[arg(long, value_enum, requires = "file")]
    pub(crate) format: Option<BasketFormat>,
    /// Headings of the columns with basket and item.
    #[arg(long, value_name = "BASKET,ITEM", value_parser = columns, requires = "file")]
    pub(crate) columns: Option<(String, String)>,
    /// Make rules: who buys A also buys B.
    #[arg(long, conflicts_with_all = ["closed", "maximal", "itemsets"])]
    pub(crate) rules: bool,
    /// Only itemsets that no item can join without losing baskets.
    #[arg(long, conflicts_with = "maximal")]
    pub(crate) closed: bool,
    /// Only itemsets that no item can join at all.
    #[arg(long)]
    pub(crate) maximal: bool,
    /// Itemsets of the warehouse instead of rules.
    #[arg(long)]
    pub(crate) itemsets: bool,
    /// Items of an itemset at least.
    #[arg(long, default_value_t = 1, value_name = "N", conflicts_with = "rules")]
    pub(crate) min_len: usize,
    /// Items of an itemset at most.
    #[arg(long, value_name = "N")]
    pub(crate) max_len: Option<usize>,
    /// Rules: the least share of those who buy A that also buy B.
    #[arg(long, default_value_t = 0.25, value_name = "SHARE", value_parser = rate)]
    pub(crate) min_confidence: f64,
    /// Rules: B is at least so many times as frequent as usual.
    #[arg(long, default_value_t = 0.0, value_name = "TIMES")]
    pub(crate) min_lift: f64,
    /// Rules: items of B at most.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) max_consequent: usize,
    /// Rules: only those that are more than chance and better than every shorter one; the warehouse's default.
    #[arg(long)]
    pub(crate) proven: bool,
    /// Rules: also those that may be chance; a file's default.
    #[arg(long, conflicts_with = "proven")]
    pub(crate) unproven: bool,
    /// Rules of the warehouse: also those between colours, sizes and patterns of one article.
    #[arg(long, conflicts_with = "file")]
    pub(crate) variants: bool,
    /// Rules: which come first; the warehouse's default is worth, a file's is lift.
    #[arg(long, value_enum, value_name = "BY")]
    pub(crate) sort: Option<BasketSort>,
    /// Baskets with more items are left out and counted.
    #[arg(long, default_value_t = 5_000, value_name = "N")]
    pub(crate) max_basket_items: usize,
    /// What an item is: article, subcategory or category.
    #[arg(long, default_value = "article", value_name = "LEVEL", conflicts_with = "file")]
    pub(crate) level: String,
    /// Only receipts with this value of a dimension; repeat for more.
    #[arg(long = "where", value_name = "DIMENSION=VALUE", value_parser = pair, conflicts_with = "file")]
    pub(crate) filter: Vec<(String, String)>,
    /// Only receipts of this store; repeat for more.
    #[arg(long, conflicts_with = "file")]
    pub(crate) store: Vec<String>,
    /// Only receipts of this country; repeat for more.
    #[arg(long, conflicts_with = "file")]
    pub(crate) country: Vec<String>,
    /// Only receipts of spring, summer, autumn or winter.
    #[arg(long, conflicts_with = "file")]
    pub(crate) season: Option<String>,
    /// First day, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with = "file")]
    pub(crate) from: Option<Date>,
    /// First day after, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with = "file")]
    pub(crate) to: Option<Date>,
    /// See what this user sees; without it, the project's owner.
    #[arg(long = "as", value_name = "USER", conflicts_with = "file")]
    pub(crate) user: Option<String>,
    /// Threads to work with; 0 is one for each core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// At most so many rules or itemsets.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// End with one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BasketFormat {
    /// One basket a line, item numbers with blanks between.
    Fimi,
    /// Rows of basket and item with a heading, or one basket a line.
    Csv,
}

#[derive(Args)]
pub(crate) struct Runs {
    /// At most so many.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u32,
    /// Print a list of objects.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    pub(crate) action: Option<QuarantineAction>,
    #[command(flatten)]
    pub(crate) which: Which,
    /// At most so many rows.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// Which records are meant.
#[derive(Args)]
pub(crate) struct Which {
    /// Only those with this reason, such as bad-date.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Only those of this source.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum QuarantineAction {
    /// Read everything again, after a file or a mapping was mended, and tell what became of the records.
    Retry {
        /// End with one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the open records with their headings, one file per input file, to mend them and put them into data/.
    Export {
        /// The folder to write into.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Leave records as they are: they stay set aside and no longer count as open.
    Ignore(Which),
    /// Count ignored records as open again.
    Reopen(Which),
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Identity {
    #[command(subcommand)]
    pub(crate) action: Option<IdentityAction>,
    /// At most so many merges, those with the least confidence first.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Subcommand)]
pub(crate) enum IdentityAction {
    /// Two ids are different people, whatever the rules say: undoes a merge.
    Split(Pair),
    /// Two ids are one person, whatever the rules say.
    Join(Pair),
    /// Take a decision back: the rules decide again.
    Forget(Pair),
}

#[derive(Args)]
pub(crate) struct Pair {
    /// Id of a customer.
    #[arg(value_name = "ID")]
    pub(crate) left: String,
    /// Id of another one.
    #[arg(value_name = "ID")]
    pub(crate) right: String,
}

#[derive(Subcommand)]
pub(crate) enum User {
    /// Add a user.
    #[command(
        after_help = "Examples:\n  confect user add mara --role owner\n  confect user add jean --role country_manager --set countries=France,Belgium\n  confect user add mara --role owner --password-stdin < password.txt\n\nWithout a password only one-time links let the user in: `confect user link NAME`."
    )]
    Add(UserAdd),
    /// Give a user other roles and attributes; ends all sessions.
    Set(UserSet),
    /// List all users.
    List {
        /// How to print the rows.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Turn signing in off; ends all sessions.
    Disable {
        /// The user.
        name: String,
    },
    /// Turn signing in on again.
    Enable {
        /// The user.
        name: String,
    },
    /// Print a sign-in link, good for 15 minutes and once.
    Link {
        /// The user.
        name: String,
        /// Where the server can be reached.
        #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
        address: String,
    },
}

#[derive(Args)]
pub(crate) struct UserAdd {
    /// Unique, lower case.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) rights: Rights,
    /// As pages call the user.
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: Option<String>,
    /// Read a password from standard input: its first line.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Args)]
pub(crate) struct UserSet {
    /// The user.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) rights: Rights,
}

#[derive(Args)]
pub(crate) struct Rights {
    /// A role of the project; repeat for more.
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
    pub(crate) roles: Vec<String>,
    /// An attribute that the role's rules refer to; repeat for more.
    #[arg(long = "set", value_name = "NAME=VALUE,VALUE", value_parser = pair)]
    pub(crate) attributes: Vec<(String, String)>,
}

#[derive(Args)]
pub(crate) struct Generate {
    /// The folder to write into.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Persons with a card; sales grow with them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub(crate) customers: Option<u32>,
    /// Lines of the till to aim at, instead of customers.
    #[arg(long, value_name = "N", conflicts_with = "customers", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) lines: Option<u64>,
    /// Days of trade.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=7_300))]
    pub(crate) days: Option<u32>,
    /// The last day of trade [default: 2026-10-31].
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) until: Option<Date>,
    /// Stores beside the web shop.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) stores: Option<u32>,
    /// Another seed, another shop.
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Share of spoilt lines, 0 to 1; a refresh accepts about 0.015.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) dirt: Option<f64>,
    /// Also write truth_customers.csv: what each person is like, who has left for good, what is to come.
    #[arg(long)]
    pub(crate) customer_truth: bool,
    /// How the files are written.
    #[arg(long, value_enum, default_value_t = FileFormat::Csv)]
    pub(crate) format: FileFormat,
    /// Threads to work with; 0 is one for each core. The files do not depend on it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
}

/// The order of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BasketSort {
    /// Held in most months, then by what goes along beyond chance in a month.
    Worth,
    /// How many times as often as usual.
    Lift,
    /// How many of those who buy A buy B.
    Confidence,
    /// How many receipts have both.
    Baskets,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// Text.
    #[value(name = "csv")]
    Csv,
    /// Text, compressed.
    #[value(name = "csv.gz")]
    CsvGz,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// RFC 4180 with a heading.
    Csv,
    /// A list of objects; numbers as texts, so that none loses a digit.
    Json,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write it as YYYY-MM-DD".to_owned())
}

fn columns(text: &str) -> Result<(String, String), String> {
    match text.split_once(',') {
        Some((basket, item)) if !basket.trim().is_empty() && !item.trim().is_empty() => {
            Ok((basket.trim().to_owned(), item.trim().to_owned()))
        }
        _ => Err("write it as BASKET,ITEM".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("use a number from 0 to 1".to_owned()),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}
