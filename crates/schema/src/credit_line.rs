//! Table `credit_line`.

use sea_orm::entity::prelude::*;

/// One row of `credit_line`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_line")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which session.
    pub training_session: Uuid,
    /// Of which training.
    pub training: Uuid,
    /// Scheme that gives the credit.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// basic or lifelong; empty where the scheme has none.
    #[sea_orm(column_type = "Text")]
    pub course: String,
    /// E.g. 更新; empty where the scheme has none.
    #[sea_orm(column_type = "Text")]
    pub category: String,
    /// E.g. 総論; empty where none.
    #[sea_orm(column_type = "Text")]
    pub item: String,
    /// cme only.
    pub curriculum_code: Option<i32>,
    /// 1/100 credit.
    pub amount: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
