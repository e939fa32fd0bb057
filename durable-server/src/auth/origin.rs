//! What a browser sends along: the host that it believes to talk to, and the page that asks.
//!
//! A web page may let the browser of whoever looks at it ask servers of that person's machine: by a name that it makes point
//! there (DNS rebinding), or by a form that it sends (CSRF). A browser cannot be brought to leave out or to forge the headers
//! that tell.

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};

use crate::refusal::Refusal;
use crate::route::Method;
use crate::settings::{Access, Settings};

/// Returns the host that a request is for, with its port, if it is one that is answered to.
pub(crate) fn check_host(settings: &Settings, headers: &HeaderMap, uri: &Uri) -> Result<Authority, Refusal> {
    let host = match (headers.get(HOST), uri.authority()) {
        (Some(host), _) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
        (None, Some(authority)) => Some(authority.clone()),
        (None, None) => return Err(Refusal::bad("the header `Host` is missing")),
    };
    let host = host.filter(|host| !host.as_str().contains('@'));
    let host = host.ok_or_else(|| Refusal::bad("the header `Host` is no name of a host"))?;
    let name = name_of(&host);
    let listed = settings
        .hosts
        .iter()
        .any(|listed| listed.eq_ignore_ascii_case(name));
    let any = match settings.access {
        Access::Open => false,
        Access::Keys { .. } => settings.hosts.is_empty(),
    };
    if any || listed || is_loopback_name(name) {
        return Ok(host);
    }
    let text = format!("this server is not reached as `{name}`");
    Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "wrongHost", text)
        .with_help("add the name to the server's hosts if it is one of its own"))
}

/// Refuses what another site's page lets a browser ask.
pub(crate) fn check_origin(
    settings: &Settings,
    method: Method,
    headers: &HeaderMap,
    host: &Authority,
) -> Result<(), Refusal> {
    let refused = || Refusal::forbidden("crossSite", "pages of other sites may not ask this server");
    if let Some(origin) = headers.get(ORIGIN) {
        let origin = origin.to_str().map_err(|_| refused())?;
        let same = origin
            .split_once("://")
            .is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host.as_str()));
        let public = settings.public_address.as_deref().is_some_and(|address| {
            let rest = address.strip_prefix(origin);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if !same && !public {
            return Err(refused());
        }
    }
    // A link from elsewhere may be followed, but it may change nothing.
    match headers
        .get("sec-fetch-site")
        .map(axum::http::HeaderValue::as_bytes)
    {
        Some(b"cross-site" | b"same-site") if method != Method::Get => Err(refused()),
        Some(_) | None => Ok(()),
    }
}

fn name_of(host: &Authority) -> &str {
    host.host().trim_start_matches('[').trim_end_matches(']')
}

/// Returns whether a name is that of the machine itself, which no resolver can turn elsewhere.
fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
