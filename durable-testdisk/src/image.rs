//! One file as the disk has it, and what was done to it since.

use std::sync::Arc;

use crate::random::Random;

/// A disk writes whole sectors; which of them a power failure lets through is anybody's guess.
const SECTOR: usize = 512;

/// What is left of writes that no sync has followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survivors {
    /// Nothing.
    None,
    /// Everything, as when only the process dies.
    All,
    /// Each sector, creation and removal by the toss of a coin; the seed repeats the tosses.
    Random(u64),
}

/// What was done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Create,
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
    Remove,
}

/// One file as the disk has it, and what was done to it since. Copies share the bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    /// `None` if the disk has no such file.
    stored: Arc<Option<Vec<u8>>>,
    pending: Vec<Arc<Change>>,
    /// How many changes have been stored, so that a sync can tell those that came before it.
    settled: u64,
}

impl Image {
    /// Takes what a file holds as stored.
    pub(crate) fn of(bytes: Option<Vec<u8>>) -> Self {
        Self {
            stored: Arc::new(bytes),
            ..Self::default()
        }
    }

    pub(crate) fn change(&mut self, change: Change) {
        self.pending.push(Arc::new(change));
    }

    /// Returns the number of the latest change.
    pub(crate) fn latest(&self) -> u64 {
        self.settled + count(self.pending.len())
    }

    /// Stores all changes up to a number that [`latest`](Self::latest) gave.
    pub(crate) fn settle(&mut self, latest: u64) {
        // Another sync may have stored more already.
        let some = usize::try_from(latest.saturating_sub(self.settled)).unwrap_or(usize::MAX);
        let some = some.min(self.pending.len());
        if some == 0 {
            return;
        }
        let stored = Arc::make_mut(&mut self.stored);
        for change in self.pending.drain(..some) {
            apply(stored, &change);
        }
        self.settled += count(some);
    }

    /// Stores that the file is there or not, as a sync of its folder does. What was written to it is not stored by that.
    pub(crate) fn settle_entry(&mut self) {
        let of_entry = |change: &Arc<Change>| matches!(**change, Change::Create | Change::Remove);
        if let Some(last) = self.pending.iter().rposition(of_entry) {
            // What came before it was done to a file of the same name that is gone.
            self.settle(self.settled + count(last + 1));
        }
    }

    /// Returns what would be left of the file if the power failed now; `None` if no file would.
    pub(crate) fn left(&self, survivors: Survivors, random: &mut Random) -> Option<Vec<u8>> {
        let mut left = Option::clone(&self.stored);
        for change in &self.pending {
            match survivors {
                Survivors::None => {}
                Survivors::All => apply(&mut left, change),
                Survivors::Random(_) => apply_some(&mut left, change, random),
            }
        }
        left
    }
}

fn apply(file: &mut Option<Vec<u8>>, change: &Change) {
    match (change, file.as_mut()) {
        (Change::Remove, _) => *file = None,
        (Change::Create, None) => *file = Some(Vec::new()),
        (Change::Write { at, bytes }, Some(file)) => write(file, *at, bytes),
        (Change::Truncate(length), Some(file)) => file.truncate(*length),
        // What was written to a file whose creation is lost is lost with it.
        (Change::Create, Some(_)) | (Change::Write { .. } | Change::Truncate(_), None) => {}
    }
}

fn apply_some(file: &mut Option<Vec<u8>>, change: &Change, random: &mut Random) {
    let Change::Write { at, bytes } = change else {
        if random.coin() {
            apply(file, change);
        }
        return;
    };
    let mut from = 0;
    while from < bytes.len() {
        let to = (from + SECTOR - (at + from) % SECTOR).min(bytes.len());
        if random.coin()
            && let Some(file) = file
        {
            write(file, at + from, &bytes[from..to]);
        }
        from = to;
    }
}

fn write(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        // A hole reads as zeros.
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(at: usize, bytes: &[u8]) -> Change {
        let bytes = bytes.to_vec();
        Change::Write { at, bytes }
    }

    fn left(image: &Image, survivors: Survivors) -> Option<Vec<u8>> {
        let seed = match survivors {
            Survivors::Random(seed) => seed,
            Survivors::None | Survivors::All => 0,
        };
        image.left(survivors, &mut Random::new(seed))
    }

    #[test]
    fn what_was_synced_is_left_and_the_rest_may_be() {
        let mut image = Image::of(Some(b"abc".to_vec()));
        image.change(written(1, b"X"));
        image.settle(image.latest());
        image.change(written(4, b"Z"));
        image.change(Change::Truncate(2));
        assert_eq!(left(&image, Survivors::None).unwrap(), b"aXc");
        assert_eq!(left(&image, Survivors::All).unwrap(), b"aX");
    }

    #[test]
    fn a_sync_stores_what_came_before_it_began() {
        let mut image = Image::of(Some(Vec::new()));
        image.change(written(0, b"a"));
        let (early, late) = (image.latest(), image.latest() + 1);
        image.change(written(1, b"b"));
        image.settle(early);
        assert_eq!(left(&image, Survivors::None).unwrap(), b"a");
        image.settle(late);
        // One that began earlier and returns later takes nothing back.
        image.settle(early);
        assert_eq!(left(&image, Survivors::None).unwrap(), b"ab");
    }

    #[test]
    fn files_come_and_go() {
        let mut image = Image::of(None);
        image.change(Change::Create);
        image.change(written(0, b"a"));
        assert_eq!(left(&image, Survivors::None), None);
        assert_eq!(left(&image, Survivors::All).unwrap(), b"a");
        image.settle(image.latest());
        image.change(Change::Remove);
        assert_eq!(left(&image, Survivors::None).unwrap(), b"a");
        assert_eq!(left(&image, Survivors::All), None);
    }

    #[test]
    fn a_folder_knows_its_files_and_not_what_is_in_them() {
        let mut image = Image::of(Some(b"old".to_vec()));
        image.change(Change::Remove);
        image.change(Change::Create);
        image.change(written(0, b"new"));
        assert_eq!(left(&image, Survivors::None).unwrap(), b"old");
        image.settle_entry();
        assert_eq!(left(&image, Survivors::None).unwrap(), b"");
        assert_eq!(left(&image, Survivors::All).unwrap(), b"new");
        image.change(Change::Remove);
        image.settle_entry();
        assert_eq!(left(&image, Survivors::None), None);
        assert_eq!(left(&image, Survivors::All), None);
    }

    #[test]
    fn sectors_survive_each_by_itself_and_whole() {
        let mut image = Image::of(Some(vec![0; 8 * SECTOR]));
        image.change(written(100, &vec![1; 6 * SECTOR]));
        let mut seen_torn = false;
        for seed in 0..20 {
            let file = left(&image, Survivors::Random(seed)).unwrap();
            assert_eq!(file, left(&image, Survivors::Random(seed)).unwrap());
            assert!(file[..100].iter().all(|byte| *byte == 0));
            for sector in file[..6 * SECTOR].chunks(SECTOR).skip(1) {
                assert!(sector.iter().all(|byte| *byte == sector[0]));
            }
            seen_torn |= file.contains(&1) && file[SECTOR..6 * SECTOR].contains(&0);
        }
        assert!(seen_torn);
    }
}
