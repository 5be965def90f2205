//! Every write about bulk changes: having a file checked, and asking for what is carried out line by line.

pub(crate) mod forget;
pub(crate) mod run;
pub(crate) mod take_back;

use super::lists::people::{self, Member};
use super::lists::{self, Found};
use super::trial::{self, Outcome};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use mamis_documents::table::{self, Row};
use mamis_rules::access::bulk_change as access;
use mamis_rules::base::{AssociationId, BulkChangeId, FiscalYear};
use mamis_rules::bulk_change::{self as rules, Act, Header, Identity, Kind, LINES, Line, RowState, State};
use mamis_schema::{bulk_change, bulk_change_row, bulk_change_run};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// Rows in which the headers are looked for: titles and dates may stand above them.
const ABOVE: usize = 10;

/// Rows of one insert: eleven values each, and both databases take 32,000.
const AT_ONCE: usize = 1_000;

const STALE: &str = "この一括変更は、ほかの画面で先に進められました。いまの状態を確認してください。";

/// A file to check.
#[derive(Clone, Debug)]
pub struct File {
    /// For which association.
    pub association: AssociationId,
    /// What its lines change.
    pub kind: Kind,
    /// Name on the sender's device.
    pub name: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// Checks a file line by line. Nothing is changed but that the result can be looked at.
///
/// # Errors
/// [`Error::Refused`] for offices that do not hear of changes first; [`Error::Invalid`] for a file that cannot be read
/// or lacks columns. What is wrong with single lines stands with them.
#[crate::boxed]
pub async fn check(cx: &Cx, file: File) -> Result<BulkChangeId> {
    let facts = lists::facts(cx.db(), file.association, State::Checked).await?;
    access::may_enter(&cx.actor, &facts)?;
    let first = lists::offices(cx).await?;
    if !first.iter().any(|(id, _)| *id == file.association) {
        return Err(Error::refused("一括変更は、郡市区等医師会または地区医師会の会員の担当者が行います。"));
    }
    let account = cx.who.account.ok_or_else(|| Error::fault("an officer without an account"))?;
    let (header, lines) = read(&file)?;
    let id = BulkChangeId(Uuid::now_v7());
    let rows = tried(cx, &file, id, &header, lines).await?;
    let mut tx = cx.begin().await?;
    let year = FiscalYear::of(cx.today()).0;
    let number = number::next(tx.db(), &format!("bulk_change/{year}")).await?;
    let row = bulk_change::Model {
        id: id.into(),
        number: format!("B{year}-{number:04}"),
        association: file.association.into(),
        kind: file.kind.name().to_owned(),
        file_name: file.name,
        sha256: sha256_hex(&file.content),
        state: State::Checked.name().to_owned(),
        by_name: cx.who.name.clone(),
        account: account.into(),
        created_at: cx.now,
        version: 1,
    };
    let detail = json!({"number": row.number, "kind": row.kind, "lines": rows.len(), "sha256": row.sha256});
    bulk_change::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    for chunk in rows.chunks(AT_ONCE) {
        let rows = chunk.iter().map(|row| bulk_change_row::ActiveModel::from(row.clone()).reset_all());
        bulk_change_row::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    }
    tx.audit(Entry::new("bulk_change.check", "bulk_change", id).with(detail));
    tx.commit().await?;
    Ok(id)
}

/// The headers and the rows below them.
fn read(file: &File) -> Result<(Header, Vec<Row>)> {
    let wrong = |text: &str| Error::invalid("file", text);
    let rows = table::read(&file.content, LINES + ABOVE).map_err(|no| wrong(&no.to_string()))?;
    let mut missing: Option<Vec<&str>> = None;
    for (at, row) in rows.iter().take(ABOVE).enumerate() {
        match Header::read(file.kind, &row.cells) {
            Ok(header) => {
                let lines = rows[at + 1..].to_vec();
                if lines.is_empty() {
                    return Err(wrong("見出しの下に、変更する人の行がありません。"));
                }
                if lines.len() > LINES {
                    return Err(wrong(&format!("行が多すぎます。{LINES}行までに分けてください。")));
                }
                return Ok((header, lines));
            }
            Err(now) if missing.as_ref().is_none_or(|before| now.len() < before.len()) => missing = Some(now),
            Err(_) => {}
        }
    }
    let missing = missing.unwrap_or_else(|| file.kind.columns().to_vec());
    Err(wrong(&format!(
        "次の見出しの列が見つかりません：{}。見出しは1行目に、ひな形のとおりに書いてください。",
        missing.join("、")
    )))
}

/// Every line with what it would do.
async fn tried(
    cx: &Cx,
    file: &File,
    id: BulkChangeId,
    header: &Header,
    lines: Vec<Row>,
) -> Result<Vec<bulk_change_row::Model>> {
    let read: Vec<_> = lines.iter().map(|row| rules::read(file.kind, header, &row.cells)).collect();
    let identities: Vec<&Identity> = read.iter().flatten().map(|line| &line.identity).collect();
    let members = people::named(cx.db(), file.association, &identities, cx.today()).await?;
    let members = Members::of(&members);
    let mut seen: HashSet<Uuid> = HashSet::new();
    let mut rows = Vec::with_capacity(lines.len());
    for (row, line) in lines.iter().zip(read) {
        let cells: Vec<(&str, &str)> = header.cells(&row.cells).collect();
        let blank = bulk_change_row::Model {
            bulk_change: id.into(),
            line: i32::try_from(row.number).map_err(Error::fault)?,
            cells: serde_json::to_string(&cells)?,
            physician: None,
            change: String::new(),
            what: String::new(),
            state: RowState::Problem.name().to_owned(),
            problem: String::new(),
            before: String::new(),
            application: None,
            run: None,
        };
        rows.push(match line {
            Err(problems) => bulk_change_row::Model { problem: problems.join(""), ..blank },
            Ok(line) => one(cx, file, &members, &mut seen, line, blank)?,
        });
    }
    Ok(rows)
}

/// A line that could be read.
fn one(
    cx: &Cx,
    file: &File,
    members: &Members<'_>,
    seen: &mut HashSet<Uuid>,
    line: Line,
    blank: bulk_change_row::Model,
) -> Result<bulk_change_row::Model> {
    let blank = bulk_change_row::Model { change: serde_json::to_string(&line.change)?, ..blank };
    let member = match members.find(&line.identity) {
        Ok(member) => member,
        Err(problem) => return Ok(bulk_change_row::Model { problem: problem.to_owned(), ..blank }),
    };
    let blank = bulk_change_row::Model { physician: Some(member.row.id), ..blank };
    if !seen.insert(member.row.id) {
        let problem =
            "この方の行が、同じファイルの上のほうにもあります。どちらかを消してください。".to_owned();
        return Ok(bulk_change_row::Model { problem, ..blank });
    }
    let account = cx.who.account.map_or(Uuid::nil(), Into::into);
    let tried = trial::line(cx, (file.association, account), member, &line.change)?;
    let (state, problem) = match tried.outcome {
        Outcome::Ready(..) => (RowState::Ready, String::new()),
        Outcome::Same(text) => (RowState::Same, text),
        Outcome::Problem(text) => (RowState::Problem, text),
    };
    Ok(bulk_change_row::Model { what: tried.what, state: state.name().to_owned(), problem, ..blank })
}

/// The members whom a file can mean, by their numbers.
struct Members<'a> {
    by_number: std::collections::HashMap<&'a str, &'a Member>,
    by_id: std::collections::HashMap<&'a str, &'a Member>,
}

impl<'a> Members<'a> {
    fn of(members: &'a [Member]) -> Self {
        let number = |member: &'a Member| Some((member.row.registry_number.as_deref()?, member));
        let id = |member: &'a Member| Some((member.row.national_member_id.as_deref()?, member));
        Self {
            by_number: members.iter().filter_map(number).collect(),
            by_id: members.iter().filter_map(id).collect(),
        }
    }

    /// Whom a line means. Whoever is not a member here is answered like somebody who does not exist.
    fn find(&self, identity: &Identity) -> std::result::Result<&'a Member, &'static str> {
        const NOBODY: &str = "この医師会の会員に、この番号の方が見つかりません。番号を確かめてください。";
        let by_number = identity.registry_number.as_deref().map(|number| self.by_number.get(number));
        let by_id = identity.member_id.as_deref().map(|id| self.by_id.get(id));
        let member = match (by_number, by_id) {
            (Some(None), _) | (_, Some(None)) | (None, None) => return Err(NOBODY),
            (Some(Some(one)), Some(Some(other))) if one.row.id != other.row.id => {
                return Err("医籍登録番号と日医会員IDが、別の方のものです。");
            }
            (Some(Some(member)), _) | (None, Some(Some(member))) => member,
        };
        match identity.fits(&member.row.kana_key, member.row.birth_on.into()) {
            true => Ok(member),
            false => {
                Err("番号の方と、フリガナ・生年月日が合いません。番号の書き間違いがないか確かめてください。")
            }
        }
    }
}

/// Has the lines carried out that can be; a job does it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for other offices and where nothing can be done; [`Error::Stale`].
#[crate::boxed]
pub async fn enter(cx: &Cx, id: BulkChangeId, version: i64) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    access::may_enter(&cx.actor, &found.facts)?;
    if found.state != State::Checked {
        return Err(Error::refused("この一括変更は、すでに実行されています。"));
    }
    let ready = bulk_change_row::Entity::find()
        .filter(bulk_change_row::Column::BulkChange.eq(found.row.id))
        .filter(bulk_change_row::Column::State.eq(RowState::Ready.name()))
        .count(tx.db())
        .await?;
    if ready == 0 {
        return Err(Error::refused("実行できる行がありません。ファイルを直して、もう一度確認してください。"));
    }
    go_to(&tx, &found, version, State::Running).await?;
    ask(cx, &mut tx, &found, Act::Enter, found.association(), "").await?;
    tx.audit(Entry::new("bulk_change.enter", "bulk_change", id).with(json!({"lines": ready})));
    tx.commit().await
}

/// Has everything decided that waits of it at one of the actor's associations.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for other offices, where nothing waits, and while another act runs.
#[crate::boxed]
pub async fn decide(cx: &Cx, id: BulkChangeId, at: AssociationId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    access::may_decide(&cx.actor, &found.facts)?;
    let desks = lists::desks(tx.db(), id).await?;
    let mine = crate::desk::associations(&cx.actor, mamis_rules::access::Duty::Membership);
    let waiting = desks.iter().find(|(desk, ..)| *desk == at && mine.iter().any(|own| own.id == at));
    let Some((_, _, waiting)) = waiting else {
        return Err(Error::refused("この一括変更で、あなたの医師会の承認を待っている手続きはありません。"));
    };
    ask(cx, &mut tx, &found, Act::Decide, at, "").await?;
    tx.audit(Entry::new("bulk_change.decide", "bulk_change", id).with(json!({"at": at, "lines": waiting})));
    tx.commit().await
}

/// Has all lines taken back that still can be.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for other offices, before it was carried out, and while another act runs;
/// [`Error::Invalid`] without a reason; [`Error::Stale`].
#[crate::boxed]
pub async fn undo(cx: &Cx, id: BulkChangeId, version: i64, reason: &str) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = lists::find(cx, tx.db(), id).await?;
    access::may_undo(&cx.actor, &found.facts)?;
    if found.state != State::Done {
        return Err(Error::refused("取り消せるのは、実行が終わった一括変更だけです。"));
    }
    if reason.is_empty() {
        return Err(Error::invalid("reason", "取り消す理由を入力してください。本人にも届きます。"));
    }
    go_to(&tx, &found, version, State::Undoing).await?;
    ask(cx, &mut tx, &found, Act::Undo, found.association(), reason).await?;
    tx.audit(Entry::new("bulk_change.undo", "bulk_change", id).with(json!({"reason": reason})));
    tx.commit().await
}

async fn go_to(tx: &Tx<'_>, found: &Found, version: i64, state: State) -> Result<()> {
    use bulk_change::Column as B;
    let changed = bulk_change::Entity::update_many()
        .col_expr(B::State, Expr::value(state.name()))
        .col_expr(B::Version, Expr::value(version + 1))
        .filter(B::Id.eq(found.row.id))
        .filter(B::Version.eq(version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 { Err(Error::Stale(STALE.to_owned())) } else { Ok(()) }
}

/// Writes down what is to be carried out. One act of a bulk change runs at a time.
async fn ask(
    cx: &Cx,
    tx: &mut Tx<'_>,
    found: &Found,
    act: Act,
    association: AssociationId,
    reason: &str,
) -> Result<()> {
    use bulk_change_run::Column as R;
    let open = bulk_change_run::Entity::find()
        .filter(R::BulkChange.eq(found.row.id))
        .filter(R::EndedAt.is_null())
        .count(tx.db())
        .await?;
    if open > 0 {
        return Err(Error::refused(
            "この一括変更は、いま処理しています。終わってから、もう一度お試しください。",
        ));
    }
    let account = cx.who.account.ok_or_else(|| Error::fault("an officer without an account"))?;
    let row = bulk_change_run::Model {
        id: Uuid::now_v7(),
        bulk_change: found.row.id,
        act: act.name().to_owned(),
        association: association.into(),
        reason: reason.to_owned(),
        by_name: cx.who.name.clone(),
        office: cx.who.office.clone(),
        account: account.into(),
        created_at: cx.now,
        ended_at: None,
        done: 0,
        failed: 0,
    };
    bulk_change_run::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}

/// Leaves a trace of a list that leaves the system as a file.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_export(cx: &Cx, what: &'static str, rows: usize) -> Result<()> {
    let mut tx = cx.begin().await?;
    let entry = Entry::of_list("bulk_change.export", "bulk_change");
    tx.audit(entry.with(json!({"what": what, "rows": rows})));
    tx.commit().await
}
