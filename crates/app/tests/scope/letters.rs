//! Notices, and letters that go by post, some of them of a notice.

use super::nouns::{Noun, ids};
use super::rows::{Rows, all};
use mamis_app::db::scope;
use mamis_app::{App, testing};
use mamis_rules::access::{self, Actor, Scope};
use mamis_schema as schema;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A notice of every office of the world that has officers.
async fn notices(app: &App) -> Vec<Uuid> {
    let mut offices: Vec<Uuid> =
        all::<schema::duty::Entity>(app).await.iter().filter_map(|row| row.association).collect();
    offices.sort_unstable();
    offices.dedup();
    let mut written = Vec::new();
    for association in offices {
        let row = schema::notice::Model {
            id: Uuid::now_v7(),
            association,
            duties: "membership".to_owned(),
            query: String::new(),
            subject: String::new(),
            body: String::new(),
            obligatory: false,
            state: "draft".to_owned(),
            send_at: None,
            reached: None,
            by_mail: 0,
            by_post: 0,
            unsubscribed: 0,
            problem: String::new(),
            by_name: String::new(),
            created_at: testing::now(),
            ended_at: None,
            version: 1,
        };
        written.push(row.id);
        row.into_active_model().reset_all().insert(app.db.write()).await.expect("writes");
    }
    written
}

/// A letter by post to everybody, of two kinds by turns, every third of a notice.
pub(super) async fn write(app: &App) {
    let people = all::<schema::physician::Entity>(app).await;
    let notices = notices(app).await;
    let letter = |(number, person): (usize, &schema::physician::Model)| {
        let id = Uuid::now_v7();
        schema::outbox::Model {
            id,
            kind: ["expiry_notice", "signup_confirmed"][number % 2].to_owned(),
            channel: "post".to_owned(),
            physician: Some(person.id),
            officer: None,
            address: String::new(),
            subject: String::new(),
            body: String::new(),
            message_id: id.to_string(),
            state: "waiting".to_owned(),
            attempts: 0,
            next_attempt_at: testing::now(),
            lease_until: None,
            answer: String::new(),
            created_at: testing::now(),
            sent_at: None,
            posted_on: None,
            posted_by: String::new(),
            notice: (number % 3 == 0).then_some(notices[number % notices.len()]),
            unsubscribe: String::new(),
            tried_at: None,
            bounced_at: None,
            bounce: String::new(),
            address_dead: false,
        }
        .into_active_model()
        .reset_all()
    };
    let rows: Vec<_> = people.iter().enumerate().map(letter).collect();
    for chunk in rows.chunks(500) {
        let insert = schema::outbox::Entity::insert_many(chunk.to_vec());
        insert.exec_without_returning(app.db.write()).await.expect("writes");
    }
}

pub(super) struct Notice;

impl Noun for Notice {
    type Fact = access::notice::Fact;
    type Facts = access::notice::Facts;
    const NAME: &'static str = "notice";
    const KINDS: &'static [&'static str] = &["WrittenBy"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::notice::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts =
            |row: &schema::notice::Model| access::notice::Facts { written_by: row.association.into() };
        rows.notices.values().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::notice::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::notices(scope)).await
    }
}

pub(super) struct PostLetter;

impl Noun for PostLetter {
    type Fact = access::post_letter::Fact;
    type Facts = access::post_letter::Facts;
    const NAME: &'static str = "post letter";
    const KINDS: &'static [&'static str] = &[
        "KindIn",
        "NoticeOf",
        "ToMemberOf",
        "ToMemberOfDistrict",
        "ToNobodysPhysician",
        "ToNonMemberWorkingIn",
    ];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::post_letter::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::outbox::Model| {
            let person = &rows.people[&row.physician.expect("a letter to a physician")];
            access::post_letter::Facts {
                kind: row.kind.clone(),
                notice_of: row.notice.map(|id| rows.notices[&id].association.into()),
                municipal: person.municipal.clone(),
                districts: person.districts.clone(),
                works_in: person.mainly_works_in.clone(),
            }
        };
        rows.letters.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::outbox::{Column, Entity};
        let by_post = Entity::find().filter(Column::Channel.eq("post"));
        ids(app, by_post, Column::Id, scope::post_letters(scope, rows.today)).await
    }
}
