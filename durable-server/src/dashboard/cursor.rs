//! Where a listing goes on, as answers tell it.

use durable_core::hub::PageToken;

/// Where a listing goes on. A place is good for the order that it was given in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// With older ones.
    NewestFirst(PageToken),
    /// In the order of the hub.
    AsTheHub(PageToken),
}

impl Cursor {
    /// Writes it for an answer.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::NewestFirst(PageToken(token)) => format!("n{token}"),
            Self::AsTheHub(PageToken(token)) => format!("a{token}"),
        }
    }

    /// Reads what [`text`](Self::text) has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, token) = text.split_at_checked(1)?;
        let token = PageToken(token.to_owned());
        match kind {
            "n" => Some(Self::NewestFirst(token)),
            "a" => Some(Self::AsTheHub(token)),
            _ => None,
        }
    }
}
