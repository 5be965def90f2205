//! Writing a notice, until it is on its way.

mod post;
pub(super) mod sending;

pub use post::{Printed, Unaddressed, posted, print};

use super::lists::{self, Found};
use super::{BODY, FILE_BYTES, FILES, SUBJECT, fill};
use crate::attachment::actions::{Owner, Upload, keep, remove as remove_file};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Problem, Result};
use crate::mail::{self, Letter, Recipient};
use crate::physician::lists::asked::Question;
use chrono::{DateTime, Duration, Utc};
use mamis_rules::access::Actor;
use mamis_rules::access::notice::{may_write, offices_of};
use mamis_rules::base::{AssociationId, AttachmentId, NoticeId};
use mamis_rules::notice::text::check;
use mamis_rules::notice::{Command, State};
use mamis_schema::{notice, outbox};
use notice::Column as N;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

/// A notice as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Subject, with fields.
    pub subject: String,
    /// Text, with fields.
    pub body: String,
    /// Who gets it: a question of the people search as it stands in the address.
    pub query: String,
    /// Whether it goes to those as well who want no notices.
    pub obligatory: bool,
}

/// Begins a notice in the name of one of the actor's offices.
///
/// # Errors
/// [`Error::Invalid`] at the fields, with the line of a field that does not exist; [`Error::Refused`] for officers who
/// write to nobody.
#[crate::boxed]
pub async fn create(cx: &Cx, office: AssociationId, written: &Written) -> Result<NoticeId> {
    may_write(&cx.actor, office)?;
    let duties = duties_at(cx, office)?;
    let query = checked(cx, written).await?;
    let mut tx = cx.begin().await?;
    let id = Uuid::now_v7();
    let row = notice::Model {
        id,
        association: office.into(),
        duties,
        query: query.write(),
        subject: written.subject.clone(),
        body: written.body.clone(),
        obligatory: written.obligatory,
        state: State::Draft.name().to_owned(),
        send_at: None,
        reached: None,
        by_mail: 0,
        by_post: 0,
        unsubscribed: 0,
        problem: String::new(),
        by_name: cx.who.name.clone(),
        created_at: cx.now,
        ended_at: None,
        version: 1,
    };
    notice::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.audit(Entry::new("notice.write", "notice", id).with(json!({"subject": written.subject})));
    tx.commit().await?;
    Ok(id.into())
}

/// The duties with which people are looked for: those that the writer holds at the office.
fn duties_at(cx: &Cx, office: AssociationId) -> Result<String> {
    let held = offices_of(&cx.actor).into_iter().find(|(id, ..)| *id == office);
    let (_, _, duties) = held.ok_or(Error::NotFound)?;
    let names: Vec<&str> = duties.into_iter().map(mamis_rules::access::Duty::name).collect();
    Ok(names.join(","))
}

/// The question in its kept form, when everything about a notice is right.
async fn checked(cx: &Cx, written: &Written) -> Result<Question> {
    let mut problems = Vec::new();
    let subject = written.subject.trim();
    if subject.is_empty() || subject.chars().count() > SUBJECT || subject.contains(['\r', '\n']) {
        let text = format!("件名を、1行・{SUBJECT}文字以内で入力してください。");
        problems.push(Problem::at("subject", &text));
    } else if let Err(mistake) = check(subject) {
        problems.push(Problem::at("subject", &format!("件名の{mistake}")));
    }
    if written.body.trim().is_empty() || written.body.chars().count() > BODY {
        problems.push(Problem::at("body", &format!("本文を{BODY}文字以内で入力してください。")));
    } else if let Err(mistake) = check(&written.body) {
        problems.push(Problem::at("body", &format!("本文の{mistake}")));
    }
    let asked = Question::read(&written.query);
    if asked.is_open() {
        // Nobody writes to everybody by leaving the choice out.
        problems.insert(0, Problem::at("query", "宛先を選んでください。"));
    }
    let question = match asked.settled(cx).await {
        Ok(question) => question,
        Err(Error::Invalid(unclear)) => {
            let texts: Vec<String> = unclear.into_iter().map(|problem| problem.text).collect();
            problems.push(Problem::at("query", &texts.join("")));
            Question::default()
        }
        Err(error) => return Err(error),
    };
    if problems.is_empty() { Ok(question) } else { Err(Error::Invalid(problems)) }
}

/// A notice that the actor writes.
async fn own(cx: &Cx, tx: &Tx<'_>, id: NoticeId) -> Result<Found> {
    let found = lists::find(cx, tx.db(), id).await?;
    may_write(&cx.actor, found.office.id.into())?;
    Ok(found)
}

/// Carries a command out, unless somebody was faster.
async fn apply(tx: &Tx<'_>, found: &Found, command: Command, mut change: notice::ActiveModel) -> Result<()> {
    let to = found.state.after(command)?;
    change.state = Set(to.name().to_owned());
    change.version = Set(found.row.version + 1);
    let changed = notice::Entity::update_many()
        .set(change)
        .filter(N::Id.eq(found.row.id))
        .filter(N::State.eq(found.state.name()))
        .filter(N::Version.eq(found.row.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(stale());
    }
    Ok(())
}

fn stale() -> Error {
    Error::Stale("このお知らせは、ほかの職員が先に変更しました。いまの内容を確かめてください。".to_owned())
}

/// Saves a draft.
///
/// # Errors
/// As [`create`]; [`Error::Stale`] when somebody else changed it meanwhile.
#[crate::boxed]
pub async fn save(cx: &Cx, id: NoticeId, written: &Written, version: i64) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    let query = checked(cx, written).await?;
    if found.row.version != version {
        return Err(stale());
    }
    let change = notice::ActiveModel {
        duties: Set(duties_at(cx, found.office.id.into())?),
        query: Set(query.write()),
        subject: Set(written.subject.clone()),
        body: Set(written.body.clone()),
        obligatory: Set(written.obligatory),
        by_name: Set(cx.who.name.clone()),
        problem: Set(String::new()),
        ..Default::default()
    };
    apply(&tx, &found, Command::Edit, change).await?;
    tx.audit(Entry::new("notice.write", "notice", found.row.id).with(json!({"subject": written.subject})));
    tx.commit().await
}

/// Lets a draft leave at an instant; now is `cx.now`.
///
/// # Errors
/// [`Error::Invalid`] for an instant that has passed (a wrong year must not send to everybody at once), more than a year
/// ahead, and where nobody would read it, [`Error::Refused`] in another state than
/// draft, [`Error::Stale`] as in [`save`].
#[crate::boxed]
pub async fn schedule(cx: &Cx, id: NoticeId, at: DateTime<Utc>, version: i64) -> Result<()> {
    if at < cx.now {
        let text = "いまより後の日時を入力してください。すぐに送るときは、「いますぐ送る」を押してください。";
        return Err(Error::invalid("send_on", text));
    }
    if at > cx.now + Duration::days(365) {
        return Err(Error::invalid("send_on", "送る日は、1年以内で選んでください。"));
    }
    let found = lists::find(cx, cx.db(), id).await?;
    may_write(&cx.actor, found.office.id.into())?;
    if lists::readers(cx, &found).await? == 0 {
        return Err(Error::invalid("send_on", "宛先にあてはまる方がいません。宛先を変えてください。"));
    }
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    if found.row.version != version {
        return Err(stale());
    }
    let change =
        notice::ActiveModel { send_at: Set(Some(at)), problem: Set(String::new()), ..Default::default() };
    apply(&tx, &found, Command::Schedule, change).await?;
    tx.audit(Entry::new("notice.schedule", "notice", found.row.id).with(json!({"send_at": at})));
    tx.commit().await
}

/// Makes a draft again of a notice that waits for its time.
///
/// # Errors
/// [`Error::Refused`] once it leaves, [`Error::Stale`] when somebody was faster.
#[crate::boxed]
pub async fn give_back(cx: &Cx, id: NoticeId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    let change = notice::ActiveModel { send_at: Set(None), ..Default::default() };
    apply(&tx, &found, Command::GiveBack, change).await?;
    tx.audit(Entry::new("notice.give_back", "notice", found.row.id));
    tx.commit().await
}

/// Stops a notice that leaves: letters that no server has taken, and those that nobody has posted, stay here.
///
/// # Errors
/// As [`give_back`].
#[crate::boxed]
pub async fn stop(cx: &Cx, id: NoticeId) -> Result<u64> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    let change = notice::ActiveModel { ended_at: Set(Some(cx.now)), ..Default::default() };
    apply(&tx, &found, Command::Stop, change).await?;
    let kept = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value("unneeded"))
        .filter(outbox::Column::Notice.eq(found.row.id))
        .filter(outbox::Column::Kind.eq("notice"))
        .filter(outbox::Column::State.eq("waiting"))
        .exec(tx.db())
        .await?;
    tx.audit(Entry::new("notice.stop", "notice", found.row.id).with(json!({"kept": kept.rows_affected})));
    tx.commit().await?;
    Ok(kept.rows_affected)
}

/// Throws a draft away, with its files.
///
/// # Errors
/// As [`give_back`].
#[crate::boxed]
pub async fn remove(cx: &Cx, id: NoticeId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    found.state.after(Command::Remove)?;
    let files = lists::files(tx.db(), id).await?;
    for file in &files {
        remove_file(&mut tx, file.id.into()).await?;
    }
    // Letters of a test go with it: they are about nobody.
    outbox::Entity::delete_many().filter(outbox::Column::Notice.eq(found.row.id)).exec(tx.db()).await?;
    notice::Entity::delete_by_id(found.row.id).exec(tx.db()).await?;
    tx.audit(Entry::new("notice.remove", "notice", found.row.id).with(json!({"subject": found.row.subject})));
    tx.commit().await?;
    for file in files {
        cx.app.files.remove(&file.file_key).await?;
    }
    Ok(())
}

/// Lets files go with a draft.
///
/// # Errors
/// [`Error::Invalid`] at `files` for none, too many and too large ones; as [`give_back`].
#[crate::boxed]
pub async fn attach(cx: &Cx, id: NoticeId, uploads: Vec<Upload>) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    found.state.after(Command::Edit)?;
    let known = lists::files(tx.db(), id).await?;
    if uploads.is_empty() {
        return Err(Error::invalid("files", "添付するファイルを選んでください。"));
    }
    if known.len() + uploads.len() > FILES {
        return Err(Error::invalid("files", &format!("添付できるのは{FILES}個までです。")));
    }
    let size: usize = uploads.iter().map(|upload| upload.content.len()).sum();
    let size = i64::try_from(size).map_err(Error::fault)?;
    if size + known.iter().map(|file| file.size).sum::<i64>() > FILE_BYTES {
        let text = "添付は、合わせて5MBまでです。小さくするか、ホームページに置いて案内してください。";
        return Err(Error::invalid("files", text));
    }
    apply(&tx, &found, Command::Edit, Default::default()).await?;
    for upload in uploads {
        keep(cx, &mut tx, Owner::Notice(id), "notice", upload).await?;
    }
    tx.commit().await
}

/// Takes a file of a draft away.
///
/// # Errors
/// [`Error::NotFound`] when it does not go with this notice; as [`give_back`].
#[crate::boxed]
pub async fn detach(cx: &Cx, id: NoticeId, file: AttachmentId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    let files = lists::files(tx.db(), id).await?;
    let row = files.into_iter().find(|row| row.id == Uuid::from(file)).ok_or(Error::NotFound)?;
    apply(&tx, &found, Command::Edit, Default::default()).await?;
    remove_file(&mut tx, file).await?;
    tx.commit().await?;
    cx.app.files.remove(&row.file_key).await
}

/// Sends the notice to the actor's own address, as its first reader would get it.
///
/// # Errors
/// [`Error::Refused`] where nobody would read it; [`Error::NotFound`].
#[crate::boxed]
pub async fn test(cx: &Cx, id: NoticeId) -> Result<()> {
    let Actor::Officer { officer, .. } = cx.actor else { return Err(Error::NotFound) };
    let found = lists::find(cx, cx.db(), id).await?;
    let reader = lists::next_reader(cx, &found, None).await?;
    let reader =
        reader.ok_or_else(|| Error::refused("宛先にあてはまる方がいません。宛先を変えてください。"))?;
    let filled = fill(&found.row, &reader.person).map_err(Error::fault)?;
    let data = json!({
        "name": reader.person.name, "subject": filled.subject, "text": filled.text, "office": found.office.name,
    });
    let mut tx = cx.begin().await?;
    own(cx, &tx, id).await?;
    let letter = Letter::new("notice_test", Recipient::Officer(officer), &data)?;
    mail::queue(cx, &mut tx, letter.of_notice(id, String::new())).await?;
    tx.audit(Entry::new("notice.test", "notice", found.row.id));
    tx.commit().await
}
