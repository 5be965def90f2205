//! The decisions of an application, as its readers see them.

use mamis_app::application::advance::command_label;
use mamis_app::application::lists::Stop;
use mamis_app::decision::at;
use mamis_schema::decision;

/// Who reads: physicians read which association did it, offices also which officer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The physician.
    Physician,
    /// An office of the route.
    Office,
}

/// One decision.
pub(crate) struct LogEntry {
    pub(crate) at: String,
    pub(crate) who: String,
    pub(crate) what: String,
    pub(crate) note: String,
}

/// The log, the latest decision first.
pub(crate) fn log(history: &[decision::Model], route: &[Stop], reader: Reader) -> Vec<LogEntry> {
    history.iter().rev().map(|row| entry(row, route, reader)).collect()
}

fn entry(row: &decision::Model, route: &[Stop], reader: Reader) -> LogEntry {
    let stop = route.iter().find(|stop| Some(stop.association.into()) == row.association);
    let who = match (stop, reader) {
        (Some(stop), Reader::Physician) => stop.name.clone(),
        (Some(stop), Reader::Office) => format!("{}　{}", stop.name, row.by_name),
        (None, _) => row.by_name.clone(),
    };
    LogEntry { at: at(row.decided_at), who, what: command_label(&row.command), note: row.comment.clone() }
}
