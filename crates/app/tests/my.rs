//! My page says what matters first.

use crate::people::{cx, each_world};
use mamis_app::Error;
use mamis_app::my::lists;
use mamis_rules::certification::deadline::Last;
use mamis_rules::credit::{Kind, Scheme};
use mamis_schema::certification;
use sea_orm::{ActiveModelTrait, EntityTrait};
use uuid::Uuid;

#[tokio::test]
async fn the_first_sentence_says_until_when_and_what_is_missing() {
    // Login, kind, last day, gap (only where the world does not leave it to chance), where to apply.
    let table = [
        ("sato", Kind::Renewal, "2027-03-31", Some("実地 1単位・合計 2単位"), "藤沢市医師会"),
        // The special measure moves the last day.
        ("mori", Kind::Renewal, "2028-03-31", None, "鎌倉市医師会"),
        // A non-member's desk is the prefectural association of the workplace.
        ("kobayashi", Kind::Renewal, "2027-06-30", None, "東京都医師会"),
        (
            "tanaka",
            Kind::Initial,
            "",
            Some("前期 14単位・実地 10単位・後期 26単位・合計 50単位"),
            "藤沢市医師会",
        ),
    ];
    each_world(|app| async move {
        for (login, kind, until, gap, desk) in table {
            let page = lists::page(&cx(&app, login).await).await.expect("reads");
            let standing = &page.headlines[0].standing;
            let expires =
                standing.held.as_ref().map(|held| held.expires_on().to_string()).unwrap_or_default();
            assert_eq!((standing.scheme, standing.kind), (Scheme::OccupationalPhysician, kind), "{login}");
            assert_eq!(expires, until, "{login}");
            if let Some(gap) = gap {
                assert_eq!(standing.gap(), gap, "{login}");
            }
            assert_eq!(page.home.desk().map(|desk| desk.name.as_str()), Some(desk), "{login}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_deadline_meets_the_expiry_and_the_trainings_come_before_it() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let page = lists::page(&sato).await.expect("reads");
        let deadline = page.headlines[0].deadline.as_ref().expect("a calendar");
        let Last::Known(chance) = deadline.last else { panic!("{deadline:?}") };
        assert!(chance.apply_by() >= sato.today());
        assert!(chance.certificate_expected_on().expect("a board").to_string().as_str() <= "2027-03-31");
        assert!(!page.trainings.is_empty());
        for training in &page.trainings {
            assert!(training.held_on <= chance.apply_by().date() && training.offers.contains("実地"));
            assert!(page.signups.iter().all(|signup| signup.training != training.id));
        }
    })
    .await;
}

#[tokio::test]
async fn every_credit_says_whether_it_counts() {
    each_world(|app| async move {
        let mori = cx(&app, "mori").await;
        let page = lists::credits(&mori, None).await.expect("reads");
        let scheme =
            page.schemes.iter().find(|scheme| scheme.standing.scheme == Scheme::OccupationalPhysician);
        let scheme = scheme.expect("has credits");
        let total = scheme.standing.bars.iter().find(|bar| bar.id == "total").expect("a total");
        assert_eq!(total.have_text, format!("{}単位", scheme.counted));
        let late = |line: &&lists::CreditLine| line.entry.earned_on.to_string().as_str() > "2021-09-30";
        assert!(
            scheme.lines.iter().filter(late).any(|line| line.reason.is_empty()),
            "after the printed expiry"
        );
        for line in &scheme.lines {
            assert_eq!(line.reason.is_empty(), scheme.standing.counts(&line.entry));
        }
        let year = page.years[0];
        let fewer = lists::credits(&mori, Some(year)).await.expect("reads");
        let lines =
            |page: &lists::CreditsPage| page.schemes.iter().map(|scheme| scheme.lines.len()).sum::<usize>();
        assert!(lines(&fewer) > 0 && lines(&fewer) <= lines(&page));
    })
    .await;
}

#[tokio::test]
async fn an_officer_has_no_my_page() {
    each_world(|app| async move {
        let officer = cx(&app, "fujisawa-cert").await;
        assert!(matches!(lists::page(&officer).await, Err(Error::NotFound)));
        assert!(matches!(lists::credits(&officer, None).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn after_a_renewal_nothing_is_asked_before_the_new_validity_begins() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let before = lists::page(&sato).await.expect("reads");
        let held = before.headlines[0].standing.held.clone().expect("certified");
        let old = certification::Entity::find_by_id(Uuid::from(held.id)).one(app.db.read()).await;
        let old = old.expect("reads").expect("there");
        let from = held.validity.until.next();
        let next = certification::Model {
            id: Uuid::now_v7(),
            valid_from: from.date(),
            valid_until: from.plus_years(5).plus_days(-1).date(),
            previous: Some(old.id),
            ..old
        };
        certification::ActiveModel::from(next).reset_all().insert(app.db.write()).await.expect("writes");
        let page = lists::page(&sato).await.expect("reads");
        assert_eq!(page.headlines[0].begins_on, Some(from));
        assert!(page.trainings.is_empty(), "no training helps before the new validity");
        let credits = lists::credits(&sato, None).await.expect("reads");
        let scheme = credits.schemes.iter().find(|one| one.standing.scheme == Scheme::OccupationalPhysician);
        let used = |line: &&lists::CreditLine| held.validity.contains(line.entry.earned_on);
        let lines: Vec<_> = scheme.expect("has credits").lines.iter().filter(used).collect();
        assert!(
            !lines.is_empty() && lines.iter().all(|line| line.reason.contains("前の有効期間")),
            "{lines:?}"
        );
    })
    .await;
}
