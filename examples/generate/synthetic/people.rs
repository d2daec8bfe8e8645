//! The rows of the tables about places, people and appointments, and the audit trail.

use super::keys::{Space, nhs_number};
use super::layout::ITEM;
use super::output::Output;
use super::plan::spread;
use super::words;
use super::world::{PROCESSING, Patient, TODAY, World, note};
use std::io;

pub fn locations(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.locations {
        let mut draws = world.draws(Space::Location, index);
        let record = &mut out.record;
        world.guid(record, Space::Location, index);
        record.text(&format!("{} site {}", draws.pick(words::TOWNS), index + 1));
        record.text(if index == 0 { "GP Surgery" } else { draws.pick(words::LOCATION_TYPES) });
        world.guid_or_null(record, Space::Location, (index > 0).then_some(0));
        record.date(2_000 + draws.below(9_000) as i64);
        match draws.percent(5) {
            true => record.date(TODAY - draws.below(2_000) as i64),
            false => record.null(),
        }
        record.nulls(2);
        record.text(&format!("site{index}@example.org"));
        record.text(&format!("01632 960{:03}", draws.below(1_000)));
        record.null();
        record.text(&format!("{} {}", 1 + draws.below(200), draws.pick(words::STREETS)));
        record.null();
        record.text(draws.pick(words::TOWNS));
        record.text(draws.pick(words::COUNTIES));
        record.text(&postcode(draws.next()));
        record.boolean(false);
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn organisations(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.organisations {
        let mut draws = world.draws(Space::Organisation, index);
        let kind = if index == 0 { 0 } else { draws.below(6) as usize };
        let record = &mut out.record;
        world.guid(record, Space::Organisation, index);
        record.number(20_000 + index);
        record.text(words::ORGANISATIONS[kind]);
        record.text(&format!("Z{:05}", index + 1));
        // The second organisation is the body that the others belong to.
        let parent = (index != 1).then_some(1);
        world.guid_or_null(record, Space::Organisation, parent);
        world.guid_or_null(record, Space::Organisation, parent);
        record.text(words::ORGANISATION_TYPES[kind]);
        record.date(3_000 + draws.below(12_000) as i64);
        record.null();
        world.guid(record, Space::Location, index % world.plan.locations);
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn organisation_locations(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.organisations {
        let record = &mut out.record;
        world.guid(record, Space::Organisation, index);
        world.guid(record, Space::Location, index % world.plan.locations);
        record.boolean(true);
        record.boolean(false);
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn sharing(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..3 {
        let record = &mut out.record;
        world.guid(record, Space::Organisation, index);
        record.boolean(true);
        record.date_time(TODAY - 900 + index as i64, 45_296);
        record.boolean(false);
        record.boolean(false);
        out.end()?;
    }
    Ok(())
}

pub fn users(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.users {
        let mut draws = world.draws(Space::User, index);
        let (code, name) = draws.pick(words::JOBS);
        let elsewhere = draws.percent(10).then(|| draws.below(world.plan.organisations));
        let record = &mut out.record;
        world.guid(record, Space::User, index);
        world.guid(record, Space::Organisation, elsewhere.unwrap_or(0));
        record.text(draws.pick(words::TITLES));
        record.text(draws.pick(words::GIVEN));
        record.text(draws.pick(words::SURNAMES));
        record.text(code);
        record.text(name);
        record.date(TODAY - 30 - draws.below(8_000) as i64);
        match draws.percent(20) {
            true => record.date(TODAY - draws.below(30) as i64),
            false => record.null(),
        }
        match code == "R0260" {
            true => record.text(&format!("{:07}", 9_000_000 + index)),
            false => record.null(),
        }
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

/// A postcode of the right form, of an area that does not exist.
pub fn postcode(draw: u64) -> String {
    let letters = b"ABDEFGHJLNPQRSTUWXYZ";
    let letter = |by: u64| letters[(draw / by % 20) as usize] as char;
    format!("ZY{} {}{}{}", 1 + draw % 98, draw / 100 % 10, letter(1_000), letter(20_000))
}

pub fn patients(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    let mut text = String::new();
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        let mut draws = world.draws(Space::Person, index);
        let record = &mut out.record;
        world.guid(record, Space::Patient, index);
        world.practice(record);
        world.guid(record, Space::User, draws.skewed(world.plan.users));
        record.text(patient.sex);
        record.date(patient.born);
        match patient.died {
            Some(day) => record.date(day),
            None => record.null(),
        }
        record.text(if draws.percent(95) { draws.pick(words::TITLES) } else { "" });
        record.text(draws.pick(words::GIVEN));
        record.text(if draws.percent(60) { draws.pick(words::GIVEN) } else { "" });
        record.text(draws.pick(words::SURNAMES));
        record.date(patient.registered);
        // A few, temporary residents say, come without a number.
        let numbered = index % 40 != 39;
        match numbered {
            true => record.plain(&nhs_number(world.seed, index)),
            false => record.null(),
        }
        record.number(index + 1);
        record.text(draws.pick(words::PATIENT_TYPES));
        record.boolean(false);
        let street = draws.pick(words::STREETS);
        match draws.percent(20) {
            true => record.text(&format!("Flat {}, The Maltings", 1 + draws.below(40))),
            false => record.null(),
        }
        record.text(&format!("{} {street}", 1 + draws.below(300)));
        record.text(if draws.percent(30) { draws.pick(words::VILLAGES) } else { "" });
        record.text(draws.pick(words::TOWNS));
        record.text(draws.pick(words::COUNTIES));
        record.text(&postcode(draws.next()));
        record.null();
        record.text(if numbered { "01" } else { "03" });
        if draws.percent(6) {
            let (given, surname) = (draws.pick(words::GIVEN), draws.pick(words::SURNAMES));
            record.text(&format!("{given} {surname}"));
            record.text(draws.pick(words::RELATIONS));
        } else {
            record.nulls(2);
        }
        world.guid(record, Space::Person, index);
        match patient.died {
            Some(day) => record.date(day),
            None => record.null(),
        }
        record.boolean(false);
        record.boolean(draws.percent(1));
        record.boolean(draws.percent(1));
        match draws.percent(55) {
            true => record.text(&format!("patient{}@example.org", index + 1)),
            false => record.null(),
        }
        record.text(&format!("01632 960{:03}", draws.below(1_000)));
        match draws.percent(80) {
            true => record.text(&format!("07700 900{:03}", draws.below(1_000))),
            false => record.null(),
        }
        if draws.percent(5) {
            world.guid(record, Space::Nowhere, 1 + draws.below(50));
            record.text(&format!("Dr {}", draws.pick(words::SURNAMES)));
            world.guid(record, Space::Organisation, draws.below(world.plan.organisations));
        } else {
            record.nulls(3);
        }
        if draws.percent(10) {
            note(&mut draws, 2, &mut text);
            record.text(&text);
        } else {
            record.null();
        }
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn histories(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        let patient = world.patient(index);
        for row in world.plan.range(world.plan.histories, index) {
            let mut draws = world.draws(Space::History, row);
            let record = &mut out.record;
            world.guid(record, Space::Patient, index);
            world.practice(record);
            let (day, time) = world.moment(&mut draws, &patient);
            record.date(day.max(patient.registered));
            record.time(time);
            record.text(draws.pick(words::REGISTRATION));
            record.number(PROCESSING + row);
            out.end()?;
        }
    }
    Ok(())
}

pub fn sessions(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.sessions {
        let mut draws = world.draws(Space::SessionUser, index);
        let (day, start, length) = world.session(index);
        let record = &mut out.record;
        world.guid(record, Space::Session, index);
        record.text(draws.pick(words::SESSIONS));
        world.guid(record, Space::Location, draws.skewed(world.plan.locations));
        record.text(draws.pick(words::SESSION_TYPES));
        record.text(draws.pick(words::SESSION_CATEGORIES));
        record.date(day);
        record.time(start);
        record.date(day);
        record.time(start + length);
        record.boolean(draws.percent(2));
        world.practice(record);
        record.boolean(false);
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn session_users(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.session_users.min(world.plan.sessions) {
        let mut draws = world.draws(Space::SessionUser, index);
        let record = &mut out.record;
        world.guid(record, Space::Session, index);
        world.guid(record, Space::User, draws.below(world.plan.users));
        record.boolean(false);
        record.number(PROCESSING + index);
        out.end()?;
    }
    Ok(())
}

pub fn slots(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    for index in 0..world.plan.patients {
        for row in world.plan.range(world.plan.slots, index) {
            slot(world, out, index, row);
            out.end()?;
        }
    }
    Ok(())
}

fn slot(world: &World, out: &mut Output<'_>, index: u64, row: u64) {
    let (session, booked) = world.slot(row, index);
    let mut draws = world.draws(Space::Slot, row ^ (1 << 50));
    let (day, start, length) = world.session(session);
    let begin = start + draws.below(length / 600) * 600;
    let status = if booked.is_some() { draws.pick(words::SLOT_STATUS) } else { "Slot Available" };
    let (seen, missed) = (status == "Left", status == "DNA");
    let record = &mut out.record;
    world.guid(record, Space::Slot, row);
    record.date(day);
    record.time(begin);
    record.number(10);
    world.guid_or_null(record, Space::Patient, booked);
    if seen {
        let (wait, lasted) = (draws.below(40), 3 + draws.below(25));
        record.time(begin + wait * 60);
        record.time(begin + (wait + lasted) * 60);
        record.boolean(false);
        record.number(wait);
        record.number(wait / 2);
        record.number(lasted);
    } else {
        record.nulls(2);
        record.boolean(missed);
        record.nulls(3);
    }
    world.practice(record);
    world.guid(record, Space::Session, session);
    match missed && draws.percent(50) {
        true => record.number(super::keys::code(draws.below(world.plan.codes))),
        false => record.null(),
    }
    if booked.is_some() {
        record.date(day - draws.below(30) as i64);
        record.time(28_800 + draws.below(36_000));
    } else {
        record.nulls(2);
    }
    record.text(status);
    record.text(draws.pick(words::SLOT_TYPES));
    record.boolean(draws.percent(40));
    record.text(if booked.is_some() { draws.pick(words::BOOKING) } else { "" });
    // Some slots are kept for another practice's patients.
    if booked.is_none() && draws.percent(50) {
        world.guid(record, Space::Nowhere, 100 + draws.below(1_000));
        world.guid(record, Space::Organisation, draws.below(world.plan.organisations));
    } else {
        record.nulls(2);
    }
    record.text(draws.pick(words::CONTACT));
    record.boolean(draws.percent(2));
    record.text("Care Related Encounter");
    record.text("General Practice");
    record.text("General Consultation Routine");
    record.text(if draws.percent(30) {
        "Booked ahead, seen by a GP or a \"GP registrar\""
    } else {
        ""
    });
    record.boolean(false);
    record.number(PROCESSING + row);
}

/// Entries are in order of time, whatever they are of; numbers rise by one.
pub fn audits(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    let plan = &world.plan;
    let mut known: Option<Patient> = None;
    for row in 0..plan.audits {
        let mut draws = world.draws(Space::Audit, row);
        // Items as often as there are rows of their table, but none so rare that it is not met.
        let kind = match draws.below(100) {
            0..=9 => 0,
            10..=59 => 1,
            60..=66 => 2,
            67..=69 => 3,
            70..=73 => 4,
            74..=81 => 5,
            82..=93 => 6,
            _ => 7,
        };
        let count = [
            plan.consultations,
            plan.observations,
            plan.problems,
            plan.referrals,
            plan.diaries,
            plan.drugs,
            plan.issues,
            plan.slots,
        ][kind];
        let item = draws.below(count);
        let owner = plan.owner(count, item);
        if known.as_ref().is_none_or(|patient| patient.index != owner) {
            known = Some(world.patient(owner));
        }
        let Some(Patient { share, .. }) = &known else { continue };
        // Rows that the plan left out, and slots of nobody, give way to an observation.
        let found = match kind {
            0 => Some((Space::Consultation, item)),
            2 if share.problems.contains(&item) => {
                Some((Space::Observation, share.observation_of_problem(item)))
            }
            3 if share.referrals.contains(&item) => {
                Some((Space::Observation, share.observation_of_referral(item)))
            }
            4 => Some((Space::Diary, item)),
            5 => Some((Space::Drug, item)),
            6 if share.issues.contains(&item) => Some((Space::Issue, item)),
            7 if world.slot(item, owner).1.is_some() => Some((Space::Slot, item)),
            _ => None,
        };
        let (name, owner, (space, item)) = match found {
            Some(found) => (ITEM[kind], owner, found),
            None => {
                let item = if kind == 1 { item } else { draws.below(plan.observations) };
                (ITEM[1], plan.owner(plan.observations, item), (Space::Observation, item))
            }
        };
        // Two years, ending with the day before the extract.
        let passed = (u128::from(row) * 730 * 86_400 / u128::from(plan.audits)) as u64;
        let record = &mut out.record;
        world.guid(record, space, item);
        world.guid(record, Space::Patient, owner);
        world.practice(record);
        record.date(TODAY - 730 + (passed / 86_400) as i64);
        record.time(passed % 86_400);
        world.guid(record, Space::User, draws.skewed(plan.users));
        record.text(name);
        record.text(if draws.percent(30) { "Insert" } else { "Update" });
        record.number(PROCESSING + row);
        out.end()?;
    }
    Ok(())
}

pub fn registration_audits(world: &World, out: &mut Output<'_>) -> io::Result<()> {
    let rows = world.plan.registration_audits;
    for row in 0..rows {
        let mut draws = world.draws(Space::RegistrationAudit, row);
        let passed = spread(row, &(0..rows), &(0..730 * 86_400));
        let record = &mut out.record;
        world.guid(record, Space::Patient, draws.below(world.plan.patients));
        world.practice(record);
        record.date(TODAY - 730 + (passed / 86_400) as i64);
        record.time(passed % 86_400);
        world.guid(record, Space::User, draws.skewed(world.plan.users));
        record.text(if draws.percent(30) { "Insert" } else { "Update" });
        record.number(PROCESSING + row);
        out.end()?;
    }
    Ok(())
}
