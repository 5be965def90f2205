//! Declaring, changing and removing paper credits. Confirming them is part of the examination.

use super::lists::find;
use super::{Line, Read, read, sticker};
use crate::attachment::actions::{Owner, Upload, claim, hold, remove as remove_attachment};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Problem, Result};
use mamis_rules::base::{AttachmentId, PaperCreditId, PhysicianId};
use mamis_rules::credit::Scheme;
use mamis_schema::paper_credit;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

/// Most lines of one form.
const MOST: usize = 50;

/// Declares lines for the physician who asks. All of them are kept, or none.
///
/// A sticker number that somebody already used is refused, and the attempt stays in the audit log, so
/// that offices can see it.
///
/// # Errors
/// [`Error::Invalid`] with the problems of all lines.
#[crate::boxed]
pub async fn declare(cx: &Cx, lines: Vec<Line>) -> Result<usize> {
    let physician =
        cx.actor.physician().ok_or_else(|| Error::refused("紙の単位は、医師本人が入力します。"))?;
    if lines.is_empty() || lines.len() > MOST {
        return Err(Error::invalid("", "1行から50行までを入力してください。"));
    }
    let mut problems = Vec::new();
    let stickers: Vec<Sticker> = lines.iter().filter_map(Sticker::of).collect();
    let lines: Vec<Read> =
        lines.into_iter().filter_map(|line| read(line, cx.today(), &mut problems)).collect();
    same_twice(&stickers, &mut problems);
    let mut tx = cx.begin().await?;
    let conflicts = conflicts(&tx, &stickers, None).await?;
    refuse(cx, &conflicts, physician, &mut tx, &mut problems);
    if !problems.is_empty() {
        return give_up(tx, problems).await;
    }
    let count = lines.len();
    for line in lines {
        insert(cx, &mut tx, physician, line).await?;
    }
    tx.commit().await?;
    Ok(count)
}

/// Changes a line that no office has confirmed yet. A refused line is declared anew this way.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for a confirmed line, [`Error::Invalid`], [`Error::Stale`].
#[crate::boxed]
pub async fn change(cx: &Cx, id: PaperCreditId, version: i64, line: Line) -> Result<()> {
    let mut problems = Vec::new();
    let mut tx = cx.begin().await?;
    let row = mine_to_mend(cx, &tx, id).await?;
    let stickers: Vec<Sticker> = Sticker::of(&line).into_iter().collect();
    let line = read(line, cx.today(), &mut problems);
    let physician = PhysicianId::from(row.physician);
    let conflicts = conflicts(&tx, &stickers, Some(id)).await?;
    refuse(cx, &conflicts, physician, &mut tx, &mut problems);
    let Some(line) = line.filter(|_| problems.is_empty()) else { return give_up(tx, problems).await };
    let mut changed = active(&line);
    if let Some(photo) = line.photo {
        changed.photo = Set(Some(photo_of(cx, &tx, physician, line.row, photo).await?));
        if let Some(old) = row.photo {
            remove_attachment(&mut tx, AttachmentId::from(old)).await?;
        }
    }
    if let Some(by) = cx.on_behalf() {
        changed.entered_by = Set(by.to_owned());
    }
    changed.version = Set(version + 1);
    let done = paper_credit::Entity::update_many()
        .set(changed)
        .filter(paper_credit::Column::Id.eq(row.id))
        .filter(paper_credit::Column::Version.eq(version))
        .exec(tx.db())
        .await
        .map_err(taken)?;
    if done.rows_affected == 0 {
        return Err(Error::Stale("この行は、ほかの画面で先に変更されています。".to_owned()));
    }
    tx.audit(Entry::new("paper_credit.change", "paper_credit", id).about(physician));
    tx.commit().await
}

/// Holds photos until the form about them is accepted.
///
/// # Errors
/// [`Error::Refused`] for anybody but a physician; a fault of the store or the database.
#[crate::boxed]
pub async fn hold_photos(cx: &Cx, photos: Vec<Upload>) -> Result<Vec<AttachmentId>> {
    let physician =
        cx.actor.physician().ok_or_else(|| Error::refused("紙の単位は、医師本人が入力します。"))?;
    hold(cx, Owner::Physician(physician), "photo", photos).await
}

/// Removes a line that no office has confirmed yet.
///
/// # Errors
/// As [`change`].
#[crate::boxed]
pub async fn remove(cx: &Cx, id: PaperCreditId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let row = mine_to_mend(cx, &tx, id).await?;
    paper_credit::Entity::delete_by_id(row.id).exec(tx.db()).await?;
    if let Some(photo) = row.photo {
        remove_attachment(&mut tx, AttachmentId::from(photo)).await?;
    }
    let detail = json!({"scheme": row.scheme, "amount": row.amount, "sticker_number": row.sticker_number});
    tx.audit(Entry::new("paper_credit.remove", "paper_credit", id).about(row.physician.into()).with(detail));
    tx.commit().await
}

async fn mine_to_mend(cx: &Cx, tx: &Tx<'_>, id: PaperCreditId) -> Result<paper_credit::Model> {
    let row = find(cx, tx.db(), id).await?;
    if cx.actor.physician() != Some(row.physician.into()) {
        return Err(Error::refused("紙の単位を直せるのは、申告した本人です。"));
    }
    if row.state == "confirmed" {
        return Err(Error::refused(
            "事務局が原本と照らし合わせて確認した行は、変更できません。誤りがあるときは窓口の医師会にご連絡ください。",
        ));
    }
    Ok(row)
}

/// The number on the sticker of a line, also of one that is not yet as it should be: everything is said at once.
struct Sticker {
    row: usize,
    scheme: Scheme,
    number: String,
}

impl Sticker {
    fn of(line: &Line) -> Option<Self> {
        let number = sticker(&line.sticker_number);
        let scheme = line.scheme.filter(|_| !number.is_empty())?;
        Some(Self { row: line.row, scheme, number })
    }
}

/// The same sticker twice on one form.
fn same_twice(lines: &[Sticker], problems: &mut Vec<Problem>) {
    for (at, line) in lines.iter().enumerate() {
        let same = |other: &Sticker| other.scheme == line.scheme && other.number == line.number;
        if lines[..at].iter().any(same) {
            problems
                .push(sticker_problem(line, "同じシール番号が上の行にもあります。番号を確認してください。"));
        }
    }
}

fn sticker_problem(line: &Sticker, text: &str) -> Problem {
    Problem::at(&format!("lines.{}.sticker_number", line.row), text)
}

/// Lines whose sticker number is in use, with the row that has it.
async fn conflicts<'a>(
    tx: &Tx<'_>,
    lines: &'a [Sticker],
    except: Option<PaperCreditId>,
) -> Result<Vec<(&'a Sticker, paper_credit::Model)>> {
    use paper_credit::Column as P;
    let numbers: Vec<&str> = lines.iter().map(|line| line.number.as_str()).collect();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let used = paper_credit::Entity::find()
        .filter(P::StickerNumber.is_in(numbers))
        .filter(P::State.ne("refused"))
        .filter(P::Id.ne(except.map_or(Uuid::nil(), Uuid::from)))
        .all(tx.db())
        .await?;
    let owner = |line: &Sticker| {
        let same = |row: &&paper_credit::Model| {
            row.scheme == line.scheme.name() && row.sticker_number.as_deref() == Some(&line.number)
        };
        used.iter().find(same).cloned()
    };
    Ok(lines.iter().filter_map(|line| owner(line).map(|row| (line, row))).collect())
}

fn refuse(
    cx: &Cx,
    conflicts: &[(&Sticker, paper_credit::Model)],
    physician: PhysicianId,
    tx: &mut Tx<'_>,
    problems: &mut Vec<Problem>,
) {
    for (line, row) in conflicts {
        let own = row.physician == Uuid::from(physician);
        let text = if own {
            "このシール番号は、すでに入力されています。".to_owned()
        } else {
            // Whose it is stays with the offices.
            format!(
                "このシール番号は、ほかの方の単位として届けられています。番号をもう一度確認してください。正しいときは窓口の医師会にお申し出ください（{}に記録しました）。",
                cx.today().japanese()
            )
        };
        problems.push(sticker_problem(line, &text));
        if !own {
            let detail = json!({
                "scheme": line.scheme.name(), "sticker_number": line.number, "attempted_by": physician.to_string(),
            });
            tx.audit(
                Entry::new("paper_credit.conflict", "paper_credit", row.id).about(physician).with(detail),
            );
        }
    }
}

/// Keeps nothing but the trace of conflicts.
async fn give_up<T>(tx: Tx<'_>, problems: Vec<Problem>) -> Result<T> {
    if !tx.is_silent() {
        tx.commit().await?;
    }
    Err(Error::Invalid(problems))
}

/// Somebody declared the same sticker in the same moment.
fn taken(error: sea_orm::DbErr) -> Error {
    if dialect::is_unique_violation(&error) {
        return Error::Stale("同じシール番号が、いま別に届けられました。番号を確認してください。".to_owned());
    }
    error.into()
}

fn active(line: &Read) -> paper_credit::ActiveModel {
    paper_credit::ActiveModel {
        scheme: Set(line.scheme.name().to_owned()),
        course: Set(line.course.clone()),
        category: Set(line.category.clone()),
        item: Set(line.item.clone()),
        amount: Set(line.amount.hundredths()),
        earned_on: Set(line.earned_on.date()),
        host_name: Set(line.host_name.clone()),
        title: Set(line.title.clone()),
        sticker_number: Set(line.sticker_number.clone()),
        state: Set("declared".to_owned()),
        decided_by: Set(None),
        decided_at: Set(None),
        comment: Set(String::new()),
        ..Default::default()
    }
}

async fn photo_of(
    cx: &Cx,
    tx: &Tx<'_>,
    physician: PhysicianId,
    row: usize,
    photo: AttachmentId,
) -> Result<Uuid> {
    claim(cx, tx, Owner::Physician(physician), "photo", &format!("lines.{row}.photo"), photo).await
}

async fn insert(cx: &Cx, tx: &mut Tx<'_>, physician: PhysicianId, line: Read) -> Result<()> {
    let id = Uuid::now_v7();
    let mut row = active(&line);
    let detail = json!({
        "scheme": line.scheme.name(), "category": line.category, "amount": line.amount.hundredths(),
        "sticker_number": line.sticker_number,
    });
    let photo = match line.photo {
        Some(photo) => Some(photo_of(cx, tx, physician, line.row, photo).await?),
        None => None,
    };
    row.id = Set(id);
    row.physician = Set(physician.into());
    row.photo = Set(photo);
    row.entered_by = Set(cx.on_behalf().unwrap_or_default().to_owned());
    row.created_at = Set(cx.now);
    row.version = Set(1);
    row.insert(tx.db()).await.map_err(taken)?;
    tx.audit(Entry::new("paper_credit.declare", "paper_credit", id).about(physician).with(detail));
    Ok(())
}
