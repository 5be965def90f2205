//! Keeping and removing a search.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::physician::list::again;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::saved_search::actions::{self, For};
use mamis_rules::base::SavedSearchId;

/// Keeps the question that the list shows.
pub async fn save(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let whom = if fields.text("shared").is_empty() { For::Oneself } else { For::Office };
    let query = fields.text("query");
    match actions::save(&ctx, fields.text("name"), query, whom).await {
        Ok(_) => Ok(ctx.done(&format!("/physicians?{query}"), "検索を保存しました。")),
        Err(Error::Invalid(problems)) => again(&ctx, &fields, Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

/// Removes one of one's own.
pub async fn remove(ctx: Ctx, Path(id): Path<SavedSearchId>) -> Result<Response, WebError> {
    actions::remove(&ctx, id).await?;
    Ok(ctx.done("/physicians", "保存した検索を削除しました。"))
}
