//! From a request to its handler, and back.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Method as HttpMethod, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use durable_core::client::Client;

use crate::auth::{authorize, check_host, check_origin};
use crate::dashboard;
use crate::http::{Call, Query, Shared, read_body, segments};
use crate::refusal::Refusal;
use crate::route::{BASE, Body, Method, Route, table};
use crate::routes::check_hub;
use crate::settings::Settings;
use crate::trace::RequestSpan;

/// Makes the routes as a service, to be mounted in one's own app: merged, nested under a path, or as the fallback.
///
/// The client says which hub, and by which policy a start without a version gets one; [`Client::without_code`] leaves that to
/// the workers. Limits of headers and connections are the outer server's.
///
/// ```
/// # use std::sync::Arc;
/// # use durable_core::{client::Client, hub::TaskHub};
/// # fn example(hub: Arc<dyn TaskHub>) -> axum::Router {
/// let ours = axum::Router::new();
/// ours.nest("/ops", durable_server::router(Client::without_code(hub), durable_server::Settings::open()))
/// # }
/// ```
pub fn router(client: Client, settings: Settings) -> Router {
    let shared = Arc::new(Shared::new(client, settings));
    Router::new().fallback(move |request: Request| answer(Arc::clone(&shared), request))
}

async fn answer(shared: Arc<Shared>, request: Request) -> Response {
    let watch = shared.requests.begin();
    let mut traced = RequestSpan::begin(&request);
    let mut route = None;
    let response = match handle(&shared, request, &mut route, &mut traced).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    watch.end(route, response.status());
    traced.end(response.status());
    response
}

async fn handle(
    shared: &Arc<Shared>,
    request: Request,
    asked: &mut Option<&'static Route>,
    traced: &mut RequestSpan,
) -> Result<Response, Refusal> {
    let settings = &shared.settings;
    let (parts, body) = request.into_parts();
    let length = parts
        .uri
        .path_and_query()
        .map_or(0, |address| address.as_str().len());
    if length > settings.limits.address {
        let text = format!(
            "path and query have {length} bytes; at most {} are allowed",
            settings.limits.address
        );
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, "tooLong", text));
    }
    let host = check_host(settings, &parts.headers, &parts.uri)?;
    if let Some(page) = of_the_dashboard(settings, &host, &parts) {
        return Ok(page);
    }
    let (route, names) = find(&parts.method, parts.uri.path())?;
    *asked = Some(route);
    check_origin(settings, route.method, &parts.headers, &host)?;
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let instance = names
        .iter()
        .find(|(name, _)| *name == "instanceId")
        .map(|(_, id)| id.as_str());
    traced.routed(route, instance);
    let caller = authorize(settings, route, instance, &parts.headers, &query)?;
    check_hub(&query, &settings.hub_name)?;
    let body = read_body(body, &parts.headers, most(route, settings), &settings.limits).await?;
    let (base, path) = places(settings, &host, original(&parts), &parts.uri);
    let time = settings.limits.time + waits(route, &query, settings);
    let call = Call {
        caller,
        names,
        query,
        headers: parts.headers,
        body,
        trace: traced.context(),
        base,
        path,
        shared: Arc::clone(shared),
    };
    match tokio::time::timeout(time, traced.within((route.handler)(call))).await {
        Ok(answer) => answer,
        Err(_) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            format!("the request took longer than {time:?}; whether it was done is told by what it concerns"),
        )),
    }
}

/// How many bytes the body of a route may have.
fn most(route: &Route, settings: &Settings) -> usize {
    match route.about.body {
        Body::None | Body::AnyJson | Body::SomeJson | Body::Of(_) => settings.limits.body,
        Body::Whole(_) => settings.limits.history,
    }
}

/// Answers with a file of the dashboard, if that is what is asked for. Its files hold nothing of any hub, and need no key.
fn of_the_dashboard(settings: &Settings, host: &Authority, parts: &Parts) -> Option<Response> {
    if parts.method != HttpMethod::GET && parts.method != HttpMethod::HEAD {
        return None;
    }
    let path = parts.uri.path();
    let (base, _) = places(settings, host, original(parts), &parts.uri);
    let has_path = base.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    // The page's addresses are relative to `/dashboard/`, and to `/` only if nothing comes before it.
    if path == dashboard::PLACE.trim_end_matches('/') || (path == "/" && has_path) {
        return Some(dashboard::moved(&format!("{base}{}", dashboard::PLACE)));
    }
    dashboard::find(path).map(|file| dashboard::asset(file, &parts.headers))
}

/// Returns the address as it was sent, before an app that mounts this under a path has cut that off.
fn original(parts: &Parts) -> &Uri {
    let original = parts.extensions.get::<OriginalUri>();
    original.map_or(&parts.uri, |OriginalUri(original)| original)
}

/// How long a request may wait for an instance's end, besides its own time.
fn waits(route: &Route, query: &Query, settings: &Settings) -> std::time::Duration {
    let asked = route
        .about
        .query
        .iter()
        .any(|parameter| parameter.name == "timeout");
    let timeout = if asked {
        query.seconds("timeout").ok().flatten()
    } else {
        None
    };
    timeout.unwrap_or_default().min(settings.limits.wait)
}

/// What a route is found with.
type Found = (&'static Route, Vec<(&'static str, String)>);

/// Finds the route. Under Durable Functions' path, a wrong method is as unknown as a wrong path.
fn find(method: &axum::http::Method, path: &str) -> Result<Found, Refusal> {
    let segments = segments(path)?;
    let fitting: Vec<Found> = table()
        .filter_map(|route| route.pattern().matches(&segments).map(|names| (route, names)))
        .collect();
    let (allowed, path): (Vec<&str>, _) = (
        fitting.iter().map(|(route, _)| route.method.as_str()).collect(),
        fitting.first().map(|(route, _)| route.path),
    );
    let wanted = Method::of(method);
    if let Some(found) = fitting
        .into_iter()
        .find(|(route, _)| Some(route.method) == wanted)
    {
        return Ok(found);
    }
    match path {
        Some(path) if !path.starts_with(BASE) => {
            let refusal = Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "methodNotAllowed",
                format!("{method} is not for this route"),
            );
            let allowed = HeaderValue::try_from(allowed.join(", "));
            Err(match allowed {
                Ok(allowed) => refusal.with_header(header::ALLOW, allowed),
                Err(_) => refusal,
            })
        }
        Some(_) | None => Err(Refusal::not_found("there is no such route")
            .with_help("the routes are described at /durable/openapi.json")),
    }
}

/// Returns what comes before the routes, as it is seen from outside, and the path of the request.
fn places(settings: &Settings, host: &Authority, original: &Uri, inner: &Uri) -> (String, String) {
    let path = inner.path().to_owned();
    if let Some(address) = &settings.public_address {
        return (address.trim_end_matches('/').to_owned(), path);
    }
    // What an app has cut off that mounts this under a path.
    let mount = match original.path().strip_suffix(inner.path()) {
        Some(mount) => mount,
        // `/ops` itself is `/` within.
        None if inner.path() == "/" => original.path(),
        None => "",
    };
    (format!("http://{host}{mount}"), path)
}
