//! Table `outbox`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `outbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Template, e.g. certification_approved.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// mail or post.
    #[sea_orm(column_type = "Text")]
    pub channel: String,
    /// To which physician, or
    pub physician: Option<Uuid>,
    /// to which officer.
    pub officer: Option<Uuid>,
    /// Mail address, or the name for the post list.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// Subject.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Message-ID header: the same at every attempt.
    #[sea_orm(column_type = "Text")]
    pub message_id: String,
    /// waiting, sending, sent, failed or, of a stopped notice, unneeded; by post waiting, posted or unneeded.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Tries so far.
    pub attempts: i32,
    /// Not before.
    pub next_attempt_at: DateTime<Utc>,
    /// A worker has it until then.
    pub lease_until: Option<DateTime<Utc>>,
    /// What the mail server said last.
    #[sea_orm(column_type = "Text")]
    pub answer: String,
    /// When the business transaction wrote it.
    pub created_at: DateTime<Utc>,
    /// When the server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When the office posted it, or decided not to.
    pub posted_on: Option<NaiveDate>,
    /// Who recorded that.
    #[sea_orm(column_type = "Text")]
    pub posted_by: String,
    /// Of which notice.
    pub notice: Option<Uuid>,
    /// Address that ends the notices; empty where there is none.
    #[sea_orm(column_type = "Text")]
    pub unsubscribe: String,
    /// When a worker last took it: what the limit of notices counts.
    pub tried_at: Option<DateTime<Utc>>,
    /// When the receiver's server sent it back, or refused the mailbox.
    pub bounced_at: Option<DateTime<Utc>>,
    /// Status code of that (RFC 3463), e.g. 5.1.1.
    #[sea_orm(column_type = "Text")]
    pub bounce: String,
    /// The mailbox does not exist: letters go by post until the address is verified anew.
    pub address_dead: bool,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
