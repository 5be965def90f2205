//! 学習単位取得証 and 単位取得証明書: a fiscal year of a scheme on paper that can be checked.

use crate::people::{cx, physician};
use mamis_app::document::actions::credit_statement::issue;
use mamis_app::document::actions::{Question, Subject, open, verify};
use mamis_app::document::lists::own::{self, Subject as About, YearLine};
use mamis_app::document::lists::{self as documents, Filter, Verdict};
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error, Who};
use mamis_documents::CreditStatement;
use mamis_rules::access::Actor;
use mamis_rules::access::document::Kind;
use mamis_rules::base::{Credits, Day, DocumentId, FiscalYear};
use mamis_rules::certification::Standing;
use mamis_rules::credit::Scheme;
use mamis_schema::{credit, document, physician as people};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Gives a credit of 日医生涯教育制度.
async fn credited(
    app: &App,
    person: Uuid,
    on: &str,
    half: i64,
    code: Option<i32>,
    category: &str,
    state: &str,
) -> Uuid {
    let row = credit::Model {
        id: Uuid::now_v7(),
        physician: person,
        scheme: "cme".to_owned(),
        course: String::new(),
        category: category.to_owned(),
        item: String::new(),
        curriculum_code: code,
        amount: half * 50,
        earned_on: on.parse().expect("a day"),
        title: format!("{on}の学習{category}"),
        host_name: "藤沢市医師会".to_owned(),
        source: "training".to_owned(),
        training: None,
        credit_line: None,
        state: state.to_owned(),
        created_at: app.clock.now(),
    };
    let id = row.id;
    credit::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// What 佐藤 has of her own is taken away: the numbers are those of the test.
async fn sato(app: &Arc<App>) -> (Cx, Uuid) {
    let sato = cx(app, "sato").await;
    let person = Uuid::from(physician(&sato));
    credit::Entity::update_many()
        .col_expr(credit::Column::State, Expr::value("reversed"))
        .filter(credit::Column::Physician.eq(person))
        .filter(credit::Column::Scheme.eq("cme"))
        .exec(app.db.write())
        .await
        .expect("writes");
    (sato, person)
}

async fn printed(app: &App, id: DocumentId) -> (document::Model, CreditStatement) {
    let row =
        document::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").expect("there");
    let page = serde_json::from_str(&row.data).expect("reads back");
    (row, page)
}

async fn asked(app: &Arc<App>, row: &document::Model, off: u32) -> Vec<Verdict> {
    let person = people::Entity::find_by_id(row.physician.expect("somebody's")).one(app.db.read()).await;
    let born = Day::from(person.expect("reads").expect("there").birth_on);
    let question = Question {
        subject: Subject::Code(row.verification_code.clone().expect("a code")),
        year: born.year(),
        month: (born.month() - 1 + off) % 12 + 1,
    };
    let guest = Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "test".to_owned(),
    };
    verify(&guest, &question, "198.51.100.1").await.expect("answers")
}

fn says(standing: Standing) -> Vec<Verdict> {
    vec![Verdict { kind: Kind::CreditStatement, standing }]
}

fn cme(year: i32) -> About {
    About { scheme: Scheme::Cme, year: FiscalYear(year) }
}

async fn line(cx: &Cx, about: About) -> YearLine {
    let page = own::page(cx).await.expect("reads");
    page.years.into_iter().find(|line| line.learned.subject == about).expect("listed")
}

#[tokio::test]
async fn a_year_is_certified_within_its_caps_with_each_code_once() {
    each_world(|app| async move {
        let (sato, person) = sato(&app).await;
        for (on, half, code, category, state) in [
            ("2025-03-31", 2, Some(3), "", "confirmed"),
            ("2025-04-01", 3, Some(1), "", "confirmed"),
            ("2025-09-10", 2, Some(1), "", "confirmed"),
            ("2025-10-01", 9, None, "臨床実習指導", "confirmed"),
            ("2025-11-01", 3, None, "臨床実習指導", "confirmed"),
            ("2026-03-31", 2, Some(82), "", "confirmed"),
            ("2026-03-01", 4, Some(9), "", "released"),
            ("2026-02-01", 4, Some(10), "", "reversed"),
            ("2026-04-01", 2, Some(11), "", "confirmed"),
        ] {
            credited(&app, person, on, half, code, category, state).await;
        }
        let shown = line(&sato, cme(2025)).await;
        // 1.5 + 1 + (4.5 + 0.5 of 1.5) + 1
        assert_eq!(shown.learned.total, Credits::from_hundredths(850));
        assert_eq!((shown.learned.codes.as_ref().map(BTreeSet::len), shown.waiting), (Some(2), 1));
        assert!(shown.issued.is_none());

        let id = issue(&sato, cme(2025)).await.expect("issues");
        let (row, page) = printed(&app, id).await;
        assert_eq!((row.number.as_str(), page.fiscal_year, page.as_of), ("U2026-000001", 2025, None));
        assert_eq!(page.lines.len(), 5);
        assert!(page.lines.is_sorted_by_key(|line| line.day), "the earliest first");
        assert_eq!(page.lines.iter().map(|line| line.credits).sum::<Credits>(), page.credits);
        assert_eq!((page.credits, page.codes), (Credits::from_hundredths(850), Some(vec![1, 82])));
        let (_, bytes) = open(&sato, id).await.expect("opens");
        assert!(bytes.starts_with(b"%PDF-"));
        assert_eq!(
            issue(&sato, cme(2025)).await.expect("the same"),
            id,
            "the same facts, the same statement"
        );
        assert_eq!(open(&sato, id).await.expect("opens").1, bytes, "to the byte");

        assert_eq!(asked(&app, &row, 0).await, says(Standing::Valid));
        assert_eq!(asked(&app, &row, 1).await, []);
        let empty = issue(&sato, cme(2019)).await;
        assert!(matches!(&empty, Err(Error::Refused(text)) if text.contains("2019年度")), "{empty:?}");
        for other in ["mori", "fujisawa-training", "kanagawa-cert"] {
            assert!(matches!(open(&cx(&app, other).await, id).await, Err(Error::NotFound)), "{other}");
        }
        let national = cx(&app, "national-training").await;
        assert_eq!(
            documents::page(&national, &Filter::default(), 1).await.expect("lists").1,
            1,
            "who issued it"
        );
        assert!(matches!(issue(&national, cme(2025)).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn what_is_confirmed_later_makes_a_new_statement_and_ends_the_one_before() {
    each_world(|app| async move {
        let (sato, person) = sato(&app).await;
        credited(&app, person, "2026-05-01", 2, Some(5), "", "confirmed").await;
        let waits = credited(&app, person, "2026-06-01", 2, Some(6), "", "released").await;
        let first = issue(&sato, cme(2026)).await.expect("a running year");
        let (old, page) = printed(&app, first).await;
        assert_eq!((page.as_of, page.lines.len()), (Some(Day::of(now())), 1), "said to be under way");
        // The next day, nothing new: the same one.
        let later = Cx { now: now() + chrono::Duration::days(1), ..sato.clone() };
        assert_eq!(issue(&later, cme(2026)).await.expect("the same"), first);
        credit::Entity::update_many()
            .col_expr(credit::Column::State, Expr::value("confirmed"))
            .filter(credit::Column::Id.eq(waits))
            .exec(app.db.write())
            .await
            .expect("writes");
        let second = issue(&later, cme(2026)).await.expect("issues");
        let (new, page) = printed(&app, second).await;
        assert_eq!((page.lines.len(), new.reissue_of), (2, Some(old.id)));
        assert_eq!(asked(&app, &printed(&app, first).await.0, 0).await, says(Standing::Revoked));
        assert_eq!(asked(&app, &new, 0).await, says(Standing::Valid));
        // Once the year is over, it says so no more.
        let over = Cx { now: "2027-04-01T01:00:00Z".parse().expect("an instant"), ..sato.clone() };
        let whole = issue(&over, cme(2026)).await.expect("issues");
        let (row, page) = printed(&app, whole).await;
        assert_eq!((page.as_of, row.number.as_str()), (None, "U2027-000001"));
        assert_eq!(issue(&over, cme(2026)).await.expect("the same"), whole);
    })
    .await;
}

#[tokio::test]
async fn of_another_scheme_every_confirmed_credit_of_the_year_is_certified() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let person = Uuid::from(physician(&sato));
        let mut rows = credit::Entity::find()
            .filter(credit::Column::Physician.eq(person))
            .filter(credit::Column::Scheme.eq("occupational_physician"))
            .filter(credit::Column::State.eq("confirmed"))
            .all(app.db.read())
            .await
            .expect("reads");
        let year = FiscalYear::of(rows.iter().map(|row| Day::from(row.earned_on)).max().expect("has some"));
        rows.retain(|row| FiscalYear::of(row.earned_on.into()) == year);
        let about = About { scheme: Scheme::OccupationalPhysician, year };
        let sum: Credits = rows.iter().map(|row| Credits::from_hundredths(row.amount)).sum();
        assert_eq!(line(&sato, about).await.learned.total, sum);
        let (row, page) = printed(&app, issue(&sato, about).await.expect("issues")).await;
        assert_eq!((page.scheme, page.codes.is_none(), page.credits), (about.scheme, true, sum));
        assert_eq!(page.lines.len(), rows.len());
        assert_eq!(page.categories.iter().map(|sum| sum.credits).sum::<Credits>(), sum);
        assert!(page.lines.iter().all(|line| line.category.starts_with("生涯研修")), "{:?}", page.lines);
        assert_eq!(asked(&app, &row, 0).await, says(Standing::Valid));
        // Each scheme has its own: one does not end the other.
        credited(&app, person, &format!("{}-05-01", year.0), 2, Some(5), "", "confirmed").await;
        let other = issue(&sato, cme(year.0)).await.expect("issues");
        assert_ne!(Uuid::from(other), row.id);
        assert_eq!(asked(&app, &row, 0).await, says(Standing::Valid));
        assert_eq!(Uuid::from(issue(&sato, about).await.expect("the same")), row.id);
    })
    .await;
}
