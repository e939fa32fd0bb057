//! Messages of the hub itself, by which nodes tell each other that something has changed.

use durable_core::InstanceId;
use durable_core::hub::HubError;

use super::in_hand::QueueOf;
use super::shared::Shared;
use crate::value::Ticks;
use crate::wire::{Address, Extras, ForeignBody, ForeignEvent, Json, MessageData, Object, WireEvent};

impl Shared {
    /// Tells the node that owns an instance's partition that its history has changed.
    pub(crate) async fn tell_owner(&self, id: &InstanceId, event: WireEvent) -> Result<(), HubError> {
        let message = self.own_message(id, event)?;
        let queue = QueueOf::Control(self.partition_of(id));
        self.put(queue, &message, None).await
    }

    /// Makes a message of the hub itself to an instance, for any execution.
    pub(crate) fn own_message(&self, id: &InstanceId, event: WireEvent) -> Result<MessageData, HubError> {
        Ok(MessageData {
            activity_id: Self::new_guid()?,
            event,
            target: Address {
                instance: id.as_str().to_owned(),
                execution: None,
            },
            context_tags: None,
            sequence_number: self.next_sequence(),
            episode: None,
            sender: Address::default(),
            trace_context: None,
            extras: Extras::default(),
        })
    }
}

/// Returns the event that only says that something has changed: the framework uses it so, too.
pub(crate) fn nudge(reason: &str, at: Ticks) -> WireEvent {
    let mut members = Object::of_type("DurableTask.Core.History.GenericEvent");
    members.push("Data", Json::Text(reason.to_owned()));
    members.push("EventType", Json::Number(17.into()));
    members.push("EventId", Json::Number((-1).into()));
    members.push("IsPlayed", Json::Bool(false));
    members.push("Timestamp", Json::Time(at));
    WireEvent::Foreign(ForeignEvent {
        name: "GenericEvent".to_owned(),
        body: ForeignBody::Message(members),
    })
}
