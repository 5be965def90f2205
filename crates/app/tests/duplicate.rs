//! People who are registered twice: who finds them, what merging moves, and that all of it can be taken back.

pub(crate) mod rows;

use crate::people::{cx, each_world};
use mamis_app::duplicate::actions::{Choice, merge, refuse, undo};
use mamis_app::duplicate::moves::{FIELDS, KEPT, MOVED, OWN};
use mamis_app::duplicate::{jobs, lists};
use mamis_app::{App, Cx, Error};
use mamis_rules::base::{Day, DuplicateId, MergeId};
use mamis_rules::physician::duplicate::Side;
use mamis_schema::{
    account, audit_entry, duplicate, membership, outbox, physician, physician_merge, session, workplace,
};
use rows::{Maker, owner, references};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, PaginatorTrait,
    QueryFilter, Set,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// A pair that waits to be judged.
async fn lay(app: &App, one: Uuid, other: Uuid) -> DuplicateId {
    let row = duplicate::Model {
        id: Uuid::now_v7(),
        first: one.min(other),
        second: one.max(other),
        score: 80,
        signs: r#"["reading"]"#.to_owned(),
        state: "open".to_owned(),
        reason: String::new(),
        decided_by: String::new(),
        decided_at: None,
        created_at: app.clock.now(),
        version: 1,
    };
    let id = row.id;
    duplicate::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id.into()
}

async fn person(app: &App, id: Uuid) -> physician::Model {
    physician::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("is there")
}

/// `kept` stays, and the fields named are right in the other record.
async fn choice(app: &App, pair: DuplicateId, kept: Uuid, taken: &[&str]) -> Choice {
    let row = duplicate::Entity::find_by_id(Uuid::from(pair)).one(app.db.read()).await.expect("reads");
    let row = row.expect("is there");
    let kept = if row.first == kept { Side::First } else { Side::Second };
    let other = if kept == Side::First { Side::Second } else { Side::First };
    Choice {
        kept,
        fields: taken.iter().map(|name| ((*name).to_owned(), other)).collect::<BTreeMap<_, _>>(),
        login: kept,
        reason: "本人に電話で確認した".to_owned(),
        versions: [person(app, row.first).await.version, person(app, row.second).await.version],
    }
}

async fn login(app: &App, id: &str) -> account::Model {
    let found = account::Entity::find().filter(account::Column::LoginId.eq(id)).one(app.db.read()).await;
    found.expect("reads").expect("in the named world")
}

async fn physician(app: &App, login_id: &str) -> Uuid {
    login(app, login_id).await.physician.expect("a physician")
}

/// The schema is read, not trusted: whoever adds a column that names a physician must say here what becomes of it.
#[tokio::test]
async fn merging_forgets_no_table() {
    mamis_app::testing::each_database(|app| async move {
        let found: BTreeSet<(String, String)> = references(&app, "physician").await.into_iter().collect();
        let moved = MOVED.iter().map(|one| (one.table, one.column));
        let kept = KEPT.iter().map(|(table, column, reason)| {
            assert!(reason.len() > 10, "{table}.{column}: why does it stay?");
            (*table, *column)
        });
        let known: Vec<(String, String)> =
            moved.chain(kept).map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
        let once: BTreeSet<(String, String)> = known.iter().cloned().collect();
        assert_eq!(once.len(), known.len(), "a column stands in one list");
        assert_eq!(
            found, once,
            "crates/app/src/duplicate/moves.rs: what becomes of a column that names a physician?"
        );
        let columns: BTreeSet<&str> = physician::Column::iter().map(|column| column.as_str()).collect();
        let chosen = FIELDS.iter().flat_map(|field| field.columns).chain(OWN).copied();
        let chosen: Vec<&str> = chosen.collect();
        let once: BTreeSet<&str> = chosen.iter().copied().collect();
        assert_eq!(once.len(), chosen.len(), "a column stands in one field");
        assert_eq!(columns, once, "crates/app/src/duplicate/moves.rs: who chooses a column of physician?");
    })
    .await;
}

/// A row of every table, made from the schema, moves there and back; its negative control is that nothing moved before.
#[tokio::test]
async fn an_unmerge_restores_every_row() {
    each_world(|app| async move {
        let national = cx(&app, "national-admin").await;
        let mut maker = Maker::new(&app).await;
        let (kept, merged) = (maker.person().await, maker.person().await);
        mamis_app::testing::people_written(&app).await;
        let mut made = Vec::new();
        for one in MOVED {
            made.push((one, maker.row(one.table, Some((one.column, merged))).await));
        }
        mamis_app::testing::people_written(&app).await;
        let accounts = maker.row("account", Some(("physician", merged))).await;
        let before = (person(&app, kept).await, person(&app, merged).await);
        let pair = lay(&app, kept, merged).await;
        let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        let id = merge(&national, pair, &choice(&app, pair, kept, &names).await).await.expect("merges");
        for (one, row) in &made {
            let now = owner(&app, one.table, one.column, *row).await;
            assert_eq!(now, Some(kept), "{}.{}", one.table, one.column);
        }
        assert_eq!(owner(&app, "account", "physician", accounts).await, Some(kept));
        let (now, gone) = (person(&app, kept).await, person(&app, merged).await);
        assert_eq!((gone.merged_into, now.merged_into), (Some(kept), None));
        assert_eq!(now.registry_number, before.1.registry_number, "every field was chosen from there");
        assert_eq!(gone.registry_number, before.0.registry_number, "and nobody else gets what was not");
        assert_eq!((&now.family_name, &now.name_key), (&before.1.family_name, &before.1.name_key));
        let report = lists::merged(&national, id).await.expect("seen");
        assert_eq!((report.moved.len(), report.stayed.len(), report.may_undo), (MOVED.len(), 0, true));
        assert_eq!(undo(&national, id, "双子だった").await.expect("undoes"), Vec::<String>::new());
        for (one, row) in &made {
            assert_eq!(
                owner(&app, one.table, one.column, *row).await,
                Some(merged),
                "{}.{}",
                one.table,
                one.column
            );
        }
        assert_eq!(owner(&app, "account", "physician", accounts).await, Some(merged));
        let same = |was: &physician::Model, is: &physician::Model| {
            assert_eq!(physician::Model { version: was.version, ..is.clone() }, *was);
        };
        same(&before.0, &person(&app, kept).await);
        same(&before.1, &person(&app, merged).await);
        let again = undo(&national, id, "もう一度").await;
        assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");
        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.is_in(["physician.merge", "physician.unmerge"]))
            .filter(audit_entry::Column::Physician.is_in([kept, merged]))
            .count(app.db.read())
            .await
            .expect("counts");
        assert_eq!(entries, 4, "both people can read both");
    })
    .await;
}

/// Two records with a main workplace each become one record with one; taken back, each has its own again.
#[tokio::test]
async fn a_merged_record_has_one_main_workplace() {
    each_world(|app| async move {
        let national = cx(&app, "national-admin").await;
        let mut maker = Maker::new(&app).await;
        let (kept, merged) = (maker.person().await, maker.person().await);
        let own = maker.row("workplace", Some(("physician", kept))).await;
        let other = maker.row("workplace", Some(("physician", merged))).await;
        workplace::Entity::update_many()
            .col_expr(workplace::Column::Main, Expr::value(true))
            .col_expr(workplace::Column::ValidUntil, Expr::value(None::<chrono::NaiveDate>))
            .filter(workplace::Column::Id.is_in([own, other]))
            .exec(app.db.write())
            .await
            .expect("updates");
        mamis_app::testing::people_written(&app).await;
        let main = async |id: Uuid| {
            let row = workplace::Entity::find_by_id(id).one(app.db.read()).await.expect("reads");
            row.expect("there").main
        };
        let pair = lay(&app, kept, merged).await;
        let id = merge(&national, pair, &choice(&app, pair, kept, &[]).await).await.expect("merges");
        assert_eq!((main(own).await, main(other).await), (true, false));
        undo(&national, id, "双子だった").await.expect("undoes");
        assert_eq!((main(own).await, main(other).await), (true, true));
    })
    .await;
}

/// What the record that stays has already stays behind with the other one, whole, and comes back with it.
#[tokio::test]
async fn what_both_have_stays_behind_and_is_named() {
    each_world(|app| async move {
        let national = cx(&app, "national-admin").await;
        let mut maker = Maker::new(&app).await;
        let (kept, merged) = (maker.person().await, maker.person().await);
        mamis_app::testing::people_written(&app).await;
        let mut twins = Vec::new();
        for one in MOVED.iter().filter(|one| !one.stays.is_empty()) {
            let own = maker.row(one.table, Some((one.column, kept))).await;
            // The same training, line or association as the other's.
            twins.push((one, own, maker.like(one.table, own, one.column, merged).await));
        }
        assert_eq!(twins.len(), 6);
        let pair = lay(&app, kept, merged).await;
        let id = merge(&national, pair, &choice(&app, pair, kept, &[]).await).await.expect("merges");
        for (one, own, other) in &twins {
            assert_eq!(owner(&app, one.table, one.column, *own).await, Some(kept), "{}", one.table);
            assert_eq!(owner(&app, one.table, one.column, *other).await, Some(merged), "{}", one.table);
        }
        let report = lists::merged(&national, id).await.expect("seen");
        let labels: BTreeSet<&str> = report.stayed.iter().map(|(label, _)| *label).collect();
        assert_eq!(labels, twins.iter().map(|(one, _, _)| one.label).collect(), "each is named");
        undo(&national, id, "別の人だった").await.expect("undoes");
        for (one, own, other) in &twins {
            assert_eq!(owner(&app, one.table, one.column, *own).await, Some(kept), "{}", one.table);
            assert_eq!(owner(&app, one.table, one.column, *other).await, Some(merged), "{}", one.table);
        }
    })
    .await;
}

#[tokio::test]
async fn merging_needs_rights_over_both() {
    each_world(|app| async move {
        let (sato, tanaka, yoshida) = (
            physician(&app, "sato").await,
            physician(&app, "tanaka").await,
            physician(&app, "yoshida").await,
        );
        let fujisawa = cx(&app, "fujisawa-admin").await;
        let across = lay(&app, sato, yoshida).await;
        let hidden = merge(&fujisawa, across, &choice(&app, across, sato, &[]).await).await;
        assert!(matches!(hidden, Err(Error::NotFound)), "a member of another association: {hidden:?}");
        let within = lay(&app, sato, tanaka).await;
        for login in ["fujisawa-cert", "kanagawa-cert", "o27", "sato"] {
            let other = cx(&app, login).await;
            let refused = merge(&other, within, &choice(&app, within, sato, &[]).await).await;
            assert!(matches!(refused, Err(Error::NotFound | Error::Refused(_))), "{login}: {refused:?}");
            let refused = refuse(&other, within, "x").await;
            assert!(matches!(refused, Err(Error::NotFound | Error::Refused(_))), "{login}: {refused:?}");
        }
        assert_eq!(person(&app, sato).await.merged_into, None);
        let pairs = |rows: Vec<lists::Line>| rows.into_iter().map(|line| line.id).collect::<BTreeSet<_>>();
        let list = lists::page(&fujisawa, lists::View::Open, 1).await.expect("reads");
        assert_eq!(pairs(list.0), BTreeSet::from([within]));
        let list = lists::page(&cx(&app, "national-admin").await, lists::View::Open, 1).await.expect("reads");
        assert_eq!(pairs(list.0), BTreeSet::from([within, across]));
    })
    .await;
}

/// Two members of one association: the login that is chosen stays, the other one is closed, nothing else is touched.
#[tokio::test]
async fn one_login_stays_and_the_other_comes_back_with_the_record() {
    each_world(|app| async move {
        let (sato, tanaka) = (physician(&app, "sato").await, physician(&app, "tanaka").await);
        let office = cx(&app, "fujisawa-admin").await;
        let pair = lay(&app, sato, tanaka).await;
        let (own, other) = (login(&app, "sato").await, login(&app, "tanaka").await);
        let proved = person(&app, sato).await.email;
        let at = app.clock.wall();
        let row = session::Model {
            id: Uuid::now_v7(),
            token_hash: Uuid::now_v7().to_string(),
            account: own.id,
            created_at: at,
            last_seen_at: at,
            expires_at: at + chrono::Duration::hours(1),
            second_factor_at: None,
            user_agent: String::new(),
            address: String::new(),
        };
        session::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
        // Sato's record stays, Tanaka's login does.
        let mut choice = choice(&app, pair, sato, &["email"]).await;
        choice.login = if choice.kept == Side::First { Side::Second } else { Side::First };
        let blocked = merge(&office, pair, &choice).await;
        let id = match blocked {
            Ok(id) => id,
            Err(Error::Refused(why)) => panic!("the story has nothing in the way: {why}"),
            Err(error) => panic!("{error:?}"),
        };
        let states = |one: account::Model| (one.physician, one.state);
        assert_eq!(states(login(&app, "tanaka").await), (Some(sato), "active".to_owned()));
        assert_eq!(states(login(&app, "sato").await), (Some(tanaka), "closed".to_owned()));
        let open = session::Entity::find().filter(session::Column::Account.eq(own.id)).count(app.db.read());
        assert_eq!(open.await.expect("counts"), 0, "whoever was logged in is no more");
        let letters = outbox::Entity::find().filter(outbox::Column::Kind.eq("login_closed"));
        let letters = letters.all(app.db.read()).await.expect("reads");
        let address = proved.expect("sato has a proved address");
        assert_eq!(letters.iter().map(|row| &row.address).collect::<Vec<_>>(), [&address]);
        let body = &letters[0].body;
        assert!(body.contains("これから使うログインID: tanaka"), "{body}");
        assert!(body.contains("使えなくなったログインID: sato"), "{body}");
        // Both were members of 藤沢市医師会: one period is enough, the other one is in the report.
        let report = lists::merged(&office, id).await.expect("seen");
        assert!(report.stayed.iter().any(|(label, _)| *label == "所属の期間"), "{report:?}");
        undo(&office, id, "別の人だった").await.expect("undoes");
        assert_eq!(states(login(&app, "sato").await), states(own));
        assert_eq!(states(login(&app, "tanaka").await), states(other));
    })
    .await;
}

#[tokio::test]
async fn records_that_contradict_each_other_are_not_merged() {
    each_world(|app| async move {
        let national = cx(&app, "national-admin").await;
        let (sato, yoshida) = (physician(&app, "sato").await, physician(&app, "yoshida").await);
        let pair = lay(&app, sato, yoshida).await;
        let both = merge(&national, pair, &choice(&app, pair, sato, &[]).await).await;
        assert!(matches!(&both, Err(Error::Refused(why)) if why.contains("両方に所属")), "{both:?}");
        let shown = lists::compare(&national, pair).await.expect("seen");
        assert!(shown.obstacles.iter().any(|text| text.contains("両方に所属")), "{:?}", shown.obstacles);
        let untouched =
            duplicate::Entity::find_by_id(Uuid::from(pair)).one(app.db.read()).await.expect("reads");
        assert_eq!(untouched.expect("is there").state, "open");
        let mut stale = choice(&app, pair, sato, &[]).await;
        stale.versions[0] += 1;
        let stale = merge(&national, pair, &stale).await;
        assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");
        let silent = Choice { reason: String::new(), ..choice(&app, pair, sato, &[]).await };
        assert!(matches!(merge(&national, pair, &silent).await, Err(Error::Invalid(_))));
    })
    .await;
}

/// Two officers at once: one merges, the other reads who did. On PostgreSQL they meet at the rows of the people.
#[tokio::test]
async fn of_two_officers_at_once_one_merges() {
    each_world(|app| async move {
        let mut maker = Maker::new(&app).await;
        let (one, other) = (maker.person().await, maker.person().await);
        mamis_app::testing::people_written(&app).await;
        let pair = lay(&app, one, other).await;
        let (first, second) = (cx(&app, "national-admin").await, cx(&app, "national-admin").await);
        let (keeps_one, keeps_other) =
            (choice(&app, pair, one, &["name"]).await, choice(&app, pair, other, &["name"]).await);
        let (a, b) = tokio::join!(merge(&first, pair, &keeps_one), merge(&second, pair, &keeps_other));
        let done = [&a, &b].iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(done, 1, "{a:?} {b:?}");
        let late = if a.is_ok() { b } else { a };
        assert!(matches!(&late, Err(Error::Stale(text)) if text.contains("統合しました")), "{late:?}");
        let merged = [person(&app, one).await, person(&app, other).await];
        assert_eq!(merged.iter().filter(|row| row.merged_into.is_some()).count(), 1);
        assert_eq!(physician_merge::Entity::find().count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

/// The control for the test above: the same writes without the pair's condition and the held rows merge twice, each
/// record into the other, and nobody is left.
#[tokio::test]
async fn without_the_pairs_state_both_would_merge() {
    each_world(|app| async move {
        let mut maker = Maker::new(&app).await;
        let (one, other) = (maker.person().await, maker.person().await);
        let pair = lay(&app, one, other).await;
        let rows = [person(&app, one).await, person(&app, other).await];
        assert!(rows.iter().all(|row| row.merged_into.is_none()), "both officers saw two records");
        for (kept, merged) in [(one, other), (other, one)] {
            let gone = physician::ActiveModel {
                id: Set(merged),
                merged_into: Set(Some(kept)),
                ..Default::default()
            };
            gone.update(app.db.write()).await.expect("writes");
            let row = physician_merge::Model {
                id: Uuid::now_v7(),
                duplicate: pair.into(),
                kept,
                merged,
                fields: "{}".to_owned(),
                moved: "{}".to_owned(),
                stayed: "{}".to_owned(),
                accounts: "[]".to_owned(),
                reason: "control".to_owned(),
                by_name: "control".to_owned(),
                created_at: app.clock.now(),
                undone_at: None,
                undone_by: String::new(),
                undone_reason: String::new(),
            };
            physician_merge::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
        }
        mamis_app::testing::people_written(&app).await;
        let merged = [person(&app, one).await, person(&app, other).await];
        assert!(merged.iter().all(|row| row.merged_into.is_some()), "the control loses both");
        assert_eq!(physician_merge::Entity::find().count(app.db.read()).await.expect("counts"), 2);
    })
    .await;
}

#[tokio::test]
async fn what_changed_since_stays_and_ninety_days_are_the_end() {
    each_world(|app| async move {
        let mut maker = Maker::new(&app).await;
        let national = cx(&app, "national-admin").await;
        let (kept, merged) = (maker.person().await, maker.person().await);
        mamis_app::testing::people_written(&app).await;
        let pair = lay(&app, kept, merged).await;
        let id = merge(&national, pair, &choice(&app, pair, kept, &["phone", "birth"]).await)
            .await
            .expect("merges");
        let mut row = person(&app, kept).await.into_active_model();
        row.phone = Set(Some("03-0000-0000".to_owned()));
        row.update(app.db.write()).await.expect("writes");
        let later = |days: i64| Cx { now: national.now + chrono::Duration::days(days), ..national.clone() };
        let late = undo(&later(91), id, "x").await;
        assert!(matches!(&late, Err(Error::Refused(why)) if why.contains("90日")), "{late:?}");
        assert_eq!(undo(&later(90), id, "x").await.expect("in time"), ["電話番号"]);
        assert_eq!(person(&app, kept).await.phone.as_deref(), Some("03-0000-0000"));
    })
    .await;
}

async fn pairs(app: &App, state: &str) -> Vec<duplicate::Model> {
    let found = duplicate::Entity::find().filter(duplicate::Column::State.eq(state)).all(app.db.read()).await;
    found.expect("reads")
}

/// The finder on people who are alike in one way each, and on those who are not.
#[tokio::test]
async fn people_registered_twice_are_found_and_not_the_same_is_remembered() {
    each_world(|app| async move {
        let night = || async { jobs::find(&Cx::system(&app, "test")).await };
        night().await.expect("runs");
        let before: BTreeSet<Uuid> = pairs(&app, "open").await.iter().map(|row| row.id).collect();
        let mut maker = Maker::new(&app).await;
        let sato = person(&app, physician(&app, "sato").await).await;
        let double = maker.person().await;
        let mut row = person(&app, double).await.into_active_model();
        row.kana_key = Set(sato.kana_key.clone());
        row.birth_on = Set(sato.birth_on);
        row.sex = Set(sato.sex.clone());
        row.update(app.db.write()).await.expect("writes");
        let number = maker.person().await;
        let mut row = person(&app, number).await.into_active_model();
        row.registry_number = Set(Some(format!("0{}", sato.registry_number.clone().expect("has a number"))));
        row.update(app.db.write()).await.expect("writes");
        mamis_app::testing::people_written(&app).await;
        assert_eq!(night().await.expect("runs").done, 2);
        assert_eq!(night().await.expect("runs").done, 0, "each once");
        let found: Vec<duplicate::Model> =
            pairs(&app, "open").await.into_iter().filter(|row| !before.contains(&row.id)).collect();
        let people = |row: &duplicate::Model| BTreeSet::from([row.first, row.second]);
        assert!(found.iter().any(|row| people(row) == BTreeSet::from([sato.id, double])), "{found:?}");
        let pair = found.iter().find(|row| people(row) == BTreeSet::from([sato.id, double])).expect("found");
        let national = cx(&app, "national-admin").await;
        assert!(matches!(refuse(&national, pair.id.into(), "").await, Err(Error::Invalid(_))));
        refuse(&national, pair.id.into(), "双子").await.expect("judged");
        let again = refuse(&national, pair.id.into(), "双子").await;
        assert!(matches!(&again, Err(Error::Stale(text)) if text.contains("別の人")), "{again:?}");
        assert_eq!(night().await.expect("runs").done, 0, "it is remembered");
        // More speaks for it now: the same mail address.
        let mut row = person(&app, double).await.into_active_model();
        row.email = Set(sato.email.clone());
        row.name_key = Set(sato.name_key.clone());
        row.update(app.db.write()).await.expect("writes");
        mamis_app::testing::people_written(&app).await;
        assert_eq!(night().await.expect("runs").done, 1);
        let row = duplicate::Entity::find_by_id(pair.id).one(app.db.read()).await.expect("reads");
        assert_eq!(row.expect("is there").state, "open");
    })
    .await;
}

#[tokio::test]
async fn a_merging_says_until_when_it_can_be_taken_back() {
    each_world(|app: Arc<App>| async move {
        let mut maker = Maker::new(&app).await;
        let national = cx(&app, "national-admin").await;
        let (kept, merged) = (maker.person().await, maker.person().await);
        mamis_app::testing::people_written(&app).await;
        let pair = lay(&app, kept, merged).await;
        let id: MergeId = merge(&national, pair, &choice(&app, pair, kept, &[]).await).await.expect("merges");
        let report = lists::merged(&national, id).await.expect("seen");
        assert_eq!(report.undo_until, Day::parse("2027-02-20").ok());
        let successor = lists::successor(&national, &person(&app, merged).await).await.expect("reads");
        assert_eq!(successor, Some(kept.into()));
        // The row of the one that went is nobody's member any more, whatever stayed with it.
        let left = membership::Entity::find().filter(membership::Column::Physician.eq(merged));
        assert_eq!(left.count(app.db.read()).await.expect("counts"), 0);
    })
    .await;
}
