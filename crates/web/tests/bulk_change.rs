//! Bulk changes through the router: the file, its lines, carrying out, the offices above, taking back.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::{App, Cx};
use mamis_schema::{association, membership, physician};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;

async fn fujisawa(app: &App) -> String {
    let row = association::Entity::find().filter(association::Column::Code.eq("142051")).one(app.db.read());
    row.await.expect("reads").expect("is there").id.to_string()
}

/// A line about 久保 of 藤沢市, who is leaving, and one about 佐藤.
async fn file(app: &App, to: &str) -> Vec<u8> {
    let mut lines = vec!["医籍登録番号,生年月日,新会員区分,変更日".to_owned()];
    for (family, given) in [("佐藤", "恵子"), ("久保", "学")] {
        let row = physician::Entity::find()
            .filter(physician::Column::FamilyName.eq(family))
            .filter(physician::Column::GivenName.eq(given));
        let row = row.one(app.db.read()).await.expect("reads").expect("is there");
        lines.push(format!("{},{},{to},2026/12/1", row.registry_number.expect("a number"), row.birth_on));
    }
    lines.join("\r\n").into_bytes()
}

async fn run(app: &Arc<App>) {
    let system = Cx::system(app, "bulk_changes");
    mamis_app::bulk_change::jobs::carry_out(&system).await.expect("runs");
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_what_to_send() {
    each_world(|app| async move {
        let office = Browser::of(&app, "fujisawa-admin").await;
        let association = fujisawa(&app).await;
        let fields = [("association", association.as_str()), ("kind", "category")];
        let wrong =
            office.upload("/bulk-changes", &fields, ("file", "名簿.csv", b"\xEF\xBB\xBFname\r\n")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("次の見出しの列が見つかりません"), "{}", wrong.body);
        for (name, content, said) in crate::association::NO_LISTS {
            let wrong = office.upload("/bulk-changes", &fields, ("file", name, content)).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(
                wrong.body.contains(said) && !wrong.body.contains("見出しの列"),
                "{name}: {}",
                wrong.body
            );
            assert!(wrong.body.contains("CSV"), "what to send: {}", wrong.body);
        }
        let silent = office.post("/bulk-changes", &[]).await;
        assert!(silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.body.contains("何を変えるか"));
    })
    .await;
}

#[tokio::test]
async fn a_file_is_checked_carried_out_and_taken_back() {
    each_world(|app| async move {
        let office = Browser::of(&app, "fujisawa-admin").await;
        assert!(office.get("/membership-applications").await.body.contains("/bulk-changes"));
        let form = office.get("/bulk-changes/new").await;
        assert!(form.body.contains("藤沢市医師会") && form.body.contains("新会員区分"), "{}", form.body);
        let empty = office.get("/bulk-changes/template.csv?kind=category").await;
        assert!(empty.body.contains("医籍登録番号,日医会員ID,姓カナ,名カナ,生年月日,新会員区分,変更日"));

        let association = fujisawa(&app).await;
        let fields = [("association", association.as_str()), ("kind", "category")];
        let content = file(&app, "A②(C)").await;
        let made = office.upload("/bulk-changes", &fields, ("file", "名簿.csv", &content)).await;
        let own = made.location;
        assert!(own.starts_with("/bulk-changes/"), "{}", made.body);
        let page = office.get(&own).await.body;
        for text in ["佐藤 恵子", "1行を実行する", "退会の手続きが進んでいます", "→ A②(C)"]
        {
            assert!(page.contains(text), "{text}: {page}");
        }
        let wrong = office.get(&format!("{own}?show=problems")).await.body;
        assert!(wrong.contains("久保 学") && !wrong.contains("佐藤 恵子"), "{wrong}");
        let kanagawa = Browser::of(&app, "o14").await;
        assert_eq!(kanagawa.get(&own).await.status, StatusCode::NOT_FOUND, "nothing was sent");

        let started = office.post(&format!("{own}/runs"), &[("version", "1")]).await;
        assert_eq!(started.location, own);
        assert!(office.get(&own).await.body.contains("を処理しています"));
        run(&app).await;
        let page = office.get(&own).await.body;
        assert!(page.contains("神奈川県医師会 1件") && page.contains("この一括変更を取り消す"), "{page}");

        let seen = kanagawa.get(&own).await.body;
        assert!(seen.contains("1件をまとめて承認する") && seen.contains("佐藤 恵子"), "{seen}");
        assert!(!seen.contains("久保 学"), "what was not sent stays with the office: {seen}");
        assert_eq!(kanagawa.get(&format!("{own}/result.xlsx")).await.status, StatusCode::FORBIDDEN);

        let ask = office.get(&format!("{own}/undos/new")).await;
        assert!(ask.body.contains("1行を、まとめて取り消します"), "{}", ask.body);
        let silent = office.post(&format!("{own}/undos"), &[("version", "3")]).await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        let stale = office.post(&format!("{own}/undos"), &[("version", "1"), ("reason", "取り違え")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let fields = [("version", "3"), ("reason", "取り違え")];
        assert_eq!(office.post(&format!("{own}/undos"), &fields).await.location, own);
        run(&app).await;
        assert!(office.get(&own).await.body.contains("取消し済み"));
        let open = membership::Entity::find().filter(membership::Column::Category.eq("a2c"));
        let open = open.filter(membership::Column::Cause.eq("category")).one(app.db.read()).await;
        assert!(open.expect("reads").is_none());
    })
    .await;
}
