//! Questions about a workflow as a whole, asked by its tests.

use super::{Row, Who, Workflow};
use crate::named::Word;

/// The states that no sequence of commands reaches from the start.
pub fn unreachable<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>) -> Vec<S> {
    let mut reached = vec![workflow.start];
    let mut next = 0;
    while let Some(state) = reached.get(next).copied() {
        next += 1;
        for row in rows_from(workflow, state) {
            if !reached.contains(&row.to) {
                reached.push(row.to);
            }
        }
    }
    workflow.states().filter(|state| !reached.contains(state)).collect()
}

/// The states from which no final state can be reached, although they are not final themselves.
pub fn dead_ends<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>) -> Vec<S> {
    let mut good = workflow.finals.to_vec();
    loop {
        let more: Vec<S> = workflow
            .states()
            .filter(|state| !good.contains(state))
            .filter(|state| rows_from(workflow, *state).any(|row| good.contains(&row.to)))
            .collect();
        if more.is_empty() {
            break;
        }
        good.extend(more);
    }
    workflow.states().filter(|state| !good.contains(state)).collect()
}

/// The final states that a command leaves nevertheless.
pub fn left_finals<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>) -> Vec<S> {
    workflow.finals.iter().copied().filter(|state| rows_from(workflow, *state).next().is_some()).collect()
}

/// The states from which this party can give this command under some condition.
pub fn states_with<S: Word, C: Word, G: Word>(workflow: &Workflow<S, C, G>, command: C, who: Who) -> Vec<S> {
    workflow
        .states()
        .filter(|state| rows_from(workflow, *state).any(|row| row.command == command && row.who == who))
        .collect()
}

/// How many rows apply at once; more than one would make the table ambiguous.
pub fn applicable<S: Word, C: Word, G: Word>(
    workflow: &Workflow<S, C, G>,
    from: S,
    command: C,
    who: Who,
    holds: impl Fn(G) -> bool,
) -> usize {
    rows_from(workflow, from)
        .filter(|row| row.command == command && row.who == who)
        .filter(|row| row.when.iter().all(|condition| holds(*condition)))
        .count()
}

fn rows_from<S: Word, C: Word, G: Word>(
    workflow: &Workflow<S, C, G>,
    state: S,
) -> impl Iterator<Item = &'static Row<S, C, G>> {
    workflow.rows().filter(move |row| row.from.contains(&state))
}
