//! Releasing and confirming credits. A released credit is never changed; a correction is another entry.

use super::lists::label;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{Letter, Recipient, queue_all};
use crate::training::letters::{Person, day};
use mamis_rules::base::{Day, PhysicianId, full_name};
use mamis_schema::{credit, credit_event, credit_line, training, training_session};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows of one insert: PostgreSQL takes 65,535 values, SQLite 32,766, and a credit has sixteen.
const CHUNK: usize = 500;

/// Who earned which lines.
#[derive(Clone, Debug)]
pub(crate) struct Earned {
    /// Who.
    pub(crate) physician: Uuid,
    /// Which credit lines.
    pub(crate) lines: Vec<Uuid>,
}

/// Writes the credits of a training; they show as 「確認中」 until the tiers above confirm.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn release(
    cx: &Cx,
    tx: &mut Tx<'_>,
    training: &training::Model,
    sessions: &[training_session::Model],
    lines: &[credit_line::Model],
    earned: &[Earned],
) -> Result<usize> {
    let (mut credits, mut events) = (Vec::new(), Vec::new());
    for person in earned {
        for line in lines.iter().filter(|line| person.lines.contains(&line.id)) {
            let session = sessions
                .iter()
                .find(|session| session.id == line.training_session)
                .ok_or_else(|| Error::fault("a credit line without its session"))?;
            let row = row(cx, training, session, line, person.physician);
            events.push(event(cx, row.id, "released"));
            credits.push(credit::ActiveModel::from(row).reset_all());
        }
    }
    for chunk in credits.chunks(CHUNK) {
        credit::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx.db()).await?;
    }
    write_events(tx, &events).await?;
    tx.audit(Entry::new("credit.release", "training", training.id).with(json!({"credits": credits.len()})));
    notify(cx, tx, training, "credits_released").await?;
    Ok(credits.len())
}

fn row(
    cx: &Cx,
    training: &training::Model,
    session: &training_session::Model,
    line: &credit_line::Model,
    physician: Uuid,
) -> credit::Model {
    credit::Model {
        id: Uuid::now_v7(),
        physician,
        scheme: line.scheme.clone(),
        course: line.course.clone(),
        category: line.category.clone(),
        item: line.item.clone(),
        curriculum_code: line.curriculum_code,
        amount: line.amount,
        earned_on: Day::of(session.starts_at).date(),
        title: format!("{}「{}」", training.title, session.title),
        host_name: training.host_name.clone(),
        source: "training".to_owned(),
        training: Some(training.id),
        credit_line: Some(line.id),
        state: "released".to_owned(),
        created_at: cx.now,
    }
}

fn event(cx: &Cx, credit: Uuid, state: &str) -> credit_event::ActiveModel {
    credit_event::ActiveModel::from(credit_event::Model {
        id: Uuid::now_v7(),
        credit,
        state: state.to_owned(),
        at: cx.now,
        account: cx.who.account.map(Into::into),
        reason: String::new(),
    })
    .reset_all()
}

async fn write_events(tx: &Tx<'_>, events: &[credit_event::ActiveModel]) -> Result<()> {
    for chunk in events.chunks(CHUNK) {
        credit_event::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// Confirms every released credit of a training, in bulk.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn confirm(cx: &Cx, tx: &mut Tx<'_>, training: &training::Model) -> Result<()> {
    let released = || credit::Column::Training.eq(training.id).and(credit::Column::State.eq("released"));
    let ids: Vec<Uuid> = credit::Entity::find()
        .select_only()
        .column(credit::Column::Id)
        .filter(released())
        .order_by_asc(credit::Column::Id)
        .into_tuple()
        .all(tx.db())
        .await?;
    credit::Entity::update_many()
        .col_expr(credit::Column::State, Expr::value("confirmed"))
        .filter(released())
        .exec(tx.db())
        .await?;
    let events: Vec<_> = ids.iter().map(|id| event(cx, *id, "confirmed")).collect();
    write_events(tx, &events).await?;
    tx.audit(Entry::new("credit.confirm", "training", training.id).with(json!({"credits": ids.len()})));
    notify(cx, tx, training, "credits_confirmed").await
}

/// A letter to everybody with credits of the training.
async fn notify(cx: &Cx, tx: &mut Tx<'_>, training: &training::Model, kind: &'static str) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Line {
        physician: Uuid,
        family_name: String,
        given_name: String,
        scheme: String,
        course: String,
        category: String,
        item: String,
        amount: i64,
    }
    let statement = Statement::from_sql_and_values(
        tx.db().get_database_backend(),
        "select c.physician, p.family_name, p.given_name, c.scheme, c.course, c.category, c.item, c.amount
           from credit c join physician p on p.id = c.physician
          where c.training = $1 and c.state <> 'reversed' order by c.physician, c.id",
        [training.id.into()],
    );
    let mut people: BTreeMap<Uuid, (Person, Vec<String>)> = BTreeMap::new();
    for line in Line::find_by_statement(statement).all(tx.db()).await? {
        let name = full_name(&line.family_name, &line.given_name);
        let of =
            people.entry(line.physician).or_insert_with(|| (Person { id: line.physician, name }, Vec::new()));
        of.1.push(label(&line.scheme, &line.course, &line.category, &line.item, line.amount));
    }
    let letters = people.into_values().map(|(person, credits)| {
        let data = json!({
            "name": person.name, "title": training.title, "held_on": day(training.held_on.into()), "credits": credits,
            "link": format!("{}/my/credits", cx.app.settings.public_url),
        });
        Letter::new(kind, Recipient::Physician(PhysicianId(person.id)), &data)
    });
    let letters = letters.collect::<Result<Vec<_>>>()?;
    queue_all(cx, tx, letters).await
}
