//! Entry on behalf: the officer's hand, the physician's application.

use crate::office::officer;
use mamis_app::application::actions::{begin, begin_on_behalf, submit};
use mamis_app::paper_credit::actions::declare;
use mamis_app::paper_credit::{Line, choices};
use mamis_app::physician::actions::stand_in;
use mamis_app::testing::each_world;
use mamis_app::{App, Error};
use mamis_rules::access::Duty;
use mamis_rules::base::PhysicianId;
use mamis_rules::credit::{Kind, Scheme};
use mamis_schema::{account, application, audit_entry, paper_credit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

async fn sato(app: &App) -> PhysicianId {
    let account = account::Entity::find()
        .filter(account::Column::LoginId.eq("sato"))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("in the named world");
    PhysicianId(account.physician.expect("a physician"))
}

#[tokio::test]
async fn an_officer_begins_for_a_physician_and_is_named() {
    each_world(|app| async move {
        let id = sato(&app).await;
        let local = officer(&app, "fujisawa-cert").await;
        let (cx, name) = stand_in(&local, id, Duty::Certification).await.expect("stands in");
        assert_eq!(name, "佐藤 恵子");
        let scheme = Scheme::OccupationalPhysician;
        assert!(
            matches!(begin(&cx, scheme, Kind::Renewal).await, Err(Error::Refused(_))),
            "a reason is needed"
        );
        assert!(matches!(begin_on_behalf(&cx, scheme, Kind::Renewal, "").await, Err(Error::Invalid(_))));
        assert!(matches!(begin_on_behalf(&local, scheme, Kind::Renewal, "紙").await, Err(Error::Refused(_))));
        let begun = begin_on_behalf(&cx, scheme, Kind::Renewal, "郵送の申請書").await.expect("begins");
        let row = application::Entity::find_by_id(Uuid::from(begun))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("there");
        assert_eq!((row.physician, Some(row.applicant)), (id.into(), local.who.account.map(Uuid::from)));
        let reason = row.on_behalf_reason.expect("a reason");
        assert_eq!(reason, "郵送の申請書　浜野 大地（藤沢市医師会 代理入力）");
        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("application.begin"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("an entry");
        assert_eq!(
            (entry.actor_name.as_str(), entry.office.as_str()),
            ("浜野 大地（藤沢市医師会 代理入力）", "藤沢市医師会")
        );
        assert_eq!(entry.account, local.who.account.map(Into::into));
        let sent = submit(&cx, begun, "").await;
        assert!(
            matches!(sent, Err(Error::Invalid(_))),
            "what the physician lacks, the officer lacks: {sent:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn paper_lines_entered_on_behalf_say_so() {
    each_world(|app| async move {
        let id = sato(&app).await;
        let (cx, _) = stand_in(&officer(&app, "fujisawa-cert").await, id, Duty::Certification)
            .await
            .expect("stands in");
        let scheme = Scheme::OccupationalPhysician;
        let line = Line {
            row: 0,
            scheme: Some(scheme),
            kind: choices(scheme)[0].value.clone(),
            earned_on: "2024-06-02".to_owned(),
            host_name: "神奈川県医師会".to_owned(),
            title: "産業医研修会".to_owned(),
            amount: "1.5".to_owned(),
            sticker_number: "ONBEHALF-1".to_owned(),
            photo: None,
        };
        assert_eq!(declare(&cx, vec![line]).await.expect("declares"), 1);
        let row = paper_credit::Entity::find()
            .filter(paper_credit::Column::StickerNumber.eq("ONBEHALF-1"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a line");
        assert_eq!(
            (row.physician, row.entered_by.as_str()),
            (id.into(), "浜野 大地（藤沢市医師会 代理入力）")
        );
    })
    .await;
}

#[tokio::test]
async fn only_the_physicians_own_certification_offices_stand_in() {
    each_world(|app| async move {
        let id = sato(&app).await;
        for login_id in ["fujisawa-cert", "kanagawa-cert", "national-cert"] {
            assert!(
                stand_in(&officer(&app, login_id).await, id, Duty::Certification).await.is_ok(),
                "{login_id}"
            );
        }
        for login_id in ["yokohama-cert", "tokyo-cert", "fujisawa-training"] {
            let refused =
                stand_in(&officer(&app, login_id).await, id, Duty::Certification).await.map(|(_, name)| name);
            assert!(matches!(refused, Err(Error::NotFound)), "{login_id}: {refused:?}");
        }
        let admin = stand_in(&officer(&app, "fujisawa-admin").await, id, Duty::Certification)
            .await
            .map(|(_, name)| name);
        assert!(matches!(admin, Err(Error::Refused(_))), "membership is another duty: {admin:?}");
    })
    .await;
}
