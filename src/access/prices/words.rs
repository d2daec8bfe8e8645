//! The words of a price sheet: services, units, terms.

pub(super) use crate::source::sheet::key;

/// The ways to reach the old audit trail, in the guidance's descending order of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The old system is kept with full support.
    FullSupport,
    /// It is kept for a single user with reduced support: "Retention by the Practice of the GP
    /// Clinical IT System from the Supplier Service".
    ReducedSupport,
    /// It is not kept; the supplier answers requests: "Data and Audit Trail Retrieval Service".
    Retrieval,
}

impl Way {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::FullSupport, Self::ReducedSupport, Self::Retrieval];

    /// As JSON has it: `reduced-support`.
    pub fn name(self) -> &'static str {
        match self {
            Self::FullSupport => "full-support",
            Self::ReducedSupport => "reduced-support",
            Self::Retrieval => "retrieval",
        }
    }

    /// As a heading has it: "Reduced support".
    pub fn title(self) -> &'static str {
        match self {
            Self::FullSupport => "Full support",
            Self::ReducedSupport => "Reduced support",
            Self::Retrieval => "Retrieval on request",
        }
    }

    /// What is bought: a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::FullSupport => "The old system is kept as it was, with full support.",
            Self::ReducedSupport => {
                "The old system is kept for a single user, with reduced support."
            }
            Self::Retrieval => {
                "The old system is given up; its supplier answers requests one by one."
            }
        }
    }

    /// The way that a service is, by its words; `None`: none of them.
    ///
    /// # Errors
    /// Its words are those of several ways.
    pub(super) fn of(service: &str) -> Result<Option<Self>, &'static str> {
        let text = format!(" {} ", key(service));
        let has = |words: &[&str]| words.iter().any(|words| text.contains(words));
        let ways: Vec<Self> = [
            (Self::FullSupport, has(&[" full support", " full service", " fully supported"])),
            (
                Self::ReducedSupport,
                has(&[
                    " reduced support",
                    " reduced service",
                    " retention by the practice",
                    " single user",
                ]),
            ),
            (Self::Retrieval, has(&[" retrieval", " ad hoc ", " adhoc "])),
        ]
        .into_iter()
        .filter_map(|(way, is)| is.then_some(way))
        .collect();
        match ways.as_slice() {
            [] => Ok(None),
            [way] => Ok(Some(*way)),
            _ => Err("the service has the words of more than one way; name one of full support, \
                      reduced support and retrieval"),
        }
    }
}

/// For what a price is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Per {
    /// Each year.
    Year,
    /// Each quarter of a year.
    Quarter,
    /// Each month.
    Month,
    /// Once.
    Once,
    /// Each request, beyond those included.
    Access,
}

impl Per {
    /// What may be written, for errors.
    pub(super) const KNOWN: &'static str = "write year, quarter, month, one-off or access";

    /// As JSON has it: `year`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Once => "one-off",
            Self::Access => "access",
        }
    }

    /// As a sentence has it: "a year".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Year => "a year",
            Self::Quarter => "a quarter",
            Self::Month => "a month",
            Self::Once => "once",
            Self::Access => "an access",
        }
    }

    /// The unit that text names.
    pub(super) fn of(text: &str) -> Option<Self> {
        const EMPTY: [&str; 9] =
            ["per", "a", "an", "each", "every", "for", "practice", "site", "system"];
        let text = key(text);
        let words: Vec<&str> = text.split(' ').filter(|word| !EMPTY.contains(word)).collect();
        Some(match words.join(" ").as_str() {
            "year" | "years" | "yearly" | "annum" | "annual" | "annually" | "pa" | "p" | "yr"
            | "12 months" => Self::Year,
            "quarter" | "quarters" | "quarterly" | "3 months" => Self::Quarter,
            "month" | "months" | "monthly" | "pcm" | "calendar month" => Self::Month,
            "once" | "one off" | "oneoff" | "once only" | "fixed" | "single payment"
            | "one time" | "set up" | "setup" => Self::Once,
            "access" | "accesses" | "request" | "requests" | "retrieval" | "retrievals"
            | "enquiry" | "query" | "occasion" | "case" => Self::Access,
            _ => return None,
        })
    }
}

/// Whether text says that there is nothing.
pub(super) fn is_none(text: &str) -> bool {
    matches!(key(text).as_str(), "" | "none" | "nil" | "n a" | "na" | "no")
}

/// Months of a minimum term, and whether it was written without a unit: `12 months`, `1 year`, `12`.
/// `unit`: the months of the heading's unit.
pub(super) fn term(text: &str, unit: Option<u64>) -> Option<(u64, bool)> {
    let text = key(text);
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let number: u64 = digits.parse().ok()?;
    let (months, is_bare) = match (rest.trim(), unit) {
        ("", Some(unit)) => (unit, false),
        ("", None) => (1, number > 0),
        ("month" | "months" | "m" | "mths", _) => (1, false),
        ("quarter" | "quarters", _) => (3, false),
        ("year" | "years" | "yr" | "yrs" | "y", _) => (12, false),
        _ => return None,
    };
    Some((number.checked_mul(months)?, is_bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_their_words() {
        for (text, way) in [
            ("Full support", Some(Way::FullSupport)),
            ("Retain existing GPSoC system with FULL  support", Some(Way::FullSupport)),
            ("Reduced support", Some(Way::ReducedSupport)),
            (
                "Retention by the Practice of the GP Clinical IT System from the Supplier Service",
                Some(Way::ReducedSupport),
            ),
            ("Data and Audit Trail Retrieval Service", Some(Way::Retrieval)),
            ("Ad-hoc requests", Some(Way::Retrieval)),
            ("Training", None),
            ("", None),
        ] {
            assert_eq!(Way::of(text), Ok(way), "{text}");
        }
        assert!(Way::of("Reduced support, retrieval").is_err());
    }

    #[test]
    fn units_are_known_in_many_forms() {
        for (text, per) in [
            ("Year", Some(Per::Year)),
            ("per annum", Some(Per::Year)),
            ("p.a.", Some(Per::Year)),
            ("per practice per year", Some(Per::Year)),
            ("each quarter", Some(Per::Quarter)),
            ("/month", Some(Per::Month)),
            ("One-off", Some(Per::Once)),
            ("per access", Some(Per::Access)),
            ("Request", Some(Per::Access)),
            ("per practice", None),
            ("per user per year", None),
            ("decade", None),
            ("", None),
        ] {
            assert_eq!(Per::of(text), per, "{text}");
        }
        for per in [Per::Year, Per::Quarter, Per::Month, Per::Once, Per::Access] {
            assert_eq!(Per::of(per.name()), Some(per));
        }
    }

    #[test]
    fn terms_are_months() {
        for (text, unit, months) in [
            ("12 months", None, Some((12, false))),
            ("1 year", Some(1), Some((12, false))),
            ("2 Years", None, Some((24, false))),
            ("12", Some(1), Some((12, false))),
            ("2", Some(12), Some((24, false))),
            ("12", None, Some((12, true))),
            ("0", None, Some((0, false))),
            ("one year", None, None),
            ("12 weeks", None, None),
            ("99999999999999999999", None, None),
            ("1844674407370955161 years", None, None),
        ] {
            assert_eq!(term(text, unit), months, "{text}");
        }
    }
}
