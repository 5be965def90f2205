//! The progress line, with what the desk that has the application waits for.

use super::deadline::{Calendar, calendar};
use super::{Found, Stop};
use crate::application::advance::has_somebody;
use crate::application::tracker::{self, Tracker};
use crate::error::Result;
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::flow::Desk;
use mamis_rules::flow::certification as flow;
use mamis_schema::decision;
use sea_orm::ConnectionTrait;

/// Builds the line. Two queries while an office has the application, none otherwise.
///
/// # Errors
/// A fault of the database.
pub async fn tracker(
    db: &impl ConnectionTrait,
    found: &Found,
    history: &[decision::Model],
    today: Day,
) -> Result<Tracker> {
    let desk = found.route.iter().find(|stop| flow::desk(found.state) == Desk::Tier(stop.tier));
    let ahead = match desk {
        Some(stop) => ahead(db, found, stop, today).await?,
        None => String::new(),
    };
    Ok(tracker::build(found, history, &ahead))
}

/// What an application waits for at a desk: its next board or closing day, or that nobody is there.
async fn ahead(db: &impl ConnectionTrait, found: &Found, stop: &Stop, today: Day) -> Result<String> {
    let above = found.route.iter().skip_while(|other| other.association != stop.association).nth(1);
    let ids: Vec<AssociationId> = std::iter::once(stop).chain(above).map(|stop| stop.association).collect();
    let calendar = calendar(db, found.scheme, &ids, today).await?;
    let mut sentences = Vec::new();
    if !has_somebody(db, today, stop.association).await? {
        sentences.push(format!(
            "{}には、いま担当者がいません。お急ぎのときは事務局にお問い合わせください。",
            stop.name
        ));
    }
    sentences.extend(next_day(&calendar, stop, above, today));
    Ok(sentences.concat())
}

fn next_day(calendar: &Calendar, stop: &Stop, above: Option<&Stop>, today: Day) -> Option<String> {
    if let Some(board) = calendar.next_board(stop.association, today) {
        return Some(format!("次の理事会は{}の予定です。", board.japanese()));
    }
    let above = above?;
    let round = calendar.next_closing(above.association, today)?;
    Some(format!("{}の次の受付締切は{}です。", above.name, round.closes_on.japanese()))
}
