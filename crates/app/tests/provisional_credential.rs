//! Provisional credentials in bulk: chosen, made chunk by chunk, posted, reminded of.

use crate::office::{body, officer};
use crate::registration::guest;
use chrono::Duration;
use mamis_app::account::actions::{FirstLogin, begin_first_login, finish_first_login};
use mamis_app::account::{Origin, lists as accounts};
use mamis_app::mail::{Transport, deliver};
use mamis_app::provisional_credential::actions::{begin, open_file, record_posting, withdraw};
use mamis_app::provisional_credential::lists::{count, show};
use mamis_app::provisional_credential::{Selection, jobs};
use mamis_app::secret::sha256_hex;
use mamis_app::testing::{each_world, people_written};
use mamis_app::{App, Cx, Error};
use mamis_rules::base::CredentialRunId;
use mamis_rules::physician::card::{Kind, State, Way};
use mamis_schema::{account, credential_run, membership, outbox, physician, provisional_credential};
use provisional_credential::Column as C;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};
use std::sync::Arc;
use uuid::Uuid;

const FIRST: Selection = Selection { kind: Kind::First, within: None };
const REMINDER: Selection = Selection { kind: Kind::Reminder, within: None };

fn system(app: &Arc<App>) -> Cx {
    Cx::system(app, "provisional_credentials")
}

/// All steps that wait.
async fn work(app: &Arc<App>) {
    while jobs::make(&system(app)).await.expect("makes").done > 0 {}
}

/// Members of 藤沢市 who have not logged in, each with a postcode; an empty one for an unknown address.
async fn members(app: &App, postcodes: &[&str]) -> Vec<Uuid> {
    let at = body(app, "142051").await;
    let like = physician::Entity::find().one(app.db.read()).await.expect("reads").expect("there");
    let db = app.db.write();
    let mut people = Vec::new();
    for (number, postcode) in postcodes.iter().enumerate() {
        let id = Uuid::now_v7();
        let has_address = !postcode.is_empty();
        let person = physician::Model {
            id,
            registry_number: Some(format!("{}", 600_000 + number)),
            national_member_id: None,
            family_name: "千代".to_owned(),
            given_name: format!("{number}"),
            kana_key: format!("チヨ{number:05}"),
            email: None,
            email_verified_at: None,
            mailing_destination: "home".to_owned(),
            home_postal_code: has_address.then(|| (*postcode).to_owned()),
            home_address: has_address.then(|| format!("藤沢市{number}丁目")),
            ..like.clone()
        };
        physician::ActiveModel::from(person).reset_all().insert(db).await.expect("writes");
        let period = membership::Model {
            id: Uuid::now_v7(),
            physician: id,
            association: at.id,
            tier: at.tier.clone(),
            category: "b".to_owned(),
            valid_from: at.opened_on,
            valid_until: None,
            created_at: app.clock.now(),
            cause: String::new(),
            opened_by: None,
            closed_by: None,
        };
        period.into_active_model().reset_all().insert(db).await.expect("writes");
        people.push(id);
    }
    people_written(app).await;
    people
}

async fn start(cx: &Cx, chosen: &Selection) -> CredentialRunId {
    let at = body(&cx.app, "142051").await.id.into();
    begin(cx, at, chosen).await.expect("begins")
}

async fn rows(app: &App, run: CredentialRunId) -> Vec<provisional_credential::Model> {
    provisional_credential::Entity::find()
        .filter(C::CredentialRun.eq(Uuid::from(run)))
        .order_by_asc(C::Position)
        .all(app.db.read())
        .await
        .expect("reads")
}

/// Gives somebody's living card a secret that the test knows.
async fn know(app: &App, person: Uuid, secret: &str) -> String {
    let hash = sha256_hex(secret.replace('-', "").as_bytes());
    let changed = provisional_credential::Entity::update_many()
        .col_expr(C::SecretHash, Expr::value(hash))
        .filter(C::Physician.eq(person))
        .filter(C::RevokedAt.is_null())
        .exec(app.db.write())
        .await
        .expect("writes");
    assert_eq!(changed.rows_affected, 1, "one card that works");
    let own = account::Entity::find().filter(account::Column::Physician.eq(person)).one(app.db.read());
    own.await.expect("reads").expect("an account").login_id
}

const fn typed() -> FirstLogin<'static> {
    FirstLogin {
        password: "本だなの右から4番目", again: "本だなの右から4番目", agrees: true, email: ""
    }
}

#[tokio::test]
async fn cards_lie_in_postal_order_and_who_has_no_address_is_named() {
    each_world(|app| async move {
        let people = members(&app, &["2510052", "", "2510001", "2510026"]).await;
        let admin = officer(&app, "fujisawa-admin").await;
        let at = body(&app, "142051").await.id.into();
        // 田中 陽菜 has not logged in either.
        assert_eq!(count(&admin, at, &FIRST).await.expect("counts"), 5);
        let run = start(&admin, &FIRST).await;
        work(&app).await;
        let shown = show(&admin, run).await.expect("shows");
        assert_eq!((shown.state, shown.row.wanted, shown.row.made), (State::Ready, 5, 5));
        assert_eq!(shown.without.len(), 1);
        assert_eq!(
            (shown.without[0].0, shown.without[0].2.as_str()),
            (people[1], "送付先の住所がありません。")
        );
        let rows = rows(&app, run).await;
        let cards: Vec<_> = rows.iter().filter(|row| row.secret_hash.is_some()).collect();
        let codes: Vec<&str> = cards.iter().map(|row| row.postal_code.as_str()).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        assert_eq!((codes.len(), &codes), (4, &sorted));
        assert_eq!((shown.files.len(), shown.files[0].cards), (1, 4));
        let (name, pdf) = open_file(&admin, run, 1).await.expect("opens");
        assert!(name.ends_with("-01.pdf") && pdf.starts_with(b"%PDF"), "{name}");
        let made = account::Entity::find().filter(account::Column::Physician.eq(people[0]));
        let made = made.one(app.db.read()).await.expect("reads").expect("an account was made");
        assert_eq!(made.login_id, "p600000");
        assert_eq!(count(&admin, at, &FIRST).await.expect("counts"), 1, "only who got no card");
    })
    .await;
}

#[tokio::test]
async fn a_card_opens_the_account_once() {
    each_world(|app| async move {
        let people = members(&app, &["2510001"]).await;
        let admin = officer(&app, "fujisawa-admin").await;
        let run = start(&admin, &FIRST).await;
        work(&app).await;
        let login = know(&app, people[0], "k7mq-2xwp-9hdr").await;
        let guest = guest(&app);
        let secret = "Ｋ７ＭＱ－2xwp 9hdr";
        for wrong in ["k7mq-2xwp-9hdx", "", "k7mq2xwp9hdrr"] {
            assert_eq!(begin_first_login(&guest, &login, wrong).await.expect("asks"), None, "{wrong}");
        }
        assert_eq!(begin_first_login(&guest, "tanaka", secret).await.expect("asks"), None, "one's own card");
        let token = begin_first_login(&guest, &login, secret).await.expect("asks").expect("right");
        let origin = Origin::default();
        let short = FirstLogin { password: "short", ..typed() };
        let error = finish_first_login(&guest, &token, &short, &origin).await.expect_err("too short");
        assert!(matches!(error, Error::Invalid(_)));
        let wrong = FirstLogin { password: "short", again: "shorter", agrees: false, email: "なし" };
        let error = finish_first_login(&guest, &token, &wrong, &origin).await.expect_err("all wrong");
        let Error::Invalid(problems) = error else { panic!("{error:?}") };
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["new_password", "new_password_again", "email", "agree"], "all at once");
        let opened = finish_first_login(&guest, &token, &typed(), &origin).await.expect("opens");
        let session = accounts::current(&app, &sha256_hex(opened.token.as_bytes())).await.expect("reads");
        assert_eq!(session.expect("in").terms, accounts::Terms::Accepted);
        assert!(matches!(finish_first_login(&guest, &token, &typed(), &origin).await, Err(Error::NotFound)));
        assert_eq!(
            begin_first_login(&guest, &login, secret).await.expect("asks"),
            None,
            "the card is used up"
        );
        assert_eq!(show(&admin, run).await.expect("shows").used, 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_run_ends_the_old_cards_and_mails_where_mail_arrives() {
    each_world(|app| async move {
        let people = members(&app, &["2510001", "2510002"]).await;
        let admin = officer(&app, "fujisawa-admin").await;
        start(&admin, &FIRST).await;
        work(&app).await;
        let login = know(&app, people[0], "k7mq-2xwp-9hdr").await;
        let at = body(&app, "142051").await.id.into();
        assert_eq!(count(&admin, at, &REMINDER).await.expect("counts"), 0, "not the day after");
        let earlier = app.clock.wall() - Duration::days(31);
        provisional_credential::Entity::update_many()
            .col_expr(C::MadeAt, Expr::value(earlier))
            .filter(C::MadeAt.is_not_null())
            .exec(app.db.write())
            .await
            .expect("writes");
        physician::Entity::update_many()
            .col_expr(physician::Column::Email, Expr::value("chiyo@example.jp"))
            .col_expr(physician::Column::EmailVerifiedAt, Expr::value(app.clock.now()))
            .filter(physician::Column::Id.eq(people[1]))
            .exec(app.db.write())
            .await
            .expect("writes");
        people_written(&app).await;
        let run = start(&admin, &REMINDER).await;
        work(&app).await;
        let rows = rows(&app, run).await;
        let way = |person| rows.iter().find(|row| row.physician == person).map(|row| row.way.as_str());
        assert_eq!((way(people[0]), way(people[1])), (Some(Way::Post.name()), Some(Way::Mail.name())));
        let guest = guest(&app);
        let old = begin_first_login(&guest, &login, "k7mq-2xwp-9hdr").await.expect("asks");
        assert_eq!(old, None, "the card before opens nothing");
        let letter = outbox::Entity::find().filter(outbox::Column::Address.eq("chiyo@example.jp"));
        let letter = letter.one(app.db.read()).await.expect("reads").expect("a mail");
        assert_eq!(letter.kind, "first_login_reminder");
        let token = letter.body.split("/first-logins/").nth(1).and_then(|rest| rest.lines().next());
        let token = token.expect("a link");
        finish_first_login(&guest, token, &typed(), &Origin::default()).await.expect("opens");
        let delivery = deliver(&app, &Transport::Memory(Arc::default())).await.expect("sends");
        assert!(delivery.sent > 0);
    })
    .await;
}

#[tokio::test]
async fn a_killed_run_goes_on_where_it_was_and_nobody_gets_two_cards() {
    each_world(|app| async move {
        let codes = ["2510001", "2510002", "2510003", "2510004", "2510005", "2510006", "2510007"];
        let people = members(&app, &codes).await;
        let admin = officer(&app, "fujisawa-admin").await;
        let run = start(&admin, &FIRST).await;
        let job = system(&app);
        jobs::make(&job).await.expect("chooses");
        // Two nodes at once: one commits its chunk, the other leaves nothing behind.
        let (a, b) = tokio::join!(jobs::make_some(&job, 5), jobs::make_some(&job, 5));
        let won = [&a, &b].into_iter().filter(|outcome| outcome.is_ok()).count();
        let after = show(&admin, run).await.expect("shows");
        assert!(won >= 1 && after.row.made >= 5, "{a:?} {b:?}");
        let secrets: Vec<_> = rows(&app, run).await.into_iter().map(|row| row.secret_hash).collect();
        work(&app).await;
        let now = rows(&app, run).await;
        for (before, row) in secrets.iter().zip(&now) {
            assert!(before.is_none() || *before == row.secret_hash, "a card that was made stays as it is");
        }
        assert!(now.iter().all(|row| row.secret_hash.is_some()), "everybody got one");
        let shown = show(&admin, run).await.expect("shows");
        assert_eq!((shown.state, shown.files.len()), (State::Ready, 2));
        let cards: i32 = shown.files.iter().map(|file| file.cards).sum();
        assert_eq!(cards as usize, people.len() + 1);
        let logins = account::Entity::find().filter(account::Column::Physician.is_in(people.clone()));
        assert_eq!(logins.count(app.db.read()).await.expect("counts") as usize, people.len());
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_run_opens_nothing_and_a_posted_one_keeps_no_file() {
    each_world(|app| async move {
        let people = members(&app, &["2510001"]).await;
        let admin = officer(&app, "fujisawa-admin").await;
        let run = start(&admin, &FIRST).await;
        work(&app).await;
        let login = know(&app, people[0], "k7mq-2xwp-9hdr").await;
        withdraw(&admin, run).await.expect("withdraws");
        let opened = begin_first_login(&guest(&app), &login, "k7mq-2xwp-9hdr").await.expect("asks");
        assert_eq!(opened, None);
        assert!(matches!(open_file(&admin, run, 1).await, Err(Error::Refused(_))));
        assert!(matches!(record_posting(&admin, run, Some(admin.today())).await, Err(Error::Refused(_))));
        let at = body(&app, "142051").await.id.into();
        let stranger = officer(&app, "o27").await;
        assert!(matches!(begin(&stranger, at, &FIRST).await, Err(Error::Refused(_))));
        assert!(matches!(show(&stranger, run).await, Err(Error::NotFound)));
        let runs = credential_run::Entity::find().count(app.db.read()).await.expect("counts");
        assert_eq!(runs, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_logs_in_meanwhile_gets_no_card_and_a_character_without_a_glyph_is_named() {
    each_world(|app| async move {
        let people = members(&app, &["2510001", "2510002"]).await;
        let rare = physician::Entity::update_many()
            .col_expr(physician::Column::GivenName, Expr::value("\u{2ebf0}"))
            .filter(physician::Column::Id.eq(people[0]));
        rare.exec(app.db.write()).await.expect("writes");
        people_written(&app).await;
        let admin = officer(&app, "fujisawa-admin").await;
        let run = start(&admin, &FIRST).await;
        jobs::make(&system(&app)).await.expect("chooses");
        let used = account::Entity::update_many()
            .col_expr(account::Column::FirstUsedAt, Expr::value(app.clock.now()))
            .filter(account::Column::LoginId.eq("tanaka"));
        assert_eq!(used.exec(app.db.write()).await.expect("writes").rows_affected, 1);
        work(&app).await;
        let shown = show(&admin, run).await.expect("shows");
        assert_eq!(shown.state, State::Ready);
        let why: Vec<&str> = shown.without.iter().map(|(_, _, why)| why.as_str()).collect();
        assert_eq!(why.len(), 2, "{why:?}");
        assert!(why.iter().any(|text| text.contains("ログインされたか")), "{why:?}");
        assert!(why.iter().any(|text| text.contains("書体がありません")), "{why:?}");
        let living = rows(&app, run).await.into_iter().filter(|row| row.secret_hash.is_some()).count();
        assert_eq!((shown.files[0].cards, living), (1, 1));
    })
    .await;
}
