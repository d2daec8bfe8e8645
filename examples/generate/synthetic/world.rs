//! Facts that several tables agree on, each computed from its row's number alone.

use super::keys::{Draws, Space, guid};
use super::plan::{Plan, Share};
use super::record::Record;
use super::words;

/// The day of the extract, 2024-11-14, counted from 1 January 1970.
pub const TODAY: i64 = 20_041;
/// First processing number.
pub const PROCESSING: u64 = 10_001;

/// Days that trip importers: 29 February, and the days on which clocks change.
const AWKWARD: [i64; 11] = [
    11_016, // 2000-02-29
    12_477, // 2004-02-29
    13_938, // 2008-02-29
    15_399, // 2012-02-29
    16_860, // 2016-02-29
    18_321, // 2020-02-29
    19_782, // 2024-02-29
    19_442, // 2023-03-26, clocks go forward
    19_659, // 2023-10-29, clocks go back
    19_813, // 2024-03-31, clocks go forward
    20_023, // 2024-10-27, clocks go back
];
/// 29 February of 1936, 1960, 1984 and 2008, as dates of birth.
const LEAPLINGS: [i64; 4] = [-12_360, -3_594, 5_172, 13_938];

/// The extract: its seed and its plan.
#[derive(Debug, Clone, Copy)]
pub struct World {
    pub seed: u64,
    pub plan: Plan,
}

/// A patient's own facts.
#[derive(Debug, Clone)]
pub struct Patient {
    pub index: u64,
    pub sex: &'static str,
    pub born: i64,
    pub registered: i64,
    pub died: Option<i64>,
    /// The first and last day of the record.
    pub from: i64,
    pub to: i64,
    pub share: Share,
}

/// A day, and how exactly it is known.
#[derive(Debug, Clone, Copy)]
pub struct Effective {
    pub day: Option<i64>,
    pub precision: &'static str,
}

impl World {
    pub fn draws(&self, space: Space, index: u64) -> Draws {
        Draws::of(self.seed, space, index)
    }

    pub fn guid(&self, record: &mut Record, space: Space, index: u64) {
        record.plain(&guid(self.seed, space, index));
    }

    pub fn guid_or_null(&self, record: &mut Record, space: Space, index: Option<u64>) {
        match index {
            Some(index) => self.guid(record, space, index),
            None => record.null(),
        }
    }

    /// The practice whose extract it is.
    pub fn practice(&self, record: &mut Record) {
        self.guid(record, Space::Organisation, 0);
    }

    pub fn patient(&self, index: u64) -> Patient {
        let mut draws = self.draws(Space::Patient, index);
        let sex = match draws.below(200) {
            0 => "U",
            1 => "I",
            draw if draw % 2 == 0 => "F",
            _ => "M",
        };
        let born = if draws.percent(2) {
            draws.pick(&LEAPLINGS)
        } else {
            TODAY - 30 - draws.below(95 * 365) as i64
        };
        let registered = born.max(TODAY - 1 - draws.below(25 * 365) as i64);
        let died = draws
            .percent(4)
            .then(|| registered + draws.below((TODAY - registered).max(1) as u64) as i64);
        Patient {
            index,
            sex,
            born,
            registered,
            died,
            from: born.max(registered - 3_650),
            to: died.unwrap_or(TODAY - 1),
            share: self.plan.share(index),
        }
    }

    /// The day and the time in seconds at which a consultation took place.
    pub fn consultation(&self, patient: &Patient, index: u64) -> (i64, u64) {
        let all = &patient.share.consultations;
        let mut draws = self.draws(Space::Consultation, index);
        let (place, count) = (index - all.start, (all.end - all.start).max(1));
        let span = (patient.to - patient.from).max(0) as u64;
        let day = patient.from + (place * span / count + draws.below(span / count + 1)) as i64;
        awkward(&mut draws, patient, day)
    }

    /// A day and a time of an entry outside any consultation.
    pub fn moment(&self, draws: &mut Draws, patient: &Patient) -> (i64, u64) {
        let span = (patient.to - patient.from).max(0) as u64;
        let day = patient.from + draws.below(span + 1) as i64;
        awkward(draws, patient, day)
    }

    /// How a session of the appointment book lies: its day, start and length in seconds.
    pub fn session(&self, index: u64) -> (i64, u64, u64) {
        let mut draws = self.draws(Space::Session, index);
        let back = (self.plan.sessions - index) * 700 / self.plan.sessions.max(1);
        let day = if draws.percent(1) { 19_782 } else { TODAY + 14 - back as i64 };
        (day, draws.pick(&[30_600, 32_400, 50_400, 54_000]), draws.pick(&[7_200, 10_800, 12_600]))
    }

    /// A slot's session; `None` in the second place where nobody is booked in it.
    pub fn slot(&self, index: u64, patient: u64) -> (u64, Option<u64>) {
        let mut draws = self.draws(Space::Slot, index);
        let session = draws.below(self.plan.sessions);
        (session, (!draws.percent(8)).then_some(patient))
    }

    /// The drug code, dosage, unit and quantity (in hundredths) that a drug record and its issues
    /// share.
    pub fn drug(&self, index: u64) -> (u64, &'static str, &'static str, u64) {
        let mut draws = self.draws(Space::Drug, index);
        (
            draws.skewed(self.plan.drug_codes),
            draws.pick(words::DOSAGES),
            draws.pick(words::UNITS),
            draws.pick(&[700, 1_400, 2_800, 5_600, 10_000, 20_000, 3_050, 150]),
        )
    }

    /// The clinician and the member of staff who entered it.
    pub fn staff(&self, record: &mut Record, draws: &mut Draws) {
        let clinician = draws.skewed(self.plan.users);
        let clerk = if draws.percent(70) { clinician } else { draws.skewed(self.plan.users) };
        self.guid(record, Space::User, clinician);
        self.guid(record, Space::User, clerk);
    }

    /// One of the patient's problems, as the number of the observation that it extends.
    pub fn problem(&self, draws: &mut Draws, share: &Share, percent: u64) -> Option<u64> {
        let count = share.problems.end - share.problems.start;
        (count > 0 && draws.percent(percent)).then(|| {
            let problem = share.problems.start + draws.below(count);
            share.observation_of_problem(problem)
        })
    }
}

/// Now and then an awkward day of the patient's time instead of the day given; and a time of day,
/// on such days often the hour that is skipped or comes twice.
fn awkward(draws: &mut Draws, patient: &Patient, day: i64) -> (i64, u64) {
    let roll = draws.below(16);
    if roll == 0 {
        let other = draws.pick(&AWKWARD);
        if (patient.from..=patient.to).contains(&other) {
            return (other, draws.pick(&[3_599, 3_600, 5_400, 7_199, 7_200, 0, 86_399]));
        }
    }
    (day, 28_800 + draws.below(36_000))
}

/// The day with the precision that a row of this draw has: mostly whole, sometimes the month or the
/// year alone (then the first day stands for it), sometimes no date at all.
pub fn effective(draws: &mut Draws, day: i64) -> Effective {
    match draws.below(100) {
        0..=1 => Effective { day: None, precision: "U" },
        2..=3 => Effective { day: Some(first(day, b"01-01")), precision: "Y" },
        4..=5 => Effective { day: Some(first(day, b"01")), precision: "YM" },
        6..=30 => Effective { day: Some(day), precision: "YMDT" },
        _ => Effective { day: Some(day), precision: "YMD" },
    }
}

/// The last day at or before this one whose date ends so.
fn first(mut day: i64, ending: &[u8]) -> i64 {
    while !super::record::date(day).ends_with(ending) {
        day -= 1;
    }
    day
}

impl Effective {
    pub fn write(self, record: &mut Record) {
        match self.day {
            Some(day) => record.date(day),
            None => record.null(),
        }
        record.plain(self.precision.as_bytes());
    }
}

/// Writes one to four sentences, joined by a space or a line break.
pub fn note(draws: &mut Draws, most: u64, text: &mut String) {
    text.clear();
    for place in 0..=draws.below(most) {
        if place > 0 {
            text.push_str(draws.pick(&[" ", " ", "\r\n"]));
        }
        text.push_str(draws.pick(words::NOTES));
    }
}
