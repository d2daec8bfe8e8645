//! The arguments of `handover access-plan`.

use super::Format;
use clap::Args;
use std::path::PathBuf;

/// `handover access-plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover access-plan --go-live 2026-03-02 --prices prices.xls --years 10 --requests-per-year 4\n  \
    handover access-plan --go-live 2026-03-02 --notice 2026-02-20 --prices prices.xlsx \\\n    \
    --supplier EMIS --years 10 --requests-per-year 4 --report plan.html --report plan.xlsx\n  \
    handover access-plan --template prices.xlsx")]
pub struct AccessPlan {
    /// Day of Business Go Live on the new system, as 2026-03-02
    #[arg(long, value_name = "DATE", value_parser = super::date, required_unless_present = "template")]
    pub go_live: Option<jiff::civil::Date>,
    /// Day on which the previous supplier was given notice
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    pub notice: Option<jiff::civil::Date>,
    /// Last day to which the notice was extended
    #[arg(long, value_name = "DATE", value_parser = super::date)]
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
