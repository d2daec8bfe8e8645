//! The dates after go-live, and the costs of the ways to the old audit trail: as text, as JSON, as a
//! page and as a workbook.

mod html;
mod json;
mod sentences;
mod template;
mod text;
mod xlsx;

pub use html::write as html;
pub use json::{timeline as timeline_json, write as json};
pub use sentences::timeline as timeline_rows;
pub use template::write as template;
pub use text::{timeline as timeline_text, write as text};
pub use xlsx::write as xlsx;
