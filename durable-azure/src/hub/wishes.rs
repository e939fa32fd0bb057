//! What a commit wants of children: done after it, and not lost if the node dies before.
//!
//! A wish is stored with the commit, in a column of our own in the sentinel. Before that a message is put that nobody sees
//! while this node lives, and removed when the wish is done: if the node dies, whoever reads the queue then finds the
//! wish in the sentinel, even of an instance that has ended and that nothing else would have it read. Everything that is
//! done for a wish may be done twice.

use durable_core::InstanceId;
use durable_core::hub::{HubError, Outgoing};

use super::in_hand::QueueOf;
use super::own_message::nudge;
use super::shared::Shared;
use super::store::read_wishes;
use crate::backoff::abandon_delay;
use crate::coordinator::{Basis, MessageId, Wanted, Wish};
use crate::value::Ticks;
use crate::wire::{SENTINEL, escape};

/// Wishes that are stored, or are about to be, and the message that reminds of them.
#[derive(Debug)]
pub(crate) struct Pledge {
    pub(crate) instance: InstanceId,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) reminder: Option<MessageId>,
}

/// Takes the wishes out of what a turn sends.
pub(crate) fn take_wishes(basis: &Basis, outgoing: &mut Vec<Outgoing>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    outgoing.retain(|one| match one {
        Outgoing::CancelChild {
            instance,
            policy,
            reason,
        } => {
            let (instance, policy) = (instance.clone(), *policy);
            wishes.push(wish(basis, Wanted::Child { instance, policy }, reason));
            false
        }
        Outgoing::CancelChildren { reason } => {
            wishes.push(wish(basis, Wanted::Children { recursive: false }, reason));
            false
        }
        Outgoing::Activity(_)
        | Outgoing::Timer { .. }
        | Outgoing::StartChild(_)
        | Outgoing::Send { .. }
        | Outgoing::Raise { .. }
        | Outgoing::CancelActivity(_)
        | Outgoing::CancelTimer(_) => true,
    });
    wishes
}

/// Makes a wish of the execution that an instance is at.
pub(crate) fn wish(basis: &Basis, wanted: Wanted, reason: &str) -> Wish {
    let present = basis.record.execution.clone();
    Wish {
        of: basis.rewound.iter().cloned().chain([present]).collect(),
        wanted,
        reason: reason.to_owned(),
    }
}

impl Shared {
    /// Puts the message that reminds of wishes, before they are stored; without any, if the turn `needs` one for its events.
    pub(crate) async fn pledge(
        &self,
        id: &InstanceId,
        wishes: Vec<Wish>,
        needs: bool,
    ) -> Result<Pledge, HubError> {
        let reminder = if wishes.is_empty() && !needs {
            None
        } else {
            let message = self.own_message(id, nudge("wishes", Ticks::of(self.now())))?;
            let queue = QueueOf::Control(self.partition_of(id));
            Some(self.put_held(queue, &message, None).await?)
        };
        Ok(Pledge {
            instance: id.clone(),
            wishes,
            reminder,
        })
    }

    /// Does what was stored as wanted. What fails is left to whoever the message reminds.
    pub(crate) async fn fulfil(&self, pledge: Pledge) {
        let Pledge {
            instance,
            wishes,
            reminder,
        } = pledge;
        let done = self.do_wishes(&instance, &wishes).await;
        let Some(reminder) = reminder else { return };
        let put_away = match &done {
            Ok(()) => self.remove(&reminder).await,
            Err(error) => {
                tracing::warn!(%instance, %error, "what an instance wants of its children is tried again");
                self.put_back(&reminder, abandon_delay(1)).await
            }
        };
        if let Err(error) = put_away {
            tracing::warn!(%error, "a message could not be removed; it comes again when its time is over");
        }
    }

    /// Does what the sentinel of an instance tells as wanted: somebody else may have died before that.
    pub(crate) async fn fulfil_stored(&self, id: &InstanceId) -> Result<(), HubError> {
        let Some(mut row) = self.history.get(&escape(id.as_str()), SENTINEL, &[]).await? else {
            return Ok(());
        };
        self.fetch_moved(&mut row).await?;
        self.do_wishes(id, &read_wishes(&row)?).await
    }

    /// Does what an instance that was just read wants.
    pub(crate) async fn fulfil_held(&self, id: &InstanceId) -> Result<(), HubError> {
        let held = self.with(|state| {
            let resident = state.residents.get(id);
            resident.map(|it| it.wishes.open().to_vec())
        });
        self.do_wishes(id, &held.unwrap_or_default()).await
    }

    /// Does all, also if something fails. Returns the first failure.
    async fn do_wishes(&self, id: &InstanceId, wishes: &[Wish]) -> Result<(), HubError> {
        let mut done = Ok(());
        for wish in wishes {
            let answer = match &wish.wanted {
                Wanted::Child { instance, policy } => self.cancel_child(id, instance, *policy, wish).await,
                Wanted::Children { recursive } => self.settle_children(id, wish, *recursive).await,
            };
            if answer.is_ok() {
                self.with(|state| state.finish_wish(id, wish));
            }
            done = done.and(answer);
        }
        done
    }
}
