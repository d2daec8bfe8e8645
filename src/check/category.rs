//! What the extract holds of that which a migration must hand over: NHS England's Data Migration
//! standard, requirement DMI07, asks for records, audit trail, documents, images, tasks and
//! appointments.

use super::outcome::{Category, CategoryState, Task};
use crate::schema::{self, Schema};

/// Says of each category whether the extract has it.
pub(super) fn categories(schema: &Schema, tasks: &[Task]) -> Vec<Category> {
    schema::Category::ALL.iter().map(|asked| category(*asked, schema, tasks)).collect()
}

fn category(asked: schema::Category, schema: &Schema, tasks: &[Task]) -> Category {
    let resources = schema.resources.iter().enumerate();
    let declared: Vec<usize> = resources
        .filter(|(_, resource)| resource.role.is_some_and(|role| role.category() == Some(asked)))
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
    } else if let Some(reason) = schema.absent.get(&asked) {
        CategoryState::DeclaredAbsent(reason.clone())
    } else if declared.is_empty() {
        CategoryState::Absent("no declared resource has its role".into())
    } else if files == 0 {
        CategoryState::Absent("declared, but no file of it was delivered".into())
    } else {
        CategoryState::Absent("its files were delivered without a row".into())
    };
    let tasks = declared.into_iter().map(|number| number as u32).collect();
    Category { name: asked.title(), state, tasks, files, rows }
}
