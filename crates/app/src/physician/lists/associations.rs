//! Which association somebody means who narrows a search.

use crate::cx::Cx;
use crate::error::{Error, Result};
use association::Column as A;
use association_ancestor::Column as X;
use mamis_rules::access::Office;
use mamis_rules::association::Tier;
use mamis_rules::base::AssociationId;
use mamis_schema::{association, association_ancestor};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Names offered while somebody types: the prefectures, or the associations of one of them.
const OFFERED: u64 = 100;

/// Names that a part of a name may mean before it is asked for more of it.
const MEANT: u64 = 6;

/// The names to choose from: the associations below the actor's offices, for the national office the prefectural ones.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn offered(cx: &Cx) -> Result<Vec<String>> {
    let offices = cx.actor.duties().iter().filter_map(|held| match held.at {
        Office::Association { id, tier, .. } => Some((Uuid::from(id), tier)),
        Office::Organizer { .. } => None,
    });
    let (mut below, mut national) = (Vec::new(), false);
    for (id, tier) in offices {
        national |= tier == Tier::National;
        below.push(id);
    }
    let names = association::Entity::find().select_only().column(A::Name).filter(A::ClosedOn.is_null());
    let names = if national {
        names.filter(A::Tier.eq(Tier::Prefectural.name()))
    } else {
        let below = association_ancestor::Entity::find()
            .select_only()
            .column(X::Association)
            .filter(X::Ancestor.is_in(below));
        names.filter(A::Id.in_subquery(sea_orm::QueryTrait::into_query(below)))
    };
    Ok(names.order_by_asc(A::Code).limit(OFFERED).into_tuple().all(cx.db()).await?)
}

/// The association of a code, a name or a part of a name that no other has.
///
/// # Errors
/// [`Error::Invalid`] at `association` when it is none or several.
#[crate::boxed]
pub async fn meant(cx: &Cx, text: &str) -> Result<AssociationId> {
    let names = |condition: Condition| {
        association::Entity::find()
            .select_only()
            .columns([A::Id, A::Name])
            .filter(condition)
            .order_by_asc(A::Code)
            .limit(MEANT)
            .into_tuple::<(Uuid, String)>()
            .all(cx.db())
    };
    let exact = Condition::any().add(A::Code.eq(text)).add(A::Name.eq(text));
    let mut found = names(exact).await?;
    if found.is_empty() {
        found = names(Condition::any().add(A::Name.contains(text))).await?;
    }
    match found.as_slice() {
        [(id, _)] => Ok((*id).into()),
        [] => {
            let text = format!("「{text}」という医師会が見つかりません。名前か番号を確かめてください。");
            Err(Error::invalid("association", &text))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(_, name)| name.as_str()).collect();
            let names = names.join("、");
            let text = format!(
                "「{text}」にあてはまる医師会が複数あります（{names}など）。続けて入力してください。"
            );
            Err(Error::invalid("association", &text))
        }
    }
}
