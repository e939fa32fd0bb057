//! The table of routes: the routing, the scopes and the `OpenAPI` document are made from it.

mod about;
mod hub_form;

use std::pin::Pin;

use axum::http::Method as HttpMethod;
use axum::response::Response;

pub(crate) use about::{About, Answer, Body, Parameter, Schema, Type};
pub(crate) use hub_form::HubForm;

use crate::auth::{Operation, Scope};
use crate::http::{Call, Pattern};
use crate::refusal::Refusal;
use crate::routes;

/// Under which path Durable Functions has its routes.
pub(crate) const BASE: &str = "/runtime/webhooks/durabletask";

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// DELETE.
    Delete,
}

impl Method {
    pub(crate) fn of(method: &HttpMethod) -> Option<Self> {
        match *method {
            HttpMethod::GET => Some(Self::Get),
            HttpMethod::POST => Some(Self::Post),
            HttpMethod::DELETE => Some(Self::Delete),
            _ => None,
        }
    }

    /// Returns its name as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What a handler answers.
pub(crate) type Answered = Pin<Box<dyn Future<Output = Result<Response, Refusal>> + Send>>;

/// One route.
#[derive(Debug)]
#[non_exhaustive]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// The scope that a key needs.
    pub scope: Scope,
    /// What a token of the instance in the path must allow; `None` if only a key will do.
    pub operation: Option<Operation>,
    /// What people are told.
    pub(crate) about: About,
    pub(crate) handler: fn(Call) -> Answered,
}

impl Route {
    pub(crate) fn pattern(&self) -> Pattern {
        Pattern(self.path)
    }
}

/// Returns every route, group by group.
pub fn table() -> impl Iterator<Item = &'static Route> {
    routes::GROUPS.iter().flat_map(|group| group.iter())
}
