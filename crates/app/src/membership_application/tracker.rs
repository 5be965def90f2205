//! The progress line of a procedure: the physician and every office read the same.

use super::lists::Found;
use crate::application::lists::Stop;
use crate::application::tracker::{Step, Tracker};
use mamis_rules::access::application::Kind;
use mamis_rules::base::Day;
use mamis_rules::flow::membership::{self as flow, State};
use mamis_rules::flow::route::Side;
use mamis_rules::flow::{Desk, any};
use mamis_schema::decision;
use uuid::Uuid;

/// The line from what is known; `nobody` says that the office whose turn it is has nobody for it.
pub fn build(found: &Found, history: &[decision::Model], nobody: bool) -> Tracker {
    let state = state(found);
    let mut steps = vec![applied(found, state)];
    let at = place(found, state);
    for (position, stop) in found.frame.route.iter().enumerate().filter(|(_, stop)| stop.bare().decides()) {
        steps.push(office(found, history, stop, position, at, nobody));
    }
    steps.push(done(found, state));
    Tracker { sentence: sentence(found, state), steps, expected_on: None }
}

fn state(found: &Found) -> State {
    found.frame.row.state.parse().unwrap_or(State::Draft)
}

fn sentence(found: &Found, state: State) -> String {
    let day = found.details.effective_on.map(Day::japanese).unwrap_or_default();
    match (found.frame.kind, state) {
        (Kind::Joining, State::Approved) => "入会の手続きが終わりました。".to_owned(),
        (Kind::Transfer, State::Approved) => {
            format!("異動の手続きが終わりました。{day}から新しい医師会の所属です。")
        }
        (Kind::Leaving, State::Approved) => format!("退会の手続きが終わりました。{day}まで会員です。"),
        (Kind::ChangeReport, State::Approved) if day.is_empty() => "届出が受け付けられました。".to_owned(),
        // The day may lie ahead: a resident's category changes with the new year.
        (Kind::ChangeReport, State::Approved) => {
            format!("届出が受け付けられました。{day}からの内容として登録されています。")
        }
        (kind, state) => any::sentence(kind, state.name()).to_owned(),
    }
}

fn applied(found: &Found, state: State) -> Step {
    let when = found.frame.row.submitted_at.map(|at| Day::of(at).japanese()).unwrap_or_default();
    let (label, mark, note) = match state {
        State::Draft => ("申請", "current", "まだ送っていません。"),
        State::Withdrawn => ("申請", "withdrawn", "取り下げました。"),
        _ if found.details.cause.is_recorded() => ("事務局の記録", "done", ""),
        _ => ("申請", "done", ""),
    };
    Step { label: label.to_owned(), state: mark, when, note: note.to_owned() }
}

/// The position of the stop that has the procedure or returned it; none when it is over or a draft.
fn place(found: &Found, state: State) -> Option<usize> {
    let desk = flow::returned_by(state).unwrap_or(flow::desk(state));
    found.frame.route.iter().position(|stop| {
        let at = match desk {
            Desk::Tier(tier) => stop.side == Side::Current && stop.tier == tier,
            Desk::Former => stop.side == Side::Former,
            Desk::Applicant | Desk::Host | Desk::Nobody => false,
        };
        at && stop.bare().decides()
    })
}

fn office(
    found: &Found,
    history: &[decision::Model],
    stop: &Stop,
    position: usize,
    at: Option<usize>,
    nobody: bool,
) -> Step {
    let association = Some(Uuid::from(stop.association));
    // Decisions of the same association on both sides of a transfer cannot be: it would be no transfer.
    // What was taken back had been decided: the decision stays said.
    let last = history.iter().rev().find(|row| row.association == association && row.command != "undo");
    let label = match stop.side {
        Side::Former => format!("{}（転出元の{}）", stop.name, stop.act.label()),
        Side::Current => format!("{}（{}）", stop.name, stop.act.label()),
    };
    let when = last.map(|row| Day::of(row.decided_at).japanese()).unwrap_or_default();
    let step =
        |state: &'static str, when: String, note: String| Step { label: label.clone(), state, when, note };
    if at == Some(position) {
        if found.frame.is_with_applicant() {
            // It may have been returned by an association that was merged into this one since.
            let returned = history.iter().rev().find(|row| row.command == "return");
            let when = returned.map(|row| Day::of(row.decided_at).japanese()).unwrap_or_default();
            let comment = returned.map(|row| format!("コメント：{}", row.comment)).unwrap_or_default();
            return step("returned", when, comment);
        }
        let since = found.frame.row.waiting_since.map(|at| format!("{}から", Day::of(at).japanese()));
        let note = if nobody {
            format!(
                "{}には、いま会員の担当者がいません。お急ぎのときは事務局にお問い合わせください。",
                stop.name
            )
        } else {
            format!("{}が内容を確認しています。", stop.name)
        };
        return step("current", since.unwrap_or_default(), note);
    }
    match last {
        Some(row) if row.command == "reject" => step("rejected", when, format!("理由：{}", row.comment)),
        Some(row) if row.command != "return" && at.is_none_or(|at| position < at) => {
            step("done", Day::of(row.decided_at).japanese(), String::new())
        }
        _ if at.is_some_and(|at| position < at) => step("done", String::new(), String::new()),
        _ => step(ahead_of(state(found)), String::new(), String::new()),
    }
}

/// What a step is that has not begun: it is still to come, or never will.
const fn ahead_of(state: State) -> &'static str {
    match state {
        State::Rejected | State::Withdrawn | State::Undone => "skipped",
        _ => "waiting",
    }
}

fn done(found: &Found, state: State) -> Step {
    let label = match found.frame.kind {
        Kind::Joining => "入会の完了",
        Kind::Transfer => "異動の完了",
        Kind::Leaving => "退会の完了",
        _ => "届出の完了",
    };
    let day = found.details.effective_on.map(Day::japanese).unwrap_or_default();
    let when = found.frame.row.decided_at.map(|at| Day::of(at).japanese()).unwrap_or_default();
    let (mark, when, note) = match state {
        State::Approved => ("done", when, String::new()),
        State::Undone => ("undone", when, "取り消されました。手続きの前の登録に戻っています。".to_owned()),
        State::Rejected | State::Withdrawn => (ahead_of(state), String::new(), String::new()),
        _ if day.is_empty() => ("waiting", String::new(), String::new()),
        _ if found.frame.kind == Kind::Leaving => {
            ("waiting", String::new(), format!("{day}付けの予定です。"))
        }
        _ => ("waiting", String::new(), format!("{day}からの予定です。")),
    };
    Step { label: label.to_owned(), state: mark, when, note }
}
