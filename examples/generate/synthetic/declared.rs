//! Extracts of TPP SystmOne and Vision, made from the schemas that the program carries: each column
//! gets values of its declared type, its references name rows that exist and are the same patient's.
//!
//! **Invariant:** memory does not grow with the size: a row's key is computed from table and number.

use super::keys::{self, Draws, NHS_NUMBERS, Space, nhs_number};
use super::plan::{Plan, spread};
use super::record::{self, Quoting, Record};
use super::words;
use super::world::{Patient, TODAY, World, note};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

/// Whose system the extract is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// TPP SystmOne: the Strategic Reporting Extract.
    Tpp,
    /// Vision.
    Vision,
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Options {
    pub system: System,
    /// Wanted size of all files together, in bytes, met roughly.
    pub size: u64,
    /// Another seed gives another extract.
    pub seed: u64,
    /// How many rows of each of some tables say that an earlier delivery's row is deleted.
    pub deletes: u64,
    /// Whether every table that the schema declares is written; else those that must be there.
    pub all_tables: bool,
}

/// The practice whose extract it is.
const PRACTICE: &str = "Z00001";
/// When the extract was made, as names and the manifest say it.
const MADE: &str = "20241115_0130";
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A column and what is declared of it.
struct Column {
    name: String,
    kind: Kind,
    /// Table and column that it refers to.
    target: Option<(usize, usize)>,
    /// Names the identifier's kind.
    rdf_type: String,
    role: String,
    is_key: bool,
    /// Whether null may be written as -1 or 0.
    has_other_nulls: bool,
}

enum Kind {
    Text,
    Choice(Vec<String>),
    Boolean(String, String),
    Integer,
    Number,
    /// A date or time in this format.
    Moment(String),
}

struct Table {
    name: String,
    columns: Vec<Column>,
    /// Rows, those of deletes left out.
    rows: u64,
    owner: Owner,
    /// Whether rows can say that they are deletes.
    can_delete: bool,
    is_written: bool,
}

/// Whose the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Row n is patient n.
    Is,
    /// Each row is some patient's.
    Has,
    /// None's.
    Nobody,
}

/// Writes the extract into the folder, which is made and must be empty.
///
/// # Errors
/// The folder is not empty, or a file cannot be written.
pub fn write(options: &Options, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::other("the output folder is not empty"));
    }
    let extract = Extract::solve(options)?;
    for (number, table) in extract.tables.iter().enumerate().filter(|(_, table)| table.is_written) {
        let file = File::create_new(folder.join(extract.file_name(table)))?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        extract.write_table(number, &mut out)?;
        out.flush()?;
    }
    Ok(())
}

struct Extract<'o> {
    options: &'o Options,
    world: World,
    tables: Vec<Table>,
}

impl<'o> Extract<'o> {
    /// The extract whose size comes near to the wanted one.
    fn solve(options: &'o Options) -> io::Result<Self> {
        let of = |thousandths| {
            let plan = Plan::new(thousandths, options.deletes);
            let world = World { seed: options.seed, plan };
            Self { options, world, tables: tables(options, &plan) }
        };
        // By proportion, from two sizes that are quick to measure.
        let size = |thousandths| {
            let extract = of(thousandths);
            let mut count = Counter(0);
            for number in (0..extract.tables.len()).filter(|n| extract.tables[*n].is_written) {
                extract.write_table(number, &mut count)?;
            }
            io::Result::Ok(count.0)
        };
        let (near, far) = (1_000, 24_000);
        let (first, second) = (size(near)?, size(far)?);
        let slope = u128::from(second.saturating_sub(first).max(1));
        let beyond = u128::from(options.size.saturating_sub(first)) * u128::from(far - near);
        let thousandths = match options.size >= first {
            true => near + (beyond / slope) as u64,
            false => near * options.size / first.max(1),
        };
        let extract = of(thousandths);
        if extract.world.plan.patients > NHS_NUMBERS {
            return Err(io::Error::other("there are not so many NHS numbers beginning 999"));
        }
        Ok(extract)
    }

    fn file_name(&self, table: &Table) -> String {
        match self.options.system {
            System::Tpp => format!("{}.csv", table.name),
            System::Vision => format!("FULL_{PRACTICE}_{}-2024-11-15-013000.csv", table.name),
        }
    }

    fn write_table(&self, number: usize, out: &mut dyn Write) -> io::Result<()> {
        let table = &self.tables[number];
        let quoting = match self.options.system {
            System::Tpp => Quoting::All,
            System::Vision => Quoting::Minimal,
        };
        let mut record = Record::new(quoting);
        if self.options.system == System::Tpp {
            table.columns.iter().for_each(|column| record.text(&column.name));
            self.end(&mut record, out)?;
        }
        if table.name == "SRManifest" {
            return self.manifest(&mut record, out);
        }
        match table.owner {
            Owner::Nobody => {
                for row in 0..table.rows {
                    self.row(number, row, None, &mut record);
                    self.end(&mut record, out)?;
                }
            }
            _ => {
                for index in 0..self.world.plan.patients {
                    let patient = self.world.patient(index);
                    for row in self.range(number, index) {
                        self.row(number, row, Some(&patient), &mut record);
                        self.end(&mut record, out)?;
                    }
                }
            }
        }
        if table.can_delete && table.owner == Owner::Has {
            for row in table.rows..table.rows + self.options.deletes {
                self.delete(number, row, &mut record);
                self.end(&mut record, out)?;
            }
        }
        Ok(())
    }

    fn end(&self, record: &mut Record, out: &mut dyn Write) -> io::Result<()> {
        match self.options.system {
            System::Tpp => {
                let text = String::from_utf8_lossy(&record.bytes);
                out.write_all(&encoding_rs::WINDOWS_1252.encode(&text).0)?;
            }
            System::Vision => out.write_all(&record.bytes)?,
        }
        record.clear();
        out.write_all(b"\r\n")
    }

    /// The manifest lists all files but itself and the mappings.
    fn manifest(&self, record: &mut Record, out: &mut dyn Write) -> io::Result<()> {
        let listed = |table: &&Table| {
            table.is_written && table.name != "SRManifest" && !table.name.starts_with("SRMapping")
        };
        for table in self.tables.iter().filter(listed) {
            record.text(&table.name);
            record.text("N");
            record.text(if table.owner == Owner::Nobody { "Y" } else { "N" });
            record.null();
            record.text(MADE);
            self.end(record, out)?;
        }
        Ok(())
    }

    /// A table's rows that are a patient's.
    fn range(&self, table: usize, patient: u64) -> Range<u64> {
        match self.tables[table].owner {
            Owner::Is => patient..patient + 1,
            _ => self.world.plan.range(self.tables[table].rows, patient),
        }
    }

    /// The key that a row has in a column: what refers to it writes the same.
    fn key(&self, table: usize, column: usize, row: u64) -> String {
        let name = &self.tables[table].columns[column].name;
        match name.as_str() {
            "IDOrganisationVisibleTo" => PRACTICE.into(),
            "SERVICE_ID" => "1".into(),
            "ID" if self.tables[table].name == "practice_data_extract" => (row + 1).to_string(),
            "ID" if self.options.system == System::Tpp => format!("Z{:05}", row + 1),
            "ID" if self.tables[table].name.starts_with("encounter") => format!("E{}", row + 1),
            "PID" | "ID" => (1_000 * (table as u64 + 1) + row * 10_000 + 1).to_string(),
            _ => ((table as u64 + 1) * 10_000_000_000 + row + 1).to_string(),
        }
    }

    fn row(&self, number: usize, row: u64, patient: Option<&Patient>, record: &mut Record) {
        let table = &self.tables[number];
        let mut draws =
            Draws::of(self.options.seed ^ ((number as u64) << 32), Space::Observation, row);
        let (day, time) = match patient {
            Some(patient) => self.world.moment(&mut draws, patient),
            None => (TODAY - 40 - draws.below(6_000) as i64, 28_800 + draws.below(30_000)),
        };
        for (place, column) in table.columns.iter().enumerate() {
            if column.is_key || column.name == "IDOrganisationVisibleTo" {
                match column.target {
                    Some((to, key)) => record.text(&self.key(to, key, 0)),
                    None => record.text(&self.key(number, place, row)),
                }
            } else if let Some(target) = column.target {
                self.reference(number, row, patient, column, target, &mut draws, record);
            } else {
                self.cell(row, patient, column, (day, time), &mut draws, record);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a row's circumstances")]
    fn reference(
        &self,
        number: usize,
        row: u64,
        patient: Option<&Patient>,
        column: &Column,
        (to, key): (usize, usize),
        draws: &mut Draws,
        record: &mut Record,
    ) {
        let parent = match (self.tables[to].owner, patient) {
            _ if !self.tables[to].is_written || to == number => None,
            // The organisation and the practice of the extract, mostly.
            (Owner::Nobody, _) if column.name == "SERVICE_ID" => Some(0),
            (Owner::Nobody, _) if draws.percent(12) => None,
            (Owner::Nobody, _) => Some(draws.skewed(self.tables[to].rows)),
            (Owner::Is, Some(patient)) => Some(patient.index),
            (Owner::Has, Some(patient)) => {
                let (own, theirs) =
                    (self.range(number, patient.index), self.range(to, patient.index));
                (!theirs.is_empty() && own.contains(&row)).then(|| spread(row, &own, &theirs))
            }
            (_, None) => None,
        };
        match parent {
            Some(parent) => record.text(&self.key(to, key, parent)),
            None if column.has_other_nulls => record.text(draws.pick(&["-1", "", "", "0"])),
            None => record.null(),
        }
    }

    fn cell(
        &self,
        row: u64,
        patient: Option<&Patient>,
        column: &Column,
        (day, time): (i64, u64),
        draws: &mut Draws,
        record: &mut Record,
    ) {
        match (&column.kind, column.name.as_str()) {
            (_, "RemovedData") => record.text("0"),
            (_, "ACTION") => record.text("I"),
            (Kind::Moment(format), name) => match moment(name, column, patient, day, draws) {
                Some(day) => record.text(&shown(format, day, time)),
                None => record.null(),
            },
            (Kind::Boolean(yes, no), _) => record.text(if draws.percent(20) { yes } else { no }),
            (Kind::Choice(list), _) => record.text(&list[draws.below(list.len() as u64) as usize]),
            (Kind::Integer, _) if column.rdf_type.ends_with("sct") => {
                record.number(keys::concept(400_000 + draws.skewed(9_000), keys::CLINICAL));
            }
            (Kind::Integer, _) => match draws.percent(70) {
                true => record.number(draws.below(400)),
                false => record.text(draws.pick(&["", "-1", "0"])),
            },
            (Kind::Number, _) => match draws.percent(40) {
                true => record.hundredths(draws.below(30_000)),
                false => record.null(),
            },
            (Kind::Text, name) => self.text(row, patient, column, name, draws, record),
        }
    }

    fn text(
        &self,
        row: u64,
        patient: Option<&Patient>,
        column: &Column,
        name: &str,
        draws: &mut Draws,
        record: &mut Record,
    ) {
        let is_patient = column.role == "nhs-number";
        match column.rdf_type.rsplit('/').next().unwrap_or_default() {
            "nhs-number" => {
                let index = patient.map_or(row, |patient| patient.index);
                return match (is_patient || draws.percent(30)) && index % 40 != 39 {
                    true => record.plain(&nhs_number(self.options.seed, index)),
                    false => record.null(),
                };
            }
            "readv2" => return record.text(&format!("{}00", read_code(draws))),
            "ctv3" => return record.text(&read_code(draws)),
            "sct" | "dmd.nhs.uk" if draws.percent(60) => {
                return record.number(keys::concept(400_000 + draws.skewed(9_000), keys::CLINICAL));
            }
            "sct" | "dmd.nhs.uk" => return record.null(),
            "ods-organization-code" => {
                let organisation = draws.skewed(self.world.plan.organisations);
                return record.text(&format!("Z{:05}", organisation + 1));
            }
            _ => {}
        }
        let name = name.to_lowercase().replace('_', "");
        let has = |part: &str| name.contains(part);
        let sex = patient.map_or("F", |patient| patient.sex);
        match () {
            () if name == "title" => record.text(draws.pick(words::TITLES)),
            () if has("firstname") || has("forename") => record.text(draws.pick(words::GIVEN)),
            () if has("surname") => record.text(draws.pick(words::SURNAMES)),
            () if has("gender") || name == "sex" => record.text(sex),
            () if has("postcode") => record.text(&super::people::postcode(draws.next())),
            () if has("email") => record.text(&format!("row{row}@example.org")),
            () if has("phone") || has("telephone") || has("mobile") || name == "fax" => {
                record.text(&format!("01632 960{:03}", draws.below(1_000)));
            }
            () if has("road") || has("street") || has("address") => {
                record.text(&format!("{} {}", 1 + draws.below(200), draws.pick(words::STREETS)));
            }
            () if has("town") => record.text(draws.pick(words::TOWNS)),
            () if has("county") => record.text(draws.pick(words::COUNTIES)),
            () if name == "value1units" || name == "value2units" || has("numericunit") => {
                record.text(draws.pick(words::MEASURES).0);
            }
            () if name.starts_with("id") || has("identifier") || name == "links" => record.null(),
            () if has("note") || has("text") || has("comment") => match draws.percent(40) {
                true => {
                    let mut text = String::new();
                    note(draws, 3, &mut text);
                    record.text(&text);
                }
                false => record.null(),
            },
            () if draws.percent(45) => {
                let (quality, condition) =
                    (draws.pick(words::QUALITIES), draws.pick(words::CONDITIONS));
                record.text(&format!("{quality} {condition}"));
            }
            () => record.null(),
        }
    }

    /// A delete row holds its keys and the flag, and nothing else.
    fn delete(&self, number: usize, row: u64, record: &mut Record) {
        let table = &self.tables[number];
        for (place, column) in table.columns.iter().enumerate() {
            let owner = row % self.world.plan.patients;
            match (column.name.as_str(), column.target) {
                ("RemovedData", _) => record.text("1"),
                ("ACTION", _) => record.text("D"),
                ("IDPatient" | "PID", Some((to, key))) => record.text(&self.key(to, key, owner)),
                (_, Some((to, key))) if column.is_key => record.text(&self.key(to, key, 0)),
                (_, None) if column.is_key => record.text(&self.key(number, place, row)),
                _ => record.null(),
            }
        }
    }
}

/// Five characters of the form of a Read code.
fn read_code(draws: &mut Draws) -> String {
    let chapter = draws.pick(&["H", "C", "G", "N", "K", "M", "9", "6", "2"]);
    let number = draws.skewed(600);
    format!("{:.<5}", format!("{chapter}{number:02x}"))
}

/// The day that a column of dates has, if any.
fn moment(
    name: &str,
    column: &Column,
    patient: Option<&Patient>,
    day: i64,
    draws: &mut Draws,
) -> Option<i64> {
    let name = name.to_lowercase().replace('_', "");
    match column.role.as_str() {
        "birth-date" => return patient.map(|patient| patient.born),
        "event-date" if !name.contains("death") => return Some(day),
        "recorded-date" => return Some(day),
        _ => {}
    }
    match name.as_str() {
        "datedeath" | "dateofdeath" => patient.and_then(|patient| patient.died),
        "time" => Some(day),
        _ if name.contains("end") || name.contains("remov") || name.contains("delet") => None,
        _ if name.contains("start") || name.contains("regist") => Some(day),
        _ => draws.percent(50).then_some(day),
    }
}

/// A day and a time of day in one of the formats that the schemas have.
fn shown(format: &str, day: i64, seconds: u64) -> String {
    let iso = record::date(day);
    let iso = String::from_utf8_lossy(&iso);
    let month = MONTHS[iso[5..7].parse::<usize>().map_or(0, |month| month - 1)];
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format
        .replace("%d", &iso[8..10])
        .replace("%b", month)
        .replace("%m", &iso[5..7])
        .replace("%Y", &iso[..4])
        .replace("%H", &format!("{hour:02}"))
        .replace("%M", &format!("{minute:02}"))
        .replace("%S", &format!("{second:02}"))
}

/// The tables that the carried schema declares, with their numbers of rows.
fn tables(options: &Options, plan: &Plan) -> Vec<Table> {
    let text = match options.system {
        System::Tpp => {
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/schemas/tpp-sre-93/datapackage.json"
            ))
        }
        System::Vision => {
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/schemas/vision-0.18/datapackage.json"
            ))
        }
    };
    let package: Value = serde_json::from_str(text).unwrap_or_default();
    let empty = Vec::new();
    let declared: Vec<&Value> = package["resources"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .filter(|resource| resource["schema"].is_object())
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = declared.iter().map(|resource| text(&resource["name"])).collect();
    let table = |(number, resource): (usize, &&Value)| {
        let schema = &resource["schema"];
        let name = names[number].clone();
        let keys = schema["primaryKey"].as_array().unwrap_or(&empty);
        let foreign = schema["foreignKeys"].as_array().unwrap_or(&empty);
        let target = |column: &str| {
            let key = foreign.iter().find(|key| key["fields"][0] == column)?;
            let to = key["reference"]["resource"].as_str()?;
            let to = if to.is_empty() { number } else { names.iter().position(|one| one == to)? };
            let fields = declared[to]["schema"]["fields"].as_array()?;
            let place = fields.iter().position(|f| f["name"] == key["reference"]["fields"][0])?;
            Some((to, place))
        };
        let columns: Vec<Column> = schema["fields"]
            .as_array()
            .unwrap_or(&empty)
            .iter()
            .map(|field| Column {
                name: text(&field["name"]),
                kind: kind(field),
                target: target(field["name"].as_str().unwrap_or_default()),
                rdf_type: text(&field["rdfType"]),
                role: text(&field["handover"]["role"]),
                is_key: keys.contains(&field["name"]),
                has_other_nulls: field["missingValues"].is_array(),
            })
            .collect();
        let patient =
            names.iter().zip(&declared).position(|(_, r)| r["handover"]["role"] == "patient");
        let is_owned = columns.iter().any(|c| c.target.is_some_and(|(to, _)| Some(to) == patient))
            || resource["handover"]["patientVia"].is_string();
        let owner = match () {
            () if Some(number) == patient => Owner::Is,
            () if is_owned => Owner::Has,
            () => Owner::Nobody,
        };
        Table {
            rows: rows(&name, owner, plan),
            columns,
            owner,
            can_delete: resource["handover"]["deleted"].is_object(),
            is_written: options.all_tables || resource["handover"]["presence"].is_null(),
            name,
        }
    };
    let mut tables: Vec<Table> = declared.iter().enumerate().map(table).collect();
    // What is referred to has a key of its own, declared as the primary one or not.
    let targets: Vec<(usize, usize)> =
        tables.iter().flat_map(|table| table.columns.iter().filter_map(|c| c.target)).collect();
    for (to, place) in targets {
        tables[to].columns[place].is_key = true;
    }
    tables
}

fn kind(field: &Value) -> Kind {
    let word = |list: &Value| list[0].as_str().unwrap_or_default().to_owned();
    if let Some(list) = field["constraints"]["enum"].as_array() {
        return Kind::Choice(list.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    match field["type"].as_str() {
        Some("boolean") => Kind::Boolean(word(&field["trueValues"]), word(&field["falseValues"])),
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("date" | "datetime" | "time") => {
            Kind::Moment(field["format"].as_str().unwrap_or("%Y-%m-%d").to_owned())
        }
        _ => Kind::Text,
    }
}

/// How many rows a table has: where a table of the other system's extract is like it, as many.
fn rows(name: &str, owner: Owner, plan: &Plan) -> u64 {
    match name {
        "SRCode" | "journal_data_extract" => plan.observations,
        "SREvent" | "encounter_data_extract" => plan.consultations,
        "SRPrimaryCareMedication" => plan.issues,
        "SRRepeatTemplate" => plan.drugs,
        "SRAppointment" | "SRAppointmentFlags" => plan.slots,
        "SRProblem" => plan.problems,
        "SRReferralOut" | "SRVisit" | "referral_data_extract" => plan.referrals,
        "SRRecall" | "SRImmunisation" => plan.diaries,
        "SROrganisation" => plan.organisations,
        "SRStaffMember" | "SRStaffMemberProfile" | "staff_data_extract" => plan.users,
        "SRRota" => plan.sessions,
        "SRCtv3" | "SRCtv3Hierarchy" => plan.codes,
        "practice_data_extract" => 2,
        _ if owner == Owner::Is => plan.patients,
        _ if owner == Owner::Has => plan.patients.min(2 + plan.patients / 4),
        _ => 4,
    }
}

/// Counts bytes and keeps none.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
