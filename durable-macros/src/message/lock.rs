//! What is said about released versions.

use super::Message;
use crate::function::Kind;
use crate::text::Version;

/// A released version.
#[derive(Debug)]
pub(crate) struct Released {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) version: Version,
}

impl Released {
    fn shown(&self) -> String {
        let version = self.version.canonical(".");
        format!("{} `{}` version {version}", self.kind.macro_name(), self.name)
    }

    fn accept(&self) -> String {
        let version = self.version.canonical(".");
        format!(
            "if no instance can be harmed, run `cargo durable lock --accept {}@{version} --reason \"..\"`",
            self.name
        )
    }
}

pub(crate) fn body_changed(released: &Released, superseded: bool) -> Message {
    let way = if superseded {
        "restore the body that was released, and put the change into a new version".to_owned()
    } else {
        format!(
            "keep the released function, marked `superseded`, beside a new version with the change: `cargo durable freeze {}` does it",
            released.name
        )
    };
    Message::new(
        "D0501",
        format!(
            "the body of {} was edited since its release: running instances replay against it, and would be blocked",
            released.shown()
        ),
        format!("{way}; {}", released.accept()),
    )
}

pub(crate) fn schema_changed(released: &Released, what: &str) -> Message {
    Message::new(
        "D0502",
        format!(
            "the {what} of {} is no longer recorded as when it was released: what is recorded may no longer be readable",
            released.shown()
        ),
        format!(
            "restore the type with its `DurableSchema`, and use another one in a new version; {}",
            released.accept()
        ),
    )
}

pub(crate) fn helper_changed(released: &Released, helper: &str) -> Message {
    Message::new(
        "D0503",
        format!(
            "{} was released calling the deterministic function `{helper}`, and that, or one that it calls, was edited \
             since: running instances may decide otherwise than they did, and be blocked",
            released.shown()
        ),
        format!(
            "restore it as it was released, with `#[deterministic]`, and let a new version call another function; {}",
            released.accept()
        ),
    )
}

pub(crate) fn callee_rebound(released: &Released, callee: &str, path: &str, pinned: &str) -> Message {
    Message::new(
        "D0504",
        format!(
            "{} was released calling {callee} here, and `{path}` stands for another version now: running instances would be blocked",
            released.shown()
        ),
        format!("write `{pinned}`; {}", released.accept()),
    )
}

pub(crate) fn callee_replaced(released: &Released, callee: &str) -> Message {
    Message::new(
        "D0504",
        format!(
            "{} was released with {callee} in this place, and this is another function: running instances would be blocked",
            released.shown()
        ),
        format!(
            "restore the call, and put the change into a new version; {}",
            released.accept()
        ),
    )
}

pub(crate) fn lock_malformed(why: &str) -> Message {
    Message::new(
        "D0505",
        format!("`durable.lock` cannot be read: {why}"),
        "only `cargo durable` writes it: restore it from version control, or mend that line",
    )
}

pub(crate) fn lock_missing(shown: &str) -> Message {
    Message::new(
        "D0506",
        format!("`{shown}` does not exist, so nothing protects the versions that were released"),
        "restore it from version control; before the first release, `cargo durable release` creates it",
    )
}

pub(crate) fn lock_nowhere() -> Message {
    Message::new(
        "D0506",
        "it is not known which package this is, so its `durable.lock` is not found",
        "set the environment variable `DURABLE_LOCK` to the path of the file",
    )
}

pub(crate) fn lock_arguments() -> Message {
    Message::new("D0019", "`lock!` takes no arguments", "write `durable::lock!();`")
}
