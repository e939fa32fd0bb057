//! What is answered: bodies in the shapes of Durable Functions' management API.

mod history;
mod management;
mod status;
mod value;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

pub(crate) use history::history_events;
pub(crate) use management::Addresses;
pub(crate) use status::{Shown, runtime_status, status_object, whole_seconds};
pub(crate) use value::value_of;

/// Makes an answer with a JSON body.
pub(crate) fn json_response<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => with_body(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be encoded");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Makes an answer with a body that is a text of some type.
pub(crate) fn text_response(media_type: &'static str, text: String) -> Response {
    let mut response = with_body(StatusCode::OK, text.into_bytes());
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Makes an answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    guard(&mut response);
    response
}

fn with_body(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    guard(&mut response);
    response
}

/// What a browser or a proxy may not do with it: guess its type, or keep it.
fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
