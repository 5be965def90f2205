//! Taking back what a finished line has changed: the categories, and the main workplace.

use crate::application::advance::Moved;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::membership::actions::{Because, carry_out};
use crate::membership::lists as membership;
use crate::membership_application::Workplace;
use crate::membership_application::lists as procedures;
use crate::physician::actions::record::{self, Origin};
use mamis_rules::base::{Day, PhysicianId};
use mamis_rules::membership as rules;
use mamis_rules::physician::Field;
use mamis_schema::{bulk_change_row, membership as period, workplace};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const MOVED_ON: &str = "そのあとに勤務先が変わっているため、元に戻せません。";

/// The main workplace as it was.
#[derive(Serialize, Deserialize)]
struct Before {
    id: Uuid,
    valid_until: Option<chrono::NaiveDate>,
}

/// What undoing needs to know of the workplace that ends.
pub(super) fn remember(row: Option<&workplace::Model>) -> Result<String> {
    match row {
        None => Ok(String::new()),
        Some(row) => Ok(serde_json::to_string(&Before { id: row.id, valid_until: row.valid_until })?),
    }
}

/// Takes back what a change report from a bulk change has changed.
///
/// # Errors
/// [`Error::Refused`] when something else changed since.
pub(crate) async fn take_back(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let details = procedures::details(tx.db(), moved.after.id).await?;
    if !details.categories.is_empty() {
        categories(cx, tx, moved).await?;
    }
    match (&details.workplace, details.effective_on) {
        (Some(wanted), Some(on)) => main_workplace(cx, tx, moved, &wanted.name, on).await,
        _ => Ok(()),
    }
}

async fn categories(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let (person, procedure) = (moved.after.physician, moved.after.id);
    let held = membership::of_physician(tx.db(), person).await?;
    let begun: Vec<Uuid> = period::Entity::find()
        .select_only()
        .column(period::Column::Id)
        .filter(period::Column::Physician.eq(person))
        .filter(period::Column::OpenedBy.eq(procedure))
        .into_tuple()
        .all(tx.db())
        .await?;
    let at = |wanted: &dyn Fn(&membership::Held) -> bool| -> Vec<usize> {
        held.iter().enumerate().filter(|(_, held)| wanted(held)).map(|(index, _)| index).collect()
    };
    let ended = at(&|held| held.closed_by == Some(procedure));
    let begun = at(&|held| begun.contains(&held.id));
    let writes = rules::take_back_category(&membership::periods(&held), &ended, &begun, cx.today());
    let because = Because { cause: "undo", application: Some(procedure) };
    carry_out(cx, tx, PhysicianId::from(person), &held, writes, because).await
}

/// The workplace before goes on; the new one keeps its row without a day.
async fn main_workplace(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>, name: &str, on: Day) -> Result<()> {
    use workplace::Column as W;
    let person = moved.after.physician;
    let latest = workplace::Entity::find()
        .filter(W::Physician.eq(person))
        .filter(W::Main.eq(true))
        .order_by_desc(W::ValidFrom)
        .one(tx.db())
        .await?;
    let new =
        latest.filter(|row| row.valid_from == on.date() && row.name == name && row.valid_until.is_none());
    let new = new.ok_or_else(|| Error::refused(MOVED_ON))?;
    end(tx, new.id, Some(on.plus_days(-1).date()), false).await?;
    let line = bulk_change_row::Entity::find()
        .filter(bulk_change_row::Column::Application.eq(moved.after.id))
        .one(tx.db())
        .await?;
    let mut goes_on = String::new();
    if let Some(before) = line.map(|line| line.before).filter(|before| !before.is_empty()) {
        let before: Before = serde_json::from_str(&before)?;
        end(tx, before.id, before.valid_until, true).await?;
        let row = workplace::Entity::find_by_id(before.id).one(tx.db()).await?;
        goes_on = row.map(|row| Workplace::from(&row).words()).unwrap_or_default();
    }
    let line = record::Line {
        field: Field::MainWorkplace,
        before: Workplace::from(&new).words(),
        after: goes_on,
        origin: Origin::application(moved.after.id),
    };
    record::note(cx, tx, person, line).await?;
    tx.audit(Entry::new("workplace.write", "physician", person).about(person.into()));
    Ok(())
}

async fn end(tx: &Tx<'_>, id: Uuid, until: Option<chrono::NaiveDate>, is_main: bool) -> Result<()> {
    workplace::Entity::update_many()
        .col_expr(workplace::Column::ValidUntil, Expr::value(until))
        .col_expr(workplace::Column::Main, Expr::value(is_main))
        .filter(workplace::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}
