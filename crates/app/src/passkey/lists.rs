//! Every question about passkeys.

use super::MOST;
use crate::account::lists::confirmed_credential;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_rules::base::AccountId;
use mamis_schema::{passkey, passkey_challenge};
use passkey::Column as P;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(P::Account.eq(Uuid::from(account)))
        .order_by_asc(P::CreatedAt)
        .order_by_asc(P::Id)
        .limit(MOST)
        .all(db)
        .await?)
}

/// A passkey of an account.
///
/// # Errors
/// [`Error::NotFound`], also for somebody else's.
pub(super) async fn find(db: &impl ConnectionTrait, account: AccountId, id: Uuid) -> Result<passkey::Model> {
    passkey::Entity::find_by_id(id)
        .filter(P::Account.eq(Uuid::from(account)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// The passkey that a device calls so.
///
/// # Errors
/// A fault of the database.
pub(super) async fn known_as(db: &impl ConnectionTrait, external_id: &str) -> Result<Option<passkey::Model>> {
    Ok(passkey::Entity::find().filter(P::ExternalId.eq(external_id)).one(db).await?)
}

/// What an account has for a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app.
    pub app: bool,
    /// How many passkeys.
    pub passkeys: u64,
}

impl Factors {
    /// Whether there is none.
    pub fn is_none(self) -> bool {
        !self.app && self.passkeys == 0
    }
}

/// What an account has for a second factor.
///
/// # Errors
/// A fault of the database.
pub async fn factors(db: &impl ConnectionTrait, account: AccountId) -> Result<Factors> {
    Ok(Factors {
        app: confirmed_credential(db, account).await?.is_some(),
        passkeys: passkey::Entity::find().filter(P::Account.eq(Uuid::from(account))).count(db).await?,
    })
}

/// How many challenges an address has open.
///
/// # Errors
/// A fault of the database.
pub(super) async fn open_challenges(cx: &Cx, address: &str) -> Result<u64> {
    use passkey_challenge::Column as C;
    Ok(passkey_challenge::Entity::find()
        .filter(C::Address.eq(address))
        .filter(C::ExpiresAt.gt(cx.app.clock.wall()))
        .count(cx.db())
        .await?)
}
