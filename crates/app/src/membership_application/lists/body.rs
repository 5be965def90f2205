//! The associations that somebody can enter. None follows from an address alone: districts cut across towns [pub], so
//! the list offers candidates and the person chooses.

use crate::error::{Error, Result};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// An association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Which.
    pub id: AssociationId,
    /// Its tier.
    pub tier: Tier,
    /// Full name.
    pub name: String,
    /// JIS X 0401 code; none for the national association.
    pub prefecture: Option<i32>,
}

/// An association that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The association.
    pub body: Body,
    /// Name of the municipal association of a district; empty for the others.
    pub under: String,
    /// Whether its town or university occurs in the address or the name of the workplace.
    pub near: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    tier: String,
    name: String,
    prefecture: Option<i32>,
    under: Option<String>,
}

impl Row {
    fn body(&self) -> Result<Body> {
        Ok(Body {
            id: self.id.into(),
            tier: self.tier.parse().map_err(Error::fault)?,
            name: self.name.clone(),
            prefecture: self.prefecture,
        })
    }
}

/// An association and all above it, from the lowest upward.
///
/// # Errors
/// A fault of the database.
pub async fn upward(db: &impl ConnectionTrait, association: AssociationId) -> Result<Vec<Body>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select a.id, a.tier, a.name, a.prefecture, cast(null as text) as under
           from association_ancestor x join association a on a.id = x.ancestor
          where x.association = $1 order by x.depth limit 10",
        [Uuid::from(association).into()],
    );
    let rows = Row::find_by_statement(statement).all(db).await?;
    rows.iter().map(Row::body).collect()
}

/// The municipal and district associations of a prefecture that are open on a day: those near the workplace first,
/// then by reading; at most 300.
///
/// # Errors
/// A fault of the database.
pub async fn candidates(
    db: &impl ConnectionTrait,
    prefecture: i32,
    workplace: &str,
    today: Day,
) -> Result<Vec<Candidate>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select a.id, a.tier, a.name, a.prefecture, case when a.tier = 'district' then p.name end as under
           from association a left join association p on p.id = a.parent
          where a.prefecture = $1 and a.tier in ('municipal', 'district')
            and a.opened_on <= $2 and (a.closed_on is null or a.closed_on >= $2)
          order by a.kind, a.kana, a.id limit 300",
        [prefecture.into(), today.date().into()],
    );
    let rows = Row::find_by_statement(statement).all(db).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let body = row.body()?;
        let near = is_near(&body.name, workplace);
        found.push(Candidate { body, under: row.under.unwrap_or_default(), near });
    }
    // A stable sort: each half stays in the order of the reading.
    found.sort_by_key(|candidate| !candidate.near);
    Ok(found)
}

/// Whether the town or the university in the name of an association occurs in the address or the workplace's name.
fn is_near(name: &str, workplace: &str) -> bool {
    let town = name.strip_suffix("医師会").unwrap_or(name);
    town.chars().count() >= 2 && workplace.contains(town)
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn a_town_in_the_address_makes_a_candidate() {
        assert!(is_near("藤沢市医師会", "神奈川県藤沢市本町1丁目2番3号"));
        assert!(!is_near("藤沢市医師会", "神奈川県横浜市戸塚区1丁目"));
        assert!(is_near("戸塚区医師会", "神奈川県横浜市戸塚区1丁目"));
        assert!(!is_near("医師会", "神奈川県"), "a name without a town is near nothing");
    }
}
