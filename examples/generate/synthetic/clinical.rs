//! The rows of the care record, the prescriptions and the code lists.

use super::keys::{self, Draws, Space};
use super::layout::{PRESCRIPTION, SIGNIFICANCE, STATUS};
use super::output::Output;
use super::plan::spread;
use super::words;
use super::world::{PROCESSING, Patient, TODAY, World, effective, note};
use std::io;

pub fn consultations(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        for row in patient.share.consultations.clone() {
            let mut draws = world.draws(Space::Consultation, row ^ (1 << 50));
            let (day, time) = world.consultation(&patient, row);
            let source = draws.below(words::SOURCES.len() as u64);
            let record = &mut out.record;
            world.guid(record, Space::Consultation, row);
            world.guid(record, Space::Patient, index);
            world.practice(record);
            effective(&mut draws, day).write(record);
            record.date(day);
            record.time(time);
            world.staff(record, &mut draws);
            let slot = slot_of(world, &mut draws, &patient, row);
            world.guid_or_null(record, Space::Slot, slot);
            record.text(words::SOURCES[source as usize]);
            record.number(keys::code(source % world.plan.codes));
            record.boolean(draws.percent(97));
            record.text(draws.pick(words::CONSULTATIONS));
            record.boolean(false);
            record.boolean(draws.percent(1));
            record.number(PROCESSING + row);
            out.end()?;
        }
    }
    Ok(())
}

/// For some consultations, the appointment that led to it.
fn slot_of(world: &World, draws: &mut Draws, patient: &Patient, row: u64) -> Option<u64> {
    let share = &patient.share;
    if share.slots.is_empty() || !draws.percent(25) {
        return None;
    }
    let slot = spread(row, &share.consultations, &share.slots);
    world.slot(slot, patient.index).1.map(|_| slot)
}

pub fn diaries(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        for row in world.plan.range(world.plan.diaries, index) {
            let mut draws = world.draws(Space::Diary, row);
            let (day, time) = world.moment(&mut draws, &patient);
            let record = &mut out.record;
            world.guid(record, Space::Diary, row);
            world.guid(record, Space::Patient, index);
            world.practice(record);
            effective(&mut draws, day + 30).write(record);
            record.date(day);
            record.time(time);
            world.staff(record, &mut draws);
            record.number(keys::code(draws.skewed(world.plan.codes)));
            let (quality, condition) =
                (draws.pick(words::QUALITIES), draws.pick(words::CONDITIONS));
            record.text(&format!("{quality} {condition}, due"));
            record.text(draws.pick(words::DURATIONS));
            record.text(if draws.percent(20) { draws.pick(words::LOCATION_TYPES) } else { "" });
            record.boolean(false);
            record.boolean(draws.percent(1));
            record.boolean(draws.percent(80));
            record.boolean(draws.percent(30));
            let consultation = some_consultation(&mut draws, &patient, 40);
            world.guid_or_null(record, Space::Consultation, consultation);
            record.number(PROCESSING + row);
            out.end()?;
        }
    }
    Ok(())
}

fn some_consultation(draws: &mut Draws, patient: &Patient, percent: u64) -> Option<u64> {
    let all = &patient.share.consultations;
    (!all.is_empty() && draws.percent(percent))
        .then(|| all.start + draws.below(all.end - all.start))
}

pub fn observations(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    let mut text = String::new();
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        for row in patient.share.observations.clone() {
            observation(world, out, &patient, row, &mut text);
            out.end()?;
        }
    }
    Ok(())
}

fn observation(
    world: &World,
    out: &mut Output<'_>,
    patient: &Patient,
    row: u64,
    text: &mut String,
) {
    let share = &patient.share;
    let mut draws = world.draws(Space::Observation, row);
    // Entries follow the consultations in which they were made.
    let consultation = (!share.consultations.is_empty() && draws.percent(88))
        .then(|| spread(row, &share.observations, &share.consultations));
    let (day, time) = match consultation {
        Some(consultation) => world.consultation(patient, consultation),
        None => world.moment(&mut draws, patient),
    };
    let record = &mut out.record;
    world.guid(record, Space::Observation, row);
    world.guid(record, Space::Patient, patient.index);
    world.practice(record);
    effective(&mut draws, day).write(record);
    record.date(day);
    record.time(time);
    world.staff(record, &mut draws);
    let before = row - share.observations.start;
    let parent = (before > 0 && draws.percent(15)).then(|| row - 1 - draws.below(before.min(4)));
    world.guid_or_null(record, Space::Observation, parent);
    record.number(keys::code(draws.skewed(world.plan.codes)));
    let problem = world.problem(&mut draws, share, 30);
    world.guid_or_null(record, Space::Observation, problem);
    world.guid_or_null(record, Space::Consultation, consultation);
    let kind = draws.pick(words::ENTRIES);
    let abnormal = kind == "Value" && draws.percent(12);
    if kind == "Value" {
        let (unit, low, high) = draws.pick(words::MEASURES);
        record.hundredths(low + draws.below(high - low));
        record.text(unit);
        record.text(kind);
        record.hundredths(low);
        record.hundredths(high);
    } else {
        record.nulls(2);
        record.text(kind);
        record.nulls(2);
    }
    world.guid_or_null(record, Space::Document, (kind == "Document").then_some(row));
    if draws.percent(10) {
        note(&mut draws, 4, text);
        record.text(text);
    } else {
        record.null();
    }
    record.boolean(abnormal);
    record.text(if abnormal { draws.pick(words::ABNORMAL) } else { "" });
    record.text(draws.pick(words::EPISODES));
    record.boolean(false);
    record.boolean(draws.percent(1));
    record.number(PROCESSING + row);
}

pub fn referrals(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        let share = world.plan.share(index);
        for row in share.referrals.clone() {
            let mut draws = world.draws(Space::Referral, row);
            let record = &mut out.record;
            world.guid(record, Space::Observation, share.observation_of_referral(row));
            world.guid(record, Space::Patient, index);
            world.practice(record);
            let target = draws.percent(80).then(|| draws.below(world.plan.organisations));
            world.guid_or_null(record, Space::Organisation, target);
            record.text(draws.pick(words::URGENCIES));
            record.text(draws.pick(words::SERVICES));
            record.text(draws.pick(words::MODES));
            record.nulls(5);
            match draws.percent(60) {
                true => record.text(&format!("{:012}", draws.below(1_000_000_000_000))),
                false => record.null(),
            }
            record.nulls(6);
            record.boolean(draws.percent(5));
            record.number(PROCESSING + row);
            out.end()?;
        }
    }
    Ok(())
}

pub fn problems(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        let share = &patient.share;
        for row in share.problems.clone() {
            let mut draws = world.draws(Space::Problem, row);
            let ended = draws.percent(40);
            let record = &mut out.record;
            world.guid(record, Space::Observation, share.observation_of_problem(row));
            world.guid(record, Space::Patient, index);
            world.practice(record);
            let before = row - share.problems.start;
            let parent = (before > 0 && draws.percent(10))
                .then(|| share.observation_of_problem(row - 1 - draws.below(before)));
            world.guid_or_null(record, Space::Observation, parent);
            record.boolean(false);
            if ended {
                effective(&mut draws, patient.to).write(record);
            } else {
                record.nulls(2);
            }
            record.number(draws.pick(&[0, 0, 7, 28, 84, 365]));
            if draws.percent(50) {
                effective(&mut draws, patient.to).write(record);
                world.guid(record, Space::User, draws.skewed(world.plan.users));
            } else {
                record.nulls(3);
            }
            record.text(if parent.is_some() { draws.pick(words::RELATIONSHIPS) } else { "" });
            record.text(STATUS[usize::from(ended)]);
            record.text(draws.pick(SIGNIFICANCE));
            record.number(PROCESSING + row);
            out.end()?;
        }
    }
    Ok(())
}

pub fn codes(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.codes {
        let mut draws = world.draws(Space::Code, index);
        let quality = draws.pick(words::QUALITIES);
        let (condition, site) = (draws.pick(words::CONDITIONS), draws.pick(words::SITES));
        let term = format!("{quality} {condition}{site}");
        let national = draws.percent(25);
        let record = &mut out.record;
        record.number(keys::code(index));
        record.text(&term);
        match national {
            true => record.text(&format!("EMISNQ{index}")),
            false => record.null(),
        }
        record.number(keys::concept(400_000 + index, keys::CLINICAL));
        record.number(keys::description(500_000 + index, keys::CLINICAL));
        if national {
            record.text(&format!("^ESC{index}"));
            record.text(draws.pick(words::NATIONAL));
            record.text(&term);
        } else {
            record.nulls(3);
        }
        record.text(draws.pick(words::CATEGORIES));
        match index > 0 && draws.percent(60) {
            true => record.number(keys::code(draws.below(index))),
            false => record.null(),
        }
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn drug_codes(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.drug_codes {
        let mut draws = world.draws(Space::DrugCode, index);
        let (drug, strength) = (draws.pick(words::DRUGS), draws.pick(words::STRENGTHS));
        let record = &mut out.record;
        record.number(keys::drug_code(index));
        record.text(&format!("{drug} {strength} {}", draws.pick(words::FORMS)));
        match draws.percent(90) {
            true => record.number(keys::concept(300_000 + index, keys::DICTIONARY)),
            false => record.null(),
        }
        record.null();
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn drugs(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        for row in patient.share.drugs.clone() {
            let mut draws = world.draws(Space::Drug, row ^ (1 << 50));
            let (day, time) = world.moment(&mut draws, &patient);
            let (code, dosage, unit, quantity) = world.drug(row);
            let active = draws.percent(45);
            let record = &mut out.record;
            world.guid(record, Space::Drug, row);
            world.guid(record, Space::Patient, index);
            world.practice(record);
            effective(&mut draws, day).write(record);
            record.date(day);
            record.time(time);
            world.staff(record, &mut draws);
            record.number(keys::drug_code(code));
            record.text(dosage);
            record.hundredths(quantity);
            record.text(unit);
            let problem = world.problem(&mut draws, &patient.share, 50);
            world.guid_or_null(record, Space::Observation, problem);
            record.text(draws.pick(PRESCRIPTION));
            record.boolean(active);
            match active {
                true => record.null(),
                false => record.date((day + draws.below(400) as i64).min(TODAY)),
            }
            let authorised = 1 + draws.below(12);
            record.number(draws.below(authorised + 1));
            record.number(authorised);
            record.boolean(draws.percent(1));
            record.boolean(false);
            match draws.percent(30) {
                true => record.date_time(TODAY + draws.below(365) as i64, 0),
                false => record.null(),
            }
            record.number(PROCESSING + row);
            out.end()?;
        }
    }
    Ok(())
}

pub fn issues(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    let mut text = String::new();
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        for row in patient.share.issues.clone() {
            issue(world, out, &patient, row, &mut text);
            out.end()?;
        }
    }
    Ok(())
}

fn issue(world: &World, out: &mut Output<'_>, patient: &Patient, row: u64, text: &mut String) {
    let share = &patient.share;
    let mut draws = world.draws(Space::Issue, row);
    let drug = spread(row, &share.issues, &share.drugs);
    let (code, dosage, unit, quantity) = world.drug(drug);
    let (day, time) = world.moment(&mut draws, patient);
    let record = &mut out.record;
    world.guid(record, Space::Issue, row);
    world.guid(record, Space::Patient, patient.index);
    world.practice(record);
    world.guid(record, Space::Drug, drug);
    effective(&mut draws, day).write(record);
    record.date(day);
    record.time(time);
    world.staff(record, &mut draws);
    record.number(keys::drug_code(code));
    record.text(dosage);
    record.hundredths(quantity);
    record.text(unit);
    let problem = world.problem(&mut draws, share, 50);
    world.guid_or_null(record, Space::Observation, problem);
    record.number(draws.pick(&[7, 14, 28, 56]));
    record.hundredths(40 + draws.below(6_000));
    record.boolean(draws.percent(1));
    record.null();
    record.text(if draws.percent(12) { draws.pick(words::MESSAGES) } else { "" });
    record.null();
    if draws.percent(60) {
        record.hundredths(5_000 + draws.below(7_000));
        record.hundredths(5_000 + draws.below(7_000));
    } else {
        record.nulls(2);
    }
    record.boolean(draws.percent(2));
    record.boolean(draws.percent(1));
    if draws.percent(5) {
        note(&mut draws, 2, text);
        record.text(text);
    } else {
        record.null();
    }
    record.null();
    let consultation = some_consultation(&mut draws, patient, 50);
    world.guid_or_null(record, Space::Consultation, consultation);
    record.null();
    match draws.percent(40) {
        true => record.date_time(day + 180, 0),
        false => record.null(),
    }
    record.text(draws.pick(words::METHODS));
    record.boolean(false);
    record.number(PROCESSING + row);
}
