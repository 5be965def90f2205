//! Every write to hand-over reports.

use super::lists::{duties_there, work};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::duty::actions::{
    by, hold, in_words, insert, keeps_an_administrator, needs_reason, new_row, not_oneself, note,
    set_last_day, spans, tell,
};
use crate::duty::lists::{Seat, administration, colleagues, seat_to_fill, span};
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::officer;
use mamis_rules::access::Duty;
use mamis_rules::association::Host;
use mamis_rules::base::{Day, HandoverId, OfficerId};
use mamis_rules::duty::{self as rule, Span};
use mamis_schema::{duty, handover};
use sea_orm::ActiveModelTrait;
use serde_json::json;
use uuid::Uuid;

/// How an officer leaves an office.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// Which office.
    pub at: Host,
    /// The last day of every duty there.
    pub last: Day,
    /// Who goes on; none while nobody is named.
    pub successor: Option<OfficerId>,
    /// Whether the successor gets the duties from the next day on.
    pub passes_on: bool,
    /// What the successor must know.
    pub remarks: String,
    /// Why, when it is done from above.
    pub reason: String,
}

/// Ends every duty of an officer at an office, gives them to the successor, and keeps a report of what is open.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices, where there is no duty to end and where nobody would
/// administer the office, [`Error::Invalid`] for a day in the past and a successor who does not work there.
#[crate::boxed]
pub async fn hand_over(cx: &Cx, id: OfficerId, leaving: &Leaving) -> Result<HandoverId> {
    let mut tx = cx.begin().await?;
    let seen = officer::lists::find(cx, tx.db(), id).await?;
    let (seat, hand) = seat_to_fill(cx, tx.db(), leaving.at).await?;
    needs_reason(hand, &leaving.reason)?;
    hold(&tx, leaving.at).await?;
    let rows = duties_there(tx.db(), id, leaving.at, cx.today()).await?;
    if rows.is_empty() {
        return Err(Error::refused("この職員は、この事務局の職務を持っていません。"));
    }
    let data = work(tx.db(), leaving.at, &rows).await?;
    let before = administration(tx.db(), leaving.at, cx.today()).await?;
    let by = by(cx, hand);
    let successor = successor(cx, &tx, id, leaving).await?;
    if let Some((to, name)) = successor.as_ref().filter(|_| leaving.passes_on) {
        not_oneself(cx, hand, *to)?;
        pass_on(cx, &mut tx, &rows, *to, leaving, &by).await?;
        let span = Span { from: leaving.last.next(), until: None };
        let what = format!("職務を引き継ぎました：{}", in_words(&data.duties, span));
        tell(cx, &mut tx, &seat, *to, name, &what, hand, &by).await?;
    }
    for row in &rows {
        let last = rule::end(span(row), leaving.last, cx.today())?;
        if row.valid_until.is_none_or(|until| Day::from(until) > last) {
            set_last_day(&tx, row, last, &by, row.version).await?;
            note(&mut tx, "duty.end", row, &leaving.reason);
        }
    }
    keeps_an_administrator(cx, &tx, leaving.at, &before).await?;
    let row = report(cx, id, leaving, &serde_json::to_string(&data)?, &by);
    let report = row.id;
    handover::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let what = format!("この事務局の職務は、{}が最後の日になりました。", leaving.last.japanese());
    tell(cx, &mut tx, &seat, id, &seen.row.name, &what, hand, &by).await?;
    if let Some((to, name)) = &successor {
        send(cx, &mut tx, &seat, report, (*to, name), &seen.row.name).await?;
    }
    tx.audit(Entry::new("officer.hand_over", "handover", report).with(json!({"officer": id})));
    tx.commit().await?;
    Ok(report.into())
}

/// Somebody else who works at the office.
async fn successor(
    cx: &Cx,
    tx: &Tx<'_>,
    id: OfficerId,
    leaving: &Leaving,
) -> Result<Option<(OfficerId, String)>> {
    let Some(wanted) = leaving.successor else {
        return match leaving.passes_on {
            true => Err(Error::invalid("successor", "職務を引き継ぐ職員を選んでください。")),
            false => Ok(None),
        };
    };
    let there = colleagues(tx.db(), leaving.at, cx.today()).await?;
    let found = there.into_iter().find(|(other, _)| *other == wanted && wanted != id);
    let text = "後任は、この事務局の職員の中から選んでください。いないときは、先に招待してください。";
    found.map(Some).ok_or_else(|| Error::invalid("successor", text))
}

/// The duties go on with the successor from the next day; what they have already is not given twice, and what a deputy
/// did ends with the deputy.
async fn pass_on(
    cx: &Cx,
    tx: &mut Tx<'_>,
    rows: &[duty::Model],
    to: OfficerId,
    leaving: &Leaving,
    by: &str,
) -> Result<()> {
    let from = leaving.last.next().max(cx.today());
    for row in rows.iter().filter(|row| row.deputy_of.is_none()) {
        let kind: Duty = row.kind.parse().map_err(Error::fault)?;
        let wanted = Span { from, until: row.valid_until.map(Day::from) };
        let held = spans(tx, to, leaving.at, kind).await?;
        let is_over = wanted.until.is_some_and(|until| until < from);
        if is_over || held.iter().any(|span| span.overlaps(wanted)) {
            continue;
        }
        let row = new_row(cx, to, leaving.at, kind, wanted, by);
        note(tx, "duty.appoint", &row, "handover");
        insert(tx, row).await?;
    }
    Ok(())
}

fn report(cx: &Cx, id: OfficerId, leaving: &Leaving, data: &str, by: &str) -> handover::Model {
    let (association, organizer) = leaving.at.columns();
    handover::Model {
        id: Uuid::now_v7(),
        officer: id.into(),
        successor: leaving.successor.map(Into::into),
        association,
        organizer,
        last_day: leaving.last.date(),
        data: data.to_owned(),
        remarks: leaving.remarks.clone(),
        created_by: by.to_owned(),
        created_at: cx.now,
    }
}

async fn send(
    cx: &Cx,
    tx: &mut Tx<'_>,
    seat: &Seat,
    report: Uuid,
    (to, name): (OfficerId, &str),
    from: &str,
) -> Result<()> {
    let link = format!("{}/handovers/{report}", cx.app.settings.public_url);
    let data = json!({"name": name, "office": seat.name, "from": from, "link": link});
    mail::queue(cx, tx, Letter::new("officer_handover", Recipient::Officer(to), &data)?).await
}
