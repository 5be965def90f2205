//! What the tests of offices share: officers of the named world, and applications on their desks.

use chrono::Duration;
use mamis_app::{App, Cx, Who};
use mamis_rules::access::{Actor, DutyHeld, Office};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::certification::State;
use mamis_schema::{
    account, application, application_step, association, certification, decision, duty, membership, officer,
    physician,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

/// The context of an officer of the named world.
pub(crate) async fn officer(app: &Arc<App>, login_id: &str) -> Cx {
    let db = app.db.read();
    let account = account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(db)
        .await
        .expect("reads")
        .unwrap_or_else(|| panic!("{login_id} is in the named world"));
    let person = officer::Entity::find_by_id(account.officer.expect("an officer"))
        .one(db)
        .await
        .expect("reads")
        .expect("the officer");
    let rows = duty::Entity::find().filter(duty::Column::Officer.eq(person.id)).all(db).await.expect("reads");
    let mut duties = Vec::new();
    let mut office = String::new();
    for row in rows {
        let at = association::Entity::find_by_id(row.association.expect("an association"))
            .one(db)
            .await
            .expect("reads")
            .expect("the association");
        office = at.name;
        let prefecture = at.prefecture.and_then(Prefecture::stored);
        let tier = at.tier.parse().expect("a tier");
        let at = Office::Association { id: at.id.into(), tier, prefecture };
        duties.push(DutyHeld { duty: row.kind.parse().expect("a duty"), at });
    }
    Cx {
        app: app.clone(),
        actor: Actor::Officer { account: account.id.into(), officer: person.id.into(), duties },
        who: Who { account: Some(account.id.into()), name: person.name, office },
        now: app.clock.now(),
        request_id: format!("test-{login_id}"),
    }
}

/// The association with this code.
pub(crate) async fn body(app: &App, code: &str) -> association::Model {
    association::Entity::find()
        .filter(association::Column::Code.eq(code))
        .one(app.db.read())
        .await
        .expect("reads")
        .unwrap_or_else(|| panic!("association {code}"))
}

/// Puts applications for renewal of certified members on the desk of a municipal association, fee received.
pub(crate) async fn waiting(app: &App, code: &str, count: u32) -> Vec<ApplicationId> {
    let at = body(app, code).await;
    let mut made = Vec::new();
    for number in 1..=count {
        let held = certified_member(app, &at, number).await;
        made.push(apply(app, &at, &held, number).await);
    }
    made
}

/// A member of an association with a certificate until March.
async fn certified_member(app: &App, at: &association::Model, number: u32) -> certification::Model {
    let (now, db) = (app.clock.now(), app.db.write());
    let day = |text: &str| text.parse::<chrono::NaiveDate>().expect("a day");
    let like = physician::Entity::find()
        .filter(physician::Column::EmailVerifiedAt.is_not_null())
        .order_by_asc(physician::Column::Id)
        .one(db)
        .await
        .expect("reads")
        .expect("somebody with a verified address");
    let person = physician::Model {
        id: Uuid::now_v7(),
        given_name: format!("試験{number}"),
        registry_number: None,
        national_member_id: None,
        ..like
    };
    let membership = membership::Model {
        id: Uuid::now_v7(),
        physician: person.id,
        association: at.id,
        tier: at.tier.clone(),
        category: "a1".to_owned(),
        valid_from: day("2010-04-01"),
        valid_until: None,
        created_at: now,
        cause: String::new(),
        opened_by: None,
        closed_by: None,
    };
    let held = certification::Model {
        id: Uuid::now_v7(),
        scheme: "occupational_physician".to_owned(),
        number: format!("99{}{number:02}", &at.code[..at.code.len().min(3)]),
        physician: person.id,
        valid_from: day("2022-04-01"),
        valid_until: day("2027-03-31"),
        previous: None,
        ended_on: None,
        ended_as: None,
        ended_reason: None,
        application: None,
        created_at: now,
    };
    physician::ActiveModel::from(person).reset_all().insert(db).await.expect("writes");
    membership::ActiveModel::from(membership).reset_all().insert(db).await.expect("writes");
    certification::ActiveModel::from(held.clone()).reset_all().insert(db).await.expect("writes");
    mamis_app::testing::people_written(app).await;
    held
}

async fn apply(
    app: &App,
    at: &association::Model,
    held: &certification::Model,
    number: u32,
) -> ApplicationId {
    let (now, db) = (app.clock.now(), app.db.write());
    let applicant = account::Entity::find().one(db).await.expect("reads").expect("an account").id;
    let id = Uuid::now_v7();
    application::ActiveModel::from(application::Model {
        id,
        number: Some(format!("T2026-{}-{number:03}", at.code)),
        kind: "certification".to_owned(),
        scheme: held.scheme.clone(),
        certification_kind: "renewal".to_owned(),
        physician: held.physician,
        applicant,
        on_behalf_reason: None,
        state: State::MunicipalExamination.name().to_owned(),
        desk: Some(at.id),
        waiting_since: Some(now - Duration::days(3)),
        round: None,
        expected_on: None,
        certification: Some(held.id),
        waiver: None,
        waiver_on: None,
        grace_reason: None,
        remarks: String::new(),
        fee_method: "counter".to_owned(),
        fee: 10_000,
        fee_received_on: Some(Day::of(now).date()),
        fee_receipt: Some("R1".to_owned()),
        handbook_received_on: None,
        handbook_returned_on: None,
        evaluation: None,
        submitted_at: Some(now - Duration::days(3)),
        decided_at: None,
        created_at: now - Duration::days(4),
        version: 1,
    })
    .reset_all()
    .insert(db)
    .await
    .expect("writes");
    route(app, id, at.id).await;
    id.into()
}

/// The steps from a body up to the national association.
async fn route(app: &App, id: Uuid, first: Uuid) {
    let db = app.db.write();
    let mut next = Some(first);
    for position in 0.. {
        let Some(step) = next else { break };
        let row = association::Entity::find_by_id(step).one(db).await.expect("reads").expect("a body");
        application_step::ActiveModel::from(application_step::Model {
            application: id,
            position,
            association: row.id,
            tier: row.tier,
            act: "examine".to_owned(),
            side: "current".to_owned(),
        })
        .reset_all()
        .insert(db)
        .await
        .expect("writes");
        next = row.parent;
    }
}

/// The row now.
pub(crate) async fn application(app: &App, id: ApplicationId) -> application::Model {
    application::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").expect("there")
}

/// The state now.
pub(crate) async fn state(app: &App, id: ApplicationId) -> State {
    application(app, id).await.state.parse().expect("a state")
}

/// The control of races: the writes of a decision by somebody who has read this row, without asking for its version.
pub(crate) async fn decide_unasked(app: &App, read: &application::Model, command: &str, to: &str) {
    application::Entity::update_many()
        .col_expr(application::Column::State, Expr::value(to))
        .filter(application::Column::Id.eq(read.id))
        .exec(app.db.write())
        .await
        .expect("writes");
    let row = decision::Model {
        id: Uuid::now_v7(),
        application: Some(read.id),
        training: None,
        command: command.to_owned(),
        from_state: read.state.clone(),
        to_state: to.to_owned(),
        association: read.desk,
        account: None,
        by_name: "control".to_owned(),
        comment: String::new(),
        batch: None,
        decided_at: app.clock.now(),
    };
    decision::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
}
