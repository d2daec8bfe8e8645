//! The field types of Table Schema v2 and their lexical forms, strict as the standard says.
//!
//! [`Type::read`] turns a cell into a [`Value`], or says that it is none of the type's forms.
//! [`Type::lenient`] then tells which more lenient form the cell has, so that a report can name the
//! cause ("dd/mm/yyyy") and not only the effect.
//!
//! [`Type::accepts`] is asked for every cell of an extract: the common types have parsers over
//! bytes that do not allocate. `read` and `accepts` go through the same parsers, so they agree.
//!
//! **Invariant:** nothing here trims, folds or repairs a cell: a form that the standard does not
//! name is a [`Mismatch`].

mod arithmetic;
mod boolean;
mod calendar;
mod decimal;
mod directive;
mod duration;
mod fixed;
mod geo;
mod json;
mod lenient;
mod list;
mod number;
mod pattern;
mod text;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

pub use arithmetic::Sum;
pub use boolean::BooleanFormat;
pub use calendar::{Date, Moment, TimeOfDay, Year, YearMonth};
pub use decimal::{Decimal, Number};
pub use duration::Duration;
pub use geo::{GeojsonFormat, GeopointFormat};
pub use list::{ItemType, ListFormat};
pub use number::{IntegerFormat, NumberFormat};
pub use pattern::{Temporal, TimeFormat, TimePattern};
pub use text::StringFormat;

/// A field's type with its format and the properties that belong to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Type {
    /// `any`: every cell is valid. The type of a field that names none.
    #[default]
    Any,
    /// `string`.
    String(StringFormat),
    /// `number`: decimals of any length, with an exponent if need be; `NaN`, `INF`, `-INF`.
    Number(NumberFormat),
    /// `integer`: whole numbers of any length.
    Integer(IntegerFormat),
    /// `boolean`.
    Boolean(BooleanFormat),
    /// `object`: a JSON object.
    Object,
    /// `array`: a JSON array.
    Array,
    /// `list`: items of one type between delimiters.
    List(ListFormat),
    /// `datetime`. Default form: XML Schema `dateTime`, as `2024-01-26T15:00:00.300-05:00`.
    Datetime(TimeFormat),
    /// `date`. Default form: `yyyy-mm-dd`.
    Date(TimeFormat),
    /// `time`. Default form: `hh:mm:ss`.
    Time(TimeFormat),
    /// `year`: XML Schema `gYear`.
    Year,
    /// `yearmonth`: XML Schema `gYearMonth`.
    Yearmonth,
    /// `duration`: XML Schema `duration`.
    Duration,
    /// `geopoint`.
    Geopoint(GeopointFormat),
    /// `geojson`.
    Geojson(GeojsonFormat),
}

/// A value as its type reads it. Owned, small, comparable.
///
/// `==` compares what is meant, not how it was written: 007 and 7, 1.50 and 1.5, P1Y and P12M.
/// `NaN` equals `NaN` here, so that it can be a key or a member of an `enum`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, compared byte for byte.
    Text(String),
    /// A UUID as its 128 bits: RFC 9562 section 4 gives the case of its digits no meaning.
    Uuid(u128),
    /// A whole or decimal number: an integer is a number without a fraction.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// A calendar date.
    Date(Date),
    /// A time of day.
    Time(TimeOfDay),
    /// A date with a time.
    Datetime(Moment),
    /// A calendar year.
    Year(Year),
    /// A month of a year.
    Yearmonth(YearMonth),
    /// A duration.
    Duration(Duration),
    /// The items of a list.
    List(Vec<Value>),
    /// A JSON object or array; GeoJSON and TopoJSON too.
    Json(serde_json::Value),
    /// A point on the Earth, in degrees.
    Geopoint {
        /// Longitude, -180 to 180.
        lon: Number,
        /// Latitude, -90 to 90.
        lat: Number,
    },
}

/// The cell has none of the type's lexical forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch;

/// Types whose values can be equal as keys. A foreign key between fields of two families can never
/// hold: [`Type::key_form`] writes the family first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Family {
    /// `any`, and `string` of every format but `uuid`.
    Text = 1,
    /// `string` with format `uuid`: apart from text, since the case of its digits means nothing.
    Uuid = 2,
    /// `integer` and `number`.
    Number = 3,
    /// `boolean`.
    Boolean = 4,
    /// `date`.
    Date = 5,
    /// `time`.
    Time = 6,
    /// `datetime`.
    Datetime = 7,
    /// `year`.
    Year = 8,
    /// `yearmonth`.
    Yearmonth = 9,
    /// `duration`.
    Duration = 10,
    /// `list`.
    List = 11,
    /// `object`, `array`, `geojson`.
    Json = 12,
    /// `geopoint`.
    Geopoint = 13,
}

impl Type {
    /// A `date` with the `format` as a descriptor writes it: `default`, `any` or a pattern.
    ///
    /// # Errors
    /// As [`TimeFormat::parse`], and where the pattern lacks the year.
    pub fn date(format: &str) -> Result<Self, String> {
        Ok(Self::Date(TimeFormat::parse(format)?.suited_to(Temporal::Date)?))
    }

    /// A `datetime`, as [`Type::date`].
    ///
    /// # Errors
    /// As [`TimeFormat::parse`], and where the pattern lacks the year.
    pub fn datetime(format: &str) -> Result<Self, String> {
        Ok(Self::Datetime(TimeFormat::parse(format)?.suited_to(Temporal::Datetime)?))
    }

    /// A `time`, as [`Type::date`].
    ///
    /// # Errors
    /// As [`TimeFormat::parse`], and where the pattern lacks the hour.
    pub fn time(format: &str) -> Result<Self, String> {
        Ok(Self::Time(TimeFormat::parse(format)?.suited_to(Temporal::Time)?))
    }

    /// The type's name in the standard.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::String(_) => "string",
            Self::Number(_) => "number",
            Self::Integer(_) => "integer",
            Self::Boolean(_) => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::List(_) => "list",
            Self::Datetime(_) => "datetime",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::Year => "year",
            Self::Yearmonth => "yearmonth",
            Self::Duration => "duration",
            Self::Geopoint(_) => "geopoint",
            Self::Geojson(_) => "geojson",
        }
    }

    /// The family whose values this type's values can equal as keys.
    pub fn family(&self) -> Family {
        match self {
            Self::Any => Family::Text,
            Self::String(StringFormat::Uuid) => Family::Uuid,
            Self::String(_) => Family::Text,
            Self::Number(_) | Self::Integer(_) => Family::Number,
            Self::Boolean(_) => Family::Boolean,
            Self::Object | Self::Array | Self::Geojson(_) => Family::Json,
            Self::List(_) => Family::List,
            Self::Datetime(_) => Family::Datetime,
            Self::Date(_) => Family::Date,
            Self::Time(_) => Family::Time,
            Self::Year => Family::Year,
            Self::Yearmonth => Family::Yearmonth,
            Self::Duration => Family::Duration,
            Self::Geopoint(_) => Family::Geopoint,
        }
    }

    /// Whether the standard gives the type an order, so that `minimum`, `maximum` and their
    /// exclusive forms apply.
    pub fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Number(_)
                | Self::Integer(_)
                | Self::Datetime(_)
                | Self::Date(_)
                | Self::Time(_)
                | Self::Year
                | Self::Yearmonth
                | Self::Duration
        )
    }

    /// Whether `minLength` and `maxLength` apply. The standard names "collections (string, array,
    /// object)"; `list` is one too.
    pub fn has_length(&self) -> bool {
        matches!(self, Self::Any | Self::String(_) | Self::Object | Self::Array | Self::List(_))
    }

    /// Whether the cell has one of the type's lexical forms: [`Type::read`] without the value.
    pub fn accepts(&self, cell: &str) -> bool {
        match self {
            Self::Any => true,
            Self::String(format) => format.accepts(cell),
            Self::Integer(format) => format.accepts(cell),
            Self::Number(format) => format.accepts(cell),
            Self::Boolean(format) => format.read(cell).is_some(),
            Self::Date(format) => format.date(cell.as_bytes()).is_some(),
            Self::Time(format) => format.time(cell.as_bytes()).is_some(),
            Self::Datetime(format) => format.datetime(cell.as_bytes()).is_some(),
            Self::Year => Year::read(cell.as_bytes()).is_some(),
            Self::Yearmonth => YearMonth::read(cell.as_bytes()).is_some(),
            Self::Duration => Duration::read(cell.as_bytes()).is_some(),
            Self::List(format) => format.accepts(cell),
            Self::Object => json::object(cell).is_some(),
            Self::Array => json::array(cell).is_some(),
            Self::Geopoint(format) => format.read(cell).is_some(),
            Self::Geojson(format) => format.read(cell).is_some(),
        }
    }

    /// The day that a cell of a `date` field names; `None` where it is none, or of another type.
    pub fn day(&self, cell: &str) -> Option<Date> {
        match self {
            Self::Date(format) => format.date(cell.as_bytes()),
            _ => None,
        }
    }

    /// Whether its values are texts, compared byte for byte.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Any | Self::String(_))
    }

    /// [`Type::read`], where the value is not the text itself; `None` where it is.
    pub fn read_unless_text(&self, cell: &str) -> Option<Result<Value, Mismatch>> {
        (self.family() != Family::Text).then(|| self.read(cell))
    }

    /// Reads a cell that is not null.
    ///
    /// # Errors
    /// [`Mismatch`] where the cell is none of the type's lexical forms.
    pub fn read(&self, cell: &str) -> Result<Value, Mismatch> {
        match self {
            Self::Any => Some(Value::Text(cell.to_owned())),
            Self::String(StringFormat::Uuid) => text::uuid(cell.as_bytes()).map(Value::Uuid),
            Self::String(format) => format.accepts(cell).then(|| Value::Text(cell.to_owned())),
            Self::Integer(format) => format.read(cell).map(Value::Number),
            Self::Number(format) => format.read(cell).map(Value::Number),
            Self::Boolean(format) => format.read(cell).map(Value::Boolean),
            Self::Date(format) => format.date(cell.as_bytes()).map(Value::Date),
            Self::Time(format) => format.time(cell.as_bytes()).map(Value::Time),
            Self::Datetime(format) => format.datetime(cell.as_bytes()).map(Value::Datetime),
            Self::Year => Year::read(cell.as_bytes()).map(Value::Year),
            Self::Yearmonth => YearMonth::read(cell.as_bytes()).map(Value::Yearmonth),
            Self::Duration => Duration::read(cell.as_bytes()).map(Value::Duration),
            Self::List(format) => format.read(cell).map(Value::List),
            Self::Object => json::object(cell).map(Value::Json),
            Self::Array => json::array(cell).map(Value::Json),
            Self::Geopoint(format) => {
                format.read(cell).map(|(lon, lat)| Value::Geopoint { lon, lat })
            }
            Self::Geojson(format) => format.read(cell).map(Value::Json),
        }
        .ok_or(Mismatch)
    }

    /// For a cell that [`Type::read`] refuses: a short name of the more lenient form that it has,
    /// as "dd/mm/yyyy" or "thousands separated by commas"; `None` where it has none known.
    ///
    /// The names are fixed words that never hold anything of the cell's value but a word that
    /// stands for "no value", as "NULL". A numeric date that can be read with the day or with the
    /// month first is named with the day first.
    pub fn lenient(&self, cell: &str) -> Option<&'static str> {
        lenient::form_of(self, cell)
    }

    /// For a form named by [`Type::lenient`]: the change to the field's descriptor that would
    /// accept it, as `"format": "%d/%m/%Y"`; `None` where no change can, because the form has lost
    /// something or is not one that the standard can describe.
    pub fn change_for(&self, form: &str) -> Option<String> {
        lenient::change_for(self, form)
    }

    /// Appends the form under which values of this type are equal as keys: 007, 7 and 7.0 for
    /// numbers, a date however its format writes it, a string's very bytes. Two types of one
    /// [`Family`] write the same form, two of different families never do.
    ///
    /// The form does not say where it ends: a key of several parts needs their lengths too.
    ///
    /// # Errors
    /// [`Mismatch`] as [`Type::read`]; then nothing has been appended.
    pub fn key_form(&self, cell: &str, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match self {
            Self::Any => write_text(cell, out),
            Self::String(StringFormat::Uuid) => {
                let uuid = text::uuid(cell.as_bytes()).ok_or(Mismatch)?;
                out.push(Family::Uuid as u8);
                out.extend_from_slice(&uuid.to_be_bytes());
            }
            Self::String(format) if format.accepts(cell) => write_text(cell, out),
            Self::String(_) => return Err(Mismatch),
            Self::Integer(format) => match format.read_short(cell) {
                Some(number) => {
                    out.push(Family::Number as u8);
                    decimal::write_short_key(number, out);
                }
                None => self.read(cell)?.write_key(out),
            },
            Self::Date(format) => {
                let date = format.date(cell.as_bytes()).ok_or(Mismatch)?;
                out.push(Family::Date as u8);
                date.write_key(out);
            }
            _ => self.read(cell)?.write_key(out),
        }
        Ok(())
    }
}

fn write_text(cell: &str, out: &mut Vec<u8>) {
    out.push(Family::Text as u8);
    out.extend_from_slice(cell.as_bytes());
}

/// What a report calls the type, as "date (%d/%m/%Y)". The type's name alone where it has its
/// default form.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.name();
        match self {
            Self::String(StringFormat::Default) => f.write_str(name),
            Self::String(format) => write!(f, "{name} ({})", format.name()),
            Self::Number(format) => write!(f, "{name}{format}"),
            Self::Integer(format) => write!(f, "{name}{format}"),
            Self::Boolean(format) => write!(f, "{name}{format}"),
            Self::List(format) => write!(f, "{name}{format}"),
            Self::Datetime(format) | Self::Date(format) | Self::Time(format) => {
                write!(f, "{name}{format}")
            }
            Self::Geopoint(format) => write!(f, "{name}{format}"),
            Self::Geojson(format) => write!(f, "{name}{format}"),
            _ => f.write_str(name),
        }
    }
}

impl Value {
    /// Orders two values of one type; `None` where the type has no order, where one is `NaN`, and
    /// where XML Schema leaves the order open: a datetime with a zone and one without that lie
    /// within 14 hours, or a month and 30 days.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Uuid(a), Self::Uuid(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => a.compare(b),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Datetime(a), Self::Datetime(b)) => a.compare(b),
            (Self::Year(a), Self::Year(b)) => a.start().compare(&b.start()),
            (Self::Yearmonth(a), Self::Yearmonth(b)) => a.start().compare(&b.start()),
            (Self::Duration(a), Self::Duration(b)) => a.compare(b),
            _ => None,
        }
    }

    /// The calendar year of a date, datetime, year or month; that in UTC where there is a zone.
    pub fn year(&self) -> Option<i32> {
        match self {
            Self::Date(date) => Some(date.year),
            Self::Datetime(moment) => Some(moment.year()),
            Self::Year(year) => Some(year.year),
            Self::Yearmonth(month) => Some(month.year),
            _ => None,
        }
    }

    /// The length that `minLength` and `maxLength` count: characters of a string, items of an array
    /// or list, members of an object; `None` for other types.
    pub fn length(&self) -> Option<u64> {
        let length = match self {
            Self::Text(text) => text.chars().count(),
            Self::Uuid(_) => text::UUID_LENGTH,
            Self::List(items) => items.len(),
            Self::Json(serde_json::Value::Array(items)) => items.len(),
            Self::Json(serde_json::Value::Object(members)) => members.len(),
            _ => return None,
        };
        Some(length as u64)
    }

    /// Appends the form of [`Type::key_form`] for a value that has been read.
    pub fn write_key(&self, out: &mut Vec<u8>) {
        out.push(self.family() as u8);
        match self {
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Uuid(uuid) => out.extend_from_slice(&uuid.to_be_bytes()),
            Self::Number(number) => number.write_key(out),
            Self::Boolean(value) => out.push(u8::from(*value)),
            Self::Date(date) => date.write_key(out),
            Self::Time(time) => time.write_key(out),
            Self::Datetime(moment) => moment.write_key(out),
            Self::Year(year) => year.start().write_key(out),
            Self::Yearmonth(month) => month.start().write_key(out),
            Self::Duration(duration) => duration.write_key(out),
            Self::List(items) => {
                let mut item_key = Vec::new();
                for item in items {
                    item_key.clear();
                    item.write_key(&mut item_key);
                    out.extend_from_slice(&(item_key.len() as u64).to_be_bytes());
                    out.extend_from_slice(&item_key);
                }
            }
            Self::Json(value) => json::write_key(value, out),
            Self::Geopoint { lon, lat } => {
                let mut lon_key = Vec::new();
                lon.write_key(&mut lon_key);
                out.extend_from_slice(&(lon_key.len() as u64).to_be_bytes());
                out.extend_from_slice(&lon_key);
                lat.write_key(out);
            }
        }
    }

    fn family(&self) -> Family {
        match self {
            Self::Text(_) => Family::Text,
            Self::Uuid(_) => Family::Uuid,
            Self::Number(_) => Family::Number,
            Self::Boolean(_) => Family::Boolean,
            Self::Date(_) => Family::Date,
            Self::Time(_) => Family::Time,
            Self::Datetime(_) => Family::Datetime,
            Self::Year(_) => Family::Year,
            Self::Yearmonth(_) => Family::Yearmonth,
            Self::Duration(_) => Family::Duration,
            Self::List(_) => Family::List,
            Self::Json(_) => Family::Json,
            Self::Geopoint { .. } => Family::Geopoint,
        }
    }
}
