//! Prints a workflow as a page that an officer can read: `docs/flows/<name>.md`.

use std::fmt::Write as _;

use super::{Desk, Workflow};
use crate::named::Word;

/// The whole page: title, diagram, states with their desks, rows.
pub fn page<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>, desk: impl Fn(S) -> Desk) -> String {
    let mut page = format!(
        "# {}\n\nこのページは、プログラムが使う規則の表から自動で作られます（`cargo xtask docs`）。\n\n",
        workflow.title
    );
    page.push_str("## 図\n\n```mermaid\n");
    page.push_str(&diagram(workflow));
    page.push_str("```\n\n## 状態\n\n| 状態 | 名前 | 担当 |\n|---|---|---|\n");
    for state in workflow.states() {
        writeln!(page, "| {} | `{}` | {} |", state.label(), state.name(), desk(state).label())
            .expect("writing to a String cannot fail");
    }
    page.push_str("\n## 規則\n\n");
    page.push_str(&table(workflow));
    page
}

/// The diagram in mermaid's notation.
pub fn diagram<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>) -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for state in workflow.states() {
        text.push_str(&format!("    {} : {}\n", state.name(), state.label()));
    }
    text.push_str(&format!("    [*] --> {}\n", workflow.start.name()));
    for row in workflow.rows() {
        for from in row.from {
            let arrow = format!(
                "    {} --> {} : {}（{}）\n",
                from.name(),
                row.to.name(),
                row.command.label(),
                row.who.label()
            );
            // Rows that differ in their conditions only are one arrow; the table tells them apart.
            if !text.contains(&arrow) {
                text.push_str(&arrow);
            }
        }
    }
    for state in workflow.finals {
        text.push_str(&format!("    {} --> [*]\n", state.name()));
    }
    text
}

/// The rows as a table.
pub fn table<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>) -> String {
    let mut text = String::from(
        "| いまの状態 | 操作 | だれが | 条件 | 次の状態 | あわせて行うこと |\n|---|---|---|---|---|---|\n",
    );
    for row in workflow.rows() {
        let from = list(row.from.iter().map(|state| state.label()));
        let when = list(row.when.iter().map(|condition| condition.label()));
        let effects = list(row.effects.iter().map(|effect| effect.label()));
        text.push_str(&format!(
            "| {from} | {} | {} | {when} | {} | {effects} |\n",
            row.command.label(),
            row.who.label(),
            row.to.label(),
        ));
    }
    text
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "–".to_owned() } else { words.join("、") }
}
