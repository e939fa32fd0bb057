//! Fences.

use super::{Mutant, NONE};
use crate::defect::{Defect, Ignored};

pub(crate) const MUTANTS: &[Mutant] = &[
    (
        "holds everything back",
        "fence::a_fenced_start_is_refused",
        Defect {
            fence: |mut it| {
                it.codes.clear();
                it
            },
            ..NONE
        },
    ),
    (
        "cannot take a fence down",
        "fence::a_fence_falls",
        Defect {
            ignored: Ignored::FenceEnd,
            ..NONE
        },
    ),
    (
        "puts up fences that have fallen",
        "fence::a_fenced_rewind_is_refused",
        Defect {
            fence: |mut it| {
                it.until = durable_core::Timestamp::from_micros(0);
                it
            },
            ..NONE
        },
    ),
];
