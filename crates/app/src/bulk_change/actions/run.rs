//! Carrying out an act line by line. A line and what becomes of it are written in one transaction, so that a process
//! killed anywhere goes on where it stopped, and two nodes at once do each line once.

use crate::application::actions::{next_number, write_route};
use crate::application::advance::{Step, Stop, advance, office_name, officers, route};
use crate::audit::Entry;
use crate::bulk_change::lists;
use crate::bulk_change::lists::people::{self, Member};
use crate::bulk_change::trial::{self, Outcome};
use crate::cx::{Cx, Tx, Who};
use crate::db::dialect;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::membership_application;
use crate::membership_application::actions::blank;
use crate::membership_application::lists::Found;
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind as ApplicationKind;
use mamis_rules::base::AssociationId;
use mamis_rules::bulk_change::{Act, Change, Kind, RowState, State};
use mamis_rules::flow::membership::{self as flow, Cause, Command};
use mamis_rules::flow::route::Route;
use mamis_rules::flow::{Who as Party, any};
use mamis_schema::{
    application, association, bulk_change, bulk_change_row, bulk_change_run, membership_application as table,
};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Lines in one transaction: the writer is free again after a fraction of a second, and the disc waits for few commits.
const TOGETHER: u64 = 100;

/// Carries out an act to its end.
///
/// # Errors
/// A fault; what goes wrong with single lines stands with them. The rest follows when the job runs again.
pub(crate) async fn carry_out(cx: &Cx, run: &bulk_change_run::Model) -> Result<u64> {
    // The job does what an officer asked for: decisions and audit name who it was.
    let who =
        Who { account: Some(run.account.into()), name: run.by_name.clone(), office: run.office.clone() };
    let cx = Cx { who, ..cx.clone() };
    let bulk = bulk_change::Entity::find_by_id(run.bulk_change).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let act = Asked { bulk: &bulk, run, act: run.act.parse().map_err(Error::fault)? };
    let mut done = 0;
    loop {
        cx.app.stopping.check()?;
        let lines = lists::todo(cx.db(), run, TOGETHER).await?;
        if lines.is_empty() {
            break;
        }
        done += lines.len() as u64;
        match act.together(&cx, &lines).await {
            Ok(()) => {}
            Err(error) if sentence(&error).is_some() => act.singly(&cx, &lines).await?,
            Err(error) => return Err(error),
        }
    }
    act.finish(&cx).await?;
    Ok(done)
}

/// What people can read about why a line was not done; none for a fault.
fn sentence(error: &Error) -> Option<String> {
    match error {
        Error::Refused(text) | Error::Stale(text) => Some(text.clone()),
        Error::Invalid(problems) => {
            Some(problems.iter().map(|problem| problem.text.as_str()).collect::<Vec<_>>().join(""))
        }
        Error::NotFound => Some("登録が見つかりません。".to_owned()),
        Error::TooMany { .. } | Error::Unavailable(_) | Error::Fault(_) => None,
    }
}

struct Asked<'a> {
    bulk: &'a bulk_change::Model,
    run: &'a bulk_change_run::Model,
    act: Act,
}

/// What became of a line.
struct Became {
    state: RowState,
    problem: String,
    application: Option<Uuid>,
    before: String,
}

impl Asked<'_> {
    /// Lines in one transaction.
    async fn together(&self, cx: &Cx, lines: &[bulk_change_row::Model]) -> Result<()> {
        let mut tx = cx.begin_many().await?;
        let mut people: Vec<Uuid> = lines.iter().filter_map(|line| line.physician).collect();
        people.sort_unstable();
        dialect::lock_physicians(tx.db(), &people).await?;
        let members = match self.act {
            Act::Enter => people::load(tx.db(), &people).await?,
            Act::Decide | Act::Undo => HashMap::new(),
        };
        let mut settled = Vec::with_capacity(lines.len());
        for line in self.claim(&tx, lines).await? {
            let member = line.physician.and_then(|id| members.get(&id));
            let became = self.line(cx, &mut tx, line, member).await?;
            settled.push(self.settled(line, became));
        }
        settle(&tx, settled).await?;
        let detail = json!({"act": self.act.name(), "lines": lines.len()});
        tx.audit(Entry::new("bulk_change.carry_out", "bulk_change", self.bulk.id).with(detail));
        tx.commit().await
    }

    /// The same one by one: a line that is refused in the middle of its writes leaves none of them.
    async fn singly(&self, cx: &Cx, lines: &[bulk_change_row::Model]) -> Result<()> {
        for line in lines {
            let Err(error) = self.together(cx, std::slice::from_ref(line)).await else { continue };
            let Some(problem) = sentence(&error) else { return Err(error) };
            let mut tx = cx.begin().await?;
            if !self.claim(&tx, std::slice::from_ref(line)).await?.is_empty() {
                let state = if self.act == Act::Enter { RowState::Failed } else { RowState::Done };
                let before = line.before.clone();
                let outcome = Became { state, problem, application: line.application, before };
                settle(&tx, vec![self.settled(line, outcome)]).await?;
            }
            let detail = json!({"act": self.act.name(), "line": line.line});
            tx.audit(Entry::new("bulk_change.carry_out", "bulk_change", self.bulk.id).with(detail));
            tx.commit().await?;
        }
        Ok(())
    }

    /// Takes those of the lines that nobody has taken for this act.
    async fn claim<'l>(
        &self,
        tx: &Tx<'_>,
        lines: &'l [bulk_change_row::Model],
    ) -> Result<Vec<&'l bulk_change_row::Model>> {
        use bulk_change_row::Column as R;
        let Some(first) = lines.first() else { return Ok(Vec::new()) };
        let taken = bulk_change_row::Entity::update_many()
            .col_expr(R::Run, Expr::value(self.run.id))
            .filter(R::BulkChange.eq(self.bulk.id))
            .filter(R::Line.is_in(lines.iter().map(|line| line.line)))
            .filter(R::State.eq(first.state.as_str()))
            .filter(R::Run.is_null().or(R::Run.ne(self.run.id)))
            .exec_with_returning(tx.db())
            .await?;
        let taken: HashSet<i32> = taken.into_iter().map(|row| row.line).collect();
        Ok(lines.iter().filter(|line| taken.contains(&line.line)).collect())
    }

    /// A line as it is from now on.
    fn settled(&self, line: &bulk_change_row::Model, became: Became) -> bulk_change_row::Model {
        bulk_change_row::Model {
            state: became.state.name().to_owned(),
            problem: became.problem,
            application: became.application,
            before: became.before,
            run: Some(self.run.id),
            ..line.clone()
        }
    }

    async fn line(
        &self,
        cx: &Cx,
        tx: &mut Tx<'_>,
        line: &bulk_change_row::Model,
        member: Option<&Member>,
    ) -> Result<Became> {
        match self.act {
            Act::Enter => self.enter(cx, tx, line, member).await,
            Act::Decide => self.decide(cx, tx, line).await,
            Act::Undo => self.undo(cx, tx, line).await,
        }
    }

    /// Files the procedure of a line and takes the office's own step in it.
    async fn enter(
        &self,
        cx: &Cx,
        tx: &mut Tx<'_>,
        line: &bulk_change_row::Model,
        member: Option<&Member>,
    ) -> Result<Became> {
        let not = |state: RowState, problem: String| Became {
            state,
            problem,
            application: None,
            before: String::new(),
        };
        let Some(member) = member else {
            return Ok(not(RowState::Failed, "登録が見つかりません。".to_owned()));
        };
        let change: Change = serde_json::from_str(&line.change)?;
        let office = AssociationId::from(self.bulk.association);
        // Asked again: days may have passed since the file was checked.
        let tried = trial::line(cx, (office, self.run.account), member, &change)?;
        let (found, route) = match tried.outcome {
            Outcome::Ready(found, route) => (found, route),
            Outcome::Same(text) => return Ok(not(RowState::Same, text)),
            Outcome::Problem(text) => return Ok(not(RowState::Failed, text)),
        };
        self.file(cx, tx, member, &change, &found, route).await
    }

    /// The procedure as the office's own act.
    async fn file(
        &self,
        cx: &Cx,
        tx: &mut Tx<'_>,
        member: &Member,
        change: &Change,
        found: &Found,
        route: Route,
    ) -> Result<Became> {
        let reason = match change {
            Change::Leaving { reason, .. } => reason.clone(),
            Change::Category { .. } | Change::Workplace { .. } => String::new(),
        };
        let by = format!("一括変更 {}　{}（{}）", self.bulk.number, self.run.by_name, self.run.office);
        let row = application::Model {
            number: Some(next_number(cx, tx).await?),
            on_behalf_reason: Some(by),
            remarks: reason,
            submitted_at: Some(cx.now),
            ..found.frame.row.clone()
        };
        let id = trial::id(found);
        let first = route.first().map(|step| step.tier);
        let tier = first.ok_or_else(|| Error::fault("a route without an association"))?;
        application::ActiveModel::from(row.clone()).reset_all().insert(tx.db()).await?;
        let details = &found.details;
        let procedure = table::Model {
            leaving_scope: details.scope.map_or("", |scope| scope.name()).to_owned(),
            categories: serde_json::to_string(&details.categories)?,
            effective_on: details.effective_on.map(|day| day.date()),
            workplace: match &details.workplace {
                Some(workplace) => serde_json::to_string(workplace)?,
                None => String::new(),
            },
            ..blank(id, Cause::Bulk)
        };
        table::ActiveModel::from(procedure).reset_all().insert(tx.db()).await?;
        write_route(tx, row.id, route).await?;
        let before = match change {
            Change::Workplace { on, .. } => super::take_back::remember(member.main_workplace(*on))?,
            Change::Category { .. } | Change::Leaving { .. } => String::new(),
        };
        let step = Step {
            command: Command::Enter.name(),
            who: Party::Office(tier),
            association: Some(self.bulk.association.into()),
            comment: "",
            batch: None,
        };
        advance(cx, tx, row, step).await?;
        Ok(Became { state: RowState::Done, problem: String::new(), application: Some(id.into()), before })
    }

    /// Decides for the association at which a procedure lies.
    async fn decide(&self, cx: &Cx, tx: &mut Tx<'_>, line: &bulk_change_row::Model) -> Result<Became> {
        let row = procedure(tx, line).await?;
        let kept = |problem: &str| Became {
            state: RowState::Done,
            problem: problem.to_owned(),
            application: line.application,
            before: line.before.clone(),
        };
        if row.desk != Some(self.run.association) {
            return Ok(kept(""));
        }
        let stops = route(tx.db(), row.id.into()).await?;
        let at = |stop: &&Stop| Uuid::from(stop.association) == self.run.association && stop.decides();
        let stop = stops.iter().find(at).ok_or_else(|| Error::fault("a desk that is not on the route"))?;
        let asked = membership_application::circumstances(cx, tx.db(), &row, &stops, stop.who()).await?;
        let kind: ApplicationKind = row.kind.parse().map_err(Error::fault)?;
        let state = row.state.parse().map_err(Error::fault)?;
        let commands =
            flow::workflow(kind).map(|workflow| flow::commands(workflow, state, stop.who(), asked));
        let onward = [Command::Approve, Command::Confirm, Command::PassOn, Command::Receive];
        let command = commands.unwrap_or_default().into_iter().find(|command| onward.contains(command));
        let Some(command) = command else {
            return Ok(kept("この手続きは、まとめて承認できません。1件ずつ確認してください。"));
        };
        let step = Step {
            command: command.name(),
            who: stop.who(),
            association: Some(stop.association),
            comment: "",
            batch: None,
        };
        advance(cx, tx, row, step).await?;
        Ok(kept(""))
    }

    /// Takes a line back as far as the flow lets its office.
    async fn undo(&self, cx: &Cx, tx: &mut Tx<'_>, line: &bulk_change_row::Model) -> Result<Became> {
        let row = procedure(tx, line).await?;
        let outcome = |state: RowState, problem: String| Became {
            state,
            problem,
            application: line.application,
            before: line.before.clone(),
        };
        if matches!(row.state.as_str(), "rejected" | "withdrawn" | "undone") {
            return Ok(outcome(RowState::Undone, String::new()));
        }
        let stops = route(tx.db(), row.id.into()).await?;
        let own = stops.iter().find(|stop| Uuid::from(stop.association) == self.bulk.association);
        let own = own.ok_or_else(|| Error::fault("a bulk change of an office that is not on the route"))?;
        let kind: ApplicationKind = row.kind.parse().map_err(Error::fault)?;
        let asked = membership_application::circumstances(cx, tx.db(), &row, &stops, own.who()).await?;
        let state = row.state.parse().map_err(Error::fault)?;
        let commands = flow::workflow(kind).map(|workflow| flow::commands(workflow, state, own.who(), asked));
        if !commands.unwrap_or_default().contains(&Command::Undo) {
            let text = format!(
                "いまは「{}」のため、取り消せません。上位の医師会が処理したもの、30日を過ぎたものは、新しい届出で直してください。",
                any::state_label(kind, &row.state)
            );
            return Ok(outcome(RowState::Done, text));
        }
        let step = Step {
            command: Command::Undo.name(),
            who: own.who(),
            association: Some(own.association),
            comment: &self.run.reason,
            batch: None,
        };
        advance(cx, tx, row, step).await?;
        Ok(outcome(RowState::Undone, String::new()))
    }

    /// Notes the end, once, and tells the offices that have something to decide now.
    async fn finish(&self, cx: &Cx) -> Result<()> {
        use bulk_change_row::Column as R;
        use bulk_change_run::Column as N;
        let mut tx = cx.begin().await?;
        let of_run = || bulk_change_row::Entity::find().filter(R::Run.eq(self.run.id));
        let failed = of_run().filter(R::Problem.ne("")).count(tx.db()).await?;
        let done = of_run().filter(R::Problem.eq("")).count(tx.db()).await?;
        let whole = |number: u64| i32::try_from(number).map_err(Error::fault);
        let ended = bulk_change_run::Entity::update_many()
            .col_expr(N::EndedAt, Expr::value(cx.now))
            .col_expr(N::Done, Expr::value(whole(done)?))
            .col_expr(N::Failed, Expr::value(whole(failed)?))
            .filter(N::Id.eq(self.run.id))
            .filter(N::EndedAt.is_null())
            .exec(tx.db())
            .await?;
        if ended.rows_affected == 0 {
            return Ok(());
        }
        self.set_state(&tx).await?;
        if self.act != Act::Undo {
            self.tell(cx, &mut tx).await?;
        }
        let detail = json!({"act": self.act.name(), "done": done, "failed": failed});
        tx.audit(Entry::new("bulk_change.finish", "bulk_change", self.bulk.id).with(detail));
        tx.commit().await
    }

    async fn set_state(&self, tx: &Tx<'_>) -> Result<()> {
        use bulk_change::Column as B;
        let left = bulk_change_row::Entity::find()
            .filter(bulk_change_row::Column::BulkChange.eq(self.bulk.id))
            .filter(bulk_change_row::Column::State.eq(RowState::Done.name()))
            .count(tx.db())
            .await?;
        let state = if self.act == Act::Undo && left == 0 { State::Undone } else { State::Done };
        bulk_change::Entity::update_many()
            .col_expr(B::State, Expr::value(state.name()))
            .col_expr(B::Version, Expr::col(B::Version).add(1))
            .filter(B::Id.eq(self.bulk.id))
            .exec(tx.db())
            .await?;
        Ok(())
    }

    /// One letter an office, however many lines; where nobody is in charge, the tier above hears it.
    async fn tell(&self, cx: &Cx, tx: &mut Tx<'_>) -> Result<()> {
        let kind: Kind = self.bulk.kind.parse().map_err(Error::fault)?;
        let from = office_name(tx, Some(self.run.association.into())).await?;
        for (desk, office, waiting) in lists::desks(tx.db(), self.bulk.id.into()).await? {
            if Uuid::from(desk) == self.run.association {
                continue;
            }
            let mut what = format!("一括変更（{} {waiting}件）", kind.label());
            let mut to = officers(tx.db(), Duty::Membership, cx.today(), desk).await?;
            if to.is_empty() {
                what = format!("{what}（{office}に会員の担当者がいません）");
                let row = association::Entity::find_by_id(Uuid::from(desk)).one(tx.db()).await?;
                let Some(above) = row.and_then(|row| row.parent) else { continue };
                to = officers(tx.db(), Duty::Membership, cx.today(), above.into()).await?;
            }
            for (id, name) in to {
                let data = json!({
                    "name": name, "office": office, "what": what, "number": self.bulk.number,
                    "since": cx.today().japanese(), "from": from,
                    "link": format!("{}/bulk-changes/{}", cx.app.settings.public_url, self.bulk.id),
                });
                let letter = Letter::new("office_waiting", Recipient::Officer(id.into()), &data)?;
                mail::queue(cx, tx, letter).await?;
            }
        }
        Ok(())
    }
}

/// Writes what became of lines: one statement, however many.
async fn settle(tx: &Tx<'_>, lines: Vec<bulk_change_row::Model>) -> Result<()> {
    use bulk_change_row::Column as R;
    if lines.is_empty() {
        return Ok(());
    }
    let lines = lines.into_iter().map(|line| bulk_change_row::ActiveModel::from(line).reset_all());
    let became = OnConflict::columns([R::BulkChange, R::Line])
        .update_columns([R::State, R::Problem, R::Application, R::Before])
        .to_owned();
    bulk_change_row::Entity::insert_many(lines).on_conflict(became).exec_without_returning(tx.db()).await?;
    Ok(())
}

async fn procedure(tx: &Tx<'_>, line: &bulk_change_row::Model) -> Result<application::Model> {
    let id = line.application.ok_or_else(|| Error::fault("a line that was done without its procedure"))?;
    application::Entity::find_by_id(id).one(tx.db()).await?.ok_or(Error::NotFound)
}
