//! What a date says beyond its form: whether it is one, how exact it is, and whether it is still to
//! come.

use super::cells::Checking;
use crate::schema::value::{Date, Value};
use crate::schema::{DatePrecision, Field};
use crate::source::structure::Form;

/// Whether a date or the day of a datetime, taken as a whole day, is after the latest day.
pub(super) fn is_after(value: Option<&Value>, latest: Option<Date>) -> bool {
    let (Some(value), Some(latest)) = (value, latest) else { return false };
    match value {
        Value::Date(date) => *date > latest,
        Value::Datetime(moment) => moment.seconds.div_euclid(86_400) > latest.days(),
        _ => false,
    }
}

/// Whether a date that is after the latest day is so in what it says: the day and the month of one
/// that is exact to the year say nothing, and one that is not known says nothing at all.
pub(super) fn is_future(value: &Value, latest: Date, precision: Option<DatePrecision>) -> bool {
    let (year, month) = match value {
        Value::Date(date) => (date.year, Some(date.month)),
        Value::Datetime(moment) => (moment.year(), moment.date().map(|date| date.month)),
        _ => return false,
    };
    match precision {
        Some(DatePrecision::Unknown) => false,
        Some(DatePrecision::Year) => year > latest.year,
        Some(DatePrecision::Month) => (year, month) > (latest.year, Some(latest.month)),
        Some(DatePrecision::Day | DatePrecision::Time) | None => true,
    }
}

impl Checking<'_> {
    /// How exact the row says that a date is; `None`: it does not say.
    pub(super) fn precision(&self, field: &Field) -> Option<DatePrecision> {
        let declared = field.precision.as_ref()?;
        let told_by = self.around.reading.plan.fields.get(declared.field)?;
        let cell = self.cell(declared.field)?;
        let mut scratch = Vec::new();
        let value = self.value(cell, &mut scratch).ok()?;
        if self.is_null(told_by, &value, cell.form != Form::Plain) {
            return None;
        }
        let known = declared.codes.iter().find(|(code, _)| *code == *value)?;
        Some(known.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::value::{Moment, TimeOfDay};

    #[test]
    fn a_date_is_in_the_future_as_far_as_it_is_exact() {
        let day = |year, month, day| Date::new(year, month, day).unwrap();
        let latest = day(2026, 3, 31);
        let found = |date: Date, precision| {
            let noon = Moment::new(date, TimeOfDay::new(12, 0, 0, 0).unwrap(), None);
            let both = [Value::Date(date), Value::Datetime(noon)].map(|value| {
                is_after(Some(&value), Some(latest)) && is_future(&value, latest, precision)
            });
            assert_eq!(both[0], both[1], "{date:?}");
            both[0]
        };
        use DatePrecision::{Month, Unknown, Year};
        for (date, [whole, month, year]) in [
            (day(2026, 3, 31), [false, false, false]),
            (day(2026, 4, 1), [true, true, false]),
            (day(2026, 12, 31), [true, true, false]),
            (day(2027, 1, 1), [true, true, true]),
            (day(2027, 2, 1), [true, true, true]),
        ] {
            assert_eq!(found(date, None), whole, "{date:?}");
            assert_eq!(found(date, Some(DatePrecision::Day)), whole, "{date:?}");
            assert_eq!(found(date, Some(Month)), month, "{date:?}");
            assert_eq!(found(date, Some(Year)), year, "{date:?}");
            assert!(!found(date, Some(Unknown)), "{date:?}");
        }
        assert!(!is_after(Some(&Value::Date(day(9999, 1, 1))), None));
    }
}
