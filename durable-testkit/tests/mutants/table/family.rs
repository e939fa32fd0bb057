//! Mutants that deal wrongly with generations, parents and children.

use durable_core::hub::TurnOutcome;

use super::*;

/// What is wrong, the case that catches it, and the defect.
pub(super) const MUTANTS: &[Mutant] = &[
    (
        "loses sent events",
        "children::a_result_reaches_the_parent",
        outgoing!(|it| (!matches!(it, Outgoing::Send { .. })).then_some(it)),
    ),
    (
        "forgets the parent",
        "children::a_child_is_started_with_its_parent",
        outgoing!(|it| Some(match it {
            Outgoing::StartChild(mut child) => {
                child.started.parent = None;
                Outgoing::StartChild(child)
            }
            other => other,
        })),
    ),
    (
        "leaves unwanted children running",
        "children::an_unwanted_child_follows_its_policy",
        outgoing!(|it| (!matches!(it, Outgoing::CancelChild { .. })).then_some(it)),
    ),
    (
        "drops carried events",
        "continue_as_new::carried_messages_come_before_waiting_ones",
        turn!(|it| if let TurnOutcome::ContinuedAsNew(next) = &mut it.outcome {
            next.carried.clear();
        }),
    ),
    (
        "stays on the old version",
        "continue_as_new::the_next_execution_may_be_of_another_version",
        turn!(|it| if let TurnOutcome::ContinuedAsNew(next) = &mut it.outcome {
            next.started.version = durable_core::Version::ONE.into();
        }),
    ),
    (
        "leaves children of terminated parents",
        "terminate::terminating_may_take_the_children_along",
        Defect {
            recursive: |_| false,
            ..NONE
        },
    ),
    (
        "terminates all children",
        "terminate::terminating_follows_the_children_s_policies",
        Defect {
            recursive: |_| true,
            ..NONE
        },
    ),
    (
        "takes a generation for the end",
        "continue_as_new::waiting_goes_on_over_continue_as_new",
        Defect::ignoring(Ignored::WaitForTheEnd),
    ),
    (
        "leaves the children of parents without code",
        "children::children_follow_their_policies_when_the_code_is_gone",
        outgoing!(|it| (!matches!(it, Outgoing::CancelChildren { .. })).then_some(it)),
    ),
    (
        "forgets the children of rewound parents",
        "amend::a_rewound_parent_keeps_its_children",
        Defect::ignoring(Ignored::RewoundFamily),
    ),
];
