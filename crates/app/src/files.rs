//! The file store: uploads and printed documents, in a local folder.

use crate::error::{Error, Result};
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use std::sync::Arc;

/// Where files are kept.
#[derive(Clone, Debug)]
pub struct Files(Arc<dyn ObjectStore>);

impl Files {
    /// A store in a folder, made when missing.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn folder(folder: &std::path::Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(Error::fault)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(Error::fault)?;
        Ok(Self(Arc::new(store)))
    }

    /// Keeps a file under a key such as `attachment/<id>`.
    ///
    /// # Errors
    /// A fault of the store.
    #[crate::boxed]
    pub async fn put(&self, key: &str, content: Vec<u8>) -> Result<()> {
        self.0.put(&Path::from(key), PutPayload::from(content)).await.map_err(Error::fault)?;
        Ok(())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none under the key.
    #[crate::boxed]
    pub async fn get(&self, key: &str) -> Result<Bytes> {
        match self.0.get(&Path::from(key)).await {
            Ok(found) => found.bytes().await.map_err(Error::fault),
            Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
            Err(error) => Err(Error::fault(error)),
        }
    }

    /// Removes a file; one that is gone already is no fault.
    ///
    /// # Errors
    /// A fault of the store.
    #[crate::boxed]
    pub async fn remove(&self, key: &str) -> Result<()> {
        match ObjectStoreExt::delete(&*self.0, &Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::fault(error)),
        }
    }
}
