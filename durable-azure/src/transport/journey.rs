//! Where an operation stands between its attempts: how many there were, where the next one goes, and whether an earlier
//! one may have been applied.

use std::time::Duration;

use tokio::time::Instant;

use super::error::{StorageError, StorageErrorKind};
use super::pipeline::Route;
use super::request::{Place, Request};
use super::retry::{RetrySettings, Setback};

/// What follows a failed attempt.
pub(super) enum Next {
    /// Another attempt, after a pause.
    After(Duration),
    End(Box<StorageError>),
}

/// Whether the secondary may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Substitute {
    Barred,
    Allowed,
    /// It said that it has not what was asked for, which may only be late: it is not asked again.
    Lacking,
}

pub(super) struct Journey<'a> {
    settings: &'a RetrySettings,
    begin: Instant,
    total: Duration,
    attempt: u32,
    place: Place,
    substitute: Substitute,
    asked: Vec<Place>,
    token_renewed: bool,
    uncertain: bool,
    /// What is said if nothing helps: the primary's last words rather than what became of its substitute.
    kept: Option<(Place, StorageError)>,
}

impl<'a> Journey<'a> {
    pub(super) fn new(
        settings: &'a RetrySettings,
        request: &Request,
        route: Route,
        has_secondary: bool,
        primary_is_silent: bool,
    ) -> Self {
        let substitute = if route.either && has_secondary && request.only.is_none() {
            Substitute::Allowed
        } else {
            Substitute::Barred
        };
        let place = match request.only {
            Some(place) => place,
            None if substitute == Substitute::Allowed && primary_is_silent => Place::Secondary,
            None => Place::Primary,
        };
        Self {
            settings,
            begin: Instant::now(),
            total: route.total.unwrap_or(settings.total),
            attempt: 0,
            place,
            substitute,
            asked: Vec::new(),
            token_renewed: false,
            uncertain: false,
            kept: None,
        }
    }

    /// Returns whom the next attempt asks.
    pub(super) fn begin_attempt(&mut self) -> Place {
        self.attempt += 1;
        if !self.asked.contains(&self.place) {
            self.asked.push(self.place);
        }
        self.place
    }

    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns how long this attempt may take.
    pub(super) fn patience(&self, request: &Request) -> Duration {
        let mebibytes = u32::try_from(request.body.len() >> 20).unwrap_or(u32::MAX);
        let patience = if self.substitute == Substitute::Allowed && self.place == Place::Primary {
            self.settings.secondary_after
        } else {
            self.settings.attempt_timeout + Duration::from_secs(u64::from(mebibytes))
        };
        patience.min(self.left())
    }

    /// The service said no.
    pub(super) fn refused(&mut self, error: StorageError) -> Next {
        let is_substitute = self.place == Place::Secondary && self.substitute == Substitute::Allowed;
        if is_substitute && error.kind == StorageErrorKind::NotFound {
            self.substitute = Substitute::Lacking;
            let setback = Setback::NoConnection;
            return self.setback(setback, error, 1.0);
        }
        self.end(error)
    }

    /// The token was refused: another is tried at once, but only once.
    pub(super) fn token_refused(&mut self, error: StorageError) -> Next {
        if self.token_renewed || self.attempt >= self.settings.attempts {
            return self.end(error);
        }
        self.token_renewed = true;
        Next::After(Duration::ZERO)
    }

    /// There was no answer, or one that asks to come back. `draw` is drawn from 0 to 1.
    pub(super) fn setback(&mut self, setback: Setback, error: StorageError, draw: f64) -> Next {
        self.uncertain |= setback.may_have_been_applied();
        let kept = match self.kept.take() {
            Some((Place::Primary, kept)) if self.place == Place::Secondary => (Place::Primary, kept),
            Some(_) | None => (self.place, error),
        };
        self.place = match (self.substitute, self.place) {
            (Substitute::Barred, place) => place,
            (Substitute::Allowed, Place::Primary) => Place::Secondary,
            (Substitute::Allowed, Place::Secondary) | (Substitute::Lacking, _) => Place::Primary,
        };
        let left = self.left();
        let pause = if self.asked.contains(&self.place) {
            self.settings.pause(self.attempt, setback, left, draw)
        } else {
            // Who has not been asked need not be waited for, whatever the other one says.
            (!left.is_zero()).then_some(Duration::ZERO)
        };
        match pause {
            Some(pause) => {
                self.kept = Some(kept);
                Next::After(pause)
            }
            None => self.give_up(kept.1),
        }
    }

    fn left(&self) -> Duration {
        self.total.saturating_sub(self.begin.elapsed())
    }

    fn give_up(&mut self, mut error: StorageError) -> Next {
        let attempts = self.attempt;
        let seconds = self.begin.elapsed().as_secs_f64();
        let plural = if attempts == 1 { "" } else { "s" };
        let places = if self.asked.len() > 1 {
            " of the primary and the secondary"
        } else {
            ""
        };
        let separator = if error.detail.is_empty() { "" } else { "; " };
        error.detail = format!(
            "{}{separator}given up after {attempts} attempt{plural}{places} in {seconds:.1} s",
            error.detail
        );
        self.end(error)
    }

    fn end(&mut self, mut error: StorageError) -> Next {
        error.uncertain = self.uncertain;
        Next::End(Box::new(error))
    }
}
