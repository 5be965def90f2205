//! Counting members: what the nightly job writes, and who reads it.

use crate::people::{cx, each_world};
use mamis_app::head_count::{actions, export, lists};
use mamis_app::{App, Cx, Error};
use mamis_rules::association::Tier;
use mamis_rules::base::Day;
use mamis_rules::membership::head_count::{By, Count, Filter, Sex, series};
use mamis_schema::{association, head_count, membership, physician};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

fn day(text: &str) -> Day {
    Day::parse(text).expect("an ISO day")
}

async fn count(app: &Arc<App>) -> u64 {
    actions::count(&Cx::system(app, "test")).await.expect("counts").done
}

async fn body(app: &App, code: &str) -> association::Model {
    let row = association::Entity::find().filter(association::Column::Code.eq(code)).one(app.db.read()).await;
    row.expect("reads").expect("is there")
}

const fn all(tier: Tier) -> Filter {
    Filter { tier, category: None, sex: None, band: None }
}

fn heads(counts: &[Count], on: Day, tier: Tier) -> i64 {
    series(counts, &[on], By::Category, &all(tier)).iter().map(|one| one.heads[0]).sum()
}

/// Members of a tier on a day, from the rows.
async fn members(app: &App, tier: Tier, on: Day) -> usize {
    let rows =
        membership::Entity::find().filter(membership::Column::Tier.eq(tier.name())).all(app.db.read()).await;
    let there = |row: &membership::Model| {
        row.valid_from <= on.date() && row.valid_until.is_none_or(|until| until >= on.date())
    };
    rows.expect("reads").into_iter().filter(there).map(|row| row.physician).collect::<BTreeSet<Uuid>>().len()
}

#[tokio::test]
async fn heads_add_up_at_every_tier_and_stay_in_scope() {
    each_world(|app| async move {
        assert!(count(&app).await > 100);
        assert_eq!(count(&app).await, 0, "nothing changed since");
        let national = cx(&app, "national-admin").await;
        let top = lists::body(&national, None).await.expect("its own");
        assert_eq!((top.tier, top.above.len()), (Tier::National, 0));
        let (days, counts) = lists::counts(&national, &top).await.expect("reads");
        assert_eq!((days.len(), days.last().copied()), (37, Some(day("2026-11-01"))));
        for on in [day("2026-11-01"), day("2025-11-01"), day("2023-11-01")] {
            for tier in Tier::ALL {
                let expected = members(&app, *tier, on).await;
                assert_eq!(heads(&counts, on, *tier), expected as i64, "{tier} on {on}");
            }
            let below = lists::below(&national, &top, &all(Tier::Prefectural), [on; 2]).await.expect("reads");
            let sum: i64 = below.iter().map(|one| one.heads[0]).sum();
            assert_eq!((below.len(), sum), (47, heads(&counts, on, Tier::Prefectural)), "{on}");
            let women = Filter { sex: Some(Sex::Female), ..all(Tier::Municipal) };
            let below = lists::below(&national, &top, &women, [on; 2]).await.expect("reads");
            let sum: i64 = below.iter().map(|one| one.heads[1]).sum();
            let all: i64 = series(&counts, &[on], By::Age, &women).iter().map(|one| one.heads[0]).sum();
            assert_eq!(sum, all, "{on}");
        }
        let fujisawa = body(&app, "142051").await;
        for (login, sees) in
            [("fujisawa-admin", true), ("national-admin", true), ("fujisawa-cert", false), ("o27", false)]
        {
            let found = lists::body(&cx(&app, login).await, Some(fujisawa.id.into())).await;
            assert_eq!(found.is_ok(), sees, "{login}");
            assert!(sees || matches!(found, Err(Error::NotFound)), "{login}");
        }
        let own = lists::body(&cx(&app, "fujisawa-admin").await, None).await.expect("its own");
        assert_eq!((own.row.id, own.above.len()), (fujisawa.id, 0), "those above are none of its business");
        let seen = lists::body(&national, Some(fujisawa.id.into())).await.expect("below");
        let above: Vec<&str> = seen.above.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(above, ["日本医師会", "神奈川県医師会"]);
        let file = export::comma_separated(&national, &seen).await.expect("writes");
        assert!(String::from_utf8(file).expect("UTF-8").lines().count() > 37);
    })
    .await;
}

/// A report that reaches back changes the counts of the last year; what lies further back stays as it was counted.
#[tokio::test]
async fn a_late_report_mends_the_last_year_and_nothing_before() {
    each_world(|app| async move {
        count(&app).await;
        let national = cx(&app, "national-admin").await;
        let top = lists::body(&national, None).await.expect("its own");
        let (_, before) = lists::counts(&national, &top).await.expect("reads");
        let member = membership::Entity::find().filter(membership::Column::Tier.eq("municipal"));
        let row = member.order_by_asc(membership::Column::Id).one(app.db.read()).await.expect("reads");
        let row = row.expect("somebody");
        membership::Entity::delete_many()
            .filter(membership::Column::Physician.eq(row.physician))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert!(count(&app).await > 0);
        let (_, after) = lists::counts(&national, &top).await.expect("reads");
        for (on, fewer) in [("2026-11-01", 1), ("2025-11-01", 1), ("2025-10-01", 0), ("2023-11-01", 0)]
            .map(|(on, by)| (day(on), by))
        {
            let change = heads(&before, on, Tier::Municipal) - heads(&after, on, Tier::Municipal);
            assert_eq!(change, fewer, "{on}");
        }
        // Whoever died is a member no more.
        let alive = physician::Entity::find().filter(physician::Column::DeceasedOn.is_null());
        assert!(alive.count(app.db.read()).await.expect("counts") > 0);
        membership::ActiveModel::from(row.clone()).reset_all().insert(app.db.write()).await.expect("writes");
        let person = physician::Entity::find_by_id(row.physician).one(app.db.read()).await.expect("reads");
        let mut person: physician::ActiveModel = person.expect("is there").into();
        person.deceased_on = sea_orm::Set(Some(day("2026-06-30").date()));
        person.update(app.db.write()).await.expect("writes");
        count(&app).await;
        let (_, after) = lists::counts(&national, &top).await.expect("reads");
        for (on, fewer) in [("2026-06-01", 0), ("2026-07-01", 1)].map(|(on, by)| (day(on), by)) {
            assert_eq!(
                heads(&before, on, Tier::Municipal) - heads(&after, on, Tier::Municipal),
                fewer,
                "{on}"
            );
        }
        let nobody =
            head_count::Entity::find().filter(head_count::Column::National.lt(0)).count(app.db.read());
        assert_eq!(nobody.await.expect("counts"), 0);
    })
    .await;
}
