//! Responses that arrive before the commit that explains them.
//!
//! Messages go out before the history is written, so a quick response can be here while the history does not yet say
//! what it answers: above all when the partition has just moved to another node. Such a message is put back.

/// What a message answers, if it answers anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Response<'a> {
    /// An activity or a child ended: its `TaskScheduledId`.
    Task(i32),
    /// A timer fired: its `TimerId`.
    Timer(i32),
    /// An entity answers an orchestration: the request's id, which is the event's name.
    Entity(&'a str),
    /// Nothing: starts, events, and the control messages. They need no explanation.
    Nothing,
}

impl<'a> Response<'a> {
    /// Says what an event of this name answers: something only if an entity, whose id starts with `@`, sends it to what
    /// is none.
    pub(crate) fn of_event(name: &'a str, sender: &str, receiver: &str) -> Self {
        if sender.starts_with('@') && !receiver.starts_with('@') {
            Response::Entity(name)
        } else {
            Response::Nothing
        }
    }
}

/// What is asked of an instance's history, as far as it is stored or held in memory.
pub(crate) trait Explains {
    /// Returns whether the history has an `ExecutionStarted`.
    fn has_started(&self) -> bool;

    /// Returns whether any event has this `EventId`.
    fn has_event(&self, event_id: i32) -> bool;

    /// Returns whether an `EventSent` has an input whose member `id` is `request`.
    fn has_request(&self, request: &str) -> bool;
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It can be applied now.
    InOrder,
    /// It answers an instance that was absent for so long that it will not come: it was purged, or its execution is over.
    /// .NET treats it as in order, which ends in nothing, for want of an instance. It is to be deleted.
    Zombie,
    /// What it answers is not in the history yet: abandon it.
    TooEarly,
}

/// After so many deliveries, about half a minute of waiting, an instance without a history is taken to be gone.
const PATIENCE: u32 = 5;

/// Decides whether a message can be applied.
pub(crate) fn place(response: Response<'_>, dequeue_count: u32, history: &impl Explains) -> Place {
    let is_explained = match response {
        Response::Task(id) | Response::Timer(id) => history.has_event(id),
        Response::Entity(request) => history.has_request(request),
        Response::Nothing => true,
    };
    if is_explained {
        Place::InOrder
    } else if dequeue_count > PATIENCE && !history.has_started() {
        Place::Zombie
    } else {
        Place::TooEarly
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A history that scheduled a task with id 3 and sent an entity the request `r-1`.
    struct History {
        has_started: bool,
    }

    impl Explains for History {
        fn has_started(&self) -> bool {
            self.has_started
        }

        fn has_event(&self, event_id: i32) -> bool {
            self.has_started && event_id == 3
        }

        fn has_request(&self, request: &str) -> bool {
            self.has_started && request == "r-1"
        }
    }

    const RUNNING: History = History { has_started: true };
    const ABSENT: History = History { has_started: false };

    #[test]
    fn a_response_waits_for_what_it_answers() {
        let cases = [
            (Response::Task(3), Place::InOrder),
            (Response::Task(4), Place::TooEarly),
            (Response::Timer(3), Place::InOrder),
            (Response::Timer(4), Place::TooEarly),
            (Response::Entity("r-1"), Place::InOrder),
            (Response::Entity("r-2"), Place::TooEarly),
            (Response::Nothing, Place::InOrder),
        ];
        for (response, expected) in cases {
            assert_eq!(place(response, 1, &RUNNING), expected, "{response:?}");
        }
    }

    #[test]
    fn an_event_answers_a_request_if_an_entity_sends_it_to_an_orchestration() {
        let cases = [
            ("@counter@a", "order-1", Response::Entity("r-1")),
            ("@counter@a", "@counter@b", Response::Nothing),
            ("order-2", "order-1", Response::Nothing),
            ("", "order-1", Response::Nothing),
        ];
        for (sender, receiver, expected) in cases {
            assert_eq!(
                Response::of_event("r-1", sender, receiver),
                expected,
                "{sender} to {receiver}"
            );
        }
    }

    #[test]
    fn a_running_instance_is_waited_for_without_end() {
        assert_eq!(place(Response::Task(4), 1000, &RUNNING), Place::TooEarly);
    }

    #[test]
    fn an_absent_instance_is_waited_for_five_times() {
        for response in [Response::Task(3), Response::Timer(3), Response::Entity("r-1")] {
            assert_eq!(place(response, 5, &ABSENT), Place::TooEarly, "{response:?}");
            assert_eq!(place(response, 6, &ABSENT), Place::Zombie, "{response:?}");
        }
    }

    #[test]
    fn what_answers_nothing_is_never_a_zombie() {
        // It may be the start itself.
        assert_eq!(place(Response::Nothing, 1000, &ABSENT), Place::InOrder);
    }
}
