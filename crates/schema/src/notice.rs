//! Table `notice`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `notice`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who writes.
    pub association: Uuid,
    /// Duties at that office with which the people are looked for, e.g. membership,certification.
    #[sea_orm(column_type = "Text")]
    pub duties: String,
    /// Who gets it: a question of the people search as it stands in the address.
    #[sea_orm(column_type = "Text")]
    pub query: String,
    /// Subject, with fields such as {氏名}.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// Plain text, with fields.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Also for those who want no notices.
    pub obligatory: bool,
    /// draft, scheduled, sending, sent or cancelled.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// From when on it leaves.
    pub send_at: Option<DateTime<Utc>>,
    /// The last person whose letter was written; the job goes on behind.
    pub reached: Option<Uuid>,
    /// Letters written by mail.
    pub by_mail: i32,
    /// Letters written by post.
    pub by_post: i32,
    /// People left out because they want no notices.
    pub unsubscribed: i32,
    /// Why it could not leave; empty for nothing.
    #[sea_orm(column_type = "Text")]
    pub problem: String,
    /// Who wrote it.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When its last letter was written, or when it was stopped.
    pub ended_at: Option<DateTime<Utc>>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
