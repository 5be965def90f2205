//! Leaving: the decision table through the real actions, taking it back, and what an office records itself.

use crate::membership::{act, letters, of_person, row, tiers};
use crate::office::officer;
use crate::people::{cx, each_world, physician};
use mamis_app::membership_application::Draft;
use mamis_app::membership_application::actions::office::{Loss, record_loss, undo};
use mamis_app::membership_application::actions::{begin, save, submit};
use mamis_app::membership_application::lists::progress;
use mamis_app::{App, Cx, Error};
use mamis_rules::access::application::Kind;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{ApplicationId, PhysicianId};
use mamis_rules::flow::membership::{Cause, Command, LeavingScope};
use mamis_schema::{account, physician as people};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// 佐藤 asks to leave from today.
pub(crate) async fn leaves(app: &Arc<App>, scope: LeavingScope) -> (Cx, ApplicationId) {
    let sato = cx(app, "sato").await;
    let id = begin(&sato, Kind::Leaving, "").await.expect("begins");
    let draft = Draft { scope: Some(scope), effective_on: Some(sato.today()), ..Draft::default() };
    save(&sato, id, draft, Vec::new()).await.expect("saves");
    submit(&sato, id).await.expect("sends");
    (sato, id)
}

/// What is chosen, who does what, and what is left afterwards.
type Way = (LeavingScope, &'static [(&'static str, Command)], &'static [Tier]);

#[tokio::test]
async fn the_leaving_table_is_carried_out() {
    use Command::{Approve, Confirm, PassOn, Receive};
    use LeavingScope::{Everything, National, Upper};
    let ways: [Way; 3] = [
        (Everything, &[("fujisawa-admin", Approve), ("o14", Confirm)], &[]),
        (Upper, &[("fujisawa-admin", Receive), ("o14", Approve)], &[Tier::Municipal]),
        (
            National,
            &[("fujisawa-admin", Receive), ("o14", PassOn), ("national-admin", Approve)],
            &[Tier::Prefectural, Tier::Municipal],
        ),
    ];
    for (scope, way, rest) in ways {
        each_world(|app| async move {
            let (sato, id) = leaves(&app, scope).await;
            let all = [Tier::National, Tier::Prefectural, Tier::Municipal];
            for (login, command) in way {
                assert_eq!(
                    tiers(&app, physician(&sato), sato.today().next()).await,
                    all,
                    "not before the last"
                );
                act(&app, login, id, *command)
                    .await
                    .unwrap_or_else(|error| panic!("{scope} {login}: {error}"));
            }
            assert_eq!(row(&app, id).await.state, "approved", "{scope}");
            assert_eq!(tiers(&app, physician(&sato), sato.today()).await, all, "the last day counts");
            assert_eq!(tiers(&app, physician(&sato), sato.today().next()).await, rest, "{scope}");
            assert_eq!(letters(&app, "membership_done", scope.label()).await, 1);
        })
        .await;
    }
}

#[tokio::test]
async fn undo_within_thirty_days_by_the_association_that_decided() {
    each_world(|app| async move {
        let (sato, id) = leaves(&app, LeavingScope::Upper).await;
        act(&app, "fujisawa-admin", id, Command::Receive).await.expect("receives");
        act(&app, "o14", id, Command::Approve).await.expect("approves");
        let ended = of_person(&app, physician(&sato)).await;
        let version = row(&app, id).await.version;
        for other in ["fujisawa-admin", "national-admin"] {
            let refused = undo(&officer(&app, other).await, id, version, "取り違え").await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{other}: {refused:?}");
        }
        let kanagawa = officer(&app, "o14").await;
        let late = Cx { now: kanagawa.now + chrono::Duration::days(31), ..kanagawa.clone() };
        assert!(
            matches!(undo(&late, id, version, "取り違え").await, Err(Error::Refused(_))),
            "31 days later"
        );
        assert!(matches!(undo(&kanagawa, id, version, "").await, Err(Error::Invalid(_))), "says why");
        let last = Cx { now: kanagawa.now + chrono::Duration::days(30), ..kanagawa.clone() };
        undo(&last, id, version, "書類の取り違え").await.expect("on the thirtieth day");
        assert_eq!(row(&app, id).await.state, "undone");
        let all = [Tier::National, Tier::Prefectural, Tier::Municipal];
        assert_eq!(tiers(&app, physician(&sato), sato.today().next()).await, all);
        let after = of_person(&app, physician(&sato)).await;
        for period in &ended {
            assert!(after.contains(period), "an ended period is never touched: {period:?}");
        }
        assert_eq!(letters(&app, "leaving_undone", "書類の取り違え").await, 1);
        let line = progress(&sato, id).await.expect("own").tracker.steps;
        let states: Vec<&str> = line.iter().map(|step| step.state).collect();
        assert_eq!(states, ["done", "done", "done", "undone"], "what was decided stays said");
    })
    .await;
}

#[tokio::test]
async fn death_is_recorded_by_an_office_and_can_be_taken_back() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let person = physician(&sato);
        let loss =
            Loss { cause: Cause::Death, on: sato.today().plus_days(-3), reason: "ご家族からの電話" };
        let national = record_loss(&officer(&app, "national-admin").await, person, loss).await;
        assert!(matches!(national, Err(Error::Refused(_))), "the municipal association knows: {national:?}");
        let office = officer(&app, "fujisawa-admin").await;
        let ahead = Loss { on: sato.today().next(), ..loss };
        assert!(matches!(record_loss(&office, person, ahead).await, Err(Error::Invalid(_))));
        let id = record_loss(&office, person, loss).await.expect("records").expect("a leaving");
        assert_eq!(login(&app, "sato").await, "closed");
        assert!(deceased(&app, person).await.is_some());
        assert!(matches!(record_loss(&office, person, loss).await, Err(Error::Refused(_))), "once");
        act(&app, "o14", id, Command::Confirm).await.expect("confirms");
        assert_eq!(tiers(&app, person, sato.today()).await, []);
        assert_eq!(tiers(&app, person, loss.on).await.len(), 3, "a member until that day");
        let number = row(&app, id).await.number.expect("a number");
        assert_eq!(letters(&app, "membership_done", &number).await, 0, "nobody writes to the dead");

        let version = row(&app, id).await.version;
        undo(&office, id, version, "同姓同名の方でした").await.expect("takes it back");
        assert_eq!(login(&app, "sato").await, "active");
        assert!(deceased(&app, person).await.is_none());
        assert_eq!(tiers(&app, person, sato.today()).await.len(), 3);
    })
    .await;
}

async fn login(app: &App, login_id: &str) -> String {
    let row = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read()).await;
    row.expect("reads").expect("exists").state
}

async fn deceased(app: &App, id: PhysicianId) -> Option<chrono::NaiveDate> {
    let row = people::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await;
    row.expect("reads").expect("is there").deceased_on
}

/// What was decided since stays as it is: the day of the death is the true one, the memberships end after that.
#[tokio::test]
async fn a_death_before_a_decided_change_can_be_written_down() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let (person, died) = (physician(&sato), sato.today().plus_days(-10));
        let changed = sato.today().plus_days(-5);
        let id = begin(&sato, Kind::ChangeReport, "").await.expect("begins");
        let categories = [(Tier::Municipal.name().to_owned(), MembershipCategory::A1)].into_iter().collect();
        let draft = Draft { effective_on: Some(changed), categories, ..Draft::default() };
        save(&sato, id, draft, Vec::new()).await.expect("saves");
        submit(&sato, id).await.expect("sends");
        for login in ["fujisawa-admin", "o14", "national-admin"] {
            act(&app, login, id, Command::Approve).await.expect("approves");
        }
        let before = of_person(&app, person).await;
        let loss = Loss { cause: Cause::Death, on: died, reason: "死亡診断書の写し" };
        let office = officer(&app, "fujisawa-admin").await;
        let id = record_loss(&office, person, loss).await.expect("records").expect("a leaving");
        assert_eq!(deceased(&app, person).await, Some(died.date()), "the true day");
        act(&app, "o14", id, Command::Confirm).await.expect("confirms");
        assert_eq!(deceased(&app, person).await, Some(died.date()));
        assert_eq!(tiers(&app, person, sato.today()).await, []);
        for period in before.iter().filter(|held| held.period.until.is_some()) {
            assert!(of_person(&app, person).await.contains(period), "what lay before stays: {period:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_officer_fills_in_the_physicians_form_and_is_named() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let office = officer(&app, "fujisawa-admin").await;
        let duty = mamis_rules::access::Duty::Membership;
        let (for_her, name) = mamis_app::physician::actions::stand_in(&office, physician(&sato), duty)
            .await
            .expect("stands in");
        assert_eq!(name, "佐藤 恵子");
        assert!(matches!(begin(&for_her, Kind::Leaving, "").await, Err(Error::Invalid(_))), "says why");
        let id = begin(&for_her, Kind::Leaving, "郵送の退会届").await.expect("begins");
        let reason = row(&app, id).await.on_behalf_reason.expect("a reason");
        assert!(reason.contains("郵送の退会届") && reason.contains("片瀬 由香"), "{reason}");
        let elsewhere = officer(&app, "o121002").await;
        assert!(mamis_app::physician::actions::stand_in(&elsewhere, physician(&sato), duty).await.is_err());
    })
    .await;
}
