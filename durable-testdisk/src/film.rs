//! What a disk had at each moment of a stretch.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::DiskError;
use crate::image::{Image, Survivors};
use crate::random::Random;

/// What the disk had of a database and of the files beside it, before each operation of a stretch and at its end.
#[derive(Debug, Clone)]
pub struct Film {
    first: u64,
    /// The bytes are shared from one to the next.
    pictures: Vec<BTreeMap<PathBuf, Image>>,
}

/// What a power failure leaves of a database and of the files beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Left(Vec<(PathBuf, Vec<u8>)>);

impl Film {
    pub(crate) fn starting_at(operation: u64) -> Self {
        Self {
            first: operation,
            pictures: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, files: &BTreeMap<PathBuf, Image>) {
        self.pictures.push(files.clone());
    }

    /// Returns the numbers of the operations, as [`Disk::operations`](crate::Disk::operations) counts them; the last is
    /// that of the operation which would have followed.
    pub fn operations(&self) -> impl Iterator<Item = u64> + use<> {
        let count = u64::try_from(self.pictures.len()).unwrap_or(u64::MAX);
        self.first..self.first + count
    }

    /// Returns what would be left if the power had failed right before an operation; `None` if it is not in the film.
    ///
    /// Who was told of a commit when [`Disk::operations`](crate::Disk::operations) was at most that number, may rely on it.
    pub fn left(&self, operation: u64, survivors: Survivors) -> Option<Left> {
        let index = usize::try_from(operation.checked_sub(self.first)?).ok()?;
        Some(Left::of(self.pictures.get(index)?, survivors))
    }
}

impl Left {
    pub(crate) fn of(files: &BTreeMap<PathBuf, Image>, survivors: Survivors) -> Self {
        let mut random = Random::new(match survivors {
            Survivors::Random(seed) => seed,
            Survivors::None | Survivors::All => 0,
        });
        let left =
            |(path, image): (&PathBuf, &Image)| Some((path.clone(), image.left(survivors, &mut random)?));
        Self(files.iter().filter_map(left).collect())
    }

    /// Writes it to a folder, which is made if need be, under the names that the files had.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), DiskError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| DiskError::Restore { path, source }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        for (path, bytes) in &self.0 {
            let to = folder.join(path.file_name().unwrap_or_default());
            std::fs::write(&to, bytes).map_err(failed(&to))?;
        }
        Ok(())
    }
}
