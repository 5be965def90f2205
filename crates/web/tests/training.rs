//! Pages about trainings through the router: who sees which, signing up without a script, the form of a draft.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use mamis_app::App;
use mamis_app::account::TERMS_VERSION;
use mamis_app::secret::sha256_hex;
use mamis_app::signup::ticket::{self, Medium};
use mamis_app::testing::{each_world, now};
use mamis_schema::{account, duty, session, signup, terms_consent, training, training_draft};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// A browser in which somebody of the named world is logged in.
struct Browser {
    router: Router,
    cookie: String,
}

async fn log_in(app: &Arc<App>, login_id: &str) -> Browser {
    let row = account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a named account");
    let token = format!("{login_id}-{}", Uuid::now_v7());
    let now = app.clock.wall();
    let opened = session::Model {
        id: Uuid::now_v7(),
        token_hash: sha256_hex(token.as_bytes()),
        account: row.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now + TimeDelta::hours(1),
        second_factor_at: Some(now),
        user_agent: "test".to_owned(),
        address: "203.0.113.7".to_owned(),
    };
    session::ActiveModel::from(opened).reset_all().insert(app.db.write()).await.expect("inserts");
    let agreed = terms_consent::Model {
        id: Uuid::now_v7(),
        account: row.id,
        terms_version: TERMS_VERSION.to_owned(),
        agreed_at: now,
    };
    terms_consent::ActiveModel::from(agreed).reset_all().insert(app.db.write()).await.expect("inserts");
    Browser {
        router: mamis_web::router(app.clone()),
        cookie: format!("{}={token}", mamis_web::layer::session::COOKIE),
    }
}

impl Browser {
    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request =
            Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty()).expect("a request");
        read(self.router.clone().oneshot(request).await.expect("an answer")).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        read(self.router.clone().oneshot(request).await.expect("an answer")).await
    }
}

/// Status and body, or where a redirect leads.
async fn read(response: Response<Body>) -> (StatusCode, String) {
    let (parts, body) = response.into_parts();
    if let Some(location) = parts.headers.get(header::LOCATION) {
        return (parts.status, location.to_str().expect("text").to_owned());
    }
    let bytes = body.collect().await.expect("a body").to_bytes();
    (parts.status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn trainings(app: &App) -> Vec<training::Model> {
    training::Entity::find().all(app.db.read()).await.expect("reads")
}

/// The offices of the table that is law, by login.
#[derive(Clone, Copy, Debug)]
enum Viewer {
    Host(&'static str),
    Organizer,
    Prefecture(i32),
    National,
}

/// The table [seed]: before national approval the own ones, those within the prefecture, or all; after it all.
fn sees(viewer: Viewer, row: &training::Model, organizer: Uuid) -> bool {
    let before = ["draft", "prefectural_review", "national_review", "returned", "rejected"];
    !before.contains(&row.state.as_str())
        || match viewer {
            Viewer::Host(name) => row.host_name == name,
            Viewer::Organizer => row.host_organizer == Some(organizer),
            Viewer::Prefecture(code) => row.host_prefecture == Some(code),
            Viewer::National => true,
        }
}

#[tokio::test]
async fn every_office_sees_the_trainings_that_the_table_gives_it() {
    each_world(|app| async move {
        let rows = trainings(&app).await;
        let organizer = duty::Entity::find()
            .filter(duty::Column::Organizer.is_not_null())
            .all(app.db.read())
            .await
            .expect("reads");
        let (mut seen, mut hidden) = (0, 0);
        for (login_id, viewer) in [
            ("fujisawa-training", Viewer::Host("藤沢市医師会")),
            ("yokohama-training", Viewer::Host("横浜市医師会")),
            ("totsuka-training", Viewer::Host("戸塚区医師会")),
            ("organizer", Viewer::Organizer),
            ("kanagawa-training", Viewer::Prefecture(14)),
            ("tokyo-training", Viewer::Prefecture(13)),
            ("national-training", Viewer::National),
        ] {
            let browser = log_in(&app, login_id).await;
            let officer = account::Entity::find()
                .filter(account::Column::LoginId.eq(login_id))
                .one(app.db.read())
                .await
                .expect("reads")
                .and_then(|row| row.officer);
            let own =
                organizer.iter().find(|duty| Some(duty.officer) == officer).and_then(|duty| duty.organizer);
            for row in &rows {
                let (status, html) = browser.get(&format!("/trainings/{}", row.id)).await;
                let expected = sees(viewer, row, own.unwrap_or_default());
                let shown = if expected { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(status, shown, "{login_id} {} of {} in {}", row.title, row.host_name, row.state);
                assert_eq!(html.contains(&row.number), expected, "{login_id} {}", row.number);
                if expected { seen += 1 } else { hidden += 1 }
            }
        }
        assert!(seen > 20 && hidden > 10, "the world has both: {seen} seen, {hidden} hidden");
    })
    .await;
}

#[tokio::test]
async fn a_physician_sees_what_recruits_and_nothing_before_approval() {
    each_world(|app| async move {
        let sato = log_in(&app, "sato").await;
        let (status, html) = sato.get("/trainings").await;
        assert_eq!(status, StatusCode::OK);
        for row in trainings(&app).await {
            let shown = html.contains(&format!("/trainings/{}\"", row.id));
            let coming = row.state == "approved" && row.held_on >= "2026-11-22".parse().expect("a day");
            assert_eq!(shown, coming, "{} in {}", row.title, row.state);
            if row.state == "draft" {
                assert_eq!(sato.get(&format!("/trainings/{}", row.id)).await.0, StatusCode::NOT_FOUND);
                assert_eq!(sato.get(&format!("/trainings/{}/edit", row.id)).await.0, StatusCode::NOT_FOUND);
            }
        }
        let (_, found) = sato.get("/trainings?q=%E8%81%B7%E5%A0%B4%E5%B7%A1%E8%A6%96&offer=occupational_physician/lifelong/%E5%AE%9F%E5%9C%B0&free=1").await;
        assert!(found.contains("職場巡視実地研修会") && !found.contains("日医生涯教育講座</a>"));
        let (_, none) = sato.get("/trainings?q=100%25").await;
        assert!(none.contains("条件に合う研修会がありません"), "a mark of a pattern is a letter");
    })
    .await;
}

#[tokio::test]
async fn a_physicians_list_says_where_a_seat_is_held_already() {
    each_world(|app| async move {
        let card = |html: &str, id: Uuid| {
            let at = html.find(&format!("/trainings/{id}\"")).expect("listed");
            html[at..].split("</li>\n  <li class=\"card").next().expect("a card").to_owned()
        };
        let (sato, mori) = (log_in(&app, "sato").await, log_in(&app, "mori").await);
        let sato_id = account::Entity::find()
            .filter(account::Column::LoginId.eq("sato"))
            .one(app.db.read())
            .await
            .expect("reads")
            .and_then(|row| row.physician)
            .expect("a physician");
        let seat = signup::Entity::find()
            .filter(signup::Column::State.eq("confirmed"))
            .filter(signup::Column::StartsAt.gt(now() + TimeDelta::days(1)))
            .filter(signup::Column::Physician.eq(sato_id))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("佐藤 has signed up for something ahead");
        let (_, own) = sato.get("/trainings").await;
        let (_, other) = mori.get("/trainings").await;
        assert!(card(&own, seat.training).contains("申込み済み"), "{own}");
        assert!(!card(&other, seat.training).contains(">申込み済み"), "{other}");
    })
    .await;
}

#[tokio::test]
async fn only_those_who_decide_have_a_tab_for_it() {
    each_world(|app| async move {
        for (login_id, decides) in [
            ("organizer", false),
            ("fujisawa-training", false),
            ("kanagawa-training", true),
            ("national-training", true),
        ] {
            let (_, html) = log_in(&app, login_id).await.get("/trainings").await;
            assert_eq!(html.contains("承認・確認待ち"), decides, "{login_id}");
        }
        let organizer = log_in(&app, "organizer").await;
        let (_, html) = organizer.get("/physicians").await;
        assert!(html.contains("会員と認定の担当者が使います"), "{html}");
        assert!(!html.contains("href=\"/physicians\""), "no entry of the menu leads there");
    })
    .await;
}

#[tokio::test]
async fn a_seat_is_taken_shown_and_given_back_without_a_script() {
    each_world(|app| async move {
        let rows = trainings(&app).await;
        let find = |host: &str, title: &str| {
            rows.iter()
                .find(|row| row.host_name == host && row.title.contains(title) && row.state == "approved")
                .expect("a training of the named world")
        };
        let sato = log_in(&app, "sato").await;
        let busy = find("神奈川県医師会", "職場巡視実地研修会");
        let (_, page) = sato.get(&format!("/trainings/{}", busy.id)).await;
        assert!(page.contains("同じ時間に") && page.contains("aria-disabled"), "the button says why");
        let (status, back) = sato.post(&format!("/trainings/{}/signups", busy.id), &[]).await;
        assert_eq!((status, back), (StatusCode::SEE_OTHER, format!("/trainings/{}", busy.id)));

        let open = find("藤沢市医師会", "職場巡視実地研修会");
        let (status, ticket) = sato.post(&format!("/trainings/{}/signups", open.id), &[]).await;
        assert!(status == StatusCode::SEE_OTHER && ticket.starts_with("/my/tickets/"), "{status} {ticket}");
        let (status, page) = sato.get(&ticket).await;
        assert!(status == StatusCode::OK && page.contains("class=\"qr\""), "{page}");
        assert_eq!(
            log_in(&app, "mori").await.get(&ticket).await.0,
            StatusCode::NOT_FOUND,
            "somebody else's ticket"
        );
        let id = ticket.trim_start_matches("/my/tickets/");
        let (status, _) = sato.post(&format!("/signups/{id}/cancellations"), &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let left = signup::Entity::find()
            .filter(signup::Column::Training.eq(open.id))
            .filter(signup::Column::Id.eq(id.parse::<Uuid>().expect("an id")))
            .filter(signup::Column::State.eq("confirmed"))
            .count(app.db.read())
            .await;
        assert_eq!(left.expect("counts"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_draft_keeps_what_was_typed_and_says_what_is_wrong() {
    each_world(|app| async move {
        let officer = log_in(&app, "fujisawa-training").await;
        let host =
            trainings(&app).await.into_iter().find(|row| row.state == "returned").expect("one was returned");
        let page = format!("/trainings/{}", host.id);
        let (status, html) = officer.get(&format!("{page}/edit")).await;
        assert!(status == StatusCode::OK && html.contains("メンタルヘルス不調"), "{status}");
        assert!(html.contains("さんから差し戻されました"), "what is to be mended stands where it is mended");
        let version = host.version.to_string();
        let typed = [
            ("version", version.as_str()),
            ("title", "まだ途中の題名"),
            ("mode", "venue"),
            ("prefecture", "14"),
            ("sessions.0.title", "演題だけ"),
            ("sessions.0.day", "2027-02-13"),
        ];
        let (status, html) = officer.post(&page, &typed).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(html.contains("まだ途中の題名") && html.contains("終了の時刻を入力してください。"));

        let (status, _) = officer.post(&format!("{page}/draft"), &typed).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(training_draft::Entity::find().count(app.db.read()).await.expect("counts"), 1);
        let (_, html) = officer.get(&format!("{page}/edit")).await;
        assert!(html.contains("まだ途中の題名") && html.contains("途中の内容"), "typing is offered again");
        let kept = trainings(&app).await.into_iter().find(|row| row.id == host.id).expect("still there");
        assert_eq!(kept.title, host.title, "the training itself is as it was");

        let mut checked = typed.to_vec();
        checked.extend([
            ("sessions.0.from", "13:00"),
            ("sessions.0.until", "14:00"),
            ("capacity", "40"),
            ("sessions.0.credits.0.line", "occupational_physician/lifelong/専門/"),
            ("sessions.0.credits.0.amount", "2"),
        ]);
        let (status, html) = officer.post("/trainings/checks", &checked).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("data-problem-for=\"sessions.0.credits.0.amount\""), "{html}");
        let (_, html) = officer.post(&page, &[&typed[..], &[("add", "session")]].concat()).await;
        assert!(html.contains("name=\"sessions.1.title\""), "a row is added without a script");
    })
    .await;
}

#[tokio::test]
async fn the_second_decision_is_a_conflict_with_the_first_ones_name() {
    each_world(|app| async move {
        let waiting = trainings(&app)
            .await
            .into_iter()
            .find(|row| row.state == "prefectural_review" && row.host_prefecture == Some(14))
            .expect("one waits");
        let officer = log_in(&app, "kanagawa-training").await;
        let path = format!("/trainings/{}/decisions", waiting.id);
        let version = waiting.version.to_string();
        let (status, html) =
            officer.post(&path, &[("version", &version), ("command", "return"), ("comment", "")]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(html.contains("理由を入力してください"), "{html}");
        let (status, _) = officer.post(&path, &[("version", &version), ("command", "approve")]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, html) =
            officer.post(&path, &[("version", &version), ("command", "reject"), ("comment", "重複")]).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(html.contains("相川 直人") && html.contains("承認"), "{html}");
        assert!(
            html.contains("site-office") && html.contains("神奈川県医師会"),
            "whose office it is stays in sight"
        );
    })
    .await;
}

#[tokio::test]
async fn a_reception_answers_in_json_and_the_list_shows_who_is_in() {
    each_world(|app| async move {
        let today = trainings(&app)
            .await
            .into_iter()
            .find(|row| row.host_name == "藤沢市医師会" && row.title.contains("日医生涯教育講座") && row.state == "approved")
            .expect("today's lecture");
        let seat = signup::Entity::find()
            .filter(signup::Column::Training.eq(today.id))
            .filter(signup::Column::State.eq("confirmed"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("somebody signed up");
        let officer = log_in(&app, "fujisawa-training").await;
        let shown = Medium::Screen("2026-11-22T00:15:00Z".parse().expect("a moment"));
        let ticket = ticket::text(&app.secret, today.id.into(), seat.id.into(), shown);
        let records = serde_json::json!([{"device_id": "d", "device_sequence": 1, "ticket": ticket, "kind": "in", "at": "2026-11-22T00:15:45.274Z"}]);
        let request = Request::post(format!("/trainings/{}/reception-events", today.id))
            .header(header::COOKIE, &officer.cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(records.to_string()))
            .expect("a request");
        let (status, body) = read(officer.router.clone().oneshot(request).await.expect("an answer")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!((&answer[0]["outcome"], &answer[0]["device_sequence"]), (&"ok".into(), &1.into()));
        let (_, list) = officer.get(&format!("/trainings/{}/reception-list", today.id)).await;
        assert!(list.contains("09:15〜<") && list.contains("reception-list"), "{list}");
        assert!(list.contains("いま入室中 1名") && list.contains("退室済み 0名"), "{list}");
        let (status, _) = officer.get(&format!("/trainings/{}/attendance", today.id)).await;
        assert_eq!(status, StatusCode::OK);
        let stranger = log_in(&app, "yokohama-training").await;
        assert_eq!(stranger.get(&format!("/trainings/{}/reception", today.id)).await.0, StatusCode::FORBIDDEN);
        assert_eq!(stranger.get(&format!("/trainings/{}/attendance", today.id)).await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_host_lists_who_signed_up_and_gives_a_seat_back() {
    each_world(|app| async move {
        let ahead = trainings(&app)
            .await
            .into_iter()
            .find(|row| {
                row.host_name == "藤沢市医師会"
                    && row.title.contains("職場巡視実地研修会")
                    && row.starts_at > app.clock.now()
            })
            .expect("a training ahead");
        let own = log_in(&app, "sato").await;
        let (status, _) = own.post(&format!("/trainings/{}/signups", ahead.id), &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let seat = signup::Entity::find()
            .filter(signup::Column::Training.eq(ahead.id))
            .filter(signup::Column::State.eq("confirmed"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("somebody signed up");
        let officer = log_in(&app, "fujisawa-training").await;
        let (list, form) =
            (format!("/trainings/{}/attendance", ahead.id), format!("/signups/{}/cancellations", seat.id));
        let (_, body) = officer.get(&list).await;
        assert!(body.contains(&format!("{form}/new")), "{body}");
        let (_, csv) = officer.get(&format!("{list}.csv")).await;
        assert!(csv.contains("メールアドレス") && csv.contains("@example.jp"), "{csv}");
        let (_, page) = officer.get(&format!("{form}/new")).await;
        assert!(page.contains("取り消す理由"), "{page}");
        let (status, body) = officer.post(&form, &[("reason", "")]).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("入力してください"), "{body}");
        let (status, to) = officer.post(&form, &[("reason", "電話で連絡あり")]).await;
        assert_eq!((status, to), (StatusCode::SEE_OTHER, list.clone()));
        let (status, _) = officer.get(&format!("{form}/new")).await;
        assert_eq!(status, StatusCode::CONFLICT, "given back already");

        let above = log_in(&app, "kanagawa-training").await;
        let (_, csv) = above.get(&format!("{list}.csv")).await;
        assert!(csv.contains("フリガナ") && !csv.contains("@example.jp"), "addresses are the host's: {csv}");
        let (_, body) = above.get(&list).await;
        assert!(!body.contains("/cancellations/new"), "{body}");
        let stranger = log_in(&app, "yokohama-training").await;
        assert_eq!(stranger.get(&format!("{form}/new")).await.0, StatusCode::NOT_FOUND);
    })
    .await;
}
