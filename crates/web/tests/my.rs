//! My page and the credits, as a physician reads them.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;

#[tokio::test]
async fn my_page_begins_with_the_date_and_the_gap() {
    each_world(|app| async move {
        let page = Browser::of(&app, "sato").await.get("/my").await;
        assert_eq!(page.status, StatusCode::OK);
        for sentence in [
            "2027年3月31日（令和9年）</strong>まで有効",
            "更新まであと 実地 1単位・合計 2単位",
            "までに藤沢市医師会へ更新を申請",
            "受講票を開く",
            "足りない単位が取れる研修会をさがす",
        ] {
            assert!(page.body.contains(sentence), "{sentence}");
        }
        let headline = page.body.find("まで有効").expect("said");
        assert!(headline < page.body.find("最近の単位").expect("said"), "what matters comes first");
    })
    .await;
}

#[tokio::test]
async fn a_special_measure_is_shown_with_its_reason() {
    each_world(|app| async move {
        let page = Browser::of(&app, "mori").await.get("/my").await;
        assert!(page.body.contains("2028年3月31日（令和10年）</strong>まで更新できます（特例）"));
        assert!(page.body.contains("認定証に印字された有効期限は2021年9月30日（令和3年）です。"));
        assert!(page.body.contains("新型コロナウイルス感染症"));
    })
    .await;
}

#[tokio::test]
async fn the_credits_name_their_rules_and_can_be_read_by_year() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let all = sato.get("/my/credits").await;
        assert_eq!(all.status, StatusCode::OK);
        for sentence in ["2025年4月1日（令和7年）からの規則", "年度ごとの単位", "数える", "確定", "2026年度"]
        {
            assert!(all.body.contains(sentence), "{sentence}");
        }
        let year = sato.get("/my/credits?year=2026").await;
        assert!(year.body.len() < all.body.len());
        let officer = Browser::of(&app, "fujisawa-cert").await.get("/my").await;
        assert_eq!((officer.status, officer.location.as_str()), (StatusCode::SEE_OTHER, "/desk"));
    })
    .await;
}

#[tokio::test]
async fn whoever_has_applied_is_not_told_to_apply() {
    each_world(|app| async move {
        for waits in ["yoshida", "okada"] {
            let page = Browser::of(&app, waits).await.get("/my").await;
            assert!(page.body.contains("申請済みです。"), "{waits}");
            assert!(page.body.contains("申請の進みぐあいを見る"), "{waits}");
            for wrong in ["へ更新を申請", "の次の締切", "受付は終わりました"] {
                assert!(!page.body.contains(wrong), "{waits}: {wrong}");
            }
        }
        let returned = Browser::of(&app, "ishii").await.get("/my").await;
        assert!(returned.body.contains("差し戻された申請を直す"));
        assert!(returned.body.contains("へ更新を申請"), "it lies with the applicant again");
        assert!(!returned.body.contains("申請済みです。"));
    })
    .await;
}

#[tokio::test]
async fn a_subject_is_called_by_its_title() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let form = sato.get("/paper-credits/new").await;
        assert!(form.body.contains("基礎研修・前期11 メンタルヘルスと運動"));
        assert!(!form.body.contains("前期11<"), "nowhere the number alone");
    })
    .await;
}

#[tokio::test]
async fn a_training_that_is_over_leads_to_the_credits() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let credits = sato.get("/my/credits").await.body;
        let at = credits.find("/trainings/").expect("a training gave credits");
        let href = credits[at..].split('"').next().expect("a link ends");
        let page = sato.get(href).await;
        assert!(page.body.contains("単位を確認する"), "{href}");
        for useless in ["取消しの期限", "申し込んでいます"] {
            assert!(!page.body.contains(useless), "{useless}");
        }
    })
    .await;
}
