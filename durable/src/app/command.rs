//! The built-in commands: `shop durable manifest`, `shop durable versions`.

mod manifest;
mod versions;

use super::{App, AppError};

pub(super) async fn run(app: &App, arguments: Vec<String>) -> Result<(), AppError> {
    match arguments.first().map(String::as_str) {
        Some("manifest") => manifest::run(app, &arguments[1..]),
        Some("versions") => versions::run(app).await,
        Some(other) => Err(AppError::Command(other.to_owned())),
        None => Err(AppError::Command(String::new())),
    }
}
