//! How many rows each table has, and which of them are whose.

use super::layout::TABLES;
use std::ops::Range;

/// Rows per 34,964 patients, as published averages of a production feed have them where they are
/// known (patient history to issue record); the audit tables' are estimates.
const PATIENTS: u64 = 34_964;

/// Relative share of the patients' rows that each patient of sixteen has: a few have much, some
/// nothing, as in a practice.
const SHARES: [u64; 16] = [4, 0, 3, 9, 1, 6, 2, 14, 5, 3, 8, 2, 4, 7, 1, 11];
const BLOCK: u64 = {
    let (mut sum, mut i) = (0, 0);
    while i < 16 {
        sum += SHARES[i];
        i += 1;
    }
    sum
};
const BEFORE: [u64; 17] = {
    let mut before = [0; 17];
    let mut i = 0;
    while i < 16 {
        before[i + 1] = before[i] + SHARES[i];
        i += 1;
    }
    before
};

/// Numbers of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub patients: u64,
    pub histories: u64,
    pub sessions: u64,
    pub session_users: u64,
    pub slots: u64,
    pub consultations: u64,
    pub diaries: u64,
    pub observations: u64,
    pub referrals: u64,
    pub problems: u64,
    pub drugs: u64,
    pub issues: u64,
    pub audits: u64,
    pub registration_audits: u64,
    pub organisations: u64,
    pub locations: u64,
    pub users: u64,
    pub codes: u64,
    pub drug_codes: u64,
    /// Rows that say that a row is deleted.
    pub deletes: u64,
}

impl Plan {
    /// The plan for so many thousandths of a patient's worth of rows. Each table has a few rows,
    /// however small the extract.
    pub fn new(thousandths: u64, deletes: u64) -> Self {
        let share = |rows: u64, least: u64| {
            let scaled = u128::from(thousandths) * u128::from(rows) / u128::from(PATIENTS * 1_000);
            least.max(scaled as u64)
        };
        let observations = share(19_274_940, 12);
        // In a small extract, more patients than their rows would make: some variety is wanted.
        let patients = share(PATIENTS, (6 + observations / 12).min(24));
        let issues = share(5_613_386, 6);
        Self {
            patients,
            histories: share(141_599, 6),
            sessions: share(75_133, 3),
            session_users: share(74_298, 3),
            slots: share(1_274_771, 6),
            consultations: share(4_705_095, 6),
            diaries: share(223_137, 4),
            observations,
            referrals: share(99_826, 4),
            problems: share(743_378, 5),
            drugs: share(1_470_517, 6),
            issues,
            audits: share(3_000_000, 8),
            registration_audits: share(60_000, 4),
            organisations: (4 + patients / 100).min(2_000),
            locations: (3 + patients / 500).min(500),
            users: (4 + patients / 40).min(3_000),
            codes: (12 + observations / 200).min(150_000),
            drug_codes: (6 + issues / 200).min(40_000),
            deletes,
        }
    }

    /// How many of the wanted delete rows the table has. They go to the tables in turn.
    pub fn deletes_of(&self, table: usize) -> u64 {
        let takers: Vec<usize> = (0..TABLES.len()).filter(|t| may_delete(*t)).collect();
        let count = takers.len() as u64;
        match takers.iter().position(|taker| *taker == table) {
            Some(turn) => (self.deletes + count - 1 - turn as u64) / count,
            None => 0,
        }
    }

    fn before(&self, patient: u64) -> u64 {
        patient / 16 * BLOCK + BEFORE[(patient % 16) as usize]
    }

    /// Which of a table's rows are the patient's, of `rows` that are shared out among all.
    pub fn range(&self, rows: u64, patient: u64) -> Range<u64> {
        let start = |patient| {
            let part = u128::from(self.before(patient)) * u128::from(rows);
            part.div_ceil(u128::from(self.before(self.patients))) as u64
        };
        start(patient)..start(patient + 1)
    }

    /// Whose the row is: the inverse of [`Plan::range`].
    pub fn owner(&self, rows: u64, row: u64) -> u64 {
        let all = u128::from(self.before(self.patients));
        let part = (u128::from(row) * all / u128::from(rows.max(1))) as u64;
        let within = part % BLOCK;
        // The last patient at or before this part: one without rows is passed over.
        let place = (0..16).rev().find(|i| BEFORE[*i] <= within).unwrap_or(0);
        part / BLOCK * 16 + place as u64
    }

    /// All of a patient's rows.
    pub fn share(&self, patient: u64) -> Share {
        let observations = self.range(self.observations, patient);
        let entries = observations.end - observations.start;
        let drugs = self.range(self.drugs, patient);
        let mut issues = self.range(self.issues, patient);
        // An issue is of a drug record; without any there is none.
        if drugs.is_empty() {
            issues.end = issues.start;
        }
        // A problem or a referral is an observation, each its own.
        let within = |mut rows: Range<u64>| {
            rows.end = rows.end.min(rows.start + entries);
            rows
        };
        Share {
            slots: self.range(self.slots, patient),
            consultations: self.range(self.consultations, patient),
            problems: within(self.range(self.problems, patient)),
            referrals: within(self.range(self.referrals, patient)),
            observations,
            drugs,
            issues,
        }
    }
}

/// Whether delete rows of the table are made: it has the column, a key of its own, and no other table
/// that its rows extend.
fn may_delete(table: usize) -> bool {
    let table = &TABLES[table];
    table.position("Deleted").is_some()
        && table.position("OrganisationGuid").is_some()
        && table.columns[0].name == table.key[0]
        && table.name != "CareRecord_Problem"
        && !table.name.starts_with("Agreements")
        && !table.name.starts_with("Admin_Organisation")
}

/// A patient's rows, by table.
#[derive(Debug, Clone)]
pub struct Share {
    pub slots: Range<u64>,
    pub consultations: Range<u64>,
    pub observations: Range<u64>,
    pub problems: Range<u64>,
    pub referrals: Range<u64>,
    pub drugs: Range<u64>,
    pub issues: Range<u64>,
}

impl Share {
    /// The observation that the problem extends.
    pub fn observation_of_problem(&self, problem: u64) -> u64 {
        spread(problem, &self.problems, &self.observations)
    }

    /// The observation that the referral extends.
    pub fn observation_of_referral(&self, referral: u64) -> u64 {
        spread(referral, &self.referrals, &self.observations)
    }
}

/// The row of one range that stands where `row` does in the other; for a shorter range the rows named
/// are all different.
pub fn spread(row: u64, from: &Range<u64>, to: &Range<u64>) -> u64 {
    let (have, want) = (from.end - from.start, to.end - to.start);
    to.start + (u128::from(row - from.start) * u128::from(want) / u128::from(have.max(1))) as u64
}
