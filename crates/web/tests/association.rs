//! Pages of associations.

use crate::browser::Browser as Officer;
use crate::client::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::association;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;

/// Table: files that are no lists, and what is said of them.
pub(crate) const NO_LISTS: [(&str, &[u8], &str); 5] = [
    ("案内.pdf", b"%PDF-1.7\n1 0 obj", "このファイルはPDFです"),
    ("写真.jpg", b"\xFF\xD8\xFF\xE0\x00\x10JFIF", "このファイルは写真や画像（JPEG）です"),
    ("名簿.docx", b"PK\x03\x04[Content_Types].xml word/document.xml", "このファイルはWordの文書です"),
    ("名簿.csv", b"", "ファイルに何も書かれていません"),
    ("名簿.csv", b"\xEF\xBB\xBF\r\n\r\n", "ファイルに何も書かれていません"),
];

async fn acting(app: &Arc<App>, login_id: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.log_in(app, login_id).await;
    browser
}

async fn fujisawa(app: &App) -> association::Model {
    let row = association::Entity::find().filter(association::Column::Code.eq("142051")).one(app.db.read());
    row.await.expect("reads").expect("is there")
}

#[tokio::test]
async fn an_association_keeps_its_page_and_everybody_reads_it() {
    each_world(|app| async move {
        let row = fujisawa(&app).await;
        let own = format!("/associations/{}", row.id);
        let mut guest = Browser::new(&app);
        assert!(guest.get("/associations").await.body.contains("神奈川県医師会"));
        let list = guest.get("/associations?prefecture=14").await.body;
        assert!(list.contains(&own) && list.contains("tree-2"), "{list}");
        let page = guest.get(&own).await.body;
        assert!(page.contains("神奈川県医師会") && !page.contains("連絡先などを変える"), "{page}");

        let mut admin = acting(&app, "fujisawa-admin").await;
        assert!(admin.get(&own).await.body.contains("連絡先などを変える"));
        let details = format!("{own}/details");
        assert!(admin.get(&details).await.body.contains("受付時間"));
        let version = row.version.to_string();
        let mut fields = vec![("version", version.as_str()), ("office_hours", "平日 9:00〜17:00")];
        let wrong = admin.post(&details, &[fields.clone(), vec![("postal_code", "12")]].concat()).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("平日 9:00"));
        fields.push(("president", "鵠沼 海"));
        assert_eq!(admin.post(&details, &fields).await.location(), own);
        let page = guest.get(&own).await.body;
        assert!(page.contains("平日 9:00〜17:00") && page.contains("鵠沼 海"), "{page}");
        assert!(!page.contains("片瀬 由香"), "who typed it is the offices' business: {page}");
        fields.push(("phone", "0466-00-0000"));
        assert_eq!(admin.post(&details, &fields).await.status, StatusCode::CONFLICT);

        let settings = format!("{own}/settings");
        assert!(admin.get(&settings).await.body.contains("鑑文を付ける"));
        let fields = [("name", "certification.cover_letter"), ("value", "off"), ("valid_from", "2026-12-01")];
        assert_eq!(admin.post(&settings, &fields).await.location(), settings);
        let shown = admin.get(&settings).await.body;
        assert!(shown.contains("から：しない") && shown.contains("から：する"), "{shown}");
        let round = format!("{own}/rounds");
        let fields =
            [("scheme", "sports_physician"), ("year", "2026"), ("number", "6"), ("closes_on", "来月")];
        let wrong = admin.post(&round, &fields).await;
        assert!(
            wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("来月"),
            "{}",
            wrong.body
        );
        let fields =
            [("scheme", "sports_physician"), ("year", "2026"), ("number", "6"), ("closes_on", "2027-03-01")];
        assert_eq!(admin.post(&round, &fields).await.location(), settings);
        assert!(admin.get(&settings).await.body.contains("認定健康スポーツ医"));
    })
    .await;
}

#[tokio::test]
async fn a_name_is_changed_from_above() {
    each_world(|app| async move {
        let own = format!("/associations/{}", fujisawa(&app).await.id);
        let form = format!("{own}/changes");
        let mut admin = acting(&app, "fujisawa-admin").await;
        assert_eq!(admin.get(&format!("{form}/new")).await.status, StatusCode::NOT_FOUND);
        let mut national = acting(&app, "national-admin").await;
        assert!(national.get(&format!("{form}/new")).await.body.contains("藤沢市医師会"));
        let mut fields = vec![
            ("name", "湘南ふじさわ医師会"),
            ("kana", "ショウナンフジサワイシカイ"),
            ("on", "2027-04-01"),
        ];
        let wrong = national.post(&form, &fields).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("湘南ふじさわ"));
        fields.push(("reason", "名称を改めるため"));
        assert_eq!(national.post(&form, &fields).await.location(), own);
        let page = Browser::new(&app).get(&own).await.body;
        assert!(
            page.contains("これから") && page.contains("名称を改めるため") && page.contains("藤沢市医師会"),
            "{page}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_form_of_the_tree_says_all_that_is_wrong_at_once() {
    each_world(|app| async move {
        let own = format!("/associations/{}", fujisawa(&app).await.id);
        let mut national = acting(&app, "national-admin").await;
        for (form, wrong) in [
            ("mergers", &["医師会を選んでください", "変わる日を入力", "理由を入力"][..]),
            ("moves", &["医師会を選んでください", "変わる日を入力", "理由を入力"]),
            ("closings", &["変わる日を入力", "理由を入力"]),
            ("changes", &["新しい名称を入力", "フリガナを入力", "変わる日を入力", "理由を入力"]),
        ] {
            let empty = national.post(&format!("{own}/{form}"), &[("on", "")]).await;
            assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            for text in wrong {
                // In the summary and beside the field.
                assert_eq!(empty.body.matches(text).count(), 2, "{form}, {text}: {}", empty.body);
            }
            let count = format!("（{}件）", wrong.len());
            assert!(empty.body.contains(&count), "{form}: {}", empty.body);
            let odd = national.post(&format!("{own}/{form}"), &[("on", "来月")]).await;
            assert!(odd.body.contains("「来月」") && odd.body.contains("理由を入力"), "{form}: {}", odd.body);
            assert!(!odd.body.contains("変わる日を入力"), "one sentence for a field: {}", odd.body);
        }
    })
    .await;
}

#[tokio::test]
async fn the_tree_is_changed_from_above_and_the_page_says_what_happens() {
    each_world(|app| async move {
        let own = format!("/associations/{}", fujisawa(&app).await.id);
        let mut admin = acting(&app, "fujisawa-admin").await;
        assert!(!admin.get(&own).await.body.contains("合併する"));
        for form in ["moves", "mergers", "closings"] {
            let answer = admin.get(&format!("{own}/{form}/new")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{form}");
        }
        let mut national = acting(&app, "national-admin").await;
        let page = national.get(&own).await.body;
        for text in ["合併する", "閉じる", "別の医師会の下に移す", "この下に医師会を作る"]
        {
            assert!(page.contains(text), "{text}: {page}");
        }
        let form = national.get(&format!("{own}/mergers/new")).await.body;
        assert!(form.contains("引き継ぐ医師会") && !form.contains("横浜市金沢区"), "{form}");
        let fields = [("on", "2027-04-01"), ("reason", "休止のため")];
        let silent = national.post(&format!("{own}/mergers"), &fields).await;
        assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.body.contains("休止のため"));
        let refused = national.post(&format!("{own}/closings"), &fields).await;
        assert!(refused.body.contains("合併を選び"), "{}", refused.body);
        assert!(refused.body.contains("休止のため"), "what was typed stays: {}", refused.body);
        let below = format!("/association-openings/new?parent={}", fujisawa(&app).await.id);
        assert!(admin.get(&below).await.body.contains("藤沢市医師会"));
        let parent = fujisawa(&app).await.id.to_string();
        let mut fields = vec![
            ("parent", parent.as_str()),
            ("code", "142051A"),
            ("name", "辻堂地区医師会"),
            ("kana", "ツジドウチクイシカイ"),
            ("on", "2026-12-01"),
        ];
        let wrong = admin.post("/association-openings", &fields).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("辻堂地区医師会"));
        fields.push(("reason", "会員が増えたため"));
        let made = admin.post("/association-openings", &fields).await.location().to_owned();
        let mut guest = Browser::new(&app);
        let page = guest.get(&made).await.body;
        assert!(page.contains("新設") && page.contains("会員が増えたため"), "{page}");
        let fields = [("on", "2027-01-01"), ("reason", "取りやめ")];
        assert_eq!(national.post(&format!("{made}/closings"), &fields).await.location(), made);
        let page = guest.get(&made).await.body;
        assert!(page.contains("閉鎖の予定があります") && !page.contains("この予定を取り消す"), "{page}");
        let page = national.get(&made).await.body;
        let at = page.find("name=\"change\" value=\"").expect("can be taken back");
        let change = page[at + 21..].split('"').next().expect("an id").to_owned();
        let back = national.post(&format!("{made}/change-withdrawals"), &[("change", &change)]).await;
        assert_eq!(back.location(), made);
        let page = guest.get(&made).await.body;
        assert!(page.contains("取り消しました") && !page.contains("閉鎖の予定があります"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn own_categories_are_entered_and_stand_where_a_category_is_chosen() {
    each_world(|app| async move {
        let own = format!("/associations/{}", fujisawa(&app).await.id);
        let mut admin = acting(&app, "fujisawa-admin").await;
        let settings = admin.get(&format!("{own}/settings")).await.body;
        for text in ["制度への参加", "専門医共通講習を開く", "会員区分を変える"] {
            assert!(settings.contains(text), "{text}: {settings}");
        }
        let page = format!("{own}/categories");
        let mut fields = vec![("category_name", "名誉会員"), ("category_from", "2026-12-01")];
        let wrong = admin.post(&page, &fields).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("名誉会員"));
        fields.push(("category_national", "a1"));
        assert_eq!(admin.post(&page, &fields).await.location(), page);
        let shown = admin.get(&page).await.body;
        let at = shown.rfind("name=\"category\" value=\"").expect("can be ended");
        let id = shown[at + 23..].split('"').next().expect("an id").to_owned();
        let over = [("category", id.as_str()), ("until", "2020-01-01")];
        let wrong = admin.post(&format!("{own}/category-endings"), &over).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("過ぎた日"));
        let over = [("category", id.as_str()), ("until", "2999-03-31")];
        assert_eq!(admin.post(&format!("{own}/category-endings"), &over).await.location(), page);
        let mut guest = Browser::new(&app);
        assert_eq!(guest.get(&page).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_checked_looked_at_and_carried_out() {
    each_world(|app| async move {
        let office = Officer::of(&app, "national-admin").await;
        let page = office.get("/association-imports").await.body;
        assert!(page.contains("いまの一覧をダウンロードする") && page.contains("上位コード"), "{page}");
        let top = association::Entity::find().filter(association::Column::Code.eq("00")).one(app.db.read());
        let top = top.await.expect("reads").expect("is there").id.to_string();
        let fields = [("association", top.as_str())];
        let wrong = office.upload("/association-imports", &fields, ("file", "一覧.csv", b"name\r\nx\r\n")).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("見出しの列"), "{}", wrong.body);
        for (name, content, said) in NO_LISTS {
            let wrong = office.upload("/association-imports", &fields, ("file", name, content)).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(wrong.body.contains(said) && !wrong.body.contains("見出しの列"), "{name}: {}", wrong.body);
        }
        let content = "コード,階層,上位コード,名称,カナ\r\n142999,郡市区等医師会,14,湘南市医師会,ショウナンシイシカイ\r\n142998,村,14,村医師会,ムライシカイ\r\n";
        let made = office.upload("/association-imports", &fields, ("file", "一覧.csv", content.as_bytes())).await;
        let own = made.location;
        let shown = office.get(&own).await.body;
        assert!(shown.contains("湘南市医師会") && shown.contains("1行を取り込む"), "{shown}");
        assert!(office.get(&format!("{own}?show=problems")).await.body.contains("「階層」の「村」"));
        assert_eq!(office.post(&format!("{own}/runs"), &[("version", "1")]).await.location, own);
        assert!(office.get(&own).await.body.contains("取込み済み"));
        let again = office.post(&format!("{own}/runs"), &[("version", "1")]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        let mut guest = Browser::new(&app);
        assert!(guest.get("/associations?q=湘南市").await.body.contains("湘南市医師会"));
    })
    .await;
}
