//! The progress line, with what the desk that has the application waits for.

use super::deadline::{Calendar, calendar, place, waits};
use super::{Found, Stop};
use crate::application::advance::has_somebody;
use crate::application::tracker::{self, Tracker};
use crate::cx::Cx;
use crate::error::Result;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::certification::deadline::Waits;
use mamis_schema::decision;

/// Builds the line; `expires_on` is the last day of what is renewed. At most two queries.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn tracker(
    cx: &Cx,
    found: &Found,
    history: &[decision::Model],
    expires_on: Option<Day>,
    today: Day,
) -> Result<Tracker> {
    let Some(tier) = place(found.state) else { return Ok(tracker::build(found, history, "", None)) };
    let db = cx.db();
    let way: Vec<&Stop> = found.route.iter().skip_while(|stop| stop.tier != tier).collect();
    let ids: Vec<AssociationId> = way.iter().map(|stop| stop.association).collect();
    let calendar = calendar(db, found.scheme, &ids, today).await?;
    let came = found.row.waiting_since.map(Day::of);
    let expected = calendar.certificate_on(&ids, found.state, came, expires_on, today);
    let mut ahead = String::new();
    if let (Some(waits), [stop, above @ ..]) = (waits(found.state, came), &way[..]) {
        if !has_somebody(db, Duty::Certification, today, stop.association).await? {
            ahead.push_str(&told(&cx.actor, &stop.name));
        }
        let board_on = calendar.forecast(&ids, waits, today).board_on;
        ahead.push_str(&next_day(&calendar, waits, board_on, above.first().copied(), today));
    }
    Ok(tracker::build(found, history, &ahead, expected))
}

/// The board that it waits for, else until when the tier above takes something. What the board has decided waits for
/// nothing but being sent.
fn next_day(
    calendar: &Calendar,
    waits: Waits,
    board_on: Option<Day>,
    above: Option<&Stop>,
    today: Day,
) -> String {
    if let Some(board) = board_on {
        return format!("理事会は{}の予定です。", board.japanese());
    }
    let above = above.filter(|_| waits != Waits::Sending);
    let closing = above.and_then(|above| Some((above, calendar.next_closing(above.association, today)?)));
    closing.map_or_else(String::new, |(above, round)| {
        format!("{}の次の受付締切は{}です。", above.name, round.closes_on.japanese())
    })
}

/// That nobody is there, and what the reader can do about it: a physician asks, an office sees to it.
fn told(reader: &Actor, name: &str) -> String {
    match reader {
        Actor::Officer { .. } => format!(
            "{name}には、いま認定の担当者がいません。{name}へ連絡し、担当者を決めるよう依頼してください。停止中の担当者は、管理の担当者が「職員」の画面で再開できます。"
        ),
        _ => nobody(name),
    }
}

/// The same to the physician.
pub(super) fn nobody(name: &str) -> String {
    format!("{name}には、いま担当者がいません。お急ぎのときは事務局にお問い合わせください。")
}
