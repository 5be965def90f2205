//! Every write of an examination.

use super::Checklist;
use crate::application::actions::write;
use crate::application::advance::{self, Step};
use crate::application::lists;
use crate::audit::Entry;
use crate::batch::actions::items;
use crate::cx::{Cx, Tx};
use crate::db::scope;
use crate::decision::{self, On};
use crate::error::{Error, Problem, Result};
use crate::my::standing::Standing;
use mamis_rules::access;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, AssociationId, Day, PaperCreditId, PhysicianId};
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::Command;
use mamis_schema::{application, examination, paper_credit};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Set};
use serde_json::json;
use uuid::Uuid;

/// What the office found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The points ticked.
    pub checklist: Checklist,
    /// For the board.
    pub remarks: String,
}

/// What the office decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// To the board.
    Ok,
    /// Back to the physician, with a comment.
    Return,
    /// No, with the reason.
    Reject,
}

/// What happens to the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handbook {
    /// It came.
    Received(Day),
    /// It went back.
    Returned(Day),
}

/// What the original shows about a declared paper line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The same.
    Confirmed,
    /// Something else, with the reason for the physician.
    Refused(String),
}

/// An application that the actor sees, with what the rules ask about it.
pub(crate) struct Case {
    pub(crate) row: application::Model,
    pub(crate) route: Vec<advance::Stop>,
    pub(crate) facts: access::application::Facts,
}

/// Loads an application to act on it. Its row is held until the transaction ends: of two officers at once the second
/// sees what the first has done, and nobody waits in a ring for examination and application.
pub(crate) async fn load(cx: &Cx, tx: &Tx<'_>, id: ApplicationId) -> Result<Case> {
    let row = application::Entity::find_by_id(Uuid::from(id))
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .lock_exclusive()
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let route = advance::route(tx.db(), id).await?;
    let facts = facts(&row, &route)?;
    Ok(Case { row, route, facts })
}

/// An application as the rules of access read it.
///
/// # Errors
/// A fault when the kind in the table is unknown.
pub fn facts(row: &application::Model, route: &[advance::Stop]) -> Result<access::application::Facts> {
    Ok(access::application::Facts {
        kind: row.kind.parse().map_err(Error::fault)?,
        applicant: Some(row.physician.into()),
        filed_by: None,
        route: route.iter().map(|stop| stop.association).collect(),
        pending: row.desk.map(Into::into),
        submitted: row.submitted_at.is_some(),
    })
}

impl Case {
    /// The association that has the application, and its tier.
    fn desk(&self) -> Result<(AssociationId, Tier)> {
        let desk = self.row.desk.map(AssociationId::from);
        self.route
            .iter()
            .find(|stop| Some(stop.association) == desk)
            .map(|stop| (stop.association, stop.tier))
            .ok_or_else(|| Error::refused("この申請は、いまどの医師会の順番でもありません。"))
    }

    /// Whether the page that was sent showed this version.
    /// Asked before the right: whoever came too late reads what was done, not that it is no longer their turn.
    async fn check(&self, tx: &Tx<'_>, version: i64) -> Result<()> {
        if self.row.version == version {
            return Ok(());
        }
        let on = On::Application(self.row.id.into());
        Err(decision::stale(tx.db(), on, advance::command_label).await)
    }
}

/// Keeps checklist and remarks without deciding.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when it is another office's turn, [`Error::Stale`].
#[crate::boxed]
pub async fn save(cx: &Cx, id: ApplicationId, version: i64, findings: &Findings) -> Result<()> {
    let mut tx = cx.begin().await?;
    let case = load(cx, &tx, id).await?;
    case.check(&tx, version).await?;
    access::application::may_decide(&cx.actor, &case.facts)?;
    let (office, _) = case.desk()?;
    keep(cx, &mut tx, &case.row, office, findings).await?;
    tx.commit().await
}

/// Keeps the findings and decides.
///
/// # Errors
/// As [`save`]; [`Error::Invalid`] for a return or a rejection without a word to the physician.
#[crate::boxed]
pub async fn decide(
    cx: &Cx,
    id: ApplicationId,
    version: i64,
    findings: &Findings,
    choice: Choice,
    comment: &str,
) -> Result<()> {
    let mut tx = cx.begin().await?;
    let case = load(cx, &tx, id).await?;
    case.check(&tx, version).await?;
    access::application::may_decide(&cx.actor, &case.facts)?;
    check(choice, findings, comment)?;
    let (office, tier) = case.desk()?;
    match choice {
        Choice::Ok => {
            let standing = standing(cx, &tx, id).await?;
            let findings = with_shortage(&standing, findings)?;
            keep(cx, &mut tx, &case.row, office, &findings).await?;
            keep_evaluation(&tx, id, &standing).await?;
        }
        Choice::Return | Choice::Reject => keep(cx, &mut tx, &case.row, office, findings).await?,
    }
    let command = match choice {
        Choice::Ok => Command::ExamineOk,
        Choice::Return => Command::Return,
        Choice::Reject => Command::Reject,
    };
    let command = command.name();
    let step = Step { command, who: Who::Office(tier), association: Some(office), comment, batch: None };
    advance::advance(cx, &mut tx, case.row, step).await?;
    tx.commit().await
}

fn check(choice: Choice, findings: &Findings, comment: &str) -> Result<()> {
    match choice {
        Choice::Ok if !(findings.checklist.identity && findings.checklist.credits) => Err(Error::invalid(
            "checklist",
            "「適」とするには、本人の確認と単位の確認にチェックを付けてください。",
        )),
        Choice::Return if comment.is_empty() => {
            Err(Error::invalid("comment", "何を直せばよいか、申請者に伝わるように入力してください。"))
        }
        Choice::Reject if comment.is_empty() => {
            Err(Error::invalid("comment", "却下の理由を入力してください。"))
        }
        Choice::Ok | Choice::Return | Choice::Reject => Ok(()),
    }
}

/// What is lacking stands in front of the examiner's remarks, which the board reads: nobody is passed on without
/// enough credits unless an officer says why.
fn with_shortage(standing: &Standing, findings: &Findings) -> Result<Findings> {
    let shortage = match (standing.evaluation.eligible, standing.evaluation.provisional) {
        (true, false) => return Ok(findings.clone()),
        (true, true) => "原本と照合していない紙の単位を含む".to_owned(),
        (false, _) => format!("単位などの不足：{}", standing.evaluation.missing.join("、")),
    };
    let mark = format!("【{shortage}】");
    let reason = findings.remarks.trim().trim_start_matches(mark.as_str()).trim();
    if reason.is_empty() {
        return Err(Error::invalid(
            "remarks",
            &format!(
                "{mark}このまま「適」とするときは、その理由を「理事会への備考」に入力してください。理事会用資料に載ります。"
            ),
        ));
    }
    Ok(Findings { checklist: findings.checklist, remarks: format!("{mark}{reason}") })
}

/// What the rules say now.
async fn standing(cx: &Cx, tx: &Tx<'_>, id: ApplicationId) -> Result<Standing> {
    let found = lists::find_in(cx, tx.db(), id).await?;
    Ok(lists::credits_for(tx.db(), &found, cx.today()).await?.1)
}

/// Keeps what the rules say with the application: its line in the offices' list says whether something is left to be
/// compared, and comes in that order.
async fn keep_evaluation(tx: &Tx<'_>, id: ApplicationId, standing: &Standing) -> Result<()> {
    application::Entity::update_many()
        .col_expr(application::Column::Evaluation, Expr::value(serde_json::to_string(&standing.evaluation)?))
        .filter(application::Column::Id.eq(Uuid::from(id)))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Writes checklist and remarks of this office; a later look at the same application overwrites them.
async fn keep(
    cx: &Cx,
    tx: &mut Tx<'_>,
    row: &application::Model,
    office: AssociationId,
    findings: &Findings,
) -> Result<()> {
    let account = cx.who.account.ok_or_else(|| Error::fault("an examination is an officer's"))?;
    let found = examination::ActiveModel {
        id: Set(Uuid::now_v7()),
        application: Set(row.id),
        association: Set(office.into()),
        account: Set(account.into()),
        checklist: Set(serde_json::to_string(&findings.checklist)?),
        remarks: Set(findings.remarks.clone()),
        created_at: Set(cx.now),
        version: Set(1),
    };
    use examination::Column as E;
    let again = OnConflict::columns([E::Application, E::Association])
        .update_columns([E::Account, E::Checklist, E::Remarks])
        .value(E::Version, Expr::col((examination::Entity, E::Version)).add(1))
        .to_owned();
    examination::Entity::insert(found).on_conflict(again).exec_without_returning(tx.db()).await?;
    tx.audit(
        Entry::new("examination.save", "application", row.id)
            .about(PhysicianId::from(row.physician))
            .with(json!({"checklist": findings.checklist})),
    );
    Ok(())
}

/// Records the receipt of the registration fee.
///
/// # Errors
/// As [`save`]; [`Error::Invalid`] for a day to come or no receipt number.
#[crate::boxed]
pub async fn record_fee(
    cx: &Cx,
    id: ApplicationId,
    version: i64,
    received_on: Day,
    receipt: &str,
) -> Result<()> {
    let mut problems = Vec::new();
    if received_on > cx.today() {
        problems.push(Problem::at("fee_received_on", "受領日には、今日までの日付を入力してください。"));
    }
    if receipt.is_empty() {
        problems.push(Problem::at("fee_receipt", "領収番号を入力してください。"));
    }
    Problem::none_of(problems)?;
    let mut tx = cx.begin().await?;
    let case = load(cx, &tx, id).await?;
    case.check(&tx, version).await?;
    access::application::may_record_fee(&cx.actor, &case.facts)?;
    let change = application::ActiveModel {
        fee_received_on: Set(Some(received_on.date())),
        fee_receipt: Set(Some(receipt.to_owned())),
        ..Default::default()
    };
    write(&tx, &case.row, change).await?;
    tx.audit(
        Entry::new("application.record_fee", "application", case.row.id)
            .about(PhysicianId::from(case.row.physician))
            .with(json!({"received_on": received_on.to_string(), "receipt": receipt})),
    );
    tx.commit().await
}

/// Records that the original came or went back.
///
/// # Errors
/// As [`save`]; [`Error::Invalid`] for a day to come, or a return before the receipt.
#[crate::boxed]
pub async fn move_handbook(cx: &Cx, id: ApplicationId, version: i64, handbook: Handbook) -> Result<()> {
    let mut tx = cx.begin().await?;
    let case = load(cx, &tx, id).await?;
    case.check(&tx, version).await?;
    access::application::may_move_handbook(&cx.actor, &case.facts)?;
    let (Handbook::Received(day) | Handbook::Returned(day)) = handbook;
    if day > cx.today() {
        return Err(Error::invalid("handbook_on", "今日までの日付を入力してください。"));
    }
    let change = match (handbook, case.row.handbook_received_on) {
        (Handbook::Received(day), _) => {
            application::ActiveModel { handbook_received_on: Set(Some(day.date())), ..Default::default() }
        }
        (Handbook::Returned(_), None) => {
            return Err(Error::invalid("handbook_on", "先に、原本の受領を記録してください。"));
        }
        (Handbook::Returned(day), Some(_)) => {
            application::ActiveModel { handbook_returned_on: Set(Some(day.date())), ..Default::default() }
        }
    };
    write(&tx, &case.row, change).await?;
    let moved = if matches!(handbook, Handbook::Received(_)) { "received" } else { "returned" };
    tx.audit(
        Entry::new("application.move_handbook", "application", case.row.id)
            .about(PhysicianId::from(case.row.physician))
            .with(json!({"moved": moved, "on": day.to_string()})),
    );
    tx.commit().await
}

/// Ticks off a declared paper line against the original.
///
/// # Errors
/// As [`save`]; [`Error::Stale`] when a colleague was faster; [`Error::Invalid`] for a refusal without reason.
#[crate::boxed]
pub async fn compare_paper(
    cx: &Cx,
    id: ApplicationId,
    paper: PaperCreditId,
    version: i64,
    compared: &Compared,
) -> Result<()> {
    let (state, comment) = match compared {
        Compared::Confirmed => ("confirmed", ""),
        Compared::Refused(reason) if reason.is_empty() => {
            return Err(Error::invalid("comment", "原本と合わない理由を入力してください。"));
        }
        Compared::Refused(reason) => ("refused", reason.as_str()),
    };
    let mut tx = cx.begin().await?;
    let case = load(cx, &tx, id).await?;
    access::application::may_decide(&cx.actor, &case.facts)?;
    let account = cx.who.account.ok_or_else(|| Error::fault("an examination is an officer's"))?;
    use paper_credit::Column as P;
    let changed = paper_credit::Entity::update_many()
        .col_expr(P::State, Expr::value(state))
        .col_expr(P::Comment, Expr::value(comment))
        .col_expr(P::DecidedBy, Expr::value(Uuid::from(account)))
        .col_expr(P::DecidedAt, Expr::value(cx.now))
        .col_expr(P::Version, Expr::value(version + 1))
        .filter(P::Id.eq(Uuid::from(paper)))
        .filter(P::Physician.eq(case.row.physician))
        .filter(P::Scheme.eq(case.row.scheme.as_str()))
        .filter(P::Version.eq(version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::Stale("ほかの担当者が先にこの行を確認しました。".to_owned()));
    }
    keep_evaluation(&tx, id, &standing(cx, &tx, id).await?).await?;
    tx.audit(
        Entry::new("paper_credit.compare", "paper_credit", paper)
            .about(PhysicianId::from(case.row.physician))
            .with(json!({"application": case.row.number, "state": state})),
    );
    tx.commit().await
}

/// Takes an application back from the tier above, which has not looked at it yet; it waits in its batch again.
///
/// # Errors
/// [`Error::Refused`] when the tier above has acted or the office is not the one that sent it.
#[crate::boxed]
pub async fn recall(cx: &Cx, id: ApplicationId, reason: &str) -> Result<()> {
    let mut tx = cx.begin().await?;
    let case = load(cx, &tx, id).await?;
    access::application::may_recall(&cx.actor, &case.facts)?;
    let (desk, _) = case.desk()?;
    let below = case.route.iter().rev().skip_while(|stop| stop.association != desk).nth(1).copied();
    let own = below
        .filter(|stop| {
            cx.actor.holds(
                access::Duty::Certification,
                mamis_rules::association::Host::Association(stop.association),
            )
        })
        .ok_or_else(|| Error::refused("引戻しができるのは、直前に一括申請した医師会です。"))?;
    let step = Step {
        command: Command::Recall.name(),
        who: Who::Office(own.tier),
        association: Some(own.association),
        comment: reason,
        batch: None,
    };
    let after = advance::advance(cx, &mut tx, case.row, step).await?;
    items::reopen(&tx, own.association, after.id).await?;
    tx.commit().await
}
