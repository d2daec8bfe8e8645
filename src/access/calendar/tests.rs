use super::*;
use proptest::prelude::*;

fn date(text: &str) -> Date {
    parse(text).unwrap()
}

fn facts(go_live: &str, notice: Option<&str>, extended: Option<&str>) -> Facts {
    Facts {
        go_live: date(go_live),
        notice_given: notice.map(date),
        extended_to: extended.map(date),
        terms: Terms::default(),
    }
}

fn timeline(go_live: &str, notice: Option<&str>, extended: Option<&str>) -> Timeline {
    Timeline::of(facts(go_live, notice, extended)).unwrap()
}

#[test]
fn months_end_on_the_same_day_or_the_last() {
    for (day, months, end) in [
        ("2026-03-02", 3, "2026-06-02"),
        // The month that is reached is too short.
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-11-29", 3, "2027-02-28"),
        ("2026-11-28", 3, "2027-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-08-31", 3, "2026-11-30"),
        // A month's last day does not stay its last day.
        ("2026-02-28", 3, "2026-05-28"),
        ("2028-02-29", 3, "2028-05-29"),
        ("2026-06-30", 3, "2026-09-30"),
        // Leap years: 2000 was one, 2100 is none.
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("1999-11-30", 3, "2000-02-29"),
        ("2099-11-30", 3, "2100-02-28"),
        // Over the end of a year, and no months at all.
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-10-31", 3, "2027-01-31"),
        ("2026-03-02", 0, "2026-03-02"),
        // The case of the rule: four months from 30 September end on 30 January.
        ("1978-09-30", 4, "1979-01-30"),
    ] {
        assert_eq!(after(date(day), months).unwrap(), date(end), "{day} + {months}");
    }
}

#[test]
fn without_notice_the_cost_has_no_end() {
    let found = timeline("2026-03-02", None, None);
    assert_eq!(found.funded_until, date("2026-06-02"));
    assert_eq!(found.last_notice_day, Some(date("2026-03-02")));
    assert_eq!((found.notice_ends, found.service_ends), (None, None));
    assert_eq!(found.local_cost, LocalCost::Open { from: date("2026-06-03") });
    assert!(!found.is_late());
}

#[test]
fn notice_by_go_live_costs_nothing() {
    // Given before go-live, it runs from go-live.
    for given in ["2026-03-02", "2026-03-01", "2025-06-30"] {
        let found = timeline("2026-03-02", Some(given), None);
        assert_eq!(found.notice_ends, Some(date("2026-06-02")), "{given}");
        assert_eq!(found.local_cost, LocalCost::None, "{given}");
        assert!(!found.is_late());
    }
}

#[test]
fn notice_after_go_live_costs_the_days_in_between() {
    let cost = |given: &str| timeline("2026-03-02", Some(given), None).local_cost;
    let days = |to: &str, days| LocalCost::Days { from: date("2026-06-03"), to: date(to), days };
    assert_eq!(cost("2026-03-03"), days("2026-06-03", 1));
    assert_eq!(cost("2026-03-31"), days("2026-06-30", 28));
    assert_eq!(cost("2026-06-02"), days("2026-09-02", 92));
    // Over the end of summer time no day is lost.
    assert_eq!(cost("2026-08-02"), days("2026-11-02", 153));
    assert!(timeline("2026-03-02", Some("2026-03-03"), None).is_late());
}

#[test]
fn an_extension_makes_the_service_end_later() {
    let found = timeline("2026-03-02", Some("2026-02-20"), Some("2026-07-31"));
    assert_eq!(found.notice_ends, Some(date("2026-06-02")));
    assert_eq!(found.service_ends, Some(date("2026-07-31")));
    let days = LocalCost::Days { from: date("2026-06-03"), to: date("2026-07-31"), days: 59 };
    assert_eq!(found.local_cost, days);
    assert!(found.extension_counts() && !found.is_late());

    // One that ends no later than the notice changes nothing.
    for to in ["2026-03-02", "2026-06-02"] {
        let found = timeline("2026-03-02", Some("2026-02-20"), Some(to));
        assert_eq!(found.service_ends, Some(date("2026-06-02")), "{to}");
        assert_eq!(found.local_cost, LocalCost::None, "{to}");
        assert!(!found.extension_counts(), "{to}");
    }
    // Without a notice there is none to extend.
    let found = timeline("2026-03-02", None, Some("2026-07-31"));
    assert_eq!(found.service_ends, None);
    assert_eq!(found.local_cost, LocalCost::Open { from: date("2026-06-03") });
}

#[test]
fn an_extension_that_ends_before_go_live_is_refused() {
    let error = Timeline::of(facts("2026-03-02", None, Some("2026-03-01"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.to_string(), "the extension ends on 2026-03-01, before go-live on 2026-03-02");
}

#[test]
fn month_ends_can_move_the_last_day_for_notice() {
    let last = |go_live: &str| timeline(go_live, None, None).last_notice_day;
    assert_eq!(last("2026-11-30"), Some(date("2026-11-30")));
    // 29 and 30 November reach 28 February as well.
    assert_eq!(last("2026-11-28"), Some(date("2026-11-30")));
    assert_eq!(last("2027-11-28"), Some(date("2027-11-28")));
    assert_eq!(last("2027-11-29"), Some(date("2027-11-30")));
    assert_eq!(timeline("2026-11-28", Some("2026-11-30"), None).local_cost, LocalCost::None);
}

#[test]
fn other_contracts_have_other_periods() {
    let with = |bedding_in_months, notice_months| {
        let terms = Terms { bedding_in_months, notice_months };
        Timeline::of(Facts { terms, ..facts("2026-03-31", None, None) }).unwrap()
    };
    // A shorter notice may be given later.
    assert_eq!(with(6, 3).funded_until, date("2026-09-30"));
    assert_eq!(with(6, 3).last_notice_day, Some(date("2026-06-30")));
    assert_eq!(with(3, 0).last_notice_day, Some(date("2026-06-30")));
    // A longer one ends too late whenever it is given.
    assert_eq!(with(3, 6).last_notice_day, None);
    assert_eq!(with(0, 0).funded_until, date("2026-03-31"));
}

#[test]
fn dates_and_periods_beyond_reason_are_refused() {
    let terms = Terms { bedding_in_months: MOST_MONTHS + 1, notice_months: 3 };
    let asked = Facts { terms, ..facts("2026-03-02", None, None) };
    assert_eq!(Timeline::of(asked).unwrap_err().kind(), ErrorKind::Usage);
    let asked = facts("9999-11-30", None, None);
    let error = Timeline::of(asked).unwrap_err();
    assert_eq!(error.to_string(), "the dates lie beyond the calendar");
    assert!(Timeline::of(facts("0000-01-01", Some("0000-01-01"), None)).is_ok());
}

#[test]
fn only_iso_dates_are_read() {
    assert_eq!(parse("2028-02-29").map(words).as_deref(), Some("29 February 2028"));
    for wrong in [
        "",
        "2026-3-2",
        "02/03/2026",
        "2026-02-29",
        "2026-13-01",
        "20260302",
        "2026-03-02T00",
        "+026-03-02",
        "2026-03-0२",
    ] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}

proptest! {
    /// The last day for notice is the last one that leaves no local cost, by trying all days.
    #[test]
    fn the_last_day_for_notice_is_the_last_without_cost(
        start in 0_i64..20_000, bedding_in_months in 0_u32..14, notice_months in 0_u32..14,
    ) {
        let go_live = date("1995-01-01").checked_add(Span::new().days(start)).unwrap();
        let terms = Terms { bedding_in_months, notice_months };
        let asked = Facts { go_live, notice_given: None, extended_to: None, terms };
        let found = Timeline::of(asked).unwrap();
        let costs = |day: Date| {
            let asked = Facts { notice_given: Some(day), ..asked };
            Timeline::of(asked).unwrap().local_cost != LocalCost::None
        };
        let mut best = None;
        let mut day = go_live;
        while day <= found.funded_until {
            if !costs(day) {
                best = Some(day);
            }
            day = day.tomorrow().unwrap();
        }
        prop_assert_eq!(found.last_notice_day, best);
    }
}
