//! Certificates after they were given: notices, the public question, duplicates, the end of a title.

use crate::office::officer;
use mamis_app::certification::actions::{Ending, end, reissue};
use mamis_app::certification::jobs::expiry_notices;
use mamis_app::certification::lists::ledger::{self, Filter, View};
use mamis_app::document::actions::{Question, Subject, open};
use mamis_app::document::jobs::render_pending;
use mamis_app::physician::actions::stand_in;
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error, Who};
use mamis_rules::access::Actor;
use mamis_rules::access::Duty;
use mamis_rules::access::document::Kind;
use mamis_rules::base::Day;
use mamis_rules::certification::{Loss, Standing};
use mamis_schema::{account, audit_entry, certification, document, outbox, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

fn guest(app: &Arc<App>) -> Cx {
    Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "g".to_owned(),
    }
}

/// The physician of this login and the latest certification.
async fn holder(app: &App, login_id: &str) -> (physician::Model, certification::Model) {
    let account = account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("in the named world");
    let person = physician::Entity::find_by_id(account.physician.expect("a physician"))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("there");
    let held = certification::Entity::find()
        .filter(certification::Column::Physician.eq(person.id))
        .order_by_desc(certification::Column::ValidUntil)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("certified");
    (person, held)
}

/// What the public page says of the titles that a question names.
async fn verify(cx: &Cx, question: &Question, address: &str) -> mamis_app::Result<Vec<Standing>> {
    let found = mamis_app::document::actions::verify(cx, question, address).await?;
    assert!(found.iter().all(|verdict| verdict.kind == Kind::Certificate), "{found:?}");
    Ok(found.into_iter().map(|verdict| verdict.standing).collect())
}

fn question(person: &physician::Model, subject: Subject) -> Question {
    let born = Day::from(person.birth_on);
    Question { subject, year: born.year(), month: born.month() }
}

/// A stopping process waits for its jobs: a long one must end between two letters.
#[tokio::test]
async fn a_stopping_process_ends_the_notices_and_the_next_start_goes_on() {
    each_world(|app| async move {
        let queued = || async {
            let notices = outbox::Entity::find().filter(outbox::Column::Kind.eq("expiry_notice"));
            notices.count(app.db.read()).await.expect("counts")
        };
        let before = queued().await;
        app.stopping.begin();
        let error = expiry_notices(&Cx::system(&app, "test")).await.expect_err("ends early");
        assert!(matches!(error, Error::Fault(_)), "{error}");
        assert_eq!(queued().await, before, "no letter after the stop");
    })
    .await;
}

#[tokio::test]
async fn each_notice_goes_out_once_by_mail_or_post() {
    each_world(|app| async move {
        let (person, _) = holder(&app, "sato").await;
        let (unreachable, _) = holder(&app, "ishii").await;
        physician::Entity::update_many()
            .col_expr(physician::Column::EmailVerifiedAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .filter(physician::Column::Id.eq(unreachable.id))
            .exec(app.db.write())
            .await
            .expect("writes");
        let notices = || outbox::Entity::find().filter(outbox::Column::Kind.eq("expiry_notice"));
        let first = expiry_notices(&Cx::system(&app, "test")).await.expect("runs");
        assert!(first.done > 0, "{first:?}");
        let sent = notices().count(app.db.read()).await.expect("counts");
        assert_eq!(sent, first.done);
        let mine = notices().filter(outbox::Column::Physician.eq(person.id));
        assert_eq!(mine.count(app.db.read()).await.expect("counts"), 1, "佐藤 has one letter, not four");
        let by_post = notices().filter(outbox::Column::Physician.eq(unreachable.id));
        let letter = by_post.one(app.db.read()).await.expect("reads").expect("nobody is left out");
        assert_eq!(letter.channel, "post", "石井 has no verified address");

        assert_eq!(expiry_notices(&Cx::system(&app, "test")).await.expect("runs again").done, 0);
        let (_, held) = holder(&app, "sato").await;
        let two_months = Day::from(held.valid_until).plus_months(-2);
        let at = two_months.date().and_hms_opt(3, 0, 0).expect("a time").and_utc();
        app.clock.set(at);
        expiry_notices(&Cx::system(&app, "test")).await.expect("runs");
        expiry_notices(&Cx::system(&app, "test")).await.expect("runs");
        let mine = notices().filter(outbox::Column::Physician.eq(person.id));
        assert_eq!(mine.count(app.db.read()).await.expect("counts"), 2, "the next one, once");
        app.clock.set(now());
    })
    .await;
}

#[tokio::test]
async fn anybody_learns_whether_a_certificate_is_good_and_nothing_else() {
    each_world(|app| async move {
        let (person, held) = holder(&app, "sato").await;
        let cx = guest(&app);
        let by_number = question(&person, Subject::Number(format!("第{}号", held.number)));
        assert_eq!(verify(&cx, &by_number, "198.51.100.1").await.expect("answers"), [Standing::Valid]);
        let wrong = Question { month: by_number.month % 12 + 1, ..by_number.clone() };
        assert_eq!(verify(&cx, &wrong, "198.51.100.1").await.expect("answers"), []);

        let national = officer(&app, "national-cert").await;
        end(&national, held.id.into(), &ending(&held, Loss::Declined, 0)).await.expect("records");
        assert_eq!(verify(&cx, &by_number, "198.51.100.1").await.expect("answers"), [Standing::Revoked]);
        let again = end(&national, held.id.into(), &ending(&held, Loss::Declined, 0)).await;
        assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");

        let limit = app.settings.login.failures_per_address;
        let mut refused = 0;
        for _ in 0..=limit {
            if matches!(verify(&cx, &wrong, "198.51.100.2").await, Err(Error::TooMany { .. })) {
                refused += 1;
            }
        }
        assert_eq!(refused, 1, "the one beyond {limit}");
        assert!(verify(&cx, &by_number, "198.51.100.3").await.is_ok(), "others go on");
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_is_logged_and_both_codes_answer() {
    each_world(|app| async move {
        let (person, held) = holder(&app, "sato").await;
        let national = officer(&app, "national-cert").await;
        let nothing = reissue(&national, held.id.into(), "紛失").await;
        assert!(matches!(nothing, Err(Error::Refused(_))), "it was never issued here: {nothing:?}");
        let printed = mamis_documents::Certificate {
            title: "認定証".to_owned(),
            honour: "日本医師会認定産業医".to_owned(),
            number: held.number.clone(),
            name: format!("{}　{}", person.family_name, person.given_name),
            birth: None,
            statement: "認定します。".to_owned(),
            validity: mamis_rules::base::Period {
                from: held.valid_from.into(),
                until: held.valid_until.into(),
            },
            issued: Day::of(now()),
            signatory: mamis_documents::Signatory {
                association: "日本医師会".to_owned(),
                title: "会長".to_owned(),
                name: "見本 太郎".to_owned(),
            },
            seal: mamis_documents::Seal::Stamped,
            verification: mamis_documents::Verification::None,
        };
        first_certificate(&app, &held, &serde_json::to_string(&printed).expect("JSON")).await;
        let unwilling = officer(&app, "fujisawa-cert").await;
        assert!(matches!(reissue(&unwilling, held.id.into(), "紛失").await, Err(Error::Refused(_))));
        assert!(matches!(reissue(&national, held.id.into(), "").await, Err(Error::Invalid(_))));
        reissue(&national, held.id.into(), "紛失").await.expect("issues");
        let all = document::Entity::find()
            .filter(document::Column::Certification.eq(held.id))
            .order_by_asc(document::Column::Id)
            .all(app.db.read())
            .await
            .expect("reads");
        let [old, new] = &all[..] else { panic!("two, not {}", all.len()) };
        assert!(old.revoked_at.is_some() && new.reissue_of == Some(old.id));
        for row in [old, new] {
            let code = Subject::Code(row.verification_code.clone().expect("a code"));
            let answer =
                verify(&guest(&app), &question(&person, code), "198.51.100.9").await.expect("answers");
            assert_eq!(answer, [Standing::Valid]);
        }
        let (row, bytes) = open(&national, new.id.into()).await.expect("opens");
        assert!(bytes.starts_with(b"%PDF-"), "{}", row.kind);
        app.clock.set(now() + chrono::Duration::hours(1));
        let made = render_pending(&Cx::system(&app, "test")).await.expect("runs");
        assert_eq!(made.done, 1, "the old one; the new one has its file");
        app.clock.set(now());
    })
    .await;
}

async fn first_certificate(app: &App, held: &certification::Model, data: &str) {
    let national = crate::office::body(app, "00").await.id;
    document::ActiveModel::from(document::Model {
        id: Uuid::now_v7(),
        kind: "certificate".to_owned(),
        number: "C-TEST-1".to_owned(),
        physician: Some(held.physician),
        certification: Some(held.id),
        issuer: national,
        association: None,
        batch: None,
        training: None,
        verification_code: Some("TESTCODE22".to_owned()),
        data: data.to_owned(),
        template_version: "1".to_owned(),
        file_key: None,
        sha256: None,
        issued_on: Day::of(now()).date(),
        issued_by: None,
        reissue_of: None,
        revoked_at: None,
        created_at: now(),
    })
    .reset_all()
    .insert(app.db.write())
    .await
    .expect("writes");
}

/// A loss so many days from now.
fn ending(held: &certification::Model, loss: Loss, days: i64) -> Ending {
    Ending {
        loss: Some(loss),
        on: Some(Day::of(now()).plus_days(days)),
        reason: "辞退届を受理".to_owned(),
        number: held.number.clone(),
    }
}

async fn letters(app: &App, kind: &str) -> Vec<outbox::Model> {
    outbox::Entity::find().filter(outbox::Column::Kind.eq(kind)).all(app.db.read()).await.expect("reads")
}

#[tokio::test]
async fn a_title_is_lost_once_for_every_period_and_everybody_concerned_hears_it() {
    each_world(|app| async move {
        let (person, held) = holder(&app, "sato").await;
        // The renewal is granted already: it must not come to life when the lost period is over.
        let next = certification::Model {
            id: Uuid::now_v7(),
            valid_from: Day::from(held.valid_until).next().date(),
            valid_until: Day::from(held.valid_until).plus_years(5).date(),
            previous: Some(held.id),
            ..held.clone()
        };
        certification::ActiveModel::from(next.clone())
            .reset_all()
            .insert(app.db.write())
            .await
            .expect("writes");
        let national = officer(&app, "national-cert").await;
        end(&national, held.id.into(), &ending(&held, Loss::Revoked, 10)).await.expect("records");
        assert_eq!(holder(&app, "sato").await.0.deceased_on, None, "any other loss is no death");
        let by_number = question(&person, Subject::Number(held.number.clone()));
        let ask = || async { verify(&guest(&app), &by_number, "198.51.100.1").await.expect("answers") };
        assert_eq!(ask().await, [Standing::Valid], "until that day");
        for days in [10, 3_000] {
            app.clock.set(now() + chrono::Duration::days(days));
            let answer = ask().await;
            assert_eq!(answer, [Standing::Revoked], "after {days} days, the renewal included");
        }
        app.clock.set(now());

        let told = letters(&app, "certification_ended").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].physician == Some(person.id) && told[0].body.contains("辞退届を受理"), "{told:?}");
        let offices = letters(&app, "certification_ended_office").await;
        assert!(offices.iter().any(|row| row.body.contains("藤沢市医師会")), "{offices:?}");
        assert!(offices.iter().any(|row| row.body.contains("神奈川県医師会")), "{offices:?}");
        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("certification.end"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("an entry");
        assert!(entry.physician == Some(person.id) && entry.detail.contains("revoked"), "{}", entry.detail);
        let local = officer(&app, "fujisawa-cert").await;
        let lost = Filter { view: View::Lost, ..Filter::default() };
        let (rows, total) = ledger::page(&local, &lost, 1).await.expect("lists");
        assert_eq!((rows[0].row.id, total), (next.id, 1), "the ledger stays, by its latest period");
    })
    .await;
}

#[tokio::test]
async fn nobody_writes_to_the_dead() {
    each_world(|app| async move {
        let (person, held) = holder(&app, "sato").await;
        assert_eq!(person.deceased_on, None);
        let national = officer(&app, "national-cert").await;
        let ahead = end(&national, held.id.into(), &ending(&held, Loss::Died, 1)).await;
        assert!(matches!(ahead, Err(Error::Invalid(_))), "nobody's death is known ahead: {ahead:?}");
        end(&national, held.id.into(), &ending(&held, Loss::Died, -1)).await.expect("records");
        let (person, _) = holder(&app, "sato").await;
        let yesterday = Day::of(now()).plus_days(-1);
        assert_eq!(person.deceased_on, Some(yesterday.date()), "the physician's record says the same");
        let local = officer(&app, "fujisawa-cert").await;
        let refused = stand_in(&local, person.id.into(), Duty::Certification).await.map(|(_, name)| name);
        assert!(matches!(refused, Err(Error::Refused(_))), "nobody applies for the dead: {refused:?}");
        assert!(letters(&app, "certification_ended").await.is_empty());
        assert!(!letters(&app, "certification_ended_office").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_ledger_shows_what_the_office_may_see() {
    each_world(|app| async move {
        let national = officer(&app, "national-cert").await;
        let local = officer(&app, "fujisawa-cert").await;
        let all = Filter::default();
        let (_, everywhere) = ledger::page(&national, &all, 1).await.expect("lists");
        let (rows, here) = ledger::page(&local, &all, 1).await.expect("lists");
        assert!(0 < here && here < everywhere, "{here} of {everywhere}");
        assert!(rows.iter().all(|row| row.association == "藤沢市医師会"), "{rows:?}");
        let mut by_view = 0;
        for view in [View::Valid, View::Expired, View::Lost] {
            let filter = Filter { view, ..Filter::default() };
            let rows = ledger::export(&national, &filter).await.expect("lists");
            let fits = |standing| match view {
                View::Valid => matches!(standing, Standing::Valid | Standing::NotYet),
                View::Expired => standing == Standing::Expired,
                _ => standing == Standing::Revoked,
            };
            assert!(rows.iter().all(|row| fits(row.standing)), "{view:?}");
            by_view += rows.len() as u64;
        }
        assert_eq!(by_view, everywhere, "each in exactly one of the three");
        let mori = Filter { text: "モリ チヅル".to_owned(), ..Filter::default() };
        let (found, _) = ledger::page(&national, &mori, 1).await.expect("lists");
        assert_eq!(found[0].standing, Standing::Valid, "the special measure prolongs it");
        let (_, held) = holder(&app, "yoshida").await;
        assert!(matches!(ledger::show(&local, held.id.into()).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_loss_needs_its_facts_and_the_national_tier() {
    each_world(|app| async move {
        let (_, held) = holder(&app, "sato").await;
        let national = officer(&app, "national-cert").await;
        for (change, field) in [
            (Ending { number: "9".to_owned(), ..ending(&held, Loss::Revoked, 0) }, "number"),
            (Ending { reason: String::new(), ..ending(&held, Loss::Revoked, 0) }, "reason"),
            (Ending { loss: None, ..ending(&held, Loss::Revoked, 0) }, "loss"),
            (ending(&held, Loss::Revoked, 400), "on"),
            (Ending { on: None, ..ending(&held, Loss::Revoked, 0) }, "on"),
        ] {
            match end(&national, held.id.into(), &change).await {
                Err(Error::Invalid(problems)) => assert_eq!(problems[0].field, field),
                other => panic!("{field}: {other:?}"),
            }
        }
        let local = officer(&app, "fujisawa-cert").await;
        let refused = end(&local, held.id.into(), &ending(&held, Loss::Revoked, 0)).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        let blind = officer(&app, "fujisawa-training").await;
        assert!(matches!(
            end(&blind, held.id.into(), &ending(&held, Loss::Revoked, 0)).await,
            Err(Error::NotFound)
        ));
        assert!(letters(&app, "certification_ended").await.is_empty());
    })
    .await;
}

/// A renewal that was granted ahead: the title is held, can be lost, and was prolonged by no special measure.
async fn renewed(app: &App, held: &certification::Model) -> certification::Model {
    let from = Day::from(held.valid_until).next();
    let row = certification::Model {
        id: Uuid::now_v7(),
        valid_from: from.date(),
        valid_until: from.plus_years(5).plus_days(-1).date(),
        previous: Some(held.id),
        application: None,
        created_at: now(),
        ..held.clone()
    };
    certification::ActiveModel::from(row.clone()).reset_all().insert(app.db.write()).await.expect("writes");
    row
}

#[tokio::test]
async fn what_was_renewed_is_prolonged_no_more() {
    each_world(|app| async move {
        let (person, held) = holder(&app, "mori").await;
        let ask = || async {
            let question = question(&person, Subject::Number(held.number.clone()));
            verify(&guest(&app), &question, "198.51.100.7").await.expect("answers")
        };
        assert_eq!(ask().await, [Standing::Valid], "a special measure prolongs it");
        let next = renewed(&app, &held).await;
        let over = Expr::value(Day::of(now()).plus_days(-1).date());
        certification::Entity::update_many()
            .col_expr(certification::Column::ValidUntil, over)
            .filter(certification::Column::Id.eq(next.id))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert_eq!(ask().await, [Standing::Expired], "the period that was renewed is over for good");
        let national = officer(&app, "national-cert").await;
        let shown = ledger::show(&national, next.id.into()).await.expect("visible");
        let standings: Vec<Standing> = shown.periods.iter().map(|(_, standing)| *standing).collect();
        assert!(standings.iter().all(|standing| *standing == Standing::Expired), "{standings:?}");
    })
    .await;
}

#[tokio::test]
async fn a_title_that_was_renewed_ahead_is_held_and_can_be_lost_before_the_new_period() {
    each_world(|app| async move {
        let (_, held) = holder(&app, "sato").await;
        let next = renewed(&app, &held).await;
        let national = officer(&app, "national-cert").await;
        let line = ledger::show(&national, next.id.into()).await.expect("visible").line;
        assert_eq!(line.standing, Standing::Valid, "today by the period before");
        let ending = Ending {
            loss: Some(Loss::Revoked),
            on: Some(Day::of(now())),
            reason: "理事会の議決".to_owned(),
            number: held.number.clone(),
        };
        end(&national, next.id.into(), &ending).await.expect("records");
        for id in [held.id, next.id] {
            let row = certification::Entity::find_by_id(id).one(app.db.read()).await.expect("reads");
            assert_eq!(row.expect("there").ended_on.map(Day::from), Some(Day::of(now())), "both periods");
        }
    })
    .await;
}
