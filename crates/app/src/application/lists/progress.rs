//! The progress line, with what the desk that has the application waits for.

use super::deadline::{Calendar, calendar};
use super::{Found, Stop};
use crate::application::advance::has_somebody;
use crate::application::tracker::{self, Tracker};
use crate::cx::Cx;
use crate::error::Result;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::flow::Desk;
use mamis_rules::flow::certification::{self as flow, State};
use mamis_schema::decision;

/// Builds the line. Two queries while an office has the application, none otherwise.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn tracker(cx: &Cx, found: &Found, history: &[decision::Model], today: Day) -> Result<Tracker> {
    let desk = found.route.iter().find(|stop| flow::desk(found.state) == Desk::Tier(stop.tier));
    let (ahead, next) = match desk {
        Some(stop) => ahead(cx, found, stop, today).await?,
        None => (String::new(), None),
    };
    // What was expected when it was sent is no longer true once the desk's next meeting comes later.
    let expected = found.row.expected_on.map(Day::from);
    let is_last = desk.is_some_and(|stop| stop.tier == Tier::National);
    let expected = expected.filter(|day| match next {
        Some(next) => next < *day || (is_last && next == *day),
        None => *day >= today,
    });
    Ok(tracker::build(found, history, &ahead, expected))
}

/// What an application waits for at a desk: its next board or closing day with that day, or that nobody is there.
async fn ahead(cx: &Cx, found: &Found, stop: &Stop, today: Day) -> Result<(String, Option<Day>)> {
    let db = cx.db();
    let above = found.route.iter().skip_while(|other| other.association != stop.association).nth(1);
    let ids: Vec<AssociationId> = std::iter::once(stop).chain(above).map(|stop| stop.association).collect();
    let calendar = calendar(db, found.scheme, &ids, today).await?;
    let mut sentences = Vec::new();
    if !has_somebody(db, Duty::Certification, today, stop.association).await? {
        sentences.push(nobody(&cx.actor, &stop.name));
    }
    // What the board has decided waits for nothing but being sent.
    let next = if is_decided(found.state) { None } else { next_day(&calendar, stop, above, today) };
    let day = next.as_ref().map(|(day, _)| *day);
    sentences.extend(next.map(|(_, sentence)| sentence));
    Ok((sentences.concat(), day))
}

const fn is_decided(state: State) -> bool {
    matches!(state, State::MunicipalDecided | State::PrefecturalDecided | State::NationalDecided)
}

/// That nobody is there, and what the reader can do about it: a physician asks, an office sees to it.
fn nobody(reader: &Actor, name: &str) -> String {
    match reader {
        Actor::Officer { .. } => format!(
            "{name}には、いま認定の担当者がいません。{name}へ連絡し、担当者を決めるよう依頼してください。停止中の担当者は、管理の担当者が「職員」の画面で再開できます。"
        ),
        _ => format!("{name}には、いま担当者がいません。お急ぎのときは事務局にお問い合わせください。"),
    }
}

fn next_day(calendar: &Calendar, stop: &Stop, above: Option<&Stop>, today: Day) -> Option<(Day, String)> {
    if let Some(board) = calendar.next_board(stop.association, today) {
        return Some((board, format!("次の理事会は{}の予定です。", board.japanese())));
    }
    let above = above?;
    let closes_on = calendar.next_closing(above.association, today)?.closes_on;
    Some((closes_on, format!("{}の次の受付締切は{}です。", above.name, closes_on.japanese())))
}
