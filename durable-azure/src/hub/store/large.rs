//! What is too large for a row, and stands in blobs.

use durable_core::hub::HubError;

use crate::error::corrupt;
use crate::hub::shared::Shared;
use crate::hub::together::together;
use crate::value::Row;
use crate::wire::{moved_columns, put_back, store_row};

/// The most bytes of a blob that holds a column.
const BLOB_MAX: usize = 256 * 1024 * 1024;

impl Shared {
    /// Puts what of a row is in blobs back into it.
    pub(crate) async fn fetch_moved(&self, row: &mut Row) -> Result<(), HubError> {
        for moved in moved_columns(row, &self.names.large_message_container()) {
            // A blob is never changed: what the secondary has of it is it.
            let content = self.blobs.or_secondary().get(&moved.blob, BLOB_MAX).await?;
            let gone = || corrupt(format!("the blob `{}` of a column is gone", moved.blob));
            put_back(row, &moved, &content.ok_or_else(gone)?)?;
        }
        Ok(())
    }

    /// Moves what is too large in a row to blobs, and stores those.
    pub(super) async fn store_columns(&self, row: Row) -> Result<Row, HubError> {
        let mut drawn = 0;
        let seed = Self::new_guid()?.0;
        let mut random = || {
            drawn += 1;
            u32::try_from((seed >> ((drawn % 4) * 32)) & u128::from(u32::MAX)).unwrap_or_default()
        };
        let (row, blobs) = store_row(row, &mut random)?;
        let puts = blobs
            .into_iter()
            .map(|blob| async move { self.put_blob(&blob.name, blob.bytes).await });
        for put in together(puts).await {
            put?;
        }
        Ok(row)
    }
}
