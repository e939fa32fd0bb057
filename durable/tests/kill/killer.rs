//! The killer: ends, stops and restarts worker processes at seeded moments.

use std::time::Duration;

use tokio::sync::Notify;

use crate::process::{LEASE, Place, Process};
use crate::random::Random;

/// What the killer has done.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Toll {
    pub(crate) kills: u64,
    /// Of the kills, those made right after something was acknowledged.
    pub(crate) aimed: u64,
    /// Processes that stood still beyond their lease.
    pub(crate) stops: u64,
}

pub(crate) struct Killer<'a> {
    place: &'a Place,
    random: Random,
    moments: &'a Notify,
    workers: [Process; 2],
    toll: Toll,
}

impl<'a> Killer<'a> {
    pub(crate) fn new(place: &'a Place, seed: u64, moments: &'a Notify) -> std::io::Result<Self> {
        Ok(Self {
            place,
            random: Random::new(seed),
            moments,
            workers: [Process::start(place)?, Process::start(place)?],
            toll: Toll::default(),
        })
    }

    /// Kills until it has done so `wanted` times. Two workers run when it returns.
    pub(crate) async fn run(&mut self, wanted: u64) -> std::io::Result<Toll> {
        while self.toll.kills < wanted {
            // Often enough that stale commits are refused however the dice fall.
            let choice = if self.toll.stops * 8 < self.toll.kills {
                9
            } else {
                self.random.below(10)
            };
            match choice {
                0..=3 => {
                    self.pause(80, 500).await;
                    self.kill(self.any())?;
                }
                4..=6 => {
                    self.pause(40, 200).await;
                    self.moments.notified().await;
                    self.kill(self.any())?;
                    self.toll.aimed += 1;
                }
                7 => {
                    self.pause(80, 300).await;
                    self.kill(0)?;
                    if self.toll.kills < wanted {
                        self.kill(1)?;
                    }
                }
                _ => self.stop_one().await?,
            }
        }
        Ok(self.toll)
    }

    /// Asks the workers to end. Returns whether both did so without an error.
    pub(crate) fn finish(self) -> std::io::Result<bool> {
        let mut well = true;
        for worker in self.workers {
            well &= worker.stop()?;
        }
        Ok(well)
    }

    fn any(&self) -> usize {
        usize::from(self.random.below(2) == 1)
    }

    fn kill(&mut self, which: usize) -> std::io::Result<()> {
        if !self.workers[which].kill()? {
            return Err(std::io::Error::other(
                "a worker ended by itself: see stderr.log of the run",
            ));
        }
        self.toll.kills += 1;
        self.workers[which] = Process::start(self.place)?;
        Ok(())
    }

    /// Lets a worker stand still until others have taken over what it owned.
    async fn stop_one(&mut self) -> std::io::Result<()> {
        self.pause(150, 400).await;
        let which = self.any();
        self.workers[which].stand_still()?;
        tokio::time::sleep(LEASE).await;
        self.pause(50, 400).await;
        self.workers[which].go_on()?;
        self.toll.stops += 1;
        Ok(())
    }

    async fn pause(&self, from: u64, to: u64) {
        tokio::time::sleep(Duration::from_millis(from + self.random.below(to - from))).await;
    }
}
