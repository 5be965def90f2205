//! Finding people, taking them out of the system, and the page of one.

use crate::client::{Answer, Browser, each_world};
use axum::http::{StatusCode, header};
use mamis_app::App;
use mamis_schema::{account, association, audit_entry, membership};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

async fn acting(app: &Arc<App>, login_id: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.log_in(app, login_id).await;
    browser
}

async fn physician(app: &App, login_id: &str) -> Uuid {
    let login = account::Column::LoginId.eq(login_id);
    let row = account::Entity::find().filter(login).one(app.db.read()).await.expect("reads");
    row.expect("in the named world").physician.expect("a physician")
}

async fn entries(app: &App, action: &str) -> Vec<String> {
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq(action))
        .order_by_asc(audit_entry::Column::Sequence);
    entries.all(app.db.read()).await.expect("reads").into_iter().map(|entry| entry.detail).collect()
}

async fn page_of(office: &mut Browser, question: &str) -> String {
    office.get(&format!("/physicians?{question}")).await.body
}

#[tokio::test]
async fn people_are_found_by_form_and_the_question_is_kept() {
    each_world(|app| async move {
        let sato = format!("/physicians/{}", physician(&app, "sato").await);
        let mut office = acting(&app, "fujisawa-admin").await;
        for question in [
            "q=satou",
            "q=sato%40",
            "association=%E8%97%A4%E6%B2%A2%E5%B8%82%E5%8C%BB%E5%B8%AB%E4%BC%9A&category=a2b",
            "category=member&by=association",
        ] {
            let found = office.get(&format!("/physicians?{question}")).await;
            assert!(found.body.contains(&sato), "{question}: {}", found.body);
        }
        assert!(!office.get("/physicians?category=non_member&q=satou").await.body.contains(&sato));
        assert!(!page_of(&mut office, "").await.contains("id=\"f-scheme\""), "sees no certifications");
        for (question, said) in [
            ("scheme=occupational_physician", "認定の担当者だけ"),
            ("association=%E3%81%AA%E3%81%84", "見つかりません"),
            ("association=%E5%8C%BB%E5%B8%AB%E4%BC%9A", "複数あります"),
            ("until=soon", "日付を"),
        ] {
            let unclear = office.get(&format!("/physicians?{question}")).await;
            assert!(
                unclear.body.contains(said) && unclear.body.contains("error-summary"),
                "{}",
                unclear.body
            );
        }
        let question = "q=satou&category=member";
        let fields = [("query", question), ("name", "佐藤さんたち"), ("shared", "1")];
        let nameless = office.post("/saved-searches", &[("query", question), ("name", "")]).await;
        assert!(nameless.status == StatusCode::UNPROCESSABLE_ENTITY && nameless.body.contains(&sato));
        let long = "名".repeat(41);
        let typed = [("query", question), ("name", long.as_str()), ("shared", "1")];
        let mended = office.post("/saved-searches", &typed).await.body;
        assert!(mended.contains(&format!("value=\"{long}\"")), "the name stays as typed: {mended}");
        assert!(mended.contains("id=\"f-shared\" name=\"shared\" value=\"1\" checked"), "and the tick");
        assert!(
            page_of(&mut office, question)
                .await
                .contains("id=\"f-name\" name=\"name\" type=\"text\" value=\"\"")
        );
        let kept = office.post("/saved-searches", &fields).await;
        assert_eq!(kept.location(), format!("/physicians?{question}"));
        let mut colleague = acting(&app, "fujisawa-training").await;
        let list = colleague.get("/physicians").await.body;
        assert!(list.contains("佐藤さんたち") && list.contains("q=satou&#38;category=member"), "{list}");
        assert!(
            !list.contains("/removals") && !list.contains("書き出す"),
            "neither the keeper nor an exporter"
        );
        let own = office.get("/physicians").await.body;
        let remove =
            own.split('"').find(|part| part.ends_with("/removals")).expect("the keeper's").to_owned();
        assert_eq!(office.post(&remove, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(!colleague.get("/physicians").await.body.contains("佐藤さんたち"));
    })
    .await;
}

#[tokio::test]
async fn a_member_of_a_district_is_listed_under_it() {
    each_world(|app| async move {
        let of_district = membership::Column::Tier.eq("district");
        let found = membership::Entity::find()
            .filter(of_district)
            .filter(membership::Column::ValidUntil.is_null())
            .order_by_asc(membership::Column::Id)
            .one(app.db.read());
        let found = found.await.expect("reads").expect("somebody is in a district");
        let body = |id: Uuid| {
            let app = app.clone();
            async move {
                let row = association::Entity::find_by_id(id).one(app.db.read()).await.expect("reads");
                row.expect("is there")
            }
        };
        let district = body(found.association).await;
        let municipal = body(district.parent.expect("stands below")).await;
        let mut office = acting(&app, "o14").await;
        let words = format!("{}（", district.name);
        let within = format!("）　{}", municipal.name);
        for by in ["", "&by=association"] {
            let list = office.get(&format!("/physicians?association={}{by}", district.code)).await.body;
            assert!(list.contains(&words) && list.contains(&within), "{list}");
        }
        let page = office.get(&format!("/physicians/{}", found.physician)).await.body;
        assert!(page.contains(&words) && page.contains(&within), "{page}");
    })
    .await;
}

#[tokio::test]
async fn the_tab_of_memberships_knows_the_own_word_of_a_category() {
    each_world(|app| async move {
        let sato = physician(&app, "sato").await;
        let mut office = acting(&app, "fujisawa-admin").await;
        let fujisawa = association::Entity::find().filter(association::Column::Code.eq("142051"));
        let fujisawa = fujisawa.one(app.db.read()).await.expect("reads").expect("is there").id;
        let today = mamis_app::Cx::system(&app, "test").today().to_string();
        let own =
            [("category_name", "正会員"), ("category_national", "a2b"), ("category_from", today.as_str())];
        let entered = office.post(&format!("/associations/{fujisawa}/categories"), &own).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
        let tab = office.get(&format!("/physicians/{sato}?tab=memberships")).await.body;
        assert!(tab.contains("A②(B)（正会員）"), "{tab}");
        let mut above = acting(&app, "o14").await;
        let tab = above.get(&format!("/physicians/{sato}?tab=memberships")).await.body;
        assert!(
            tab.contains("A②(B)（正会員）") && tab.contains(">A②(B)<"),
            "each association in its words: {tab}"
        );
    })
    .await;
}

#[tokio::test]
async fn found_people_leave_as_files_and_labels() {
    each_world(|app| async move {
        let mut office = acting(&app, "national-cert").await;
        let question = "q=%E5%90%89%E7%94%B0";
        let page = office.get(&format!("/physicians?{question}")).await.body;
        assert!(page.contains("cp932") && page.contains("書き出す・印刷する理由"), "{page}");
        let why = office.get(&format!("/physicians.csv?{question}")).await;
        assert!(
            why.status == StatusCode::UNPROCESSABLE_ENTITY && why.body.contains("理由を入力"),
            "{}",
            why.body
        );
        let question = format!("{question}&reason=x");
        let lost = office.get(&format!("/physicians.csv?{question}&encoding=cp932")).await;
        assert!(lost.body.contains("〓") && lost.body.contains('𠮷') && lost.body.contains("lost=accepted"));
        assert_eq!(entries(&app, "physician.export").await.len(), 0);
        let csv = office.get(&format!("/physicians.csv?{question}&encoding=cp932&lost=accepted")).await;
        assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=Shift_JIS");
        let today = mamis_app::Cx::system(&app, "test").today();
        let name = |answer: &Answer| {
            answer.headers[header::CONTENT_DISPOSITION].to_str().expect("plain letters").to_owned()
        };
        let whole = format!("filename*=UTF-8''%E5%8C%BB%E5%B8%AB%E4%B8%80%E8%A6%A7_{today}.csv");
        assert!(name(&csv).contains(&whole), "医師一覧, and the day: {}", name(&csv));
        let sheet = office.get(&format!("/physicians.xlsx?{question}")).await;
        assert_eq!(sheet.status, StatusCode::OK);
        let reversed = office.get("/physicians?from=2027-12-31&until=2027-01-01").await.body;
        assert!(reversed.contains("以後の日付") && reversed.contains("id=\"f-scheme\""), "{reversed}");
        for first in ["0", "13", "x"] {
            let fields = [("q", "吉田"), ("sheet", "12"), ("first", first), ("reason", "宛名")];
            let beyond = office.post("/physicians/labels.pdf", &fields).await;
            assert_eq!(beyond.status, StatusCode::UNPROCESSABLE_ENTITY, "{first}");
            assert!(beyond.body.contains("1から12まで") && beyond.body.contains("value=\"宛名\""), "{first}");
        }
        for paper in ["12", "24"] {
            let fields = [("q", "吉田"), ("sheet", paper), ("first", "3"), ("reason", "x")];
            let labels = office.post("/physicians/labels.pdf", &fields).await;
            assert_eq!(labels.headers[header::CONTENT_TYPE], "application/pdf", "{}", labels.body);
            assert!(name(&labels).contains(&format!("{today}.pdf")), "{}", name(&labels));
        }
        assert_eq!(entries(&app, "physician.export").await.len(), 4);
        let mut training = acting(&app, "kanagawa-training").await;
        for path in ["/physicians.csv", "/physicians.xlsx"] {
            assert_eq!(training.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_physician_has_the_parts_of_the_duty_and_every_look_is_noted() {
    each_world(|app| async move {
        let sato = format!("/physicians/{}", physician(&app, "sato").await);
        let mut office = acting(&app, "fujisawa-admin").await;
        for (tab, said) in [
            ("", "医籍登録番号"),
            ("contacts", "sato@example.jp"),
            ("memberships", "所属中"),
            ("credits", "受講した研修会"),
            ("letters", "発行した文書"),
            ("log", "登録情報を見た"),
        ] {
            let shown = office.get(&format!("{sato}?tab={tab}")).await;
            assert!(shown.status == StatusCode::OK && shown.body.contains(said), "{tab}: {}", shown.body);
        }
        assert_eq!(entries(&app, "physician.look").await.len(), 6);
        let mut certification = acting(&app, "fujisawa-cert").await;
        for (tab, said) in
            [("certifications", "産業医"), ("applications", "あなたの職務で見られる申請はありません")]
        {
            let shown = certification.get(&format!("{sato}?tab={tab}")).await.body;
            assert!(shown.contains(said), "{tab}: {shown}");
        }
        let closed = certification.get(&format!("{sato}?tab=log")).await.body;
        assert!(!closed.contains("登録情報を見た") && closed.contains("医籍登録番号"), "{closed}");
        let mut training = acting(&app, "fujisawa-training").await;
        let looks = entries(&app, "physician.look").await.len();
        for tab in ["", "contacts", "log", "letters"] {
            let shown = training.get(&format!("{sato}?tab={tab}")).await.body;
            assert!(!shown.contains("医籍登録番号") && !shown.contains("@example.jp"), "{tab}: {shown}");
        }
        assert_eq!(entries(&app, "physician.look").await.len(), looks);
    })
    .await;
}

#[tokio::test]
async fn the_national_office_says_why() {
    each_world(|app| async move {
        let sato = format!("/physicians/{}", physician(&app, "sato").await);
        let mut national = acting(&app, "national-admin").await;
        for tab in ["", "contacts", "memberships", "letters", "log"] {
            let closed = national.get(&format!("{sato}?tab={tab}")).await.body;
            assert!(closed.contains("見る理由") && !closed.contains("医籍登録番号"), "{tab}: {closed}");
            assert!(!closed.contains("@example.jp") && !closed.contains("sato（"), "{tab}: {closed}");
        }
        assert!(entries(&app, "physician.look").await.is_empty());
        let login = national.get(&format!("{sato}/login-links/new")).await;
        assert_eq!(login.status, StatusCode::FORBIDDEN);
        let again = national.post(&format!("{sato}/looks"), &[("reason", "")]).await;
        assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.body.contains("error-summary"));
        let reason = "本人から電話で会員IDの照会";
        let open = national.post(&format!("{sato}/looks"), &[("reason", reason)]).await;
        assert_eq!(open.location(), sato);
        assert!(national.get(&sato).await.body.contains("医籍登録番号"));
        assert!(entries(&app, "physician.reason").await[0].contains(reason));
        assert_eq!(entries(&app, "physician.look").await.len(), 1);
        // The reason is this officer's, and about this person.
        let ishii = format!("/physicians/{}", physician(&app, "ishii").await);
        assert!(national.get(&ishii).await.body.contains("見る理由"));
        let mut other = acting(&app, "national-cert").await;
        assert!(other.get(&sato).await.body.contains("見る理由"));
        // Nearer offices are not asked.
        let mut home = acting(&app, "fujisawa-admin").await;
        assert!(home.get(&sato).await.body.contains("医籍登録番号"));
        assert_eq!(
            home.post(&format!("{sato}/looks"), &[("reason", "x")]).await.status,
            StatusCode::FORBIDDEN
        );
        let log = home.get(&format!("{sato}?tab=log")).await.body;
        assert!(log.contains(reason) && log.contains("日本医師会"), "{log}");
    })
    .await;
}
