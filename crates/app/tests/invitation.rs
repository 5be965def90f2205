//! Invitations by mail: how somebody becomes an officer.

use crate::duty::own_id;
use crate::office::{body, officer};
use chrono::Duration;
use mamis_app::account::Origin;
use mamis_app::account::lists::{SecondFactor, Terms, current};
use mamis_app::duty::actions::Appointment;
use mamis_app::invitation::actions::{Invited, NewOfficer, accept, accept_as, invite, revoke};
use mamis_app::invitation::lists::{Standing, by_link, page};
use mamis_app::secret::sha256_hex;
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error, Who};
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::duty::Span;
use mamis_schema::{account, duty, officer as person, outbox};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

const PASSWORD: &str = "本だなの右から4番目";

fn guest(app: &Arc<App>) -> Cx {
    Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "test-guest".to_owned(),
    }
}

async fn invited(cx: &Cx, code: &str, email: &str) -> Invited {
    let at = Host::Association(body(&cx.app, code).await.id.into());
    Invited {
        name: "濵田 𠮷乃".to_owned(),
        kana: "ハマダ ヨシノ".to_owned(),
        email: email.to_owned(),
        appointment: Appointment {
            at,
            duties: vec![Duty::Membership, Duty::Certification],
            span: Span { from: cx.today(), until: None },
            deputy_of: None,
            reason: String::new(),
        },
    }
}

/// What the newest letter of a kind links to.
async fn link(app: &App, email: &str) -> String {
    let letter = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("officer_invitation"))
        .filter(outbox::Column::Address.eq(email))
        .order_by_desc(outbox::Column::CreatedAt)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a letter");
    let rest = letter.body.split("/invitation-acceptances/").nth(1).expect("a link");
    rest.lines().next().expect("a line").to_owned()
}

fn typed(login_id: &str) -> NewOfficer<'_> {
    NewOfficer { login_id, password: PASSWORD, agrees: true }
}

#[tokio::test]
async fn an_invited_officer_logs_in_and_owes_only_the_second_factor() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let guest = guest(&app);
        invite(&admin, &invited(&admin, "142051", "hamada@example.jp").await).await.expect("invites");
        let token = link(&app, "hamada@example.jp").await;
        assert!(by_link(&guest, &token).await.expect("reads").expect("open").known.is_none());
        let origin = Origin::default();
        for (wrong, field) in [
            (NewOfficer { agrees: false, ..typed("hamada") }, "agree"),
            (NewOfficer { password: "short", ..typed("hamada") }, "new_password"),
            (typed("はまだ"), "login_id"),
            (typed("fujisawa-admin"), "login_id"),
        ] {
            let refused = accept(&guest, &token, &wrong, &origin).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(p)) if p[0].field == field),
                "{field}: {refused:?}"
            );
        }
        let opened = accept(&guest, &token, &typed("Hamada"), &origin).await.expect("accepts");
        let now =
            current(&app, &sha256_hex(opened.token.as_bytes())).await.expect("reads").expect("a session");
        assert_eq!((now.second_factor, now.terms), (SecondFactor::Owed, Terms::Accepted));
        assert!(now.actor.duties().is_empty(), "nothing before the second factor");
        let row = account::Entity::find().filter(account::Column::LoginId.eq("hamada")).one(app.db.read());
        let id = row.await.expect("reads").expect("an account").officer.expect("an officer");
        let made = person::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("is there");
        assert_eq!(made.name, "濵田 𠮷乃", "exactly as typed");
        let duties = duty::Entity::find().filter(duty::Column::Officer.eq(id)).all(app.db.read()).await;
        let duties = duties.expect("reads");
        assert!(duties.len() == 2 && duties.iter().all(|duty| duty.appointed_by.contains("片瀬 由香")));
        let again = accept(&guest, &token, &typed("hamada-2"), &origin).await;
        assert!(matches!(again, Err(Error::NotFound)), "a link works once: {again:?}");
        let told = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("officer_duty_changed"))
            .filter(outbox::Column::Officer.eq(Uuid::from(own_id(&admin))));
        assert_eq!(told.count(app.db.read()).await.expect("counts"), 1, "the administrator hears of it");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_open_the_link_at_once_one_becomes_the_officer() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let guest = guest(&app);
        invite(&admin, &invited(&admin, "142051", "hamada@example.jp").await).await.expect("invites");
        let token = link(&app, "hamada@example.jp").await;
        let origin = Origin::default();
        let (first, second) = (typed("hamada-1"), typed("hamada-2"));
        let both =
            futures::join!(accept(&guest, &token, &first, &origin), accept(&guest, &token, &second, &origin));
        let done = [&both.0, &both.1].into_iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(done, 1, "{both:?}");
        let made = person::Entity::find().filter(person::Column::Email.eq("hamada@example.jp"));
        assert_eq!(made.count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_after_72_hours_or_when_it_is_taken_back() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let guest = guest(&app);
        invite(&admin, &invited(&admin, "142051", "old@example.jp").await).await.expect("invites");
        let old = link(&app, "old@example.jp").await;
        let id = invite(&admin, &invited(&admin, "142051", "back@example.jp").await).await.expect("invites");
        let back = link(&app, "back@example.jp").await;
        let stranger = officer(&app, "yokohama-cert").await;
        assert!(matches!(revoke(&stranger, id).await, Err(Error::NotFound)));
        revoke(&admin, id).await.expect("takes back");
        assert!(matches!(revoke(&admin, id).await, Err(Error::Refused(_))), "once");
        assert!(by_link(&guest, &back).await.expect("reads").is_none());
        mamis_schema::invitation::Entity::update_many()
            .col_expr(
                mamis_schema::invitation::Column::ExpiresAt,
                sea_orm::sea_query::Expr::value(app.clock.wall() - Duration::seconds(1)),
            )
            .filter(mamis_schema::invitation::Column::Email.eq("old@example.jp"))
            .exec(app.db.write())
            .await
            .expect("writes");
        let late = accept(&guest, &old, &typed("hamada"), &Origin::default()).await;
        assert!(matches!(late, Err(Error::NotFound)), "{late:?}");
        let (lines, total) = page(&admin, 1).await.expect("lists");
        let standing: Vec<Standing> = lines.iter().map(|line| line.standing).collect();
        assert_eq!((total, standing), (2, vec![Standing::Revoked, Standing::Over]));
        assert_eq!(page(&stranger, 1).await.expect("lists").1, 0, "only one's own offices");
        let national = officer(&app, "national-admin").await;
        assert_eq!(page(&national, 1).await.expect("lists").1, 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_an_officer_already_logs_in_to_accept() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let own = invite(&admin, &invited(&admin, "142051", "FUJISAWA-cert@ishikai.example.jp").await).await;
        assert!(matches!(&own, Err(Error::Invalid(p)) if p[0].text.contains("浜野 大地")), "{own:?}");
        let elsewhere = "yokohama-cert@ishikai.example.jp";
        invite(&admin, &invited(&admin, "142051", elsewhere).await).await.expect("says nothing of others");
        let token = link(&app, elsewhere).await;
        let guest = guest(&app);
        let open = by_link(&guest, &token).await.expect("reads").expect("open");
        let yokohama = officer(&app, "yokohama-cert").await;
        assert_eq!(open.known, Some(own_id(&yokohama)));
        let new = accept(&guest, &token, &typed("second-login"), &Origin::default()).await;
        assert!(matches!(new, Err(Error::Refused(_))), "no second account: {new:?}");
        assert!(matches!(accept_as(&guest, &token, None).await, Err(Error::Refused(_))));
        let session = mamis_app::account::lists::Current {
            session: Uuid::now_v7(),
            account: yokohama.actor.account().expect("an account"),
            actor: yokohama.actor.clone(),
            who: yokohama.who.clone(),
            second_factor: SecondFactor::Given,
            terms: Terms::Accepted,
            office_name: None,
            email: None,
            last_seen_at: app.clock.now(),
        };
        let mut wrong = session.clone();
        wrong.actor = admin.actor.clone();
        assert!(matches!(accept_as(&admin, &token, Some(&wrong)).await, Err(Error::Refused(_))));
        accept_as(&yokohama, &token, Some(&session)).await.expect("accepts");
        let rows = duty::Entity::find().filter(duty::Column::Officer.eq(Uuid::from(own_id(&yokohama))));
        assert_eq!(rows.count(app.db.read()).await.expect("counts"), 3, "two more than before");
    })
    .await;
}

#[tokio::test]
async fn an_office_invites_for_itself_and_above_with_a_reason() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let national = officer(&app, "national-admin").await;
        let up = invite(&admin, &invited(&admin, "14", "a@example.jp").await).await;
        assert!(matches!(up, Err(Error::Refused(_))), "{up:?}");
        let mut below = invited(&national, "142051", "a@example.jp").await;
        let silent = invite(&national, &below).await;
        assert!(matches!(&silent, Err(Error::Invalid(p)) if p[0].field == "reason"), "{silent:?}");
        below.appointment.reason = "最初の担当者のため".to_owned();
        invite(&national, &below).await.expect("helps");
        let nobody = Invited { email: "a.example.jp".to_owned(), name: " ".to_owned(), ..below };
        let wrong = invite(&national, &nobody).await;
        assert!(matches!(&wrong, Err(Error::Invalid(p)) if p.len() == 2), "{wrong:?}");
    })
    .await;
}
