//! Bulk changes for the scopes.

use super::rows::all;
use mamis_app::{App, testing};
use mamis_schema as schema;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use uuid::Uuid;

/// Bulk changes of a municipal association and of a district, one checked and one carried out each.
pub(super) async fn bulk_changes(app: &App) {
    let account = all::<schema::account::Entity>(app).await.into_iter().find(|row| row.officer.is_some());
    let account = account.expect("an officer").id;
    for body in all::<schema::association::Entity>(app).await {
        if !matches!(body.code.as_str(), "142051" | "141101") {
            continue;
        }
        for state in ["checked", "done"] {
            let row = schema::bulk_change::Model {
                id: Uuid::now_v7(),
                number: format!("B-{}-{state}", body.code),
                association: body.id,
                kind: "category".to_owned(),
                file_name: String::new(),
                sha256: String::new(),
                state: state.to_owned(),
                by_name: String::new(),
                account,
                created_at: testing::now(),
                version: 1,
            };
            let row = row.into_active_model().reset_all();
            row.insert(app.db.write()).await.expect("writes");
        }
    }
}
