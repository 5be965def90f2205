//! My registration through the real actions: what is in force at once, what becomes a change report, what history stays.

use crate::membership::{act, row};
use crate::office::{body, officer};
use crate::people::{cx, each_world, physician};
use mamis_app::membership_application::{Details, Workplace};
use mamis_app::my::actions::workplace::{self, Role, Typed};
use mamis_app::my::actions::{
    Career, Contacts, JointUse, Name, Saved, answer_joint_use, change_name, save_career, save_contacts,
};
use mamis_app::my::lists::registration::registration;
use mamis_app::physician::actions::stand_in;
use mamis_app::physician::lists::tabs::history;
use mamis_app::{App, Cx, Error};
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::membership::Command;
use mamis_schema::{
    application, audit_entry, consent, membership_application, physician as people, physician_change,
    workplace as places,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

async fn person(cx: &Cx) -> people::Model {
    let id = Uuid::from(physician(cx));
    people::Entity::find_by_id(id).one(cx.db()).await.expect("reads").expect("is there")
}

async fn lines(cx: &Cx) -> Vec<(String, String, String, String)> {
    let rows = history(cx, physician(cx)).await.expect("reads");
    rows.into_iter().map(|row| (row.field, row.before, row.after, row.source)).collect()
}

/// The change reports of a person, the newest last.
async fn reports(cx: &Cx) -> Vec<application::Model> {
    application::Entity::find()
        .filter(application::Column::Physician.eq(Uuid::from(physician(cx))))
        .filter(application::Column::Kind.eq(Kind::ChangeReport.name()))
        .order_by_asc(application::Column::CreatedAt)
        .all(cx.db())
        .await
        .expect("reads")
}

async fn details(app: &App, id: impl Into<Uuid>) -> Details {
    let row = membership_application::Entity::find_by_id(id.into()).one(app.db.read()).await.expect("reads");
    Details::of(&row.expect("is there")).expect("can be read")
}

async fn as_registered(cx: &Cx) -> Contacts {
    let row = person(cx).await;
    Contacts {
        phone: row.phone.unwrap_or_default(),
        home_postal_code: row.home_postal_code.unwrap_or_default(),
        home_address: row.home_address.unwrap_or_default(),
        mailing_destination: row.mailing_destination,
    }
}

#[tokio::test]
async fn my_own_fields_change_at_once_and_leave_history() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let before = person(&sato).await;
        let phone = Contacts { phone: "0466-00-1234".to_owned(), ..as_registered(&sato).await };
        assert_eq!(save_contacts(&sato, &phone).await.expect("saves"), Saved::InForce);
        assert_eq!(save_contacts(&sato, &phone).await.expect("saves"), Saved::Same);
        assert!(reports(&sato).await.is_empty(), "nobody is told of a phone");
        let typed = Career {
            university: "鹿島医科大学".to_owned(),
            graduated_on: Some(Day::new(1996, 3, 31).expect("a day")),
            department: "産業保健".to_owned(),
            ..Career::default()
        };
        assert_eq!(save_career(&sato, &typed).await.expect("saves"), Saved::InForce);
        let after = person(&sato).await;
        assert_eq!(after.department.as_deref(), Some("産業保健"));
        assert_eq!(after.version, before.version + 2);
        let lines = lines(&sato).await;
        let expected =
            ("phone".to_owned(), before.phone.expect("had one"), "0466-00-1234".to_owned(), "own".to_owned());
        assert!(lines.contains(&expected), "{lines:?}");
        assert!(lines.iter().any(|(field, ..)| field == "department"), "{lines:?}");
        let entries = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("physician.edit"));
        assert_eq!(entries.count(app.db.read()).await.expect("counts"), 2);
    })
    .await;
}

#[tokio::test]
async fn a_new_address_is_in_force_and_the_association_hears_of_it() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let moved = |address: &str| Contacts {
            phone: String::new(),
            home_postal_code: "〒251-0052".to_owned(),
            home_address: address.to_owned(),
            mailing_destination: "home".to_owned(),
        };
        let first = moved("神奈川県藤沢市藤沢1丁目1番");
        assert_eq!(save_contacts(&sato, &first).await.expect("saves"), Saved::Told);
        let row = person(&sato).await;
        assert_eq!(row.home_postal_code.as_deref(), Some("2510052"), "in seven digits");
        assert_eq!(row.home_address.as_deref(), Some("神奈川県藤沢市藤沢1丁目1番"));
        let report = reports(&sato).await.pop().expect("filed");
        assert_eq!(report.desk, Some(body(&app, "142051").await.id), "the municipal association");

        let second = moved("神奈川県藤沢市藤沢2丁目2番");
        assert_eq!(save_contacts(&sato, &second).await.expect("saves"), Saved::Told);
        act(&app, "fujisawa-admin", report.id.into(), Command::Receive).await.expect("receives");
        assert_eq!(
            person(&sato).await.home_address.as_deref(),
            Some("神奈川県藤沢市藤沢2丁目2番"),
            "a late receipt does not bring the old address back"
        );
        let changes = details(&app, report.id).await.changes;
        assert!(changes["home_address"].already, "{changes:?}");
        let to = lines(&sato).await;
        assert_eq!(to.iter().filter(|(field, ..)| field == "home_address").count(), 2, "{to:?}");
    })
    .await;
}

#[tokio::test]
async fn what_an_association_must_act_on_lies_ready_as_a_report() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let typed = Name {
            family_name: "齋藤".to_owned(),
            given_name: "恵子".to_owned(),
            family_kana: "サイトウ".to_owned(),
            given_kana: "ケイコ".to_owned(),
            since: Some(sato.today()),
        };
        let Saved::LaidReady(id) = change_name(&sato, &typed).await.expect("prepares") else {
            panic!("a member's name is the association's to receive");
        };
        assert_eq!(person(&sato).await.family_name, "佐藤", "nothing is changed yet");
        assert_eq!(row(&app, id).await.state, "draft");
        let place = Typed {
            place: Workplace {
                name: "辻堂駅前クリニック".to_owned(),
                postal_code: "2510047".to_owned(),
                address: "神奈川県藤沢市辻堂1丁目1番".to_owned(),
                prefecture: 14,
            },
            role: Role::Main,
            from: Some(sato.today()),
        };
        assert_eq!(
            workplace::add(&sato, &place).await.expect("prepares"),
            Saved::LaidReady(id),
            "the same draft"
        );
        let details = details(&app, id).await;
        assert_eq!(details.changes["family_name"].after, "齋藤");
        assert_eq!(details.workplace.as_ref().map(|place| place.name.as_str()), Some("辻堂駅前クリニック"));

        mamis_app::membership_application::actions::submit(&sato, id).await.expect("submits");
        act(&app, "fujisawa-admin", id, Command::Receive).await.expect("receives");
        let after = registration(&sato).await.expect("reads");
        assert_eq!((after.row.family_name.as_str(), after.row.family_kana.as_str()), ("齋藤", "サイトウ"));
        assert!(after.workplaces[0].main && after.workplaces[0].name == "辻堂駅前クリニック");
        let lines = lines(&sato).await;
        for field in ["family_name", "main_workplace"] {
            let line = lines.iter().find(|(of, ..)| of == field).expect("is in the history");
            assert_eq!(line.3, "application", "{line:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_non_member_has_nobody_to_wait_for() {
    each_world(|app| async move {
        let kobayashi = cx(&app, "kobayashi").await;
        let typed = Name {
            family_name: "小林".to_owned(),
            given_name: "環".to_owned(),
            family_kana: "コバヤシ".to_owned(),
            given_kana: "メグル".to_owned(),
            since: Some(kobayashi.today()),
        };
        assert_eq!(change_name(&kobayashi, &typed).await.expect("changes"), Saved::InForce);
        assert_eq!(person(&kobayashi).await.given_kana, "メグル");
        let contacts = Contacts {
            home_address: "東京都港区芝1丁目".to_owned(),
            ..as_registered(&kobayashi).await
        };
        assert_eq!(save_contacts(&kobayashi, &contacts).await.expect("changes"), Saved::InForce);
        assert!(reports(&kobayashi).await.is_empty());
    })
    .await;
}

/// Names with characters that a normalisation would change, and a sequence of a glyph variant.
#[tokio::test]
async fn a_name_is_kept_as_typed() {
    each_world(|app| async move {
        let kobayashi = cx(&app, "kobayashi").await;
        for family in ["神\u{fa19}", "𠮷田", "渡辺\u{e0101}", "髙﨑濵"] {
            let typed = Name {
                family_name: family.to_owned(),
                given_name: "環".to_owned(),
                family_kana: "コバヤシ".to_owned(),
                given_kana: "タマキ".to_owned(),
                since: Some(kobayashi.today()),
            };
            change_name(&kobayashi, &typed).await.expect("changes");
            assert_eq!(person(&kobayashi).await.family_name, family);
            assert_eq!(lines(&kobayashi).await[0].2, family, "and so in the history");
        }
    })
    .await;
}

#[tokio::test]
async fn a_reading_must_be_katakana_and_is_proposed() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let typed = Name {
            family_name: "佐藤".to_owned(),
            given_name: "恵子".to_owned(),
            family_kana: "さとう".to_owned(),
            given_kana: "恵子".to_owned(),
            since: Some(sato.today()),
        };
        let Err(Error::Invalid(problems)) = change_name(&sato, &typed).await else { panic!("not katakana") };
        let of = |field: &str| problems.iter().find(|one| one.field == field).expect("said").text.clone();
        assert!(of("family_kana").contains("「サトウ」"), "{problems:?}");
        assert!(!of("given_kana").contains('「'), "kanji are not guessed: {problems:?}");
    })
    .await;
}

/// The main workplaces of somebody on a day.
async fn mains(app: &App, cx: &Cx, day: Day) -> usize {
    let rows = places::Entity::find()
        .filter(places::Column::Physician.eq(Uuid::from(physician(cx))))
        .all(app.db.read())
        .await
        .expect("reads");
    let on = |row: &&places::Model| {
        row.main && row.valid_from <= day.date() && row.valid_until.is_none_or(|until| until >= day.date())
    };
    rows.iter().filter(on).count()
}

#[tokio::test]
async fn several_workplaces_one_of_them_the_main_one() {
    each_world(|app| async move {
        let kobayashi = cx(&app, "kobayashi").await;
        let today = kobayashi.today();
        let place = |name: &str, role: Role, from: Day| Typed {
            place: Workplace { name: name.to_owned(), prefecture: 13, ..Workplace::default() },
            role,
            from: Some(from),
        };
        let add = |typed: Typed| {
            let cx = kobayashi.clone();
            async move { workplace::add(&cx, &typed).await.expect("adds") }
        };
        assert_eq!(add(place("品川診療所", Role::Other, today)).await, Saved::InForce);
        assert_eq!(add(place("新橋クリニック", Role::Main, today)).await, Saved::InForce);
        assert_eq!(add(place("上野クリニック", Role::Main, today)).await, Saved::InForce);
        for days in [-40, -1, 0, 1, 100] {
            assert_eq!(mains(&app, &kobayashi, today.plus_days(days)).await, 1, "{days}");
        }
        let found = registration(&kobayashi).await.expect("reads").workplaces;
        assert_eq!(found[0].name, "上野クリニック");
        let other = found.iter().find(|row| row.name == "品川診療所").expect("stays");
        let renamed = place("品川みなと診療所", Role::Other, today);
        assert_eq!(workplace::change(&kobayashi, other.id, &renamed).await.expect("changes"), Saved::InForce);
        let end = |id: Uuid, day: Day| {
            let cx = kobayashi.clone();
            async move { workplace::end(&cx, id, Some(day)).await }
        };
        assert!(matches!(end(found[0].id, today).await, Err(Error::Refused(_))), "the main one is replaced");
        assert!(
            matches!(end(other.id, today.plus_days(-1)).await, Err(Error::Invalid(_))),
            "before it began"
        );
        end(other.id, today.plus_days(10)).await.expect("ends");
        let sato = cx(&app, "sato").await;
        assert!(matches!(workplace::end(&sato, other.id, Some(today)).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_given_and_taken_back_and_both_stay() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        assert!(registration(&sato).await.expect("reads").joint_use.is_none(), "nobody agrees unasked");
        answer_joint_use(&sato, JointUse::Given).await.expect("answers");
        answer_joint_use(&sato, JointUse::TakenBack).await.expect("answers");
        let found = registration(&sato).await.expect("reads").joint_use.expect("answered");
        assert!(!found.given && !found.text_version.is_empty());
        let rows = consent::Entity::find()
            .filter(consent::Column::Physician.eq(Uuid::from(physician(&sato))))
            .count(app.db.read())
            .await
            .expect("counts");
        assert_eq!(rows, 2);
        let admin = cx(&app, "fujisawa-admin").await;
        let (behalf, _) = stand_in(&admin, physician(&sato), Duty::Membership).await.expect("stands in");
        let behalf = Cx {
            who: mamis_app::Who { office: "藤沢市医師会".to_owned(), ..behalf.who.clone() },
            ..behalf
        };
        assert!(matches!(answer_joint_use(&behalf, JointUse::Given).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn an_office_changes_on_behalf_and_is_named() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let admin = officer(&app, "fujisawa-admin").await;
        let (behalf, _) = stand_in(&admin, physician(&sato), Duty::Membership).await.expect("stands in");
        let phone = Contacts { phone: "0466-11-2222".to_owned(), ..as_registered(&sato).await };
        save_contacts(&behalf, &phone).await.expect("saves");
        let rows = physician_change::Entity::find().all(app.db.read()).await.expect("reads");
        let line = rows.iter().find(|row| row.after == "0466-11-2222").expect("noted");
        assert_eq!(line.source, "on_behalf");
        assert!(line.by_name.contains("片瀬 由香") && line.by_name.contains("藤沢市医師会"), "{line:?}");
        let elsewhere = cx(&app, "o27").await;
        assert!(
            stand_in(&elsewhere, physician(&sato), Duty::Membership).await.is_err(),
            "an office elsewhere"
        );
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_at_once_none_is_lost() {
    each_world(|app| async move {
        let (one, other) = (cx(&app, "sato").await, cx(&app, "sato").await);
        let phone = Contacts { phone: "0466-33-4444".to_owned(), ..as_registered(&one).await };
        let career = Career { department: "内科".to_owned(), ..Career::default() };
        let (first, second) = tokio::join!(save_contacts(&one, &phone), save_career(&other, &career));
        assert!(first.is_ok() && second.is_ok(), "the person is locked: {first:?} {second:?}");
        let row = person(&one).await;
        assert_eq!((row.phone.as_deref(), row.department.as_deref()), (Some("0466-33-4444"), Some("内科")));
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_written() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let before = person(&sato).await;
        let wrong = Contacts {
            phone: "でんわ".to_owned(),
            home_postal_code: "251".to_owned(),
            home_address: String::new(),
            mailing_destination: "home".to_owned(),
        };
        let Err(Error::Invalid(problems)) = save_contacts(&sato, &wrong).await else { panic!("is wrong") };
        let fields: Vec<&str> = problems.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["home_postal_code", "phone", "home_address"]);
        let (from, until) = (Day::new(2026, 4, 1), Day::new(2025, 3, 31));
        let backwards = Career { trains_from: from, trains_until: until, ..Career::default() };
        assert!(matches!(save_career(&sato, &backwards).await, Err(Error::Invalid(_))));
        assert_eq!(person(&sato).await, before);
        let officer = cx(&app, "fujisawa-admin").await;
        assert!(matches!(save_career(&officer, &Career::default()).await, Err(Error::NotFound)));
    })
    .await;
}

/// A report that was filed by itself counts like any other: it can be found by its number.
#[tokio::test]
async fn a_report_that_tells_has_a_number() {
    each_world(|app: Arc<App>| async move {
        let sato = cx(&app, "sato").await;
        let to_work = Contacts { mailing_destination: "workplace".to_owned(), ..as_registered(&sato).await };
        let to_home = Contacts { mailing_destination: "home".to_owned(), ..to_work.clone() };
        let registered = person(&sato).await.mailing_destination;
        let other = if registered == "home" { to_work } else { to_home };
        assert_eq!(save_contacts(&sato, &other).await.expect("saves"), Saved::Told);
        let report = reports(&sato).await.pop().expect("filed");
        assert!(report.number.is_some() && report.submitted_at.is_some());
        assert_eq!(row(&app, ApplicationId::from(report.id)).await.state, "municipal_review");
    })
    .await;
}
