//! `geopoint` and `geojson`.

use super::decimal::Number;
use super::json;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::fmt;

/// `format` of a geopoint. Longitudes are -180 to 180, latitudes -90 to 90.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GeopointFormat {
    /// `default`: `lon, lat`, with one space or none after the comma.
    #[default]
    Default,
    /// `array`: a JSON array of two numbers, `[lon, lat]`.
    Array,
    /// `object`: a JSON object of exactly `lon` and `lat`, both numbers.
    Object,
}

/// `format` of a geojson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GeojsonFormat {
    /// `default`: a GeoJSON object of RFC 7946.
    #[default]
    Default,
    /// `topojson`: a TopoJSON topology.
    Topojson,
}

impl GeopointFormat {
    /// The format that a descriptor calls so; `None` where the standard has no such one.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    pub(super) fn read(self, cell: &str) -> Option<(Number, Number)> {
        let (lon, lat) = match self {
            Self::Default => {
                let (lon, lat) = cell.split_once(',')?;
                (Number::parse(lon)?, Number::parse(lat.strip_prefix(' ').unwrap_or(lat))?)
            }
            Self::Array => match json::array(cell)?.as_array()?.as_slice() {
                [lon, lat] => (number(lon)?, number(lat)?),
                _ => return None,
            },
            Self::Object => {
                let point = json::object(cell)?;
                if point.as_object()?.len() != 2 {
                    return None;
                }
                (number(point.get("lon")?)?, number(point.get("lat")?)?)
            }
        };
        (is_within(&lon, "180") && is_within(&lat, "90")).then_some((lon, lat))
    }
}

impl GeojsonFormat {
    /// The format that a descriptor calls so; `None` where the standard has no such one.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "topojson" => Self::Topojson,
            _ => return None,
        })
    }

    pub(super) fn read(self, cell: &str) -> Option<Json> {
        let value = json::object(cell)?;
        let is_valid = match self {
            Self::Default => is_geojson(&value),
            Self::Topojson => is_topology(&value),
        };
        is_valid.then_some(value)
    }
}

impl fmt::Display for GeopointFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::Array => f.write_str(" (array)"),
            Self::Object => f.write_str(" (object)"),
        }
    }
}

impl fmt::Display for GeojsonFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::Topojson => f.write_str(" (topojson)"),
        }
    }
}

fn number(value: &Json) -> Option<Number> {
    Number::parse(&value.as_number()?.to_string())
}

/// Whether the number lies between the bound and its negative.
fn is_within(number: &Number, bound: &str) -> bool {
    let at_most = |bound: Option<Number>, wanted: Ordering| {
        bound
            .and_then(|bound| number.compare(&bound))
            .is_some_and(|order| order == wanted || order == Ordering::Equal)
    };
    at_most(Number::parse(bound), Ordering::Less)
        && at_most(Number::parse(&format!("-{bound}")), Ordering::Greater)
}

/// RFC 7946 section 3.
fn is_geojson(value: &Json) -> bool {
    match value.get("type").and_then(Json::as_str) {
        Some("Feature") => is_feature(value),
        Some("FeatureCollection") => has_all(value, "features", is_feature),
        Some(_) => is_geometry(value),
        None => false,
    }
}

/// RFC 7946 section 3.2: geometry and properties are there, each an object or null.
fn is_feature(value: &Json) -> bool {
    value.get("type").and_then(Json::as_str) == Some("Feature")
        && value.get("geometry").is_some_and(|g| g.is_null() || is_geometry(g))
        && value.get("properties").is_some_and(|p| p.is_null() || p.is_object())
}

/// RFC 7946 section 3.1.
fn is_geometry(value: &Json) -> bool {
    match value.get("type").and_then(Json::as_str) {
        Some("Point") => value.get("coordinates").is_some_and(is_position),
        Some("MultiPoint") => has_all(value, "coordinates", is_position),
        Some("LineString") => value.get("coordinates").is_some_and(is_line),
        Some("MultiLineString") => has_all(value, "coordinates", is_line),
        Some("Polygon") => has_all(value, "coordinates", is_ring),
        Some("MultiPolygon") => has_all(value, "coordinates", |polygon| all(polygon, is_ring)),
        Some("GeometryCollection") => has_all(value, "geometries", is_geometry),
        _ => false,
    }
}

fn has_all(value: &Json, member: &str, test: impl Fn(&Json) -> bool) -> bool {
    value.get(member).is_some_and(|items| all(items, test))
}

fn all(items: &Json, test: impl Fn(&Json) -> bool) -> bool {
    items.as_array().is_some_and(|items| items.iter().all(test))
}

/// Section 3.1.1: two numbers or more.
fn is_position(value: &Json) -> bool {
    value.as_array().is_some_and(|numbers| numbers.len() >= 2) && all(value, Json::is_number)
}

/// Section 3.1.4: two positions or more.
fn is_line(value: &Json) -> bool {
    value.as_array().is_some_and(|positions| positions.len() >= 2) && all(value, is_position)
}

/// Section 3.1.6: four positions or more, the last the same as the first.
fn is_ring(value: &Json) -> bool {
    value
        .as_array()
        .is_some_and(|positions| positions.len() >= 4 && positions.first() == positions.last())
        && all(value, is_position)
}

/// TopoJSON 1.0 section 2.1: a topology has objects and arcs.
fn is_topology(value: &Json) -> bool {
    value.get("type").and_then(Json::as_str) == Some("Topology")
        && value.get("arcs").is_some_and(|arcs| all(arcs, |arc| all(arc, is_position)))
        && value.get("objects").and_then(Json::as_object).is_some_and(|objects| {
            objects
                .values()
                .all(|object| object.is_null() || object.get("type").is_some_and(Json::is_string))
        })
}
