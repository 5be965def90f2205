//! Bulk changes: a file is checked and nothing happens, each line is done once however often the job dies, the tiers
//! above decide in one act, and taking back leaves things as they were.

mod left_over;

use crate::membership::{letters, of_person};
use crate::office::{body, officer};
use crate::people::{cx, physician};
use mamis_app::bulk_change::actions::{File, check, decide, enter, undo};
use mamis_app::bulk_change::jobs::carry_out;
use mamis_app::bulk_change::lists::{Shown, Wanted, page, show};
use mamis_app::membership::lists::Held;
use mamis_app::physician::lists::tabs::memberships;
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column, List, sheet};
use mamis_rules::access::Depth;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{AssociationId, BulkChangeId, Day, PhysicianId};
use mamis_rules::bulk_change::{Kind, RowState, State};
use mamis_rules::membership::{check as lawful, held};
use mamis_schema::{application, bulk_change_row, membership, outbox, physician as people};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

const FUJISAWA: &str = "fujisawa-admin";

async fn person(app: &App, id: PhysicianId) -> people::Model {
    people::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").expect("is there")
}

/// Everybody who belongs to 藤沢市医師会 up to the national association, with nothing under way that is in the way.
async fn members(app: &Arc<App>) -> Vec<people::Model> {
    let fujisawa = body(app, "142051").await.id;
    let rows = membership::Entity::find()
        .filter(membership::Column::Association.eq(fujisawa))
        .filter(membership::Column::ValidUntil.is_null())
        .order_by_asc(membership::Column::Id)
        .all(app.db.read())
        .await
        .expect("reads");
    let mut found = Vec::new();
    for row in rows {
        let running = application::Entity::find()
            .filter(application::Column::Physician.eq(row.physician))
            .filter(application::Column::Kind.is_in(["joining", "transfer", "leaving"]))
            .count(app.db.read())
            .await
            .expect("counts");
        let person = person(app, row.physician.into()).await;
        if running == 0 && person.registry_number.is_some() {
            found.push(person);
        }
    }
    found
}

fn list(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let lines = std::iter::once(header.join(",")).chain(rows.iter().map(|row| row.join(",")));
    lines.map(|line| format!("{line}\r\n")).collect::<String>().into_bytes()
}

const CATEGORY: [&str; 5] = ["医籍登録番号", "姓カナ", "名カナ", "新会員区分", "変更日"];

fn category(person: &people::Model, to: &str, on: Day) -> Vec<String> {
    let number = person.registry_number.clone().expect("a number");
    vec![number, person.family_kana.clone(), person.given_kana.clone(), to.to_owned(), on.to_string()]
}

async fn checked(cx: &Cx, kind: Kind, content: Vec<u8>) -> mamis_app::Result<BulkChangeId> {
    let association: AssociationId = body(&cx.app, "142051").await.id.into();
    check(cx, File { association, kind, name: "名簿.csv".to_owned(), content }).await
}

async fn run(app: &Arc<App>) {
    carry_out(&Cx::system(app, "bulk_changes")).await.expect("runs");
}

/// A file that was checked and carried out.
async fn carried_out(cx: &Cx, kind: Kind, content: Vec<u8>) -> BulkChangeId {
    let id = checked(cx, kind, content).await.expect("is checked");
    enter(cx, id, 1).await.expect("is asked for");
    run(&cx.app).await;
    id
}

async fn take_back(cx: &Cx, id: BulkChangeId, reason: &str) {
    let version = shown(cx, id).await.found.row.version;
    undo(cx, id, version, reason).await.expect("is asked for");
    run(&cx.app).await;
}

async fn shown(cx: &Cx, id: BulkChangeId) -> Shown {
    show(cx, id).await.expect("theirs")
}

/// What is wrong with each line, in the order of the file.
async fn problems(cx: &Cx, id: BulkChangeId) -> Vec<String> {
    let found = shown(cx, id).await.found;
    let (rows, _) = page(cx, &found, Wanted::All, 1).await.expect("lists");
    rows.into_iter().map(|row| row.row.problem).collect()
}

fn on(held_: &[Held], day: Day) -> Vec<(Tier, MembershipCategory)> {
    let periods: Vec<_> = held_.iter().map(|held| held.period).collect();
    assert_eq!(lawful(&periods), Ok(()));
    held(&periods, day).into_iter().map(|period| (period.tier, period.category)).collect()
}

async fn count(app: &App) -> (u64, u64, u64) {
    let db = app.db.read();
    (
        application::Entity::find().count(db).await.expect("counts"),
        membership::Entity::find().count(db).await.expect("counts"),
        outbox::Entity::find().count(db).await.expect("counts"),
    )
}

#[tokio::test]
async fn a_dry_run_says_what_is_wrong_with_each_line_and_changes_nothing() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let everybody = members(&app).await;
        let (first, second) = (&everybody[0], &everybody[1]);
        let day = admin.today().next();
        let stranger = person(&app, physician(&cx(&app, "okada").await)).await;
        let mut wrong_name = category(second, "B", day);
        wrong_name[1] = "ベツジン".to_owned();
        let rows = vec![
            category(first, "A②(C)", day),
            category(first, "A②(C)", day),
            category(&stranger, "B", day),
            wrong_name,
            category(second, "D", day),
            category(second, "B", admin.today().plus_days(-900)),
        ];
        let before = count(&app).await;
        let id = checked(&admin, Kind::Category, list(&CATEGORY, &rows)).await.expect("is checked");
        assert_eq!(count(&app).await, before, "nothing is done");
        let said = problems(&admin, id).await;
        for (line, text) in [
            (0, ""),
            (1, "同じファイルの上のほうにもあります"),
            (2, "この医師会の会員に、この番号の方が見つかりません"),
            (3, "フリガナ・生年月日が合いません"),
            (4, "「新会員区分」の「D」を読み取れません"),
            (5, "より前の日は入力できません"),
        ] {
            assert!(
                said[line].contains(text) && (text.is_empty() == said[line].is_empty()),
                "{line}: {said:?}"
            );
        }
        let shown = shown(&admin, id).await;
        assert_eq!((shown.count(RowState::Ready), shown.problems), (1, 5));
        assert!(shown.found.row.number.starts_with("B2026-"));
        for other in ["o14", "o27", "fujisawa-cert"] {
            let hidden = show(&officer(&app, other).await, id).await;
            assert!(
                matches!(hidden, Err(Error::NotFound)),
                "{other}: only checked, so nobody else's: {hidden:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_list_is_refused_and_so_is_an_office_that_does_not_hear_first() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let someone = members(&app).await.remove(0);
        let rows = [category(&someone, "B", admin.today())];
        for (content, text) in [
            (b"\x00\x01".to_vec(), "読み取れません"),
            (list(&["氏名", "変更日"], &[]), "次の見出しの列が見つかりません：新会員区分"),
            (list(&CATEGORY, &[]), "行がありません"),
        ] {
            let refused = checked(&admin, Kind::Category, content).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(p)) if p[0].text.contains(text)),
                "{text}: {refused:?}"
            );
        }
        let kanagawa = officer(&app, "o14").await;
        let upper = check(
            &kanagawa,
            File {
                association: body(&app, "14").await.id.into(),
                kind: Kind::Category,
                name: String::new(),
                content: list(&CATEGORY, &rows),
            },
        );
        assert!(matches!(upper.await, Err(Error::Refused(_))), "who hears first enters");
    })
    .await;
}

#[tokio::test]
async fn cp932_utf8_and_excel_read_the_same() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let someone = members(&app).await.remove(0);
        let row = category(&someone, "A②(C)", admin.today().next());
        let columns: Vec<Column> = CATEGORY.map(Column::text).into();
        let cells: Vec<Vec<Cell>> = vec![row.into_iter().map(Cell::Text).collect()];
        let date = admin.today();
        let book = List {
            title: "区分".to_owned(),
            date,
            sample: app.printer.sample(),
            columns: columns.clone(),
            rows: cells.clone(),
        };
        let mut read = Vec::new();
        for content in [
            csv(&columns, &cells, Encoding::Utf8WithMark).expect("writes").bytes,
            csv(&columns, &cells, Encoding::Cp932).expect("writes").bytes,
            sheet(&book).expect("writes"),
        ] {
            let id = checked(&admin, Kind::Category, content).await.expect("is checked");
            let rows = bulk_change_row::Entity::find()
                .filter(bulk_change_row::Column::BulkChange.eq(Uuid::from(id)))
                .all(app.db.read())
                .await
                .expect("reads");
            read.push(rows.into_iter().map(|row| (row.cells, row.change, row.state)).collect::<Vec<_>>());
        }
        assert!(read[0] == read[1] && read[1] == read[2] && read[0].len() == 1, "{read:?}");
        assert_eq!(read[0][0].2, "ready");
    })
    .await;
}

#[tokio::test]
async fn categories_go_through_all_tiers_in_three_acts() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let everybody: Vec<_> = members(&app).await.into_iter().take(4).collect();
        let day = admin.today().plus_days(20);
        let rows: Vec<_> = everybody.iter().map(|person| category(person, "A②(C)", day)).collect();
        let id = checked(&admin, Kind::Category, list(&CATEGORY, &rows)).await.expect("is checked");
        let version = shown(&admin, id).await.found.row.version;
        enter(&admin, id, version).await.expect("is asked for");
        let again = enter(&admin, id, version).await;
        assert!(matches!(again, Err(Error::Refused(_))), "once: {again:?}");
        let waiting = letters(&app, "office_waiting", "").await;
        // Two nodes at once do each line once.
        let system = Cx::system(&app, "bulk_changes");
        let both = futures::join!(carry_out(&system), carry_out(&system));
        assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
        let now = shown(&admin, id).await;
        assert_eq!((now.found.state, now.count(RowState::Done)), (State::Done, 4));
        assert_eq!(now.runs.iter().map(|run| (run.done, run.failed)).collect::<Vec<_>>(), [(4, 0)]);
        assert_eq!(letters(&app, "membership_forwarded", "").await, 4, "each person hears");
        let kanagawa = officer(&app, "o14").await;
        let officers = letters(&app, "office_waiting", "").await - waiting;
        assert!(officers > 0 && officers < 4, "the office hears once, not once a line: {officers}");

        let stranger = decide(&officer(&app, "o27").await, id, body(&app, "27").await.id.into()).await;
        assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
        for (cx, code, tier) in [
            (&kanagawa, "14", Tier::Prefectural),
            (&officer(&app, "national-admin").await, "00", Tier::National),
        ] {
            let may = shown(cx, id).await.may;
            assert!(
                !may.enter && !may.undo && may.decide.len() == 1 && may.decide[0].2 == 4,
                "{tier}: {may:?}"
            );
            decide(cx, id, body(&app, code).await.id.into()).await.expect("is asked for");
            let early = of_person(&app, everybody[0].id.into()).await;
            assert!(on(&early, day).iter().all(|(_, category)| *category != MembershipCategory::A2c));
            run(&app).await;
        }
        for person in &everybody {
            let held = of_person(&app, person.id.into()).await;
            assert!(
                on(&held, day).len() >= 3
                    && on(&held, day).iter().all(|(_, c)| *c == MembershipCategory::A2c),
                "{held:?}"
            );
            assert!(
                on(&held, day.plus_days(-1)).iter().all(|(_, c)| *c != MembershipCategory::A2c),
                "not before"
            );
        }
        nothing_is_taken_back(&admin, id).await;
    })
    .await;
}

#[tokio::test]
async fn what_no_upper_tier_has_decided_is_taken_back_as_a_whole() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let everybody: Vec<_> = members(&app).await.into_iter().take(3).collect();
        let day = admin.today().plus_days(20);
        let before: Vec<_> = of_person(&app, everybody[0].id.into()).await;
        let rows: Vec<_> = everybody.iter().map(|person| category(person, "A②(C)", day)).collect();
        let id = carried_out(&admin, Kind::Category, list(&CATEGORY, &rows)).await;
        let version = shown(&admin, id).await.found.row.version;
        let silent = undo(&admin, id, version, "").await;
        assert!(matches!(silent, Err(Error::Invalid(_))), "says why: {silent:?}");
        undo(&admin, id, version, "別の年度の名簿でした").await.expect("is asked for");
        run(&app).await;
        let now = shown(&admin, id).await;
        assert_eq!((now.found.state, now.count(RowState::Undone)), (State::Undone, 3));
        assert_eq!(letters(&app, "change_undone", "別の年度の名簿でした").await, 3);
        assert_eq!(of_person(&app, everybody[0].id.into()).await, before);
        assert!(now.desks.is_empty(), "nothing lies on a desk: {:?}", now.desks);
        // The same lines can be entered anew.
        let id = checked(&admin, Kind::Category, list(&CATEGORY, &rows)).await.expect("is checked");
        assert_eq!(shown(&admin, id).await.count(RowState::Ready), 3);
    })
    .await;
}

/// Ends what somebody holds above the municipal association, as an import may have left it.
async fn municipal_only(app: &App, person: Uuid) {
    use sea_orm::sea_query::Expr;
    membership::Entity::update_many()
        .col_expr(
            membership::Column::ValidUntil,
            Expr::value(Day::parse("2020-03-31").expect("a day").date()),
        )
        .filter(membership::Column::Physician.eq(person))
        .filter(membership::Column::Tier.ne("municipal"))
        .exec(app.db.write())
        .await
        .expect("writes");
    mamis_app::testing::people_written(app).await;
}

#[tokio::test]
async fn what_the_office_decides_alone_is_in_force_at_once_and_can_be_taken_back() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let someone = members(&app).await.remove(0);
        municipal_only(&app, someone.id).await;
        let today = admin.today();
        for day in [today.plus_days(-5), today.plus_days(20)] {
            let before = of_person(&app, someone.id.into()).await;
            let rows = [category(&someone, "A②(C)", day)];
            let id = carried_out(&admin, Kind::Category, list(&CATEGORY, &rows)).await;
            let now = of_person(&app, someone.id.into()).await;
            assert_eq!(on(&now, day), [(Tier::Municipal, MembershipCategory::A2c)], "{day}");
            take_back(&admin, id, "取り違え").await;
            assert_eq!(
                shown(&admin, id).await.found.state,
                State::Undone,
                "{:?}",
                problems(&admin, id).await
            );
            let after = of_person(&app, someone.id.into()).await;
            for offset in [-3_000, -400, -6, -5, -1, 0, 19, 20, 100] {
                let one = today.plus_days(offset);
                assert_eq!(on(&after, one), on(&before, one), "{day}: {offset}");
            }
            assert!(after.iter().any(|held| held.period.is_void()), "what was taken back keeps its row");
            let listed = memberships(&admin, someone.id.into(), Depth::Full).await.expect("lists");
            let days: Vec<_> = listed.iter().map(|row| (row.from, row.until)).collect();
            assert!(days.iter().all(|(from, until)| until.is_none_or(|until| until >= *from)), "{days:?}");
        }
    })
    .await;
}

const LEAVING: [&str; 6] = ["医籍登録番号", "姓カナ", "名カナ", "退会の範囲", "退会日", "理由"];

#[tokio::test]
async fn leavings_follow_the_decision_table_and_come_back_within_thirty_days() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let someone = members(&app).await.remove(0);
        let today = admin.today();
        let mut row = category(&someone, "すべて", today);
        row.push("県外へ転出".to_owned());
        let id = carried_out(&admin, Kind::Leaving, list(&LEAVING, &[row])).await;
        assert_eq!(
            on(&of_person(&app, someone.id.into()).await, today.next()).len(),
            3,
            "the prefecture confirms"
        );
        decide(&officer(&app, "o14").await, id, body(&app, "14").await.id.into())
            .await
            .expect("is asked for");
        run(&app).await;
        let left = of_person(&app, someone.id.into()).await;
        assert_eq!((on(&left, today).len(), on(&left, today.next()).len()), (3, 0));
        take_back(&admin, id, "転出が取りやめになったため").await;
        assert_eq!(shown(&admin, id).await.found.state, State::Undone, "{:?}", problems(&admin, id).await);
        assert_eq!(on(&of_person(&app, someone.id.into()).await, today.next()).len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_run_killed_anywhere_goes_on_and_does_no_line_twice() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let everybody: Vec<_> = members(&app).await.into_iter().take(4).collect();
        let day = admin.today().plus_days(20);
        let rows: Vec<_> = everybody.iter().map(|person| category(person, "A②(C)", day)).collect();
        let id = checked(&admin, Kind::Category, list(&CATEGORY, &rows)).await.expect("is checked");
        enter(&admin, id, 1).await.expect("is asked for");
        let before = application::Entity::find().count(app.db.read()).await.expect("counts");
        let system = Cx::system(&app, "bulk_changes");
        // A future that is dropped stops where it is, as a process does that is killed.
        for patience in 1..40 {
            let mut job = Box::pin(carry_out(&system));
            for _ in 0..patience * 5 {
                if futures::poll!(job.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        run(&app).await;
        let after = application::Entity::find().count(app.db.read()).await.expect("counts");
        assert_eq!(after - before, 4, "one procedure a line");
        let now = shown(&admin, id).await;
        assert!(now.open_run().is_none() && now.count(RowState::Done) == 4, "{:?}", now.counts);
        assert_eq!(letters(&app, "membership_forwarded", "").await, 4, "one letter a line");
    })
    .await;
}

#[tokio::test]
async fn a_line_is_asked_again_on_the_day_it_runs() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let everybody: Vec<_> = members(&app).await.into_iter().take(2).collect();
        let day = admin.today().plus_days(20);
        let rows: Vec<_> = everybody.iter().map(|person| category(person, "A②(C)", day)).collect();
        let id = checked(&admin, Kind::Category, list(&CATEGORY, &rows)).await.expect("is checked");
        enter(&admin, id, 1).await.expect("is asked for");
        let mut late = Cx::system(&app, "bulk_changes");
        late.now += chrono::Duration::days(400);
        carry_out(&late).await.expect("runs");
        let now = shown(&admin, id).await;
        assert_eq!((now.count(RowState::Done), now.count(RowState::Failed)), (0, 2));
        assert!(problems(&admin, id).await[0].contains("より前の日は入力できません"));
        assert_eq!(now.runs.iter().map(|run| (run.done, run.failed)).collect::<Vec<_>>(), [(0, 2)]);
    })
    .await;
}

/// Every upper tier has decided: what is done there is not taken back from below.
async fn nothing_is_taken_back(admin: &Cx, id: BulkChangeId) {
    take_back(admin, id, "取り違え").await;
    let now = shown(admin, id).await;
    assert_eq!((now.found.state, now.count(RowState::Done), now.problems), (State::Done, 4, 4));
    assert!(problems(admin, id).await[0].contains("取り消せません"));
}
