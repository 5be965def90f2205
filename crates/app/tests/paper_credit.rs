//! Paper credits: the last day of stickers, one sticker for one person, confirmed lines stay.

use crate::people::{cx, each_world, physician};
use mamis_app::paper_credit::{Line, actions, lists};
use mamis_app::{Error, Problem};
use mamis_rules::base::PaperCreditId;
use mamis_rules::credit::Scheme;
use mamis_schema::{audit_entry, paper_credit};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

pub(crate) fn line(row: usize, kind: &str, day: &str, amount: &str, sticker: &str) -> Line {
    Line {
        row,
        scheme: Some(Scheme::OccupationalPhysician),
        kind: kind.to_owned(),
        earned_on: day.to_owned(),
        host_name: "藤沢市医師会".to_owned(),
        title: "産業医学研修会".to_owned(),
        amount: amount.to_owned(),
        sticker_number: sticker.to_owned(),
        photo: None,
    }
}

fn problems<T: std::fmt::Debug>(outcome: mamis_app::Result<T>) -> Vec<Problem> {
    match outcome {
        Err(Error::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_line_after_the_last_day_of_stickers_is_refused_with_what_happens_instead() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        for (day, refused) in [("2025-04-01", true), ("2025-03-31", false), ("令和7年3月31日", false)] {
            let lines = vec![line(0, "lifelong/専門/", day, "1", "")];
            let outcome = actions::declare(&sato, lines).await;
            if refused {
                let problems = problems(outcome);
                assert_eq!(problems[0].field, "lines.0.earned_on");
                assert!(problems[0].text.contains("2025年3月31日"), "{}", problems[0].text);
            } else {
                assert_eq!(outcome.expect("kept"), 1, "{day}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_is_kept_as_a_whole_or_not_at_all() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let before = lists::of_physician(sato.db(), physician(&sato)).await.expect("reads").len();
        let bad = line(3, "lifelong/総論/", "2024-10-06", "1.3", "");
        let lines = vec![line(0, "lifelong/専門/", "2024-10-06", "2.5", "X1"), bad];
        let problems = problems(actions::declare(&sato, lines).await);
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["lines.3.kind", "lines.3.amount"]);
        let after = lists::of_physician(sato.db(), physician(&sato)).await.expect("reads").len();
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test]
async fn a_sticker_belongs_to_one_person_and_the_second_use_is_on_record() {
    each_world(|app| async move {
        let (sato, mori) = (cx(&app, "sato").await, cx(&app, "mori").await);
        let lines = vec![line(0, "lifelong/専門/", "2024-10-06", "2.5", "ｓ-00 77")];
        actions::declare(&sato, lines).await.expect("kept");
        let lines = vec![line(0, "lifelong/更新/", "2024-11-10", "1", "S-0077")];
        let problems = problems(actions::declare(&mori, lines).await);
        assert_eq!(problems[0].field, "lines.0.sticker_number");
        assert!(!problems[0].text.contains("佐藤"), "whose it is stays with the offices");
        let noted = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("paper_credit.conflict"))
            .filter(audit_entry::Column::Physician.eq(physician(&mori).0))
            .count(app.db.read())
            .await
            .expect("counts");
        assert_eq!(noted, 1);
    })
    .await;
}

#[tokio::test]
async fn what_an_office_confirmed_stays_as_it_is() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        actions::declare(&sato, vec![line(0, "lifelong/専門/", "2024-10-06", "2.5", "Z9")])
            .await
            .expect("kept");
        let row = lists::of_physician(sato.db(), physician(&sato)).await.expect("reads").remove(0);
        let id = PaperCreditId(row.id);
        actions::change(&sato, id, row.version, line(0, "lifelong/専門/", "2024-10-06", "2", "Z9"))
            .await
            .expect("changed");
        let again =
            actions::change(&sato, id, row.version, line(0, "lifelong/専門/", "2024-10-06", "1", "Z9")).await;
        assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");
        let other = cx(&app, "mori").await;
        assert!(matches!(actions::remove(&other, id).await, Err(Error::NotFound)));
        paper_credit::Entity::update_many()
            .col_expr(paper_credit::Column::State, "confirmed".into())
            .filter(paper_credit::Column::Id.eq(row.id))
            .exec(app.db.write())
            .await
            .expect("confirms");
        assert!(matches!(actions::remove(&sato, id).await, Err(Error::Refused(_))));
        let change =
            actions::change(&sato, id, row.version + 1, line(0, "lifelong/専門/", "2024-10-06", "1", "Z9"));
        assert!(matches!(change.await, Err(Error::Refused(_))));
    })
    .await;
}
