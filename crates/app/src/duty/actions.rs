//! Every write to duties: entered and ended, and each office keeps an administrator.

use super::lists::{self, Seat};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::{decision, officer};
use mamis_rules::access::officer::Hand;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::{Day, DutyId, OfficerId};
use mamis_rules::duty::{self as rule, Span};
use mamis_schema::{association, duty, organizer};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

const REASON: &str =
    "下位の医師会・外部団体の職務を代わりに変更する理由を入力してください。記録と、届くメールに残ります。";

/// Duties for an officer.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// At which office.
    pub at: Host,
    /// Which duties.
    pub duties: Vec<Duty>,
    /// From which day until which.
    pub span: Span,
    /// For whom the officer stands in; none for duties of their own.
    pub deputy_of: Option<OfficerId>,
    /// Why, when it is done from above.
    pub reason: String,
}

impl From<rule::Refusal> for Error {
    fn from(refusal: rule::Refusal) -> Self {
        use rule::Refusal as R;
        let field = match &refusal {
            R::EndsBeforeItBegins { .. } | R::DeputyWithoutEnd => "valid_until",
            R::BeginsInThePast { .. } => "valid_from",
            R::EndsInThePast { .. } => "last_day",
            R::NothingToStandInFor => "deputy_of",
            R::HeldAlready => "duties",
            R::NoAdministrator { .. } | R::EndedAlready { .. } => {
                return Self::refused(refusal.to_string());
            }
        };
        Self::invalid(field, &refusal.to_string())
    }
}

/// Who changes duties, in words: the officer and the office, and that it was done from above.
pub(crate) fn by(cx: &Cx, hand: Hand) -> String {
    match hand {
        Hand::Own => cx.who.signed(),
        Hand::OnBehalf => format!("{}（{}、代理入力）", cx.who.name, cx.who.office),
    }
}

/// A change from above says why.
pub(crate) fn needs_reason(hand: Hand, reason: &str) -> Result<()> {
    match hand {
        Hand::OnBehalf if reason.is_empty() => Err(Error::invalid("reason", REASON)),
        _ => Ok(()),
    }
}

/// From above somebody helps another office, never themselves.
pub(crate) fn not_oneself(cx: &Cx, hand: Hand, officer: OfficerId) -> Result<()> {
    let oneself = matches!(cx.actor, Actor::Officer { officer: own, .. } if own == officer);
    if oneself && hand == Hand::OnBehalf {
        let text = "下位の医師会・外部団体の職務を、自分に付けることはできません。その事務局の管理の担当者に頼んでください。";
        return Err(Error::refused(text));
    }
    Ok(())
}

/// Gives duties to an officer whom the actor sees.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices and for oneself below, [`Error::Invalid`] for days that will
/// not do, a duty held already and a change from above without a reason.
#[crate::boxed]
pub async fn appoint(cx: &Cx, id: OfficerId, appointment: &Appointment) -> Result<()> {
    if appointment.duties.is_empty() {
        return Err(Error::invalid("duties", "職務を1つ以上選んでください。"));
    }
    let mut tx = cx.begin().await?;
    let seen = officer::lists::find(cx, tx.db(), id).await?;
    let (seat, hand) = lists::seat_to_fill(cx, tx.db(), appointment.at).await?;
    not_oneself(cx, hand, id)?;
    needs_reason(hand, &appointment.reason)?;
    hold(&tx, appointment.at).await?;
    let by = by(cx, hand);
    for kind in &appointment.duties {
        check(cx, &tx, id, appointment, *kind).await?;
        let row = duty::Model {
            deputy_of: appointment.deputy_of.map(Uuid::from),
            ..new_row(cx, id, appointment.at, *kind, appointment.span, &by)
        };
        note(&mut tx, "duty.appoint", &row, &appointment.reason);
        insert(&tx, row).await?;
    }
    let what = format!("職務が登録されました：{}", in_words(&appointment.duties, appointment.span));
    let what = with_reason(&what, hand, &appointment.reason);
    tell(cx, &mut tx, &seat, id, &seen.row.name, &what, hand, &by).await?;
    tx.commit().await
}

async fn check(cx: &Cx, tx: &Tx<'_>, id: OfficerId, wanted: &Appointment, kind: Duty) -> Result<()> {
    let held = spans(tx, id, wanted.at, kind).await?;
    let deputized = match wanted.deputy_of {
        Some(other) if other == id => return Err(rule::Refusal::NothingToStandInFor.into()),
        Some(other) => Some(spans(tx, other, wanted.at, kind).await?),
        None => None,
    };
    Ok(rule::check_new(wanted.span, &held, deputized.as_deref(), cx.today())?)
}

/// Sets the last day of a duty; a last day of yesterday ends it at once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices, for a duty that has ended and where nobody would administer
/// the office, [`Error::Invalid`] for a day in the past, [`Error::Stale`] when it was changed meanwhile.
#[crate::boxed]
pub async fn end(cx: &Cx, id: DutyId, last: Day, reason: &str, version: i64) -> Result<()> {
    let mut tx = cx.begin().await?;
    let (row, seen, seat, hand) = lists::find(cx, tx.db(), id).await?;
    needs_reason(hand, reason)?;
    let at = lists::host_of(&row)?;
    hold(&tx, at).await?;
    let before = lists::administration(tx.db(), at, cx.today()).await?;
    let last = rule::end(lists::span(&row), last, cx.today())?;
    let by = by(cx, hand);
    set_last_day(&tx, &row, last, &by, version).await?;
    keeps_an_administrator(cx, &tx, at, &before).await?;
    note(&mut tx, "duty.end", &row, reason);
    let kind: Duty = row.kind.parse().map_err(Error::fault)?;
    let what = format!("職務「{}」の最後の日が{}になりました。", kind.label(), last.japanese());
    let what = with_reason(&what, hand, reason);
    tell(cx, &mut tx, &seat, row.officer.into(), &seen.row.name, &what, hand, &by).await?;
    tx.commit().await
}

/// Writes the last day, if nobody changed the row meanwhile.
pub(crate) async fn set_last_day(
    tx: &Tx<'_>,
    row: &duty::Model,
    last: Day,
    by: &str,
    version: i64,
) -> Result<()> {
    let ended = duty::Entity::update_many()
        .col_expr(duty::Column::ValidUntil, Expr::value(last.date()))
        .col_expr(duty::Column::EndedBy, Expr::value(by))
        .col_expr(duty::Column::Version, Expr::col(duty::Column::Version).add(1))
        .filter(duty::Column::Id.eq(row.id))
        .filter(duty::Column::Version.eq(version))
        .exec(tx.db())
        .await?;
    match ended.rows_affected {
        0 => Err(Error::Stale("この職務は、ほかの担当者が先に変更しました。".to_owned())),
        _ => Ok(()),
    }
}

/// Whether the office has administrators as far ahead as before: asked after the change, in its transaction, with the
/// office held.
pub(crate) async fn keeps_an_administrator(cx: &Cx, tx: &Tx<'_>, at: Host, before: &[Span]) -> Result<()> {
    let after = lists::administration(tx.db(), at, cx.today()).await?;
    Ok(rule::keeps_an_administrator(before, &after, cx.today())?)
}

/// Holds an office until the commit: two changes of its duties are decided one after the other, and the second sees what
/// the first one left.
pub(crate) async fn hold(tx: &Tx<'_>, at: Host) -> Result<()> {
    match at {
        Host::Association(id) => {
            association::Entity::update_many()
                .col_expr(association::Column::Version, Expr::col(association::Column::Version).add(1))
                .filter(association::Column::Id.eq(Uuid::from(id)))
                .exec(tx.db())
                .await?;
        }
        Host::Organizer(id) => {
            organizer::Entity::update_many()
                .col_expr(organizer::Column::Version, Expr::col(organizer::Column::Version).add(1))
                .filter(organizer::Column::Id.eq(Uuid::from(id)))
                .exec(tx.db())
                .await?;
        }
    }
    Ok(())
}

/// The days on which an officer has a duty at an office.
pub(crate) async fn spans(tx: &Tx<'_>, id: OfficerId, at: Host, kind: Duty) -> Result<Vec<Span>> {
    let rows = duty::Entity::find()
        .filter(lists::at_office(at))
        .filter(duty::Column::Officer.eq(Uuid::from(id)))
        .filter(duty::Column::Kind.eq(kind.name()))
        .all(tx.db())
        .await?;
    Ok(rows.iter().map(lists::span).collect())
}

/// A duty of one's own, not yet written.
pub(crate) fn new_row(
    cx: &Cx,
    officer: OfficerId,
    at: Host,
    kind: Duty,
    span: Span,
    by: &str,
) -> duty::Model {
    let (association, organizer) = at.columns();
    duty::Model {
        id: Uuid::now_v7(),
        officer: officer.into(),
        association,
        organizer,
        kind: kind.name().to_owned(),
        valid_from: span.from.date(),
        valid_until: span.until.map(Day::date),
        created_at: cx.now,
        deputy_of: None,
        appointed_by: by.to_owned(),
        ended_by: String::new(),
        version: 1,
    }
}

pub(crate) async fn insert(tx: &Tx<'_>, row: duty::Model) -> Result<()> {
    duty::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}

/// The audit entry of a duty that begins or ends.
pub(crate) fn note(tx: &mut Tx<'_>, action: &'static str, row: &duty::Model, reason: &str) {
    let office = row.association.or(row.organizer);
    let detail = json!({"officer": row.officer, "office": office, "duty": row.kind, "reason": reason});
    tx.audit(Entry::new(action, "duty", row.id).with(detail));
}

/// Duties and their days as a line of a letter.
pub(crate) fn in_words(duties: &[Duty], span: Span) -> String {
    let names: Vec<&str> = duties.iter().map(|duty| duty.label()).collect();
    let until = span.until.map_or_else(String::new, Day::japanese);
    format!("{}（{}から{until}）", names.join("・"), span.from.japanese())
}

fn with_reason(what: &str, hand: Hand, reason: &str) -> String {
    match hand {
        Hand::OnBehalf => format!("{what}\n上位の医師会が代わりに入力した理由: {reason}"),
        Hand::Own => what.to_owned(),
    }
}

/// Tells the officer; what was done from above, the administrators of the office hear as well.
#[expect(clippy::too_many_arguments, reason = "the parts of one letter")]
pub(crate) async fn tell(
    cx: &Cx,
    tx: &mut Tx<'_>,
    seat: &Seat,
    id: OfficerId,
    name: &str,
    what: &str,
    hand: Hand,
    by: &str,
) -> Result<()> {
    let mut to = vec![(id, name.to_owned())];
    if hand == Hand::OnBehalf {
        let others = lists::administrators(tx.db(), seat.works_for.at, cx.today()).await?;
        to.extend(others.into_iter().filter(|(other, _)| *other != id));
    }
    for (to, addressee) in to {
        let data = json!({
            "name": addressee, "office": seat.name, "officer": name, "what": what, "by": by,
            "at": decision::at(cx.now), "link": format!("{}/desk", cx.app.settings.public_url),
        });
        mail::queue(cx, tx, Letter::new("officer_duty_changed", Recipient::Officer(to), &data)?).await?;
    }
    Ok(())
}
