//! What people are told of a route.

use super::HubForm;

/// What people are told of a route.
#[derive(Debug)]
pub(crate) struct About {
    /// The name of the operation, unique.
    pub(crate) id: &'static str,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// What its query may hold, besides what every route's may.
    pub(crate) query: &'static [Parameter],
    pub(crate) body: Body,
    /// What it answers, besides refusals.
    pub(crate) answers: &'static [Answer],
}

/// A parameter of a query.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
    pub(crate) required: bool,
    pub(crate) about: &'static str,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, ty: Type, about: &'static str) -> Self {
        Self {
            name,
            ty,
            required: false,
            about,
        }
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Text,
    Switch,
    /// A whole number of at least 1.
    Count,
    /// Seconds, with a fraction.
    Seconds,
    Moment,
    /// Names of states, with commas between them or repeated.
    Statuses,
    /// Names of states that may be in flight, likewise.
    LiveStatuses,
    /// `name` or `name@version`, likewise.
    Codes,
    Version,
    /// The name of an orchestrator.
    Name,
    /// `name=value`.
    Tag,
}

/// What a body may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    /// It is not looked at.
    None,
    /// Any JSON; none at all counts as `null`.
    AnyJson,
    /// Any JSON, and it must be there.
    SomeJson,
    /// An object of this form.
    Of(Schema),
    /// An object of this form that holds a whole history, so it may be larger than others.
    Whole(Schema),
}

/// One kind of answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    pub(crate) schema: Option<Schema>,
}

impl Answer {
    pub(crate) const fn new(status: u16, about: &'static str) -> Self {
        Self {
            status,
            about,
            schema: None,
        }
    }

    pub(crate) const fn with(status: u16, about: &'static str, schema: Schema) -> Self {
        Self {
            status,
            about,
            schema: Some(schema),
        }
    }
}

/// The forms of bodies that the document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Schema {
    CheckStatus,
    Status,
    StatusList,
    AnyValue,
    Purged,
    VersionCounts,
    StatusCheck,
    Fence,
    FenceList,
    NewFence,
    Lowered,
    Workers,
    Tree,
    InstancePage,
    Timeline,
    Session,
    Document,
    Exposition,
    /// A form of the hub contract.
    Hub(HubForm),
    Error,
}

impl Schema {
    const OWN: [Self; 19] = [
        Self::CheckStatus,
        Self::Status,
        Self::StatusList,
        Self::AnyValue,
        Self::Purged,
        Self::VersionCounts,
        Self::StatusCheck,
        Self::Fence,
        Self::FenceList,
        Self::NewFence,
        Self::Lowered,
        Self::Workers,
        Self::Tree,
        Self::InstancePage,
        Self::Timeline,
        Self::Session,
        Self::Document,
        Self::Exposition,
        Self::Error,
    ];

    /// Returns every form.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::OWN.into_iter().chain(HubForm::ALL.map(Self::Hub))
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Hub(form) => format!("Hub{form:?}"),
            form => format!("{form:?}"),
        }
    }

    /// The type of what is sent in this form.
    pub(crate) fn media_type(self) -> &'static str {
        if self == Self::Exposition {
            "text/plain"
        } else {
            "application/json"
        }
    }
}
