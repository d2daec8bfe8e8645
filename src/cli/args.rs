//! What the user typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Checks documented data extracts of GP clinical systems, packages them as evidence, and verifies
/// the packages years later.
#[derive(Debug, Parser)]
#[command(
    name = "handover",
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 all is well; 1 problems were found; 2 the job could not be done; \
                  130 interrupted.\nStart with: handover check EXTRACT"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Worker threads [default: one for each processor]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Memory for key tables; what does not fit goes to temporary files
    #[arg(long, global = true, value_name = "SIZE", default_value = "512M", value_parser = size)]
    pub memory: usize,
    /// Folder for temporary files, which hold keyed hashes only [default: the system's]
    #[arg(long, global = true, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
    /// Print the result only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Colour: auto means when standard output is a terminal and NO_COLOR is not set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Into files and pipes too.
    Always,
    /// Not at all.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare an extract with its declared schema and report what is wrong
    Check(Check),
    /// Check an extract and pack it, from one read, into a package that proves what it held
    Package(Package),
    /// Say whether a package or a bag is complete and unaltered, and what is damaged
    Verify(Verify),
    /// Show what a package holds, without reading it all
    Show(Show),
    /// Say what a finding means, why it matters, and what to do
    Explain(Explain),
    /// Work out the dates after go-live, and what each way to the old audit trail costs
    AccessPlan(AccessPlan),
    /// Work on declared schemas
    Schema(Schema),
    /// Read a workbook for another process of this program
    #[command(name = crate::source::workbook::VERB, hide = true)]
    ReadWorkbook {
        /// Bytes of memory
        most_memory: u64,
        /// Seconds without progress
        most_seconds: u64,
    },
    /// Make keys that sign packages
    Key(Key),
}

/// `handover check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover check extract.zip\n  \
    handover check extract/ --schema omop-cdm-5.4 --report report.json\n  \
    handover check extract/ --schema extract/datapackage.json --format json")]
pub struct Check {
    /// A folder, a zip or tar archive (plain, .gz, .zst), a workbook, or a delimited file
    pub extract: PathBuf,
    #[command(flatten)]
    pub checking: Checking,
    /// Form of the report on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
    /// Write a report too; its form follows the extension: .html .json .txt. May be repeated
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Count warnings as problems in the exit status
    #[arg(long)]
    pub strict: bool,
}

/// How a check is made, for `check` and `package`.
#[derive(Debug, Args)]
pub struct Checking {
    /// A descriptor (datapackage.json), or the name of a carried schema (handover schema list)
    /// [default: the extract's own, else one recognised by its files]
    #[arg(long, value_name = "SCHEMA")]
    pub schema: Option<String>,
    /// Examples kept of each group of findings: a number, or all. Totals are always exact
    #[arg(long, value_name = "N", default_value = "20", value_parser = samples)]
    pub samples: usize,
    /// Show cell values. The report then holds patient data
    #[arg(long)]
    pub reveal: bool,
    /// Files that an extract may have
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub max_files: usize,
    /// How many times its own size an archive may unpack to
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub max_expansion: u64,
    /// Cells that a sheet of a workbook may have
    #[arg(long, value_name = "N", default_value_t = 50_000_000)]
    pub max_sheet_cells: u64,
    /// Memory that reading a workbook may take, in a process of its own
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size)]
    pub max_workbook_memory: usize,
}

/// `handover package`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover package extract/ --schema extract/datapackage.json --output A81001.zip\n  \
    handover package extract.zip --schema omop-cdm-5.4 --output P.zip \\\n    \
    --accept \"vocabulary tables are cut down on purpose\" --accepted-by \"J. Smith, practice manager\"")]
pub struct Package {
    /// A folder, a zip or tar archive (plain, .gz, .zst), a workbook, or a delimited file
    pub extract: PathBuf,
    #[command(flatten)]
    pub checking: Checking,
    /// The package to write; a file that exists is never replaced
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Package in spite of error findings, for this reason, which the package states
    #[arg(long, value_name = "REASON")]
    pub accept: Option<String>,
    /// Who accepted the findings, as the package states it
    #[arg(long, value_name = "NAME", requires = "accept", default_value = "not stated")]
    pub accepted_by: String,
    /// A fact for bag-info.txt; may be repeated. Known: ods, practice, system, system-version,
    /// supplier, extract-date, go-live, notice-given, extended-to, bedding-in-months,
    /// notice-months; others are kept as they are
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub info: Vec<(String, String)>,
    /// Digest of the manifests
    #[arg(long, value_name = "NAME", default_value = "sha512")]
    pub digest: DigestChoice,
    /// Effort of compression, 1 to 9
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9))]
    pub level: u32,
    /// Do not read the package back before it gets its name; the package says so
    #[arg(long)]
    pub no_reread: bool,
    /// Sign it with this secret key (OpenSSH's form, Ed25519): see handover key generate
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// A file whose first line is the key's passphrase [default: it is asked for]
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub passphrase_file: Option<PathBuf>,
    /// Form of the report on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
}

/// `handover key`.
#[derive(Debug, Args)]
pub struct Key {
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// The commands of `handover key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key (Ed25519, OpenSSH's form): FILE, which is secret, and FILE.pub
    Generate(Generate),
}

/// `handover key generate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover key generate practice.key --principal records@a81001.example\n  \
    handover package extract/ --output A81001.zip --sign practice.key")]
pub struct Generate {
    /// Where the secret key goes; a file that exists is never replaced
    pub file: PathBuf,
    /// What the key is called in its own files
    #[arg(long, value_name = "TEXT", default_value = "handover")]
    pub comment: String,
    /// Whose key it is, for the line that is printed for a list of signers
    #[arg(long, value_name = "NAME", default_value = "NAME")]
    pub principal: String,
    /// A file whose first line is the passphrase [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Protect the secret key by the file's permissions alone
    #[arg(long, conflicts_with = "passphrase_file")]
    pub no_passphrase: bool,
}

/// `--digest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DigestChoice {
    /// SHA-512, as RFC 8493 asks.
    Sha512,
    /// SHA-256.
    Sha256,
    /// Both.
    Both,
}

/// `handover verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover verify A81001.zip\n  \
    handover verify A81001.zip --signers allowed_signers --report certificate.html\n  \
    handover verify a-bag-folder/ --format json")]
pub struct Verify {
    /// A package, or any BagIt bag as folder or zip
    pub package: PathBuf,
    /// Accept only what is signed by a key on this list (OpenSSH's allowed_signers)
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,
    /// Accept only this name of the list
    #[arg(long, value_name = "NAME", requires = "signers")]
    pub identity: Option<String>,
    /// When the signer's key must have been valid: a date, a time, or now [default: the time that
    /// the package claims]
    #[arg(long, value_name = "DATE", requires = "signers", value_parser = moment)]
    pub at: Option<Moment>,
    /// Write a certificate or a report too; its form follows the extension: .html .txt .json. May be
    /// repeated
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
}

/// `handover show`.
#[derive(Debug, Args)]
pub struct Show {
    /// A package, or any BagIt bag as folder or zip
    pub package: PathBuf,
    /// Form of the result on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
}

/// `handover explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A code, as foreign-key; without one, all are listed
    pub code: Option<String>,
}

/// `handover access-plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover access-plan --go-live 2026-03-02 --prices prices.xls --years 10 --requests-per-year 4\n  \
    handover access-plan --go-live 2026-03-02 --notice 2026-02-20 --prices prices.xlsx \\\n    \
    --supplier EMIS --years 10 --requests-per-year 4 --report plan.html --report plan.xlsx\n  \
    handover access-plan --template prices.xlsx")]
pub struct AccessPlan {
    /// Day of Business Go Live on the new system, as 2026-03-02
    #[arg(long, value_name = "DATE", value_parser = date, required_unless_present = "template")]
    pub go_live: Option<jiff::civil::Date>,
    /// Day on which the previous supplier was given notice
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub notice: Option<jiff::civil::Date>,
    /// Last day to which the notice was extended
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub extended_to: Option<jiff::civil::Date>,
    /// Price sheet: XLS, XLSX, XLSB, ODS or CSV, at most 20 MB
    #[arg(long, value_name = "FILE", required_unless_present = "template")]
    pub prices: Option<PathBuf>,
    /// Supplier of the previous system, as the sheet names it [default: all in the sheet]
    #[arg(long, value_name = "NAME")]
    pub supplier: Option<String>,
    /// Years for which access is wanted, from the end of the funded period on
    #[arg(long, value_name = "N", required_unless_present = "template",
        value_parser = clap::value_parser!(u64).range(1..=100))]
    pub years: Option<u64>,
    /// Requests expected in each year
    #[arg(long, value_name = "N", required_unless_present = "template",
        value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    pub requests_per_year: Option<u64>,
    /// Months after go-live for which the previous system is funded centrally
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1200))]
    pub bedding_in_months: u32,
    /// Months of notice that the previous supplier is due
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1200))]
    pub notice_months: u32,
    /// Form of the plan on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
    /// Write the plan too; its form follows the extension: .html .xlsx .json .txt. May be repeated
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Write a price sheet to fill in, and do nothing else; a file that exists is never replaced
    #[arg(long, value_name = "FILE.xlsx", conflicts_with_all = [
        "go_live", "notice", "extended_to", "prices", "supplier", "years", "requests_per_year", "reports",
    ])]
    pub template: Option<PathBuf>,
}

/// `handover schema`.
#[derive(Debug, Args)]
pub struct Schema {
    #[command(subcommand)]
    pub command: SchemaCommand,
}

/// The commands of `handover schema`.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// List the schemas that the program carries
    List,
    /// Print a carried schema's descriptor
    Show {
        /// Its name
        name: String,
    },
}

/// Form of a result on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// When the program runs.
    Now,
    /// Seconds since 1970.
    At(i64),
}

/// `now`, `2026-11-23`, `2026-11-23T08:26:18Z`, or as OpenSSH writes times; a date is its first
/// moment in UTC.
fn moment(text: &str) -> Result<Moment, String> {
    if text == "now" {
        return Ok(Moment::Now);
    }
    let date = || crate::signature::parse_time(&text.replace('-', ""));
    let time = || text.parse::<jiff::Timestamp>().ok().map(|time| time.as_second());
    date()
        .or_else(time)
        .map(Moment::At)
        .ok_or_else(|| "give a date as 2026-11-23, a time as 2026-11-23T08:26:18Z, or now".into())
}

/// `256M`, `2G`, `1048576`.
fn size(text: &str) -> Result<usize, String> {
    let help = || "give a number with K, M or G, as 512M".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
    let unit = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err(help()),
    };
    let number: usize = digits.parse().map_err(|_| help())?;
    number.checked_mul(unit).ok_or_else(|| "that is more than this machine can count".into())
}

/// `2026-03-02`.
fn date(text: &str) -> Result<jiff::civil::Date, String> {
    crate::access::calendar::parse(text)
        .ok_or_else(|| "give a date of the calendar as 2026-03-02".into())
}

/// A number, or `all`.
fn samples(text: &str) -> Result<usize, String> {
    if text == "all" {
        return Ok(usize::MAX);
    }
    text.parse().map_err(|_| "give a number, or all".into())
}

/// `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("give NAME=VALUE, as ods=A81001".into()),
    }
}
