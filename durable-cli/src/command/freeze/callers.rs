//! Those that call the frozen function by its plain name, which is about to mean the next version.

use super::{Report, pin};
use crate::edit::Edits;
use crate::sources::{Function, FunctionKind, Sources};

/// Pins the calls in superseded orchestrators, and names the others. Returns whether any was pinned.
pub(super) fn pin(sources: &Sources, frozen: &Function, edits: &mut Edits, report: &mut Report) -> bool {
    let is_frozen = |function: &Function| sources.same(function, frozen);
    let mut any = false;
    let orchestrators = sources
        .own_functions()
        .filter(|function| function.kind == FunctionKind::Orchestrator && !is_frozen(function));
    for caller in orchestrators {
        let mut found = Report::default();
        let pins = pin::pins(sources, caller, is_frozen, &mut found);
        // What it calls besides is not our business.
        found.notes.retain(|note| note.contains("inside a macro"));
        if pins.body.is_empty() && found.notes.is_empty() {
            continue;
        }
        if caller.superseded {
            any = true;
            let file = sources.module(caller.module).file;
            let imports = pin::imports(sources, caller.module, &pins, &mut found);
            let body = pins.body.into_iter().map(|edit| (file, edit));
            body.chain(imports)
                .for_each(|(file, edit)| edits.push(file, edit));
            report.notes.push(format!(
                "pinned in {} as well, which is superseded: {}",
                caller.key(),
                found.pinned.join(", ")
            ));
            report.notes.append(&mut found.notes);
        } else {
            report.notes.push(format!(
                "{} at {} calls `{}` by its plain name: it will call the new version. If {} is released, freeze it \
                 as well, or write `{}` there",
                caller.key(),
                sources.place(caller),
                frozen.ident,
                caller.key(),
                frozen.pinned()
            ));
        }
    }
    any
}
