//! The list of associations as a file: checked line by line, then carried out in one transaction.

use super::{Change, Details, differences, note, save, set_name, tree};
use crate::association::lists;
use crate::association::lists::import::{Judged, known};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use mamis_documents::table::{self, Row};
use mamis_rules::association::import::{self as rules, Difference, Header, Known, LINES, Line, Outcome};
use mamis_rules::base::{AssociationId, AssociationImportId};
use mamis_schema::{association, association_import};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, json};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows in which the headers are looked for: titles and dates may stand above them.
const ABOVE: usize = 10;

const STALE: &str =
    "確認したあとに、医師会の一覧か、この取込みの状態が変わりました。ファイルをもう一度確認してください。";

/// A file to check.
#[derive(Clone, Debug)]
pub struct File {
    /// For which office.
    pub association: AssociationId,
    /// Name on the sender's device.
    pub name: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// Checks a list line by line. Nothing is changed but that the result can be looked at.
///
/// # Errors
/// [`Error::NotFound`] for offices that are not the actor's; [`Error::Invalid`] for a file that cannot be read or lacks
/// columns. What is wrong with single lines stands with them.
#[crate::boxed]
pub async fn check(cx: &Cx, file: File) -> Result<AssociationImportId> {
    let found = lists::find_own(cx, cx.db(), file.association).await?;
    // Below a district stands nothing that a list could name.
    mamis_rules::access::association::may_import(&cx.actor, &lists::below(&found.facts))?;
    let account = cx.who.account.ok_or_else(|| Error::fault("an officer without an account"))?;
    let (header, rows) = read(&file.content)?;
    let read: Vec<_> = rows.iter().map(|row| rules::read(&header, &row.cells)).collect();
    let mut tx = cx.begin().await?;
    let outcomes = judged(cx, &tx, &read).await?;
    let title = |row: &Row| {
        row.cells
            .iter()
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty())
            .take(4)
            .collect::<Vec<_>>()
            .join("、")
    };
    let lines: Vec<Judged> = rows
        .iter()
        .zip(read)
        .zip(outcomes)
        .map(|((row, line), outcome)| Judged {
            number: row.number,
            title: title(row),
            line: line.ok(),
            outcome,
        })
        .collect();
    let row = association_import::Model {
        id: Uuid::now_v7(),
        association: file.association.into(),
        file_name: file.name,
        sha256: sha256_hex(&file.content),
        lines: serde_json::to_string(&lines)?,
        state: "checked".to_owned(),
        by_name: cx.who.name.clone(),
        account: account.into(),
        created_at: cx.now,
        done_at: None,
        version: 1,
    };
    let id = AssociationImportId::from(row.id);
    let detail = json!({"file": row.file_name, "sha256": row.sha256, "lines": lines.len()});
    association_import::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.audit(Entry::new("association.check_import", "association_import", id).with(detail));
    tx.commit().await?;
    Ok(id)
}

/// The headers and the rows below them.
fn read(content: &[u8]) -> Result<(Header, Vec<Row>)> {
    let wrong = |text: &str| Error::invalid("file", text);
    let rows = table::read(content, LINES + ABOVE).map_err(|no| wrong(&no.to_string()))?;
    let mut missing = rules::REQUIRED.to_vec();
    for (at, row) in rows.iter().take(ABOVE).enumerate() {
        match Header::read(&row.cells) {
            Ok(header) => {
                let lines = rows[at + 1..].to_vec();
                if lines.is_empty() {
                    return Err(wrong("見出しの下に、医師会の行がありません。"));
                }
                if lines.len() > LINES {
                    return Err(wrong(&format!("行が多すぎます。{LINES}行までに分けてください。")));
                }
                return Ok((header, lines));
            }
            Err(now) if now.len() < missing.len() => missing = now,
            Err(_) => {}
        }
    }
    Err(wrong(&format!("次の見出しの列が見つかりません：{}。", missing.join("、"))))
}

/// What the lines would do to the tree as it stands.
async fn judged(
    cx: &Cx,
    tx: &Tx<'_>,
    lines: &[std::result::Result<Line, Vec<String>>],
) -> Result<Vec<Outcome>> {
    let codes: Vec<&str> = lines
        .iter()
        .flatten()
        .flat_map(|line| [line.code.as_str(), line.parent.as_str()])
        .filter(|code| !code.is_empty())
        .collect();
    let tree: HashMap<String, Known> =
        known(cx, tx.db(), &codes).await?.into_iter().map(|(code, (_, known))| (code, known)).collect();
    let mut outcomes = rules::judge(lines, &tree, cx.today());
    // What an office itself could not enter, a file cannot either.
    for (line, outcome) in lines.iter().zip(&mut outcomes) {
        let Ok(line) = line else { continue };
        if matches!(outcome, Outcome::New | Outcome::Change(_)) {
            let mut details = Details::default();
            line.details.iter().for_each(|(column, text)| details.set(column, text));
            let problems = details.clean().problems();
            if !problems.is_empty() {
                *outcome = Outcome::Problem(problems.into_iter().map(|problem| problem.text).collect());
            }
        }
    }
    Ok(outcomes)
}

/// Carries out the lines that can be carried out, all or none. The history of each association says from which file.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when the tree has changed since the file was checked, or it was carried out;
/// [`Error::Refused`] where no line does anything.
#[crate::boxed]
pub async fn carry_out(cx: &Cx, id: AssociationImportId, version: i64) -> Result<usize> {
    use association_import::Column as I;
    let mut tx = cx.begin().await?;
    let found = lists::import::import(cx, tx.db(), id).await?;
    let taken = association_import::Entity::update_many()
        .col_expr(I::State, Expr::value("done"))
        .col_expr(I::DoneAt, Expr::value(cx.now))
        .col_expr(I::Version, Expr::value(version + 1))
        .filter(I::Id.eq(found.row.id))
        .filter(I::State.eq("checked"))
        .filter(I::Version.eq(version))
        .exec(tx.db())
        .await?;
    let unreadable = |line: &Judged| {
        line.line.clone().ok_or_else(|| match &line.outcome {
            Outcome::Problem(problems) => problems.clone(),
            _ => Vec::new(),
        })
    };
    let lines: Vec<_> = found.lines.iter().map(unreadable).collect();
    let now = judged(cx, &tx, &lines).await?;
    if taken.rows_affected == 0 || now.iter().ne(found.lines.iter().map(|line| &line.outcome)) {
        return Err(Error::Stale(STALE.to_owned()));
    }
    let mut ready: Vec<(&Line, &Outcome)> = found
        .lines
        .iter()
        .filter_map(|judged| Some((judged.line.as_ref()?, &judged.outcome)))
        .filter(|(_, outcome)| matches!(outcome, Outcome::New | Outcome::Change(_)))
        .collect();
    if ready.is_empty() {
        return Err(Error::refused("取り込む行がありません。"));
    }
    // Parents before those below them.
    ready.sort_by_key(|(line, _)| line.tier.level());
    let reason = format!("医師会の一覧の取込み（{}）", found.row.file_name);
    for (line, outcome) in &ready {
        one(cx, &mut tx, line, outcome, &reason).await?;
    }
    let detail = json!({"file": found.row.file_name, "lines": ready.len()});
    tx.audit(Entry::new("association.import", "association_import", id).with(detail));
    let count = ready.len();
    tx.commit().await?;
    Ok(count)
}

async fn row(tx: &Tx<'_>, code: &str) -> Result<association::Model> {
    let row = association::Entity::find().filter(association::Column::Code.eq(code)).one(tx.db()).await?;
    row.ok_or_else(|| Error::fault(format!("association {code} was there when the list was judged")))
}

async fn one(cx: &Cx, tx: &mut Tx<'_>, line: &Line, outcome: &Outcome, reason: &str) -> Result<()> {
    match outcome {
        Outcome::New => {
            let above = row(tx, &line.parent).await?;
            let new = tree::New {
                parent: Some(above.id.into()),
                code: line.code.clone(),
                name: line.name.clone(),
                kana: line.kana.clone(),
                is_university: line.name.contains("大学"),
                on: line.opened,
                reason: reason.to_owned(),
            };
            let on = line.opened.unwrap_or_else(|| cx.today());
            let id = tree::open(cx, tx, &new, &above, (line.tier, on)).await?;
            details(cx, tx, id, line, "").await
        }
        Outcome::Change(changes) => {
            let known = row(tx, &line.code).await?;
            let renamed = |one: &Difference| matches!(one.column.as_str(), "名称" | "カナ");
            if changes.iter().any(renamed) {
                rename(cx, tx, &known, line, reason).await?;
            }
            details(cx, tx, known.id.into(), line, reason).await
        }
        Outcome::Same | Outcome::Problem(_) => Ok(()),
    }
}

async fn rename(
    cx: &Cx,
    tx: &mut Tx<'_>,
    known: &association::Model,
    line: &Line,
    reason: &str,
) -> Result<()> {
    let words = |name: &str, kana: &str| {
        Map::from_iter([("名称".to_owned(), json!(name)), ("フリガナ".to_owned(), json!(kana))])
    };
    let change = Change {
        kind: "renamed",
        on: cx.today(),
        before: words(&known.name, &known.kana),
        after: words(&line.name, &line.kana),
        reason: reason.to_owned(),
        target: None,
        former: None,
    };
    note(cx, tx, known.id.into(), change).await?;
    set_name(tx, known.id, &line.name, &line.kana).await?;
    tx.audit(Entry::new("association.rename", "association", known.id).with(json!({"name": line.name})));
    Ok(())
}

/// Writes the contacts of a line; those of a new association are no change of anything.
async fn details(cx: &Cx, tx: &mut Tx<'_>, id: AssociationId, line: &Line, reason: &str) -> Result<()> {
    let known = row(tx, &line.code).await?;
    let old = Details::of(&known);
    let mut new = old.clone();
    line.details.iter().for_each(|(column, text)| new.set(column, text));
    let new = new.clean();
    let (before, after) = differences(&old, &new);
    if after.is_empty() {
        return Ok(());
    }
    save(tx, id, &new, known.version).await?;
    if !reason.is_empty() {
        let reason = reason.to_owned();
        let change =
            Change { kind: "details", on: cx.today(), before, after, reason, target: None, former: None };
        note(cx, tx, id, change).await?;
    }
    tx.audit(Entry::new("association.change_details", "association", id));
    Ok(())
}
