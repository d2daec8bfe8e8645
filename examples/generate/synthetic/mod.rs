//! A synthetic extract of any size, in the form of the EMIS Web bulk extract 8.2, with its
//! descriptor. The same options give the same bytes, on any machine.
//!
//! **Invariant:** memory does not grow with the size. Every key and every reference is computed from
//! (seed, table, row number); no table is held.

mod clinical;
pub mod declared;
mod descriptor;
pub mod flaws;
pub mod keys;
pub mod layout;
mod output;
mod people;
mod plan;
pub mod record;
mod words;
mod world;

use flaws::{Code, Flaw, Planted};
use keys::{NHS_NUMBERS, Space, guid};
use layout::TABLES;
use output::Output;
use plan::Plan;
use record::Quoting;
use std::fs;
use std::io;
use std::path::Path;
use world::World;

/// The batch's number, which all its file names share.
const BATCH: u64 = 291;
/// When the extract was made, as its file names say.
const DATETIME: &str = "20241115013000";

/// What to make.
#[derive(Debug, Clone)]
pub struct Options {
    /// Wanted size of all files together, in bytes; met within about one per cent, save that below
    /// some 15 KB there is nothing to leave out.
    pub size: u64,
    /// Another seed gives another extract.
    pub seed: u64,
    /// Which cells are quoted.
    pub quoting: Quoting,
    /// How many rows say of an earlier delivery's row that it is deleted.
    pub deletes: u64,
    /// What to spoil.
    pub flaws: Vec<Flaw>,
}

/// Writes the extract and its descriptor into the folder, which is made and must be empty. Returns
/// the flaws planted, in the order of files and rows.
///
/// # Errors
/// As [`write_files`].
pub fn write(options: &Options, folder: &Path) -> io::Result<Vec<Planted>> {
    let (planted, plan) = files(options, folder)?;
    let descriptor = descriptor::descriptor(
        |table| file_name(options.seed, table),
        |table| plan.deletes_of(table),
    );
    fs::write(folder.join("datapackage.json"), descriptor::render(&descriptor))?;
    Ok(planted)
}

/// Writes the extract as the supplier delivers it: without a descriptor.
///
/// # Errors
/// The folder is not empty, a file cannot be written, two flaws are for one row, or a flaw is for a
/// row beyond the last.
pub fn write_files(options: &Options, folder: &Path) -> io::Result<Vec<Planted>> {
    Ok(files(options, folder)?.0)
}

fn files(options: &Options, folder: &Path) -> io::Result<(Vec<Planted>, Plan)> {
    let mut flaws = options.flaws.clone();
    flaws.sort_by_key(|flaw| (flaw.table, flaw.row, flaw.code));
    for pair in flaws.windows(2) {
        let same = pair[0].table == pair[1].table && pair[0].row == pair[1].row;
        if same && (pair[0].row > 1 || pair[0].code == pair[1].code) {
            return Err(io::Error::other(format!("two flaws for row {}", pair[0].row)));
        }
    }
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::other("the output folder is not empty"));
    }
    let world = World { seed: options.seed, plan: solve(options)? };
    let mut planted = Vec::new();
    for table in 0..TABLES.len() {
        let own: Vec<Flaw> = flaws.iter().filter(|flaw| flaw.table == table).cloned().collect();
        if own.iter().any(|flaw| flaw.code == Code::MissingFile) {
            planted.push(Planted {
                code: Code::MissingFile.name(),
                file: file_name(options.seed, table),
                row: None,
                line: None,
                byte: None,
                field: String::new(),
                detail: String::new(),
            });
            continue;
        }
        planted.extend(write_table(&world, table, Some(folder), options.quoting, &own)?.1);
    }
    Ok((planted, world.plan))
}

/// `<processing>_<Schema>_<Table>_<datetime>_<agreement>.csv`
fn file_name(seed: u64, table: usize) -> String {
    let agreement = guid(seed, Space::Agreement, 0);
    let agreement = String::from_utf8_lossy(&agreement[1..37]).into_owned();
    format!("{BATCH}_{}_{DATETIME}_{agreement}.csv", TABLES[table].name)
}

fn write_table(
    world: &World,
    table: usize,
    folder: Option<&Path>,
    quoting: Quoting,
    flaws: &[Flaw],
) -> io::Result<(u64, Vec<Planted>)> {
    let name = file_name(world.seed, table);
    let mut out = Output::open(table, folder, name, quoting, world.seed, flaws)?;
    let (rows, space, count) = rows_of(world, table);
    rows(world, &mut out)?;
    delete_rows(world, &mut out, table, space, count)?;
    out.close()
}

type Rows = fn(&World, &mut Output<'_>) -> io::Result<()>;

/// What writes the table's rows; where its keys come from; and the first index that no row has.
fn rows_of(world: &World, table: usize) -> (Rows, Space, u64) {
    let plan = &world.plan;
    match TABLES[table].name {
        "Admin_Location" => (people::locations, Space::Location, plan.locations),
        "Admin_Organisation" => (people::organisations, Space::Organisation, plan.organisations),
        "Admin_OrganisationLocation" => (people::organisation_locations, Space::Organisation, 0),
        "Admin_Patient" => (people::patients, Space::Patient, plan.patients),
        "Admin_PatientHistory" => (people::histories, Space::History, plan.histories),
        "Admin_UserInRole" => (people::users, Space::User, plan.users),
        "Agreements_SharingOrganisation" => (people::sharing, Space::Organisation, 0),
        "Appointment_Session" => (people::sessions, Space::Session, plan.sessions),
        "Appointment_SessionUser" => (people::session_users, Space::SessionUser, 0),
        "Appointment_Slot" => (people::slots, Space::Slot, plan.slots),
        "Audit_PatientAudit" => (people::audits, Space::Audit, plan.audits),
        "Audit_RegistrationAudit" => (people::registration_audits, Space::RegistrationAudit, 0),
        "CareRecord_Consultation" => {
            (clinical::consultations, Space::Consultation, plan.consultations)
        }
        "CareRecord_Diary" => (clinical::diaries, Space::Diary, plan.diaries),
        "CareRecord_Observation" => (clinical::observations, Space::Observation, plan.observations),
        "CareRecord_ObservationReferral" => (clinical::referrals, Space::Observation, 0),
        "CareRecord_Problem" => (clinical::problems, Space::Observation, 0),
        "Coding_ClinicalCode" => (clinical::codes, Space::Code, plan.codes),
        "Coding_DrugCode" => (clinical::drug_codes, Space::DrugCode, plan.drug_codes),
        "Prescribing_DrugRecord" => (clinical::drugs, Space::Drug, plan.drugs),
        _ => (clinical::issues, Space::Issue, plan.issues),
    }
}

/// A delete row holds the keys, `Deleted` = true and its processing number, and nothing else. It
/// deletes a row of an earlier delivery: no row of this one has its key.
fn delete_rows(
    world: &World,
    out: &mut Output<'_>,
    table: usize,
    space: Space,
    count: u64,
) -> io::Result<()> {
    for index in count..count + world.plan.deletes_of(table) {
        for (place, column) in TABLES[table].columns.iter().enumerate() {
            match column.name {
                _ if place == 0 => world.guid(&mut out.record, space, index),
                "PatientGuid" => {
                    world.guid(&mut out.record, Space::Patient, index % world.plan.patients);
                }
                "OrganisationGuid" => world.practice(&mut out.record),
                "Deleted" => out.record.boolean(true),
                "ProcessingId" => out.record.number(world::PROCESSING + index),
                _ => out.record.null(),
            }
        }
        out.end()?;
    }
    Ok(())
}

/// The size of the files under a plan, found by writing them nowhere.
fn measure(options: &Options, thousandths: u64) -> u64 {
    let world = World { seed: options.seed, plan: Plan::new(thousandths, options.deletes) };
    let size = |table| write_table(&world, table, None, options.quoting, &[]);
    (0..TABLES.len()).filter_map(|table| size(table).ok()).map(|(size, _)| size).sum()
}

/// The plan that comes to the wanted size: by trial where that is quick, else by proportion.
fn solve(options: &Options) -> io::Result<Plan> {
    let thousandths = if options.size <= 6_000_000 {
        // The largest plan within the size. A patient's worth is well over 100 KB.
        let (mut low, mut high) = (0, options.size / 100);
        while low < high {
            let middle = u64::midpoint(low, high) + 1;
            if measure(options, middle) <= options.size {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        low
    } else {
        // A straight line through two sizes at which the least numbers of rows no longer show.
        let (near, far) = (24_000, 96_000);
        let (first, second) = (measure(options, near), measure(options, far));
        let slope = u128::from(second.saturating_sub(first).max(1));
        let beyond = u128::from(options.size.saturating_sub(first)) * u128::from(far - near);
        if options.size >= first {
            near + (beyond / slope) as u64
        } else {
            (u128::from(near) * u128::from(options.size) / u128::from(first.max(1))) as u64
        }
    };
    let plan = Plan::new(thousandths, options.deletes);
    if plan.patients > NHS_NUMBERS {
        return Err(io::Error::other("there are not so many NHS numbers beginning 999"));
    }
    Ok(plan)
}
