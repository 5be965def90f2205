//! Workplaces that change and come back, and what is left over: rows without a day, files that nobody carried out.

use super::{
    CATEGORY, FUJISAWA, carried_out, category, checked, list, members, person, run, shown, take_back,
};
use crate::office::officer;
use crate::people::{cx, physician};
use chrono::Duration;
use mamis_app::bulk_change::actions::enter;
use mamis_app::bulk_change::lists::show;
use mamis_app::my::lists::registration::registration;
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error};
use mamis_rules::base::Day;
use mamis_rules::bulk_change::{Kind, RowState, State};
use mamis_schema::{bulk_change_row, workplace};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

const WORKPLACE: [&str; 6] = ["医籍登録番号", "姓カナ", "名カナ", "勤務先名", "勤務先住所", "変更日"];
const WORKPLACE_REST: [&str; 2] = ["勤務先郵便番号", "勤務先都道府県"];

async fn workplaces(app: &App, person: Uuid, day: Day) -> Vec<String> {
    let rows = workplace::Entity::find()
        .filter(workplace::Column::Physician.eq(person))
        .filter(workplace::Column::Main.eq(true))
        .filter(workplace::Column::ValidFrom.lte(day.date()));
    let rows = rows.all(app.db.read()).await.expect("reads");
    let running = rows.into_iter().filter(|row| row.valid_until.is_none_or(|until| until >= day.date()));
    running.map(|row| row.name).collect()
}

#[tokio::test]
async fn a_workplace_changes_at_once_and_comes_back() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let someone = members(&app).await.remove(0);
        let today = admin.today();
        let before = workplaces(&app, someone.id, today).await;
        let mut row = category(&someone, "", today);
        row[3] = "藤沢𠮷田病院".to_owned();
        row[4] = "神奈川県藤沢市本町1-2-3".to_owned();
        row.push(today.to_string());
        row.push("251-0052".to_owned());
        row.push(String::new());
        let header = [&WORKPLACE[..], &WORKPLACE_REST[..]].concat();
        let id = carried_out(&admin, Kind::Workplace, list(&header, &[row.clone()])).await;
        assert_eq!(workplaces(&app, someone.id, today).await, ["藤沢𠮷田病院"]);
        let again = checked(&admin, Kind::Workplace, list(&header, &[row])).await.expect("is checked");
        assert_eq!(shown(&admin, again).await.count(RowState::Same), 1, "it is registered now");
        assert!(shown(&admin, again).await.same_file.is_some(), "and the file was carried out before");
        take_back(&admin, id, "取り違え").await;
        assert_eq!(workplaces(&app, someone.id, today).await, before);
    })
    .await;
}

/// A workplace that was to begin later and was taken back is on no list.
#[tokio::test]
async fn a_workplace_that_never_began_is_not_shown() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let sato = cx(&app, "sato").await;
        let someone = person(&app, physician(&sato)).await;
        let before = registration(&sato).await.expect("theirs").workplaces;
        let later = admin.today().plus_days(30);
        let mut row = category(&someone, "", later);
        row[3] = "来月病院".to_owned();
        row[4] = "神奈川県藤沢市本町1-2-3".to_owned();
        row.extend([later.to_string(), "251-0052".to_owned(), String::new()]);
        let header = [&WORKPLACE[..], &WORKPLACE_REST[..]].concat();
        let id = carried_out(&admin, Kind::Workplace, list(&header, &[row])).await;
        let with = registration(&sato).await.expect("theirs").workplaces;
        assert!(with.iter().any(|row| row.name == "来月病院"), "it lies ahead: {with:?}");
        take_back(&admin, id, "取り違え").await;
        assert_eq!(registration(&sato).await.expect("theirs").workplaces, before);
    })
    .await;
}

/// Nobody carried it out for a month: the file goes with its lines; one that was carried out stays.
#[tokio::test]
async fn what_was_checked_and_never_carried_out_is_forgotten() {
    each_world(|app| async move {
        let admin = officer(&app, FUJISAWA).await;
        let everybody = members(&app).await;
        let mut ids = Vec::new();
        for someone in &everybody[..2] {
            let rows = [category(someone, "A②(C)", admin.today().next())];
            ids.push(checked(&admin, Kind::Category, list(&CATEGORY, &rows)).await.expect("is checked"));
        }
        enter(&admin, ids[0], 1).await.expect("is asked for");
        run(&app).await;
        let (days, before) = (app.settings.people.unused_bulk_changes_days, now());
        let left = || async {
            let rows = bulk_change_row::Entity::find()
                .filter(bulk_change_row::Column::BulkChange.is_in(ids.iter().map(|id| Uuid::from(*id))));
            rows.count(app.db.read()).await.expect("counts")
        };
        let clean = |after: Duration| {
            app.clock.set(before + after);
            clean_up(Cx::system(&app, "clean_up"))
        };
        clean(Duration::days(days)).await;
        assert_eq!(left().await, 2, "the month is not over");
        clean(Duration::days(days) + Duration::minutes(1)).await;
        assert_eq!(left().await, 1);
        assert!(matches!(show(&admin, ids[1]).await, Err(Error::NotFound)), "its page is gone");
        assert_eq!(shown(&admin, ids[0]).await.found.state, State::Done);
    })
    .await;
}

async fn clean_up(cx: Cx) {
    mamis_app::jobs::clean_up(&cx).await.expect("cleans");
}
