//! The facts as a package states them: `--info` when it is made, `bag-info.txt` ever after.

use crate::access::calendar::{self, Facts, MOST_MONTHS, Terms, Timeline};
use crate::bag::tag::Info;
use crate::error::{Error, ErrorKind, Result};
use jiff::civil::Date;

/// Names of `--info` and their labels in `bag-info.txt`.
pub const LABELS: [(&str, &str); 5] = [
    ("go-live", "Go-Live-Date"),
    ("notice-given", "Notice-Given-Date"),
    ("extended-to", "Notice-Extended-To-Date"),
    ("bedding-in-months", "Bedding-In-Months"),
    ("notice-months", "Notice-Months"),
];

/// Checks the facts of `--info` that this module knows; others are passed over.
///
/// # Errors
/// Of kind `Usage`: a date or number is none, one stands twice, the extension ends before go-live,
/// or the others stand without go-live.
pub fn check(info: &[(String, String)]) -> Result<()> {
    let wrong = |message: String, hint: &str| {
        Err(Error::new(ErrorKind::Usage, message).with_hint(hint.to_owned()))
    };
    for (name, label) in LABELS {
        let is_other = |given: &str| {
            given != name && [name, label].iter().any(|known| given.eq_ignore_ascii_case(known))
        };
        if let Some((given, _)) = info.iter().find(|(given, _)| is_other(given)) {
            let message = format!("--info {given}: this fact is called {name}");
            return wrong(message, &format!("write --info {name}=VALUE"));
        }
        let mut values = info.iter().filter(|(given, _)| given == name).map(|(_, value)| value);
        let Some(value) = values.next() else { continue };
        if values.next().is_some() {
            return wrong(format!("--info {name}: it is given twice"), "give it once");
        }
        let is_months = name.ends_with("-months");
        if is_months && months(value).is_none() {
            let hint = format!("write a whole number up to {MOST_MONTHS}, as 3");
            return wrong(format!("--info {name}: not a number of months"), &hint);
        }
        if !is_months && calendar::parse(value).is_none() {
            return wrong(format!("--info {name}: not a date"), "write it as 2026-03-02");
        }
        if !info.iter().any(|(given, _)| given == "go-live") {
            let message = format!("--info {name}: it says nothing without the day of go-live");
            return wrong(message, "add --info go-live=DATE");
        }
    }
    let get =
        |name: &str| info.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    match facts(get) {
        Some(facts) => Timeline::of(facts).map(|_| ()),
        None => Ok(()),
    }
}

/// The timeline that the facts of `--info` give; `None` where they state no go-live.
pub fn stated(info: &[(String, String)]) -> Option<Timeline> {
    let find = |name: &str| info.iter().find(|(given, _)| given == name);
    Timeline::of(facts(|name| find(name).map(|(_, value)| value.as_str()))?).ok()
}

/// The timeline that a package's `bag-info.txt` gives; `None` where it states no go-live, or states
/// dates that are none or that contradict each other.
pub fn timeline(info: &Info) -> Option<Timeline> {
    let label = |name: &str| LABELS.iter().find(|(known, _)| *known == name);
    let get = |name: &str| label(name).and_then(|(_, label)| info.get(label));
    Timeline::of(facts(get)?).ok()
}

fn facts<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<Facts> {
    let date = |name: &str| -> Option<Option<Date>> {
        get(name).map_or(Some(None), |text| calendar::parse(text).map(Some))
    };
    let number = |name: &str, usual: u32| get(name).map_or(Some(usual), months);
    let usual = Terms::default();
    Some(Facts {
        go_live: date("go-live")??,
        notice_given: date("notice-given")?,
        extended_to: date("extended-to")?,
        terms: Terms {
            bedding_in_months: number("bedding-in-months", usual.bedding_in_months)?,
            notice_months: number("notice-months", usual.notice_months)?,
        },
    })
}

fn months(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten();
    number.filter(|months| *months <= MOST_MONTHS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn refused(pairs: &[(&str, &str)]) -> String {
        let error = check(&info(pairs)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.to_string()
    }

    #[test]
    fn facts_that_hold_together_are_taken() {
        check(&[]).unwrap();
        check(&info(&[("ods", "A81001")])).unwrap();
        check(&info(&[
            ("go-live", "2026-03-02"),
            ("notice-given", "2026-02-01"),
            ("extended-to", "2026-07-31"),
            ("bedding-in-months", "6"),
            ("notice-months", "0"),
        ]))
        .unwrap();
    }

    #[test]
    fn facts_that_do_not_are_refused() {
        let live = ("go-live", "2026-03-02");
        assert_eq!(refused(&[("go-live", "02/03/2026")]), "--info go-live: not a date");
        assert_eq!(refused(&[live, ("notice-given", "soon")]), "--info notice-given: not a date");
        for name in ["Go-Live-Date", "Go-Live"] {
            let message = format!("--info {name}: this fact is called go-live");
            assert_eq!(refused(&[(name, "2026-03-02")]), message);
        }
        assert_eq!(refused(&[live, live]), "--info go-live: it is given twice");
        assert_eq!(
            refused(&[live, ("notice-months", "-1")]),
            "--info notice-months: not a number of months"
        );
        assert_eq!(
            refused(&[("extended-to", "2026-07-31")]),
            "--info extended-to: it says nothing without the day of go-live"
        );
        assert_eq!(
            refused(&[live, ("extended-to", "2026-03-01")]),
            "the extension ends on 2026-03-01, before go-live on 2026-03-02"
        );
    }

    #[test]
    fn a_package_gives_the_timeline_of_its_facts() {
        let text = "Go-Live-Date: 2026-11-30\nNotice-Given-Date: 2026-11-01\nNotice-Months: 4\n";
        let found = timeline(&Info::parse(text).0).unwrap();
        assert_eq!(found.funded_until.to_string(), "2027-02-28");
        assert_eq!(found.service_ends.unwrap().to_string(), "2027-03-30");
        for text in [
            "",
            "Notice-Given-Date: 2026-11-01\n",
            "Go-Live-Date: soon\n",
            "Go-Live-Date: 2026-11-30\nNotice-Given-Date: x\n",
            "Go-Live-Date: 2026-11-30\nNotice-Extended-To-Date: 2026-11-29\n",
            "Go-Live-Date: 2026-11-30\nBedding-In-Months: 99999999999\n",
        ] {
            assert_eq!(timeline(&Info::parse(text).0), None, "{text}");
        }
    }
}
