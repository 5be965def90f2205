//! Associations: the tree, what they say of themselves, their settings, their names from day to day.

use crate::office::{body, officer};
use mamis_app::association::actions::category as categories;
use mamis_app::association::actions::{Details, NewName, Window, change_details, rename, set, set_round};
use mamis_app::association::jobs::carry_out_changes;
use mamis_app::association::lists::category::categories as categories_of;
use mamis_app::association::lists::{Asked, directory, find, history, rounds, settings};
use mamis_app::certification::lists::{COVER_LETTER, setting_is_on};
use mamis_app::membership::lists::ledger::{self, Filter, Line};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_rules::association::MembershipCategory;
use mamis_rules::association::category::Own;
use mamis_rules::base::{AssociationId, Day, FiscalYear};
use mamis_rules::credit::Scheme;
use mamis_schema::training;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;

async fn id_of(app: &App, code: &str) -> AssociationId {
    body(app, code).await.id.into()
}

/// The same reader on another day.
fn later(cx: &Cx, days: i64) -> Cx {
    Cx { now: cx.now + chrono::Duration::days(days), ..cx.clone() }
}

fn system(app: &Arc<App>) -> Cx {
    Cx::system(app, "association_changes")
}

#[tokio::test]
async fn the_tree_is_as_deep_as_it_is() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let top = directory(&admin, &Asked::default()).await.expect("lists");
        assert_eq!((top.len(), top[0].row.code.as_str(), top[0].depth), (48, "00", 0));
        assert!(top[1..].iter().all(|line| line.depth == 1 && line.row.tier == "prefectural"));
        let asked = Asked { prefecture: Some(14), ..Asked::default() };
        let lines = directory(&admin, &asked).await.expect("lists");
        let depth = |code: &str| lines.iter().find(|line| line.row.code == code).map(|line| line.depth);
        assert_eq!(
            (depth("14"), depth("142051"), depth("141101")),
            (Some(0), Some(1), Some(2)),
            "戸塚区 is a district"
        );
        let at = lines.iter().position(|line| line.row.code == "141101").expect("there");
        let above = lines[..at].iter().rev().find(|line| line.depth == 1).expect("one above");
        assert_eq!(Some(above.row.id), lines[at].row.parent, "each stands below its own");
        for text in ["藤沢", "フジサワ", "ふじさわ", "142051"] {
            let asked = Asked { text: text.to_owned(), ..Asked::default() };
            let found = directory(&admin, &asked).await.expect("lists");
            assert!(found.iter().any(|line| line.row.code == "142051"), "{text}: {found:?}");
        }
        let found = find(&admin, admin.db(), id_of(&app, "141101").await).await.expect("finds");
        assert_eq!(found.above.len(), 3, "national, prefectural, municipal");
    })
    .await;
}

#[tokio::test]
async fn an_association_changes_what_it_says_of_itself_and_the_history_shows_it() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let id = id_of(&app, "142051").await;
        let row = body(&app, "142051").await;
        let new = Details {
            office_hours: "平日 9:00〜17:00".to_owned(),
            postal_code: "２５１-００５２".to_owned(),
            ..Details::of(&row)
        };
        let wrong =
            Details { email: "jimu".to_owned(), website: "javascript:alert(1)".to_owned(), ..new.clone() };
        let refused = change_details(&admin, id, &wrong, row.version).await;
        assert!(matches!(&refused, Err(Error::Invalid(p)) if p.len() == 2), "{refused:?}");
        change_details(&admin, id, &new, row.version).await.expect("changes");
        let now = body(&app, "142051").await;
        assert_eq!(
            (now.office_hours.as_str(), now.postal_code.as_deref()),
            ("平日 9:00〜17:00", Some("2510052"))
        );
        assert_eq!(now.president, row.president, "the rest stays");
        let late = Details { bank: "○○銀行".to_owned(), ..new.clone() };
        assert!(matches!(change_details(&admin, id, &late, row.version).await, Err(Error::Stale(_))));
        let same = change_details(&admin, id, &Details::of(&now), now.version).await;
        assert!(matches!(same, Err(Error::Invalid(_))), "nothing changed: {same:?}");
        let lines = history(&admin, id).await.expect("lists");
        assert!(
            lines.len() == 1 && lines[0].after.contains("平日") && lines[0].applied_at.is_some(),
            "{lines:?}"
        );
        let national = officer(&app, "national-admin").await;
        let above = change_details(&national, id, &new, now.version).await;
        assert!(matches!(above, Err(Error::NotFound)), "each body is its own: {above:?}");
    })
    .await;
}

#[tokio::test]
async fn a_new_name_waits_for_its_day_and_what_was_printed_keeps_the_old_one() {
    each_world(|app| async move {
        let national = officer(&app, "national-admin").await;
        let admin = officer(&app, "fujisawa-admin").await;
        let id = id_of(&app, "142051").await;
        let new = NewName {
            name: "湘南ふじさわ医師会".to_owned(),
            kana: "ショウナンフジサワイシカイ".to_owned(),
            on: Some(national.today().plus_days(10)),
            reason: "名称を改めるため".to_owned(),
        };
        let own = rename(&admin, id, &new).await;
        assert!(matches!(own, Err(Error::NotFound)), "the tree is changed from above: {own:?}");
        let past = NewName { on: Some(national.today().plus_days(-1)), reason: String::new(), ..new.clone() };
        let refused = rename(&national, id, &past).await;
        assert!(matches!(&refused, Err(Error::Invalid(p)) if p.len() == 2), "{refused:?}");
        rename(&national, id, &new).await.expect("renames");
        assert_eq!(body(&app, "142051").await.name, "藤沢市医師会", "not yet");
        let early = carry_out_changes(&later(&system(&app), 9)).await.expect("runs");
        assert_eq!((early.done, body(&app, "142051").await.name.as_str()), (0, "藤沢市医師会"));
        let on_the_day = later(&system(&app), 10);
        let both = futures::join!(carry_out_changes(&on_the_day), carry_out_changes(&on_the_day));
        let done = both.0.expect("runs").done + both.1.expect("runs").done;
        assert_eq!((done, body(&app, "142051").await.name.as_str()), (1, "湘南ふじさわ医師会"), "once");
        let kept = training::Entity::find().filter(training::Column::HostName.eq("藤沢市医師会"));
        assert!(
            kept.count(app.db.read()).await.expect("counts") > 0,
            "trainings keep the name they were held under"
        );
        let lines = history(&admin, id).await.expect("lists");
        assert!(lines[0].before.contains("藤沢市医師会") && lines[0].applied_at.is_some(), "{lines:?}");
        let back = NewName { name: "藤沢市医師会".to_owned(), on: Some(national.today()), ..new };
        rename(&national, id, &back).await.expect("at once");
        assert_eq!(body(&app, "142051").await.name, "藤沢市医師会");
    })
    .await;
}

#[tokio::test]
async fn a_setting_is_in_force_from_its_day_and_the_program_reads_it() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let id = id_of(&app, "142051").await;
        let is_on =
            |cx: Cx| async move { setting_is_on(&cx, cx.db(), id, COVER_LETTER).await.expect("reads") };
        assert!(is_on(admin.clone()).await, "so the named world says");
        let day = admin.today().plus_days(5);
        set(&admin, id, COVER_LETTER, false, day).await.expect("sets");
        assert!(is_on(later(&admin, 4)).await && !is_on(later(&admin, 5)).await);
        set(&admin, id, COVER_LETTER, true, day).await.expect("a second thought");
        assert!(is_on(later(&admin, 5)).await);
        let past = set(&admin, id, COVER_LETTER, false, admin.today().plus_days(-1)).await;
        assert!(matches!(past, Err(Error::Invalid(_))), "{past:?}");
        assert!(matches!(set(&admin, id, "feature.nothing", true, day).await, Err(Error::Invalid(_))));
        let elsewhere = set(&admin, id_of(&app, "14").await, COVER_LETTER, true, day).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
        let lines = settings(&admin, id).await.expect("lists");
        let line = lines.iter().find(|line| line.setting.name == COVER_LETTER).expect("there");
        assert!(line.is_on && line.values.len() == 2, "{line:?}");
        let undecided = lines.iter().find(|line| line.setting.name == "feature.cme").expect("there");
        assert!(undecided.is_on && undecided.values.is_empty(), "{undecided:?}");
    })
    .await;
}

#[tokio::test]
async fn an_intake_window_is_entered_and_stays_once_it_has_closed() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let id = id_of(&app, "142051").await;
        let window = Window {
            scheme: Scheme::SportsPhysician,
            year: FiscalYear::of(admin.today()).0,
            number: 1,
            opens_on: Some(admin.today()),
            closes_on: admin.today().plus_days(20),
            board_on: Some(admin.today().plus_days(30)),
        };
        let wrong = Window { board_on: Some(admin.today()), number: 9, ..window.clone() };
        let refused = set_round(&admin, id, &wrong).await;
        assert!(matches!(&refused, Err(Error::Invalid(p)) if p.len() == 2), "{refused:?}");
        set_round(&admin, id, &window).await.expect("enters");
        let moved = Window { closes_on: admin.today().plus_days(25), ..window.clone() };
        set_round(&admin, id, &moved).await.expect("changes");
        let found = rounds(&admin, id).await.expect("lists");
        let mine: Vec<_> = found.iter().filter(|row| row.scheme == "sports_physician").collect();
        assert!(mine.len() == 1 && mine[0].closes_on == moved.closes_on.date(), "{mine:?}");
        let after = later(&admin, 26);
        let again = Window { closes_on: after.today().plus_days(9), board_on: None, ..moved };
        let closed = set_round(&after, id, &again).await;
        assert!(matches!(&closed, Err(Error::Invalid(p)) if p[0].field == "number"), "{closed:?}");
    })
    .await;
}

#[tokio::test]
async fn own_categories_hold_from_day_to_day_and_stand_in_the_ledger() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let id = id_of(&app, "14").await;
        let elsewhere = categories::enter(&admin, id, &own("正会員", &admin)).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
        let id = id_of(&app, "142051").await;
        categories::enter(&admin, id, &own("名誉会員", &admin)).await.expect("enters");
        let twice = categories::enter(&admin, id, &own("名誉会員", &admin)).await;
        assert!(matches!(&twice, Err(Error::Invalid(p)) if p[0].field == "category_name"), "{twice:?}");
        let ledger = |on: Day| {
            let admin = admin.clone();
            async move {
                let filter = Filter {
                    association: id,
                    on,
                    category: Some(MembershipCategory::A1),
                    text: String::new(),
                };
                ledger::page(&admin, &filter, 1).await.expect("lists").lines
            }
        };
        let today = admin.today();
        let word = |lines: &[Line]| lines[0].category.clone();
        assert!(word(&ledger(today).await).contains("名誉会員"), "the association's own word");
        assert!(!word(&ledger(today.plus_days(-1)).await).contains("名誉会員"), "not before its day");
        let rows = categories_of(admin.db(), id.into()).await.expect("lists");
        let row = rows.iter().find(|row| row.name == "名誉会員").expect("is there");
        let past = categories::end(&admin, id, row.id, today.plus_days(-2)).await;
        assert!(matches!(past, Err(Error::Invalid(_))), "{past:?}");
        categories::end(&admin, id, row.id, today.plus_days(3)).await.expect("ends");
        assert!(word(&ledger(today.plus_days(3)).await).contains("名誉会員"));
        assert!(!word(&ledger(today.plus_days(4)).await).contains("名誉会員"));
    })
    .await;
}

fn own(name: &str, cx: &Cx) -> Own {
    Own { name: name.to_owned(), national: MembershipCategory::A1, from: cx.today(), until: None }
}
