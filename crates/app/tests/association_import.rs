//! The list of associations as a file: checked, carried out as a whole, and the same file twice changes nothing.

use crate::office::{body, officer};
use mamis_app::association::actions::import::{File, carry_out, check};
use mamis_app::association::actions::{NewName, rename};
use mamis_app::association::lists::import::{Checked, current, import};
use mamis_app::association::lists::{find, history};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column};
use mamis_rules::association::import::Outcome;
use mamis_schema::association;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

const COLUMNS: [&str; 7] = ["コード", "階層", "上位コード", "名称", "カナ", "電話番号", "備考"];

fn file(office: &association::Model, lines: &[[&str; 7]], encoding: Encoding) -> File {
    let columns: Vec<Column> = COLUMNS.iter().map(|name| Column::text(*name)).collect();
    let cell = |text: &&str| Cell::Text((*text).to_owned());
    let rows: Vec<Vec<Cell>> = lines.iter().map(|line| line.iter().map(cell).collect()).collect();
    let content = csv(&columns, &rows, encoding).expect("writes").bytes;
    File { association: office.id.into(), name: "一覧.csv".to_owned(), content }
}

async fn checked(cx: &Cx, file: File) -> Checked {
    let id = check(cx, file).await.expect("checks");
    import(cx, cx.db(), id).await.expect("finds")
}

async fn count(app: &App) -> u64 {
    association::Entity::find().count(app.db.read()).await.expect("counts")
}

const LINES: [[&str; 7]; 5] = [
    ["1429991", "地区医師会", "142999", "湘南西地区医師会", "ショウナンニシチクイシカイ", "", ""],
    ["142999", "郡市区等医師会", "14", "湘南市医師会", "ショウナンシイシカイ", "0466-11-1111", "新設"],
    ["142051", "郡市区等医師会", "14", "藤沢医師会", "フジサワイシカイ", "0466-22-2222", ""],
    ["141003", "郡市区等医師会", "13", "横浜市医師会", "ヨコハマシイシカイ", "", ""],
    ["142998", "村医師会", "14", "", "", "", ""],
];

#[tokio::test]
async fn the_list_is_checked_and_carried_out_and_changes_nothing_twice() {
    for encoding in [Encoding::Cp932, Encoding::Utf8WithMark] {
        each_world(|app| async move {
            let national = officer(&app, "national-admin").await;
            let top = body(&app, "00").await;
            let (before, fujisawa) = (count(&app).await, body(&app, "142051").await);
            let found = checked(&national, file(&top, &LINES, encoding)).await;
            let said: Vec<&str> = found
                .lines
                .iter()
                .map(|line| match &line.outcome {
                    Outcome::New => "new",
                    Outcome::Change(_) => "change",
                    Outcome::Same => "same",
                    Outcome::Problem(_) => "problem",
                })
                .collect();
            assert_eq!(said, ["new", "new", "change", "problem", "problem"], "{:?}", found.lines);
            assert_eq!((count(&app).await, found.lines[0].number), (before, 2), "nothing happened yet");
            let id = found.row.id.into();
            assert_eq!(carry_out(&national, id, 1).await.expect("carries out"), 3);
            let twice = carry_out(&national, id, 1).await;
            assert!(matches!(twice, Err(Error::Stale(_))), "{twice:?}");

            assert_eq!(count(&app).await, before + 2);
            let district = body(&app, "1429991").await;
            let place = find(&national, national.db(), district.id.into()).await.expect("finds");
            let names: Vec<&str> = place.above.iter().map(|(_, name)| name.as_str()).collect();
            assert_eq!(names, ["日本医師会", "神奈川県医師会", "湘南市医師会"]);
            assert_eq!((district.tier.as_str(), district.prefecture), ("district", Some(14)));
            let town = body(&app, "142999").await;
            assert_eq!(town.phone.as_deref(), Some("0466-11-1111"));
            let now = body(&app, "142051").await;
            assert_eq!((now.name.as_str(), now.phone.as_deref()), ("藤沢医師会", Some("0466-22-2222")));
            let lines = history(&national, fujisawa.id.into()).await.expect("lists");
            assert!(lines.iter().any(|line| line.kind == "renamed" && line.before.contains(&fujisawa.name)));
            assert!(lines[0].reason.contains("一覧.csv"), "says from which file: {lines:?}");

            let again = checked(&national, file(&top, &LINES, encoding)).await;
            assert_eq!(again.count(|one| matches!(one, Outcome::New | Outcome::Change(_))), 0);
            let nothing = carry_out(&national, again.row.id.into(), 1).await;
            assert!(matches!(nothing, Err(Error::Refused(_))), "{nothing:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn what_the_tree_says_is_a_file_without_changes() {
    each_world(|app| async move {
        let national = officer(&app, "national-admin").await;
        let content = current(&national).await.expect("writes");
        let top = body(&app, "00").await;
        let file = File { association: top.id.into(), name: "現在.csv".to_owned(), content };
        let found = checked(&national, file).await;
        assert_eq!(found.lines.len() as u64, count(&app).await);
        let differs = found.lines.iter().find(|line| line.outcome != Outcome::Same);
        assert!(differs.is_none(), "{differs:?}");
    })
    .await;
}

#[tokio::test]
async fn what_changed_since_the_check_is_checked_anew_and_others_do_not_see_it() {
    each_world(|app| async move {
        let national = officer(&app, "national-admin").await;
        let found = checked(&national, file(&body(&app, "00").await, &LINES, Encoding::Utf8WithMark)).await;
        let id = found.row.id.into();
        let fujisawa = officer(&app, "fujisawa-admin").await;
        let hidden = carry_out(&fujisawa, id, 1).await;
        assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        let foreign = check(&fujisawa, file(&body(&app, "00").await, &LINES, Encoding::Utf8WithMark)).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
        let own = body(&app, "142051").await;
        let below = ["1420511", "地区医師会", "142051", "辻堂地区医師会", "ツジドウチクイシカイ", "", ""];
        let lines = [LINES[1], LINES[2], below];
        let found = checked(&fujisawa, file(&own, &lines, Encoding::Utf8WithMark)).await;
        let problem = |at: usize| matches!(&found.lines[at].outcome, Outcome::Problem(_));
        assert!(problem(0) && problem(1), "from above only: {:?}", found.lines);
        assert_eq!(carry_out(&fujisawa, found.row.id.into(), 1).await.expect("its own district"), 1);

        let name = NewName {
            name: "湘南藤沢医師会".to_owned(),
            kana: "ショウナンフジサワイシカイ".to_owned(),
            on: Some(national.today()),
            reason: "改称".to_owned(),
        };
        let before = count(&app).await;
        rename(&national, own.id.into(), &name).await.expect("renames");
        let stale = carry_out(&national, id, 1).await;
        assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");
        assert_eq!(count(&app).await, before, "all or nothing");
        let left = association::Entity::find().filter(association::Column::Code.eq("142999"));
        assert_eq!(left.count(app.db.read()).await.expect("counts"), 0);
    })
    .await;
}
