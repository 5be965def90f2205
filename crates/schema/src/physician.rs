//! Table `physician`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `physician`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "physician")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Licence registry number, six digits; the identity key when known.
    #[sea_orm(column_type = "Text", nullable)]
    pub registry_number: Option<String>,
    /// Day of the licence entry.
    pub registry_on: Option<NaiveDate>,
    /// Exactly as typed; never normalised.
    #[sea_orm(column_type = "Text")]
    pub family_name: String,
    /// Exactly as typed; never normalised.
    #[sea_orm(column_type = "Text")]
    pub given_name: String,
    /// Katakana.
    #[sea_orm(column_type = "Text")]
    pub family_kana: String,
    /// Katakana.
    #[sea_orm(column_type = "Text")]
    pub given_kana: String,
    /// Name before a change.
    #[sea_orm(column_type = "Text", nullable)]
    pub former_name: Option<String>,
    /// Folded key of the name for search.
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    /// Folded key of the reading for search.
    #[sea_orm(column_type = "Text")]
    pub kana_key: String,
    /// Birth date.
    pub birth_on: NaiveDate,
    /// male, female or unknown.
    #[sea_orm(column_type = "Text")]
    pub sex: String,
    /// Mail goes out only when verified.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
    /// When the address was proved.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Phone.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// home or workplace.
    #[sea_orm(column_type = "Text")]
    pub mailing_destination: String,
    /// Seven digits.
    #[sea_orm(column_type = "Text", nullable)]
    pub home_postal_code: Option<String>,
    /// Home address.
    #[sea_orm(column_type = "Text", nullable)]
    pub home_address: Option<String>,
    /// University of graduation.
    #[sea_orm(column_type = "Text", nullable)]
    pub university: Option<String>,
    /// Graduation.
    pub graduated_on: Option<NaiveDate>,
    /// Graduate school, as typed.
    #[sea_orm(column_type = "Text", nullable)]
    pub graduate_school: Option<String>,
    /// Department, as typed.
    #[sea_orm(column_type = "Text", nullable)]
    pub department: Option<String>,
    /// Where the clinical training is done.
    #[sea_orm(column_type = "Text", nullable)]
    pub trains_at: Option<String>,
    /// First day of the clinical training.
    pub trains_from: Option<NaiveDate>,
    /// Last day of it: the proposal c → b is laid ready before.
    pub trains_until: Option<NaiveDate>,
    /// Ten digits, new ones begin with 3.
    #[sea_orm(column_type = "Text", nullable)]
    pub national_member_id: Option<String>,
    /// Death, when known.
    pub deceased_on: Option<NaiveDate>,
    /// Set when the record was merged into another.
    pub merged_into: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
