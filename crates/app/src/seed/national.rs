//! National size.
use super::{Seed, Summary};
use crate::db::Db;
use crate::error::Result;
/// Size.
#[derive(Clone, Copy, Debug)]
pub struct National {}
pub(super) async fn load(db: &Db, seed: Seed, _size: National) -> Result<Summary> {
    seed.finish(db).await
}
