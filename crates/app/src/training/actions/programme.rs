//! Writing the programme of a training: sessions and credit lines, replaced as a whole.

use crate::error::{Error, Result};
use crate::training::draft::Draft;
use mamis_schema::{credit_line, training_session};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Replaces the programme; only before credits refer to it.
///
/// # Errors
/// A fault of the database.
pub(super) async fn replace(tx: &DatabaseTransaction, training: Uuid, draft: &Draft) -> Result<()> {
    credit_line::Entity::delete_many().filter(credit_line::Column::Training.eq(training)).exec(tx).await?;
    training_session::Entity::delete_many()
        .filter(training_session::Column::Training.eq(training))
        .exec(tx)
        .await?;
    let (mut sessions, mut lines) = (Vec::new(), Vec::new());
    for (position, session) in (0..).zip(&draft.core.sessions) {
        let id = Uuid::now_v7();
        sessions.push(
            training_session::ActiveModel::from(training_session::Model {
                id,
                training,
                position,
                title: session.title.clone(),
                lecturer: session.lecturer.clone(),
                starts_at: session.starts_at,
                ends_at: session.ends_at,
            })
            .reset_all(),
        );
        for line in &session.credits {
            lines.push(
                credit_line::ActiveModel::from(credit_line::Model {
                    id: Uuid::now_v7(),
                    training_session: id,
                    training,
                    scheme: line.scheme.name().to_owned(),
                    course: line.course.map_or("", |course| course.name()).to_owned(),
                    category: line.category.clone().unwrap_or_default(),
                    item: line.item.clone().unwrap_or_default(),
                    curriculum_code: line.curriculum_code.map(i32::from),
                    amount: line.amount.hundredths(),
                })
                .reset_all(),
            );
        }
    }
    if !sessions.is_empty() {
        training_session::Entity::insert_many(sessions).exec_without_returning(tx).await?;
    }
    if !lines.is_empty() {
        credit_line::Entity::insert_many(lines).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The schemes in which a training gives credits.
///
/// # Errors
/// A fault for a row with an unknown scheme.
pub(super) fn schemes(
    standing: &crate::training::lists::standing::Standing,
) -> Result<std::collections::BTreeSet<mamis_rules::credit::Scheme>> {
    let of_lines = standing.lines.iter().map(|line| line.scheme.as_str());
    let all = std::iter::once(standing.row.scheme.as_str()).chain(of_lines);
    all.map(|scheme| scheme.parse().map_err(Error::fault)).collect()
}
