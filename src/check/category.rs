//! What the extract holds of that which a migration must hand over: NHS England's Data Migration
//! standard, requirement DMI07, asks for records, audit trail, documents, images, tasks and
//! appointments.

use super::outcome::{Category, CategoryState, Task};
use crate::schema::{Role, Schema};

/// The categories of DMI07, in its order, with the roles whose resources hold them.
const CATEGORIES: [(&str, &[Role]); 6] = [
    ("records", &[Role::Patient, Role::Clinical]),
    ("audit trail", &[Role::AuditTrail]),
    ("documents", &[Role::Document]),
    ("images", &[Role::Image]),
    ("tasks", &[Role::Task]),
    ("appointments", &[Role::Appointment]),
];

/// Says of each category whether the extract has it.
pub(super) fn categories(schema: &Schema, tasks: &[Task]) -> Vec<Category> {
    CATEGORIES.iter().map(|(name, roles)| category(name, roles, schema, tasks)).collect()
}

fn category(name: &'static str, roles: &[Role], schema: &Schema, tasks: &[Task]) -> Category {
    let resources = schema.resources.iter().enumerate();
    let declared: Vec<usize> = resources
        .filter(|(_, resource)| resource.role.is_some_and(|role| roles.contains(&role)))
        .map(|(number, _)| number)
        .collect();
    let task = |&number: &usize| tasks.get(number);
    let has_content = |task: &Task| match task.kind {
        "table" => task.rows > 0,
        _ => !task.files.is_empty(),
    };
    let rows = declared.iter().filter_map(task).map(|task| task.rows).sum();
    let files = declared.iter().filter_map(task).map(|task| task.files.len() as u64).sum();
    let state = if declared.iter().filter_map(task).any(has_content) {
        CategoryState::Present
    } else if let Some(reason) = declared_absent(name, schema) {
        CategoryState::DeclaredAbsent(reason)
    } else if declared.is_empty() {
        CategoryState::Absent("no declared resource has its role".into())
    } else if files == 0 {
        CategoryState::Absent("declared, but no file of it was delivered".into())
    } else {
        CategoryState::Absent("its files were delivered without a row".into())
    };
    let tasks = declared.into_iter().map(|number| number as u32).collect();
    Category { name, state, tasks, files, rows }
}

/// The reason that the schema gives for the absence of a category.
fn declared_absent(name: &str, schema: &Schema) -> Option<String> {
    if name == "audit trail" { schema.audit_trail_absent.clone() } else { None }
}
