//! The handlers, one group of routes per file.

mod document;
mod entity;
mod event;
mod fence;
mod hub;
mod lifecycle;
mod list;
mod metrics;
mod operations;
mod page;
mod purge;
mod query_filter;
mod restart;
mod rewind;
mod session;
mod start;
mod status;
mod status_check;
mod timeline;
mod tree;

pub(crate) use query_filter::check_hub;

use crate::route::Route;

/// Every group of routes.
pub(crate) const GROUPS: &[&[Route]] = &[
    start::ROUTES,
    status::ROUTES,
    list::ROUTES,
    purge::ROUTES,
    event::ROUTES,
    lifecycle::ROUTES,
    rewind::ROUTES,
    restart::ROUTES,
    entity::ROUTES,
    status_check::ROUTES,
    operations::ROUTES,
    fence::ROUTES,
    page::ROUTES,
    tree::ROUTES,
    metrics::ROUTES,
    timeline::ROUTES,
    session::ROUTES,
    document::ROUTES,
    hub::LOOK,
    hub::WAIT,
    hub::BEGIN,
    hub::ACT,
    hub::FENCE,
];
