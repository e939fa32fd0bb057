//! Panics in orchestrators: caught, with their text and place.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

thread_local! {
    static CAPTURE: RefCell<Capture> = const { RefCell::new(Capture::Off) };
}

/// Whether this thread runs an orchestrator's code, and where its last panic arose.
enum Capture {
    Off,
    On { place: Option<String> },
}

/// A caught panic.
#[derive(Debug)]
pub(crate) struct Caught {
    pub(crate) message: String,
    pub(crate) place: Option<String>,
}

/// Runs `f` and catches its panic. The process-wide hook stays silent for it, since the caller reports it.
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Caught> {
    install_hook();
    CAPTURE.with(|capture| *capture.borrow_mut() = Capture::On { place: None });
    // The state that `f` shares with the outside is thrown away after a panic, so a broken invariant is never seen.
    let result = catch_unwind(AssertUnwindSafe(f));
    let capture = CAPTURE.with(|capture| capture.replace(Capture::Off));
    result.map_err(|payload| Caught {
        message: text_of(payload.as_ref()),
        place: match capture {
            Capture::On { place } => place,
            Capture::Off => None,
        },
    })
}

/// Returns the text that a panic was given.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !note_place(info) {
                previous(info);
            }
        }));
    });
}

/// Notes the place of a panic if this thread captures; returns whether it does.
fn note_place(info: &PanicHookInfo<'_>) -> bool {
    CAPTURE
        .try_with(|capture| {
            let Ok(mut capture) = capture.try_borrow_mut() else {
                return false;
            };
            match &mut *capture {
                Capture::Off => false,
                Capture::On { place } => {
                    *place = info.location().map(ToString::to_string);
                    true
                }
            }
        })
        .unwrap_or(false)
}
