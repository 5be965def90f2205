//! Registrations: a new person, somebody in the register, and the office that compares the licence.

use crate::office::{body, officer};
use chrono::Duration;
use mamis_app::account::Origin;
use mamis_app::account::lists::{Terms, current};
use mamis_app::attachment::actions::Upload;
use mamis_app::registration::actions::{
    Check, Claim, New, NewAccount, begin_claim, begin_new, check, hold_licence, look, open,
};
use mamis_app::registration::lists::{View, by_link, page};
use mamis_app::secret::sha256_hex;
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error, Who, attachment, jobs, signup};
use mamis_rules::access::Actor;
use mamis_rules::base::Day;
use mamis_rules::flow::registration::{Command, State};
use mamis_rules::physician::identity::Typed;
use mamis_schema::{account, login_attempt, outbox, physician, physician_link, registration, training};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

const PASSWORD: &str = "本だなの右から4番目";
const EMAIL: &str = "nitta@example.jp";

pub(crate) fn guest(app: &Arc<App>) -> Cx {
    Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "test-guest".to_owned(),
    }
}

fn picture() -> Upload {
    Upload {
        file_name: "免許証.pdf".to_owned(),
        media_type: "application/pdf",
        content: b"%PDF-1.7 x".to_vec(),
    }
}

fn somebody() -> New {
    New {
        who: Typed {
            family_name: "新田".to_owned(),
            given_name: "𠮷乃".to_owned(),
            family_kana: "ニッタ".to_owned(),
            given_kana: "よしの".to_owned(),
            birth_on: Day::new(1984, 2, 3),
            registry_number: "５５５１２３".to_owned(),
        },
        registry_on: Day::new(2010, 5, 6),
        sex: "female".to_owned(),
        workplace: "新宿みなみ病院".to_owned(),
        postal_code: "160-0022".to_owned(),
        address: "新宿区新宿1-1".to_owned(),
        prefecture: "13".to_owned(),
        phone: String::new(),
        email: EMAIL.to_owned(),
    }
}

/// The link of the newest letter to an address, with its kind.
async fn letter(app: &App, email: &str) -> (String, String) {
    let row = outbox::Entity::find()
        .filter(outbox::Column::Address.eq(email))
        .order_by_desc(outbox::Column::Id)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a letter");
    let token = row.body.split("/registrations/").nth(1).and_then(|rest| rest.lines().next());
    (row.kind.clone(), token.unwrap_or_default().to_owned())
}

async fn begin(cx: &Cx, new: &New) -> Result<(String, String), Error> {
    let held = hold_licence(cx, picture(), &Origin::default()).await?;
    begin_new(cx, new, &held, &Origin::default()).await?;
    Ok(letter(&cx.app, &new.email).await)
}

const fn typed() -> NewAccount<'static> {
    NewAccount { password: PASSWORD, agrees: true }
}

async fn person(app: &App, number: &str) -> Option<physician::Model> {
    let number = physician::Column::RegistryNumber.eq(number);
    physician::Entity::find().filter(number).one(app.db.read()).await.expect("reads")
}

/// The limit counts letters; a test that sends many begins anew.
async fn forgive(app: &App) {
    login_attempt::Entity::delete_many().exec(app.db.write()).await.expect("deletes");
}

#[tokio::test]
async fn a_registration_works_at_once_and_the_licence_is_compared_after() {
    each_world(|app| async move {
        let guest = guest(&app);
        let (kind, token) = begin(&guest, &somebody()).await.expect("begins");
        assert_eq!(kind, "registration_started");
        assert!(
            person(&app, "555123").await.is_none(),
            "nobody is in the register before the link is opened"
        );
        let found = by_link(&guest, &token).await.expect("reads").expect("works");
        assert_eq!((found.login_id.as_str(), found.is_known), ("p555123", false));
        for (wrong, field) in [
            (NewAccount { agrees: false, ..typed() }, "agree"),
            (NewAccount { password: "short", ..typed() }, "new_password"),
        ] {
            let error = open(&guest, &token, &wrong, &Origin::default()).await.expect_err(field);
            assert!(matches!(&error, Error::Invalid(all) if all[0].field == field), "{field}: {error}");
        }
        let opened = open(&guest, &token, &typed(), &Origin::default()).await.expect("opens");
        let session = current(&app, &sha256_hex(opened.token.as_bytes())).await.expect("reads").expect("in");
        assert_eq!(session.terms, Terms::Accepted);
        let row = person(&app, "555123").await.expect("registered");
        assert_eq!((row.family_name.as_str(), row.given_kana.as_str()), ("新田", "ヨシノ"));
        assert_eq!((row.email.as_deref(), row.email_verified_at.is_some()), (Some(EMAIL), true));

        // At once: a training in Tokyo or anywhere.
        let own = Cx { actor: session.actor.clone(), who: session.who.clone(), ..guest.clone() };
        let free = training::Entity::find()
            .filter(training::Column::State.eq("approved"))
            .filter(training::Column::StartsAt.gt(app.clock.now() + Duration::days(8)))
            .order_by_asc(training::Column::StartsAt)
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a training");
        signup::actions::sign_up(&own, free.id.into()).await.expect("a seat");

        compared(&app, row.id).await;
    })
    .await;
}

/// The office sees the registration with its picture, and confirms it once.
async fn compared(app: &Arc<App>, person: Uuid) {
    let tokyo = officer(app, "o13").await;
    let (rows, total) = page(&tokyo, View::Waiting, 1).await.expect("lists");
    assert_eq!((total, rows[0].name.as_str()), (1, "新田 𠮷乃"));
    let id = rows[0].row.id.into();
    let shown = look(&tokyo, id).await.expect("shows");
    let licence = shown.row.licence.expect("a picture");
    let (_, bytes) = attachment::actions::open(&tokyo, licence.into()).await.expect("opens");
    assert_eq!(bytes.as_ref(), b"%PDF-1.7 x");
    let key = registration::Entity::find_by_id(rows[0].row.id).one(app.db.read()).await;
    let key = key.expect("reads").expect("there").licence_key.expect("kept for the clean-up");
    assert!(matches!(app.files.get(&key).await, Err(Error::NotFound)), "and gone from where it was held");
    let links = physician_link::Entity::find()
        .filter(physician_link::Column::Physician.eq(person))
        .filter(physician_link::Column::Association.eq(body(app, "13").await.id));
    assert_eq!(links.count(app.db.read()).await.expect("counts"), 1);
    let elsewhere = officer(app, "o27").await;
    assert!(matches!(look(&elsewhere, id).await, Err(Error::NotFound)));

    let confirm = Check { command: Command::Confirm, comment: String::new(), version: shown.row.version };
    assert_eq!(check(&tokyo, id, &confirm).await.expect("confirms"), State::Confirmed);
    assert_eq!(letter(app, EMAIL).await.0, "registration_checked");
    assert!(matches!(check(&tokyo, id, &confirm).await, Err(Error::Stale(_))), "once");
}

#[tokio::test]
async fn a_refused_one_logs_in_no_more_until_it_is_confirmed_after_all() {
    each_world(|app| async move {
        let guest = guest(&app);
        let (_, token) = begin(&guest, &somebody()).await.expect("begins");
        let opened = open(&guest, &token, &typed(), &Origin::default()).await.expect("opens");
        let tokyo = officer(&app, "o13").await;
        let (rows, _) = page(&tokyo, View::Waiting, 1).await.expect("lists");
        let (id, version) = (rows[0].row.id.into(), rows[0].row.version);
        let refuse = |comment: &str| Check { command: Command::Refuse, comment: comment.to_owned(), version };
        assert!(matches!(check(&tokyo, id, &refuse("")).await, Err(Error::Invalid(_))), "says why");
        check(&tokyo, id, &refuse("番号が読めません。")).await.expect("refuses");
        let cookie = sha256_hex(opened.token.as_bytes());
        assert!(current(&app, &cookie).await.expect("reads").is_none(), "the session ended");
        let state = |app: Arc<App>| async move {
            let login = account::Column::LoginId.eq("p555123");
            account::Entity::find()
                .filter(login)
                .one(app.db.read())
                .await
                .expect("reads")
                .expect("there")
                .state
        };
        assert_eq!(state(app.clone()).await, "closed");
        forgive(&app).await;
        let (kind, _) = begin(&guest, &somebody()).await.expect("takes the form");
        assert_eq!(kind, "registration_stopped", "and no way around");
        let confirm = Check { command: Command::Confirm, comment: String::new(), version: version + 1 };
        check(&tokyo, id, &confirm).await.expect("after all");
        assert_eq!(state(app.clone()).await, "active");
    })
    .await;
}

#[tokio::test]
async fn a_claim_needs_all_four() {
    each_world(|app| async move {
        let guest = guest(&app);
        let tanaka = account::Entity::find().filter(account::Column::LoginId.eq("tanaka")).one(app.db.read());
        let tanaka = tanaka.await.expect("reads").expect("there");
        let row = physician::Entity::find_by_id(tanaka.physician.expect("a physician")).one(app.db.read());
        let row = row.await.expect("reads").expect("there");
        let right = Claim {
            who: Typed {
                family_kana: "たなか".to_owned(),
                given_kana: "ひな".to_owned(),
                birth_on: Some(row.birth_on.into()),
                registry_number: row.registry_number.clone().expect("a number"),
                ..Typed::default()
            },
            email: "hina@example.jp".to_owned(),
        };
        let wrong = |change: fn(&mut Claim)| {
            let mut claim = right.clone();
            change(&mut claim);
            claim
        };
        for claim in [
            wrong(|claim| claim.who.given_kana = "ハルナ".to_owned()),
            wrong(|claim| claim.who.birth_on = Day::new(1990, 1, 1)),
            wrong(|claim| claim.who.registry_number = "599999".to_owned()),
        ] {
            begin_claim(&guest, &claim, &Origin::default())
                .await
                .expect("the page says the same to everybody");
            assert_eq!(letter(&app, "hina@example.jp").await.0, "registration_stopped");
        }
        begin_claim(&guest, &right, &Origin::default()).await.expect("takes the form");
        let (kind, token) = letter(&app, "hina@example.jp").await;
        assert_eq!(kind, "registration_started");
        let found = by_link(&guest, &token).await.expect("reads").expect("works");
        assert_eq!((found.login_id.as_str(), found.is_known), ("tanaka", true));
        open(&guest, &token, &typed(), &Origin::default()).await.expect("opens");
        assert!(
            matches!(open(&guest, &token, &typed(), &Origin::default()).await, Err(Error::NotFound)),
            "once"
        );
        let now =
            physician::Entity::find_by_id(row.id).one(app.db.read()).await.expect("reads").expect("there");
        assert_eq!(now.email.as_deref(), Some("hina@example.jp"));
        forgive(&app).await;
        begin_claim(&guest, &right, &Origin::default()).await.expect("takes the form");
        let (kind, _) = letter(&app, "hina@example.jp").await;
        assert_eq!(kind, "registration_stopped", "an account in use is not taken over");
    })
    .await;
}

#[tokio::test]
async fn a_known_number_is_never_created_twice() {
    each_world(|app| async move {
        let guest = guest(&app);
        let (_, first) = begin(&guest, &somebody()).await.expect("begins");
        let (_, second) = begin(&guest, &somebody()).await.expect("begins again");
        let origin = Origin::default();
        let new = typed();
        let (a, b) = tokio::join!(open(&guest, &first, &new, &origin), open(&guest, &second, &new, &origin));
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
        let error = a.err().or(b.err()).expect("one of them");
        assert!(matches!(&error, Error::Refused(text) if text.contains("先に利用登録")), "{error}");
        let number = physician::Column::RegistryNumber.eq("555123");
        let rows = physician::Entity::find().filter(number).count(app.db.read()).await.expect("counts");
        assert_eq!(rows, 1);
    })
    .await;
}

#[tokio::test]
async fn a_member_who_registers_gets_the_own_account() {
    each_world(|app| async move {
        let guest = guest(&app);
        let row = physician::Entity::find()
            .filter(physician::Column::FamilyName.eq("佐藤"))
            .filter(physician::Column::GivenName.eq("恵子"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("there");
        let mut new = somebody();
        new.who.registry_number = row.registry_number.clone().expect("a number");
        let (kind, _) = begin(&guest, &new).await.expect("takes the form");
        assert_eq!(kind, "registration_stopped", "somebody else's number");
        let number = physician::Column::RegistryNumber.eq(row.registry_number);
        assert_eq!(physician::Entity::find().filter(number).count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_opens_is_forgotten() {
    each_world(|app| async move {
        let guest = guest(&app);
        let (_, token) = begin(&guest, &somebody()).await.expect("begins");
        let row = registration::Entity::find()
            .filter(registration::Column::State.eq("started"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("there");
        let ended = app.clock.wall() - Duration::hours(1);
        registration::Entity::update_many()
            .col_expr(registration::Column::ExpiresAt, Expr::value(ended))
            .filter(registration::Column::Id.eq(row.id))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert!(by_link(&guest, &token).await.expect("reads").is_none());
        jobs::clean_up(&Cx::system(&app, "clean_up")).await.expect("cleans");
        let left = registration::Entity::find_by_id(row.id).one(app.db.read()).await.expect("reads");
        assert!(left.is_none());
        let key = row.licence_key.expect("a picture");
        assert!(matches!(app.files.get(&key).await, Err(Error::NotFound)));
        let again = open(&guest, &token, &typed(), &Origin::default()).await;
        assert!(matches!(again, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_form_without_a_picture_or_with_another_ones_is_mended() {
    each_world(|app| async move {
        let guest = guest(&app);
        let none = begin_new(&guest, &somebody(), "", &Origin::default()).await;
        assert!(matches!(&none, Err(Error::Invalid(all)) if all[0].field == "licence"), "{none:?}");
        let guessed = begin_new(&guest, &somebody(), "guessed", &Origin::default()).await;
        assert!(matches!(&guessed, Err(Error::Invalid(all)) if all[0].field == "licence"), "{guessed:?}");
        let empty = begin_new(&guest, &New::default(), "", &Origin::default()).await;
        let Err(Error::Invalid(all)) = empty else { panic!("all is missing") };
        assert_eq!(all.len(), 11, "{all:?}");
    })
    .await;
}
