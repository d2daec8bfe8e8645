//! What a migration must hand over (DMI07), in a few lines: what is there, what is not, and why not.

use super::{Line, Paint, cut, wrap};
use crate::check::{CategoryState, Outcome};
use crate::finding::message::plain;

/// Where the names of the categories begin.
const INDENT: usize = 20;

/// The table, with a blank line before it; nothing where no schema was used. One line for each state
/// and reason; two where many are absent for one reason.
pub(super) fn table(outcome: &Outcome, width: usize) -> Vec<Line> {
    let mut rows: Vec<(&CategoryState, Vec<&str>)> = Vec::new();
    for category in &outcome.categories {
        match rows.iter_mut().find(|(state, _)| **state == category.state) {
            Some((_, names)) => names.push(category.name),
            None => rows.push((&category.state, vec![category.name])),
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    rows.sort_by_key(|(state, _)| match state {
        CategoryState::Present => 0,
        CategoryState::Absent(_) => 1,
        CategoryState::DeclaredAbsent(_) => 2,
    });
    let heading = "To hand over (DMI07)".to_owned();
    let mut lines =
        vec![Line::from(String::new()), Line { text: heading, paint: Some(Paint::Heading) }];
    for (state, names) in rows {
        let reason = state.reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let head = format!("   {:<17}", state.name());
        let text =
            plain(&format!("{}{reason}", names.join(", ")), 2 * width.saturating_sub(INDENT));
        // The reason that a schema states may be of any length: its end is cut.
        let most = usize::from(matches!(state, CategoryState::Absent(_))) + 1;
        let mut wrapped = wrap(&text, &head, &" ".repeat(INDENT), width).into_iter();
        let shown: Vec<String> = wrapped.by_ref().take(most).collect();
        let rest = wrapped.next().is_some();
        let last = shown.len().saturating_sub(1);
        lines.extend(shown.into_iter().enumerate().map(|(at, line)| match rest && at == last {
            true => Line::from(cut(&format!("{line} …"), width)),
            false => Line::from(line),
        }));
    }
    lines
}
