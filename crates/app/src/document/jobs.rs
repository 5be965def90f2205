//! Makes the files of documents before anybody asks for them.

pub mod attendance_run;

use super::actions;
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;
use mamis_rules::access::document::Kind;
use mamis_schema::document;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Documents of one round.
const ROUND: u64 = 50;

/// Makes files that are missing. One that cannot be made (a character without a glyph) holds up no other; the
/// office reads why when it opens the document.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn render_pending(cx: &Cx) -> Result<Report> {
    let rows = document::Entity::find()
        .filter(document::Column::FileKey.is_null())
        .filter(document::Column::Kind.is_in([Kind::Certificate, Kind::NoticeLetter].map(Kind::name)))
        // A letter grows while its batch is approved: it is left alone for a while.
        .filter(document::Column::CreatedAt.lt(cx.now - chrono::Duration::minutes(10)))
        .order_by_desc(document::Column::CreatedAt)
        .limit(ROUND)
        .all(cx.db())
        .await?;
    let mut made = 0;
    for row in &rows {
        match actions::file(&cx.app, row).await {
            Ok(_) => made += 1,
            Err(error) => tracing::warn!(document = %row.id, %error, "document cannot be made"),
        }
    }
    Ok(Report { done: made, sentence: format!("{made} of {} documents made", rows.len()) })
}
