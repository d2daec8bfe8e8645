//! The report as a page: what stands in it, and what never may.

#![allow(clippy::unwrap_used)]

use super::report::{cells, clean, every_code, hopeless};
use handover::check::{Accepted, Outcome};
use handover::finding::catalogue::CATALOGUE;
use handover::finding::{Code, Facts, Sample};
use handover::report::{Report, Run, Samples, html};

fn page_of(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    html::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn page(outcome: &Outcome) -> String {
    page_of(&Report::new(outcome))
}

/// Every element that was begun was ended, in order; gives the names of all.
fn balanced(page: &str) -> Vec<&str> {
    const VOID: [&str; 1] = ["meta"];
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
            None if name == "!DOCTYPE" || VOID.contains(&name) => {}
            None => {
                open.push(name);
                all.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

/// What a reader sees: the text between the tags of the body.
fn text(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let text: String =
        body.split('<').filter_map(|rest| rest.split_once('>')).map(|p| p.1).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_page_is_whole_asks_for_nothing_and_runs_nothing() {
    for outcome in [Outcome::default(), clean(3), every_code(), hopeless()] {
        let page = page(&outcome);
        let names = balanced(&page);
        assert_eq!(names.iter().filter(|name| **name == "h1").count(), 1);
        for name in ["script", "link", "img", "iframe", "form", "object", "base"] {
            assert!(!names.contains(&name), "{name}");
        }
        for word in ["http:", "https:", "//", "url(", "@import", "javascript:", " on"] {
            let tags = page.split('<').map(|rest| rest.split('>').next().unwrap());
            let in_tags = tags.filter(|tag| !tag.starts_with("meta")).any(|tag| tag.contains(word));
            assert!(!in_tags, "{word}");
        }
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        for word in ["http", "url(", "@import", "<", "expression"] {
            assert!(!style.contains(word), "{word}");
        }
        assert!(page.contains("default-src &#39;none&#39;"));
        assert!(page.contains("<html lang=\"en-GB\">"));
    }
}

#[test]
fn every_link_inside_the_page_has_its_target_and_no_id_stands_twice() {
    let page = page(&hopeless());
    let of = |mark: &str| -> Vec<&str> {
        page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
    };
    let mut ids = of(" id=\"");
    for target in of("href=\"#").into_iter().chain(of("aria-labelledby=\"")) {
        assert!(ids.contains(&target), "{target}");
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn the_verdict_comes_first() {
    let of = |outcome: &Outcome| text(&page(outcome));
    let start = "Skip to the report Handover Check of a data extract ";
    assert!(of(&clean(2)).starts_with(&format!(
        "{start}No problems found the extract 2 files and 2,000 rows were read, without errors or \
         warnings. Every check"
    )));
    let bad = of(&hopeless());
    assert!(bad.starts_with(&format!("{start}Not valid the extract ")), "{bad:.200}");
    assert!(bad.contains("in 200 of 200 files"), "{bad:.300}");
    assert!(of(&Outcome::default()).contains("No schema was used"));
    let mut outcome = clean(1);
    outcome.tasks[0].groups.push(cells(Code::DuplicateRow, 0, "name", Facts::None, 2));
    let warned = of(&outcome);
    assert!(
        warned.contains("Valid, with warnings the extract 2 warnings in 1 of 1 file;"),
        "{warned:.300}"
    );
}

#[test]
fn every_code_is_explained_and_placed() {
    let text = text(&page(&every_code()));
    for entry in CATALOGUE {
        let plain = |text: &str| {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            escaped.replace('"', "&quot;").replace('\'', "&#39;")
        };
        for part in [entry.name, &plain(entry.cause), &plain(entry.remedy), &plain(entry.example)] {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&part), "{}: {part}", entry.name);
        }
    }
    assert!(text.contains("17 17 680"), "row, line and byte: {text}");
    assert!(text.contains("AA9 9AA"));
    assert!(text.contains("references to person"));
    assert!(text.contains("the file person.csv is missing"));
}

#[test]
fn rows_stand_beside_those_that_were_declared() {
    let mut outcome = clean(2);
    outcome.tasks[1].rows = 12_345;
    assert!(text(&page(&outcome)).contains("table_1 ok 12,345 1,000 0 0 40,000"));
    outcome.tasks.iter_mut().for_each(|task| task.rows_expected = None);
    let text = text(&page(&outcome));
    assert!(!text.contains("Expected") && text.contains("table_1 ok 12,345 0 0 40,000"), "{text}");
}

#[test]
fn nothing_from_outside_acts() {
    let hostile = "</td><script>alert(1)</script><img src=x onerror='a'>\u{1b}[2J\u{202e}\u{0}\"&";
    let mut outcome = every_code();
    let schema = outcome.schema.as_mut().unwrap();
    schema.name = hostile.into();
    schema.origin = hostile.into();
    outcome.files[0].shown = hostile.into();
    outcome.gaps[0].reason = hostile.into();
    for task in &mut outcome.tasks {
        task.name = hostile.into();
        for group in &mut task.groups {
            group.suggestion = Some(hostile.into());
            group.fields.iter_mut().for_each(|field| field.name = hostile.into());
            for sample in &mut group.samples {
                sample.value = Some(hostile.into());
                sample.facts = Facts::Text(hostile.into());
            }
        }
    }
    let group = outcome.tasks[0].groups[0].clone();
    let accepted = Accepted { task: Some(0), group, reason: hostile.into(), by: hostile.into() };
    outcome.accepted.push(accepted);
    let mut report = Report::new(&outcome);
    report.extract = Some(format!("folder/{}", hostile.replace('/', "")));
    report.tool.version = hostile.into();
    let page = page_of(&report);
    let names = balanced(&page);
    assert!(!names.contains(&"script") && !names.contains(&"img"));
    assert!(!page.contains(|c: char| c != '\n' && c.is_control()), "control characters");
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_page_stays_a_page_however_many_findings_there_are() {
    let mut outcome = hopeless();
    for task in &mut outcome.tasks {
        for group in &mut task.groups {
            let sample = group.samples[0].clone();
            group.samples = vec![sample; 1_000];
        }
    }
    let mut report = Report::new(&outcome);
    report.samples = Samples::All;
    let page = page_of(&report);
    assert!(page.len() < 16 << 20, "{} bytes", page.len());
    assert!(page.contains("more causes with"));
}

#[test]
fn accepted_findings_are_listed_with_reason_and_name() {
    let mut outcome = clean(2);
    let group = cells(Code::BlankRow, 1, "name", Facts::None, 7);
    let by = "J. Smith".to_owned();
    outcome.accepted.push(Accepted { task: Some(1), group, reason: "known since May".into(), by });
    let text = text(&page(&outcome));
    assert!(text.contains("Valid, with findings accepted beforehand"), "{text}");
    assert!(text.contains("7 findings are in the extract, but accepted beforehand"), "{text}");
    assert!(text.contains("table_1 7 known since May J. Smith"), "{text}");
}

#[test]
fn values_are_shown_only_where_the_sample_has_them_and_the_page_says_so() {
    let mut outcome = clean(1);
    let mut group = cells(Code::TypeError, 0, "code", Facts::None, 1);
    group.samples = vec![Sample { value: Some("CANARY".into()), ..group.samples[0].clone() }];
    outcome.tasks[0].groups.push(group);
    let mut report = Report::new(&outcome);
    report.reveals = true;
    let page = page_of(&report);
    assert!(page.contains("CANARY") && page.contains("This report holds patient data"));
    outcome.tasks[0].groups[0].samples[0].value = None;
    assert!(!self::page(&outcome).contains("holds patient data"));
}

#[test]
fn only_the_run_may_differ_and_the_folder_of_the_extract_is_not_told() {
    let outcome = every_code();
    let mut report = Report::new(&outcome);
    report.extract = Some("/home/j.smith/secret/extract-9990001112.zip".into());
    let without = page_of(&report);
    assert_eq!(without, page_of(&report));
    assert!(!without.contains("smith"));
    assert!(without.contains("extract-9(10).zip") && !without.contains("9990001112"));
    let started = "2026-03-03T09:00:00Z".to_owned();
    report.run = Some(Run { started, seconds: 1.5, host: Some("surgery".into()), jobs: Some(2) });
    let with = page_of(&report);
    let added: Vec<&str> = with.lines().filter(|line| !without.contains(line)).collect();
    assert!(
        added.iter().all(|line| line.starts_with("<dt>")
            || line.starts_with("<dd>")
            || line.starts_with("<div>")),
        "{added:?}"
    );
}
