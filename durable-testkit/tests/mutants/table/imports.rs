//! Imports.

use durable_core::history::ChildPolicy;

use super::{Mutant, NONE};
use crate::defect::{Defect, Ignored};

pub(crate) const MUTANTS: &[Mutant] = &[
    (
        "takes the import for the start",
        "import::an_imported_instance_is_as_it_was",
        Defect {
            import: |parts| parts.record.created_at += std::time::Duration::from_secs(1),
            ..NONE
        },
    ),
    (
        "forgets the timers of what it imports",
        "import::an_imported_instance_goes_on_when_resumed",
        Defect {
            import: |parts| parts.timers.clear(),
            ..NONE
        },
    ),
    (
        "acknowledges the import of an id that is taken",
        "import::a_taken_id_is_not_imported",
        Defect {
            ignored: Ignored::TakenImport,
            ..NONE
        },
    ),
    (
        "forgets what becomes of an imported child",
        "import::an_imported_child_belongs_to_its_parent",
        Defect {
            import: |parts| parts.record.policy = ChildPolicy::Abandon,
            ..NONE
        },
    ),
    (
        "loses the result of an imported instance",
        "import::an_imported_end_is_final",
        Defect {
            import: |parts| parts.record.output = None,
            ..NONE
        },
    ),
];
