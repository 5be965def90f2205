//! Settling who was there, releasing the credits, filing the holding report.

use super::lists::{self, Attendee};
use crate::audit::Entry;
use crate::credit::actions::{Earned, release as release_credits};
use crate::cx::{Cx, Tx};
use crate::document::actions::attendance_certificate::withdraw_untrue;
use crate::error::{Error, Problem, Result};
use crate::training::Standing;
use crate::training::actions::take;
use crate::training::standing;
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::base::{PhysicianId, TrainingId};
use mamis_rules::flow::training_approval::{Command, State};
use mamis_rules::training::Case;
use mamis_schema::{attendance, holding_report, training_session};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use serde_json::json;
use uuid::Uuid;

/// How an officer settles several people at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// They were there from the first session to the last; recorded times stay, missing ones are filled in.
    Present,
    /// They were not there.
    Absent,
}

const REASON: &str = "理由を入力してください。記録に残ります。";

/// Settles people whose times are missing or wrong; each correction is logged with its reason.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] without a reason or people, a refusal, or a fault of the database.
#[crate::boxed]
pub async fn settle(
    cx: &Cx,
    id: TrainingId,
    how: Settle,
    people: &[PhysicianId],
    remark: &str,
) -> Result<usize> {
    if remark.trim().is_empty() {
        return Err(Error::invalid("remark", REASON));
    }
    let mut tx = cx.begin().await?;
    let standing = correctable(cx, &tx, id).await?;
    let known = lists::all(tx.db(), standing.row.id).await?;
    let chosen: Vec<Uuid> = known
        .iter()
        .map(|person| person.physician)
        .filter(|person| people.contains(&PhysicianId(*person)))
        .collect();
    if chosen.is_empty() {
        return Err(Error::invalid("id", "対象の人を選んでください。"));
    }
    match how {
        Settle::Present => fill_times(cx, &tx, &standing, &chosen, remark).await?,
        Settle::Absent => clear_times(cx, &tx, &standing, &chosen, remark).await?,
    }
    withdraw_untrue(cx, &mut tx, &standing).await?;
    for person in &chosen {
        let entry = Entry::new("attendance.correct", "training", id).about(PhysicianId(*person));
        let how = if how == Settle::Present { "present" } else { "absent" };
        tx.audit(entry.with(json!({"settled": how, "remark": remark.trim()})));
    }
    tx.commit().await?;
    Ok(chosen.len())
}

/// The training, when the actor may correct its attendance now.
async fn correctable(cx: &Cx, tx: &Tx<'_>, id: TrainingId) -> Result<Standing> {
    let standing = standing::load(cx, tx.db(), id).await?;
    access::attendance::may_correct(&cx.actor, &standing.attendance_facts())?;
    if standing.state != State::Approved || cx.now < standing.row.starts_at {
        return Err(Error::refused("出席を直せるのは、研修会の開始から単位登録までの間です。"));
    }
    Ok(standing)
}

async fn fill_times(cx: &Cx, tx: &Tx<'_>, standing: &Standing, people: &[Uuid], remark: &str) -> Result<()> {
    let rows = people.iter().map(|physician| {
        let row = blank(cx, standing, *physician, remark);
        attendance::ActiveModel::from(attendance::Model {
            in_at: Some(standing.row.starts_at),
            out_at: Some(standing.row.ends_at),
            ..row
        })
        .reset_all()
    });
    use attendance::Column as A;
    let kept = OnConflict::columns([A::Training, A::Physician])
        .value(A::InAt, Expr::cust("coalesce(attendance.in_at, excluded.in_at)"))
        .value(A::OutAt, Expr::cust("coalesce(attendance.out_at, excluded.out_at)"))
        .value(A::Version, Expr::cust("attendance.version + 1"))
        .update_columns([A::CorrectedAt, A::CheckedBy, A::CheckedAt, A::Remark])
        .to_owned();
    for chunk in rows.collect::<Vec<_>>().chunks(500) {
        attendance::Entity::insert_many(chunk.to_vec())
            .on_conflict(kept.clone())
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

async fn clear_times(cx: &Cx, tx: &Tx<'_>, standing: &Standing, people: &[Uuid], remark: &str) -> Result<()> {
    use attendance::Column as A;
    attendance::Entity::update_many()
        .col_expr(A::InAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(A::OutAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(A::CorrectedAt, Expr::value(cx.now))
        .col_expr(A::CheckedBy, Expr::value(cx.who.account.map(Uuid::from)))
        .col_expr(A::CheckedAt, Expr::value(cx.now))
        .col_expr(A::Remark, Expr::value(remark.trim()))
        .col_expr(A::Version, Expr::col(A::Version).add(1))
        .filter(A::Training.eq(standing.row.id))
        .filter(A::Physician.is_in(people.to_vec()))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn blank(cx: &Cx, standing: &Standing, physician: Uuid, remark: &str) -> attendance::Model {
    attendance::Model {
        id: Uuid::now_v7(),
        training: standing.row.id,
        physician,
        in_at: None,
        out_at: None,
        source: "office".to_owned(),
        corrected_at: Some(cx.now),
        checked_by: cx.who.account.map(Into::into),
        checked_at: Some(cx.now),
        remark: remark.trim().to_owned(),
        created_at: cx.now,
        version: 1,
    }
}

/// The times of one person as the office knows them.
#[derive(Clone, Debug)]
pub struct Correction {
    /// First check-in; none for absent.
    pub in_at: Option<DateTime<Utc>>,
    /// Last check-out.
    pub out_at: Option<DateTime<Utc>>,
    /// Why.
    pub remark: String,
    /// The version that was looked at; zero when there was no row.
    pub version: i64,
}

/// Corrects one person's times.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`], [`Error::Stale`] when somebody was faster, a refusal, or a fault.
#[crate::boxed]
pub async fn correct(cx: &Cx, id: TrainingId, physician: PhysicianId, correction: Correction) -> Result<()> {
    if correction.remark.trim().is_empty() {
        return Err(Error::invalid("remark", REASON));
    }
    if matches!((correction.in_at, correction.out_at), (Some(came), Some(left)) if left <= came) {
        return Err(Error::invalid("out_at", "退室の時刻を、入室より後にしてください。"));
    }
    let mut tx = cx.begin().await?;
    let standing = correctable(cx, &tx, id).await?;
    let known = lists::all(tx.db(), standing.row.id).await?;
    let person =
        known.iter().find(|person| person.physician == Uuid::from(physician)).ok_or(Error::NotFound)?;
    if person.version.unwrap_or(0) != correction.version {
        return Err(Error::Stale(format!(
            "{}さんの出席は、ほかの画面で先に変更されています。",
            person.name()
        )));
    }
    write_correction(cx, &tx, &standing, person, &correction).await?;
    withdraw_untrue(cx, &mut tx, &standing).await?;
    let entry = Entry::new("attendance.correct", "training", id).about(physician);
    tx.audit(entry.with(json!({
        "in_at": correction.in_at, "out_at": correction.out_at, "remark": correction.remark.trim(),
        "was_in_at": person.in_at, "was_out_at": person.out_at,
    })));
    tx.commit().await
}

async fn write_correction(
    cx: &Cx,
    tx: &Tx<'_>,
    standing: &Standing,
    person: &Attendee,
    to: &Correction,
) -> Result<()> {
    let row = attendance::Model {
        in_at: to.in_at,
        out_at: to.out_at,
        ..blank(cx, standing, person.physician, &to.remark)
    };
    use attendance::Column as A;
    let over = OnConflict::columns([A::Training, A::Physician])
        .value(A::Version, Expr::cust("attendance.version + 1"))
        .update_columns([A::InAt, A::OutAt, A::CorrectedAt, A::CheckedBy, A::CheckedAt, A::Remark])
        .to_owned();
    attendance::Entity::insert(attendance::ActiveModel::from(row).reset_all())
        .on_conflict(over)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Releases the credits of everybody who was there, session by session.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], a refusal that says what is in the way, or a fault of the database.
#[crate::boxed]
pub async fn release(cx: &Cx, id: TrainingId, version: i64) -> Result<usize> {
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_release_credits(&cx.actor, &standing.facts())?;
    if standing.row.version != version {
        return Err(Error::Stale("この研修会は、ほかの画面で先に変更されています。".to_owned()));
    }
    in_system(&standing)?;
    let sessions = sessions(&tx, &standing).await?;
    let people = lists::all(tx.db(), standing.row.id).await?;
    let open = people.iter().filter(|person| person.is_open(&standing, &sessions)).count();
    if open > 0 {
        return Err(Error::refused(format!(
            "入室または退室の記録がない人が{open}名います。出席か欠席かを決めてから、単位を登録してください。"
        )));
    }
    let earned: Vec<Earned> = people.iter().map(|person| earned(&standing, &sessions, person)).collect();
    let training = standing.row.clone();
    let lines = standing.lines.clone();
    check_all(cx, &tx, &standing).await?;
    link_non_members(cx, &tx, &standing, &earned).await?;
    let count = release_credits(cx, &mut tx, &training, &sessions, &lines, &earned).await?;
    // Credits first: where no report is needed, the step confirms what was just released.
    take(cx, &mut tx, standing, Command::ReleaseCredits, "").await?;
    tx.commit().await?;
    Ok(count)
}

/// Trainings of the years before the system stay on paper [seed].
fn in_system(standing: &Standing) -> Result<()> {
    match standing.case() {
        Some(Case::AllOnPaper) => Err(Error::refused(format!(
            "2024年度に承認され、2024年度に開催した研修会です。{}",
            Case::AllOnPaper.label()
        ))),
        None => Err(Error::refused(
            "承認の年度より前に開催したことになっています。日本医師会へお問い合わせください。",
        )),
        Some(Case::PaperThenSystem | Case::AllInSystem) => Ok(()),
    }
}

async fn sessions(tx: &Tx<'_>, standing: &Standing) -> Result<Vec<training_session::Model>> {
    Ok(training_session::Entity::find()
        .filter(training_session::Column::Training.eq(standing.row.id))
        .order_by_asc(training_session::Column::Position)
        .limit(200)
        .all(tx.db())
        .await?)
}

fn earned(standing: &Standing, sessions: &[training_session::Model], person: &Attendee) -> Earned {
    let there: Vec<Uuid> = sessions
        .iter()
        .filter(|session| person.at(standing, session).earns())
        .map(|session| session.id)
        .collect();
    let lines = standing
        .lines
        .iter()
        .filter(|line| there.contains(&line.training_session))
        .map(|line| line.id)
        .collect();
    Earned { physician: person.physician, lines }
}

/// Whoever was not settled one by one is settled by the release.
async fn check_all(cx: &Cx, tx: &Tx<'_>, standing: &Standing) -> Result<()> {
    use attendance::Column as A;
    attendance::Entity::update_many()
        .col_expr(A::CheckedBy, Expr::value(cx.who.account.map(Uuid::from)))
        .col_expr(A::CheckedAt, Expr::value(cx.now))
        .filter(A::Training.eq(standing.row.id))
        .filter(A::CheckedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// A non-member who attended is linked to the association that held it [seed].
async fn link_non_members(cx: &Cx, tx: &Tx<'_>, standing: &Standing, earned: &[Earned]) -> Result<()> {
    let Some(host) = standing.row.host_association else { return Ok(()) };
    let statement = Statement::from_sql_and_values(
        tx.db().get_database_backend(),
        "select a.physician from attendance a
          where a.training = $1 and a.in_at is not null
            and not exists (select 1 from membership m where m.physician = a.physician
                             and m.valid_from <= $2 and (m.valid_until is null or m.valid_until >= $2))",
        [standing.row.id.into(), standing.row.held_on.into()],
    );
    let mut rows = Vec::new();
    for row in tx.db().query_all_raw(statement).await? {
        let physician: Uuid = row.try_get("", "physician")?;
        if !earned.iter().any(|person| person.physician == physician && !person.lines.is_empty()) {
            continue;
        }
        let link = mamis_schema::physician_link::Model {
            id: Uuid::now_v7(),
            physician,
            association: host,
            reason: "attended".to_owned(),
            created_at: cx.now,
        };
        rows.push(mamis_schema::physician_link::ActiveModel::from(link).reset_all());
    }
    use mamis_schema::physician_link::Column as L;
    for chunk in rows.chunks(500) {
        mamis_schema::physician_link::Entity::insert_many(chunk.to_vec())
            .on_conflict(OnConflict::columns([L::Physician, L::Association]).do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

/// What the host reports.
#[derive(Clone, Debug)]
pub struct Report {
    /// Heads.
    pub attendees: i32,
    /// Of them members.
    pub members: i32,
    /// Anything the offices should know.
    pub remarks: String,
}

/// Files the holding report, or files it again after it was returned.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`], [`Error::Stale`], a refusal, or a fault of the database.
#[crate::boxed]
pub async fn report(cx: &Cx, id: TrainingId, version: i64, report: Report) -> Result<()> {
    if report.attendees < 0 || report.members < 0 || report.members > report.attendees {
        let text = "会員の数は、受講者の数以下で入力してください。";
        return Err(Error::Invalid(vec![Problem::at("members", text)]));
    }
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_report(&cx.actor, &standing.facts())?;
    if standing.row.version != version {
        return Err(Error::Stale("この研修会は、ほかの画面で先に変更されています。".to_owned()));
    }
    let account = cx.who.account.ok_or(Error::NotFound)?;
    let row = holding_report::Model {
        id: Uuid::now_v7(),
        training: standing.row.id,
        attendees: report.attendees,
        members: report.members,
        remarks: report.remarks,
        reported_by: account.into(),
        reported_at: cx.now,
        version: 1,
    };
    use holding_report::Column as R;
    let again = OnConflict::column(R::Training)
        .value(R::Version, Expr::cust("holding_report.version + 1"))
        .update_columns([R::Attendees, R::Members, R::Remarks, R::ReportedBy, R::ReportedAt])
        .to_owned();
    holding_report::Entity::insert(holding_report::ActiveModel::from(row).reset_all())
        .on_conflict(again)
        .exec_without_returning(tx.db())
        .await?;
    take(cx, &mut tx, standing, Command::Report, "").await?;
    tx.commit().await
}
