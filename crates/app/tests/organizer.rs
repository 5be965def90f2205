//! External organizers: they ask, prove their address, and the prefectural association of their seat decides.

use crate::office::officer;
use chrono::TimeDelta;
use mamis_app::account::Origin;
use mamis_app::jobs::clean_up;
use mamis_app::organizer::actions::{Choice, Registration, decide, register, verify};
use mamis_app::organizer::lists::{find, list};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error, Who};
use mamis_rules::access::Actor;
use mamis_rules::base::OrganizerRegistrationId;
use mamis_schema::{invitation, organizer, organizer_registration, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

fn guest(app: &Arc<App>) -> Cx {
    Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "test".to_owned(),
    }
}

fn origin() -> Origin {
    Origin { address: "192.0.2.7".to_owned(), user_agent: String::new() }
}

fn asked() -> Registration {
    Registration {
        name: "一般社団法人 湘南産業保健の会".to_owned(),
        kana: "ショウナンサンギョウホケンノカイ".to_owned(),
        prefecture: 14,
        address: "藤沢市鵠沼1-1".to_owned(),
        phone: "0466-00-0001".to_owned(),
        purpose: "産業医の生涯研修を年に4回".to_owned(),
        contact_name: "団体 花子".to_owned(),
        contact_kana: "ダンタイ ハナコ".to_owned(),
        email: "dantai@example.jp".to_owned(),
    }
}

/// The value in the link of the newest letter of a kind.
async fn link(app: &App, kind: &str) -> String {
    let letter = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(kind))
        .order_by_desc(outbox::Column::CreatedAt)
        .order_by_desc(outbox::Column::Id)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a letter");
    let at = letter.body.find("/organizer-verifications/").expect("a link");
    letter.body[at..]
        .split_whitespace()
        .next()
        .expect("a link")
        .rsplit('/')
        .next()
        .expect("a value")
        .to_owned()
}

async fn sent(app: &Arc<App>) -> OrganizerRegistrationId {
    register(&guest(app), &asked(), &origin()).await.expect("is kept");
    verify(&guest(app), &link(app, "organizer_verification").await).await.expect("is sent");
    let row = organizer_registration::Entity::find().one(app.db.read()).await.expect("reads");
    row.expect("is there").id.into()
}

#[tokio::test]
async fn an_organizer_waits_for_its_prefecture() {
    each_world(|app| async move {
        let visitor = guest(&app);
        let wrong = Registration { email: "dantai".to_owned(), prefecture: 0, ..asked() };
        let refused = register(&visitor, &wrong, &origin()).await;
        assert!(matches!(&refused, Err(Error::Invalid(p)) if p.len() == 2), "{refused:?}");
        let unread =
            Registration { phone: "あとで".to_owned(), contact_kana: "団体".to_owned(), ..asked() };
        let refused = register(&visitor, &unread, &origin()).await;
        assert!(matches!(&refused, Err(Error::Invalid(p)) if p.len() == 2), "{refused:?}");
        let typed = Registration {
            kana: "しょうなんさんぎょうほけんのかい".to_owned(),
            phone: "０４６６ー００ー０００１".to_owned(),
            contact_kana: "だんたい　はなこ".to_owned(),
            ..asked()
        };
        register(&visitor, &typed, &origin()).await.expect("is kept");
        let row =
            organizer_registration::Entity::find().one(app.db.read()).await.expect("reads").expect("it");
        let kept = [&row.kana, &row.phone, &row.contact_kana];
        assert_eq!(kept, [&asked().kana, &asked().phone, &asked().contact_kana], "as it is written");
        let kanagawa = officer(&app, "kanagawa-training").await;
        assert!(
            list(&kanagawa).await.expect("lists").is_empty(),
            "nobody sees it before the address is proved"
        );
        let token = link(&app, "organizer_verification").await;
        let late = Cx { now: visitor.now, ..visitor.clone() };
        assert!(matches!(verify(&late, "another").await, Err(Error::NotFound)));
        assert_eq!(verify(&visitor, &token).await.expect("is sent"), "神奈川県医師会");
        assert!(matches!(verify(&visitor, &token).await, Err(Error::NotFound)), "once");

        let rows = list(&kanagawa).await.expect("lists");
        assert_eq!(rows.len(), 1);
        let id = rows[0].id.into();
        for other in ["fujisawa-training", "tokyo-training", "kanagawa-cert"] {
            let hidden = decide(&officer(&app, other).await, id, 1, Choice::Approve, "").await;
            assert!(matches!(hidden, Err(Error::NotFound)), "{other}: {hidden:?}");
        }
        let before = organizer::Entity::find().count(app.db.read()).await.expect("counts");
        let both = futures::join!(
            decide(&kanagawa, id, 1, Choice::Approve, ""),
            decide(&kanagawa, id, 1, Choice::Approve, "")
        );
        assert!(both.0.is_ok() != both.1.is_ok(), "one decides: {both:?}");
        let after = organizer::Entity::find().count(app.db.read()).await.expect("counts");
        assert_eq!(after - before, 1);
        let found = find(&kanagawa, kanagawa.db(), id).await.expect("sees");
        let made = found.row.organizer.expect("an organizer");
        assert!(!found.may_decide && found.row.decided_by.contains("神奈川県医師会"));
        let invited = invitation::Entity::find().filter(invitation::Column::Organizer.eq(made));
        let invited = invited.one(app.db.read()).await.expect("reads").expect("its first officer is invited");
        assert_eq!(
            (invited.email.as_str(), invited.duties.as_str()),
            ("dantai@example.jp", r#"["training","administration"]"#)
        );
    })
    .await;
}

#[tokio::test]
async fn a_rejection_says_why_and_makes_no_organizer() {
    each_world(|app| async move {
        let id = sent(&app).await;
        let national = officer(&app, "national-training").await;
        let silent = decide(&national, id, 1, Choice::Reject, "").await;
        assert!(matches!(silent, Err(Error::Invalid(_))), "{silent:?}");
        let before = organizer::Entity::find().count(app.db.read()).await.expect("counts");
        decide(&national, id, 1, Choice::Reject, "定款の写しが足りません").await.expect("decides");
        assert_eq!(organizer::Entity::find().count(app.db.read()).await.expect("counts"), before);
        let letter = outbox::Entity::find().filter(outbox::Column::Kind.eq("organizer_rejected"));
        let letter = letter.one(app.db.read()).await.expect("reads").expect("a letter");
        assert!(letter.body.contains("定款の写しが足りません") && letter.address == "dantai@example.jp");
        let again = decide(&national, id, 2, Choice::Approve, "").await;
        assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn so_many_mails_and_no_more() {
    each_world(|app| async move {
        let visitor = guest(&app);
        let mut refused = None;
        for _ in 0..100 {
            if let Err(error) = register(&visitor, &asked(), &origin()).await {
                refused = Some(error);
                break;
            }
        }
        assert!(matches!(refused, Some(Error::TooMany { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn what_nobody_proved_is_forgotten() {
    each_world(|app| async move {
        let kept = sent(&app).await;
        register(&guest(&app), &asked(), &origin()).await.expect("is kept");
        let rows = || organizer_registration::Entity::find().all(app.db.read());
        let before = rows().await.expect("reads").len();
        let clean = || async { clean_up(&Cx::system(&app, "clean_up")).await.expect("cleans") };
        clean().await;
        assert_eq!(rows().await.expect("reads").len(), before, "the link is still open");
        organizer_registration::Entity::update_many()
            .col_expr(
                organizer_registration::Column::ExpiresAt,
                Expr::value(app.clock.wall() - TimeDelta::hours(1)),
            )
            .exec(app.db.write())
            .await
            .expect("writes");
        clean().await;
        let left = rows().await.expect("reads");
        assert_eq!(left.len(), before - 1);
        assert!(left.iter().any(|row| row.id == Uuid::from(kept)), "what was proved stays");
    })
    .await;
}
