//! References that no single column tells by itself: to keys of two columns, to the practice, and to
//! items of which another column tells the table.

use super::Found;
use super::keys::{LEAST_BITS, Parent, Seen, declare, surprise};
use super::sketch::Sketch;
use super::{names, privacy};
use crate::schema::draft::{Draft, Reference};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Words of a table that says which practice a row is of.
const PRACTICES: [&str; 6] =
    ["practice", "practices", "organisation", "organisations", "organization", "surgery"];

/// In tables without labels: the column that names the row's practice. There are too few practices
/// for values to tell, so it must be one that (nearly) each row fills, the only one of its table,
/// and there must be one in another table too.
pub(super) fn practices(
    draft: &mut Draft,
    tables: &[Seen<'_>],
    parents: &[Parent],
    found: &mut Found,
) {
    let is_practice = |table: &Seen<'_>| {
        names::words(table.title).iter().any(|word| PRACTICES.contains(&word.as_str()))
    };
    for parent in parents.iter().filter(|parent| parent.is_primary) {
        let Some(of) = tables.get(parent.table).filter(|of| !of.named && is_practice(of)) else {
            continue;
        };
        let Some(key) = of.counts.columns.get(parent.column) else { continue };
        let mut columns = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            if number == parent.table || table.named || table.counts.rows <= of.counts.rows {
                continue;
            }
            let fits = |column: &usize| {
                table.counts.columns.get(*column).is_some_and(|child| {
                    let (has, lacks) = child.sketch.within(&key.sketch);
                    child.filled * 10 >= table.counts.rows * 8
                        && child.sketch.is_whole()
                        && child.only_form() == key.only_form()
                        && has > 0
                        && lacks == 0
                })
            };
            let all: Vec<usize> = (0..table.counts.columns.len()).filter(fits).collect();
            if let [column] = all.as_slice() {
                columns.push((number, *column));
            }
        }
        if columns.len() < 2 {
            continue;
        }
        for (number, column) in columns {
            declare(draft, tables, (number, column), (parent, false), found);
            if let Some((table, label)) =
                tables.get(number).and_then(|t| Some((t, t.labels.get(column)?)))
            {
                found.note_of(
                    table.title,
                    label,
                    "a reference by its few values alone, as each row has a practice: make sure"
                        .into(),
                );
            }
        }
    }
}

/// References to keys of two columns, by their names.
pub(super) fn pairs(draft: &mut Draft, tables: &[Seen<'_>]) {
    let mut proposed = Vec::new();
    for (of, parent) in tables.iter().enumerate() {
        let Some(resource) = draft.resources.get(of) else { continue };
        let [first, second] = resource.primary_key.as_slice() else { continue };
        for (number, table) in tables.iter().enumerate().filter(|(number, _)| *number != of) {
            if !table.named || !parent.named {
                continue;
            }
            // One part has the same name; the other names the table.
            for (main, same) in [(first, second), (second, first)] {
                let has_same = table.labels.iter().any(|label| label == same);
                let own = names::affinity(main, main, parent.title);
                if !has_same || !own.tells || own.score < 2.0 {
                    continue;
                }
                for label in table.labels.iter().filter(|label| *label != same) {
                    let names = names::affinity(label, main, parent.title);
                    let referred = draft.resources.get(number).is_some_and(|resource| {
                        resource.foreign_keys.iter().any(|key| key.fields.first() == Some(label))
                    });
                    if names.tells
                        && names.score >= 2.0
                        && !referred
                        && may_hold(table, parent, label, main)
                    {
                        proposed.push((
                            number,
                            Reference {
                                fields: vec![label.clone(), same.clone()],
                                resource: resource.name.clone(),
                                reference: vec![main.clone(), same.clone()],
                            },
                        ));
                    }
                }
            }
        }
    }
    for (number, reference) in proposed {
        if let Some(resource) = draft.resources.get_mut(number) {
            let same = |field: &String, of: &str| resource.field(field).map(|f| f.kind) == Some(of);
            let kinds = reference
                .fields
                .iter()
                .all(|field| same(field, "string") || same(field, "integer"));
            if kinds && !resource.foreign_keys.contains(&reference) {
                resource.foreign_keys.push(reference);
            }
        }
    }
}

/// Whether the values of a part do not rule a reference out.
fn may_hold(table: &Seen<'_>, parent: &Seen<'_>, label: &str, main: &str) -> bool {
    let column = |of: &Seen<'_>, label: &str| of.labels.iter().position(|other| other == label);
    let (Some(a), Some(b)) = (column(table, label), column(parent, main)) else { return false };
    let (Some(a), Some(b)) = (table.counts.columns.get(a), parent.counts.columns.get(b)) else {
        return false;
    };
    let (has, lacks) = a.sketch.within(&b.sketch);
    a.only_form() == b.only_form() && lacks == 0 && (has > 0 || !b.sketch.is_whole())
}

/// References of some rows only: an audit entry's item is of the table that its type names.
pub(super) fn items(draft: &mut Draft, tables: &[Seen<'_>], parents: &[Parent]) {
    for (number, table) in tables.iter().enumerate() {
        for items in &table.counts.items {
            let (Some(kind), Some(item), Some(by_kind)) = (
                table.labels.get(items.kind),
                table.labels.get(items.item),
                items.by_kind.as_ref(),
            ) else {
                continue;
            };
            let values = table.counts.columns.get(items.kind).and_then(|c| c.values.as_ref());
            let Some(resource) = draft.resources.get(number) else { continue };
            let declared = resource.foreign_keys.iter().any(|key| key.fields.contains(item))
                || resource.primary_key.contains(item);
            let Some(values) = values.filter(|_| !declared) else { continue };
            let mut found: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
            for (value, sketch) in by_kind {
                // A kind comes to stand in the descriptor, as those of a list of codes do.
                let alone = values.iter().filter(|(other, _)| *other == value);
                let alone = alone.map(|(value, held)| (value.clone(), held.clone())).collect();
                let Some(listed) = privacy::listed(&alone, privacy::Label::Coded) else { continue };
                let Some(parent) =
                    listed.first().and_then(|value| owner(tables, parents, value, sketch))
                else {
                    continue;
                };
                let form = |of: Option<&Seen<'_>>, column: usize| {
                    of.and_then(|of| of.counts.columns.get(column)?.only_form())
                };
                if form(Some(table), items.item) == form(tables.get(parent.table), parent.column) {
                    found.entry((parent.table, parent.column)).or_default().extend(listed);
                }
            }
            let references: Vec<Value> = found
                .into_iter()
                .filter_map(|((of, column), values)| {
                    let key = tables.get(of)?.labels.get(column)?;
                    let name = &draft.resources.get(of)?.name;
                    let when = match values.as_slice() {
                        [value] => json!({ kind: value }),
                        values => json!({ kind: values }),
                    };
                    let reference = json!({"resource": name, "fields": [key]});
                    Some(json!({"when": when, "fields": [item], "reference": reference}))
                })
                .collect();
            if let Some(resource) =
                draft.resources.get_mut(number).filter(|_| !references.is_empty())
            {
                resource.handover.insert("references".into(), references.into());
            }
        }
    }
}

/// The table whose keys the items of one kind are: the only one, or the one that is called so.
fn owner<'p>(
    tables: &[Seen<'_>],
    parents: &'p [Parent],
    kind: &str,
    sketch: &Sketch,
) -> Option<&'p Parent> {
    let holds = |parent: &&Parent| {
        let key = tables.get(parent.table).and_then(|of| of.counts.columns.get(parent.column));
        key.is_some_and(|key| {
            let (has, lacks) = sketch.within(&key.sketch);
            lacks == 0 && surprise(has, key) >= LEAST_BITS
        })
    };
    let all: Vec<&Parent> = parents.iter().filter(|p| p.is_primary).filter(holds).collect();
    let near = |parent: &&Parent| {
        tables.get(parent.table).map_or(0.0, |of| names::affinity(kind, kind, of.title).score)
    };
    let best = all.iter().map(near).fold(0.0, f64::max);
    let mut nearest = all.iter().filter(|parent| near(parent) + 0.01 > best);
    nearest.next().filter(|_| nearest.next().is_none()).copied()
}
