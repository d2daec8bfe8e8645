//! Writes a synthetic extract of a GP practice, in the form of the EMIS Web bulk extract 8.2 (with a
//! descriptor, unless it is to be as delivered), of TPP's Strategic Reporting Extract 93, or of the
//! Vision data extract 0.18: any size, flat memory, the same bytes for the same options.
//!
//! ```sh
//! cargo run --release --example generate -- --size 1GB --seed 1 --quoting all OUTPUT_DIR
//! cargo run --release --example generate -- --system tpp --size 10MB --deletes 3 OUTPUT_DIR
//! ```
//!
//! With `--flaw`, standard output lists what was planted: tab-separated, one line each, with code,
//! file, row, line, byte, field and detail.

mod synthetic;

use clap::Parser;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use synthetic::declared::System;
use synthetic::flaws::Flaw;
use synthetic::record::Quoting;

/// Writes a synthetic extract of a GP practice
#[derive(Parser)]
#[command(name = "generate")]
struct Args {
    /// Whose system it is from: emis (with a datapackage.json), emis-as-delivered (without), tpp, vision
    #[arg(long, value_parser = ["emis", "emis-as-delivered", "tpp", "vision"], default_value = "emis")]
    system: String,
    /// TPP: every table of the schema, also those that a GP practice may lack
    #[arg(long)]
    all_tables: bool,
    /// Size of all files together: bytes, or with KB, MB, GB (powers of 1000) or KiB, MiB, GiB
    #[arg(long, value_parser = size, default_value = "1MB")]
    size: u64,
    /// Another seed gives another extract
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// EMIS: which cells are quoted: all or minimal
    #[arg(long, default_value = "minimal")]
    quoting: Quoting,
    /// Rows that delete a row of an earlier delivery
    #[arg(long, default_value_t = 0)]
    deletes: u64,
    /// EMIS: a flaw to plant: CODE@TABLE, CODE@TABLE:ROW or CODE@TABLE:ROW:FIELD; may be repeated
    ///
    /// The codes: type-error, constraint-error, missing-cell, extra-cell, primary-key, foreign-key,
    /// stray-quote, unclosed-quote, blank-row, encoding-error (these need a row; the header is row 1),
    /// missing-file, extra-label, incorrect-label. Without a field, the first column that can bear
    /// the flaw takes it.
    #[arg(long = "flaw", value_name = "FLAW")]
    flaws: Vec<Flaw>,
    /// Where to write: made where it does not exist, and must be empty
    output: PathBuf,
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "a size is a number with an optional unit")?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(format!("no unit `{unit}`")),
    };
    number.checked_mul(factor).ok_or_else(|| "too large".into())
}

fn run(args: Args) -> io::Result<()> {
    let other = match args.system.as_str() {
        "tpp" => Some(System::Tpp),
        "vision" => Some(System::Vision),
        _ => None,
    };
    if let Some(system) = other {
        let options = synthetic::declared::Options {
            system,
            size: args.size,
            seed: args.seed,
            deletes: args.deletes,
            all_tables: args.all_tables,
        };
        return synthetic::declared::write(&options, &args.output);
    }
    let options = synthetic::Options {
        size: args.size,
        seed: args.seed,
        quoting: args.quoting,
        deletes: args.deletes,
        flaws: args.flaws,
    };
    let planted = match args.system.as_str() {
        "emis" => synthetic::write(&options, &args.output)?,
        _ => synthetic::write_files(&options, &args.output)?,
    };
    let mut out = io::stdout().lock();
    if !planted.is_empty() {
        writeln!(out, "code\tfile\trow\tline\tbyte\tfield\tdetail")?;
    }
    let shown = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    for flaw in planted {
        let (row, line, byte) = (shown(flaw.row), shown(flaw.line), shown(flaw.byte));
        let (code, file, field, detail) = (flaw.code, flaw.file, flaw.field, flaw.detail);
        writeln!(out, "{code}\t{file}\t{row}\t{line}\t{byte}\t{field}\t{detail}")?;
    }
    out.flush()
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "generate: error: {error}");
            ExitCode::from(2)
        }
    }
}
