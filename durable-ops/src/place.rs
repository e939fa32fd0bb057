//! Where a hub is, and the one place where hubs of each kind are opened.

use std::path::PathBuf;
use std::sync::Arc;

use durable_core::hub::{Access, DescribesHub, HubErrorKind, TaskHub};
use durable_remote::{RemoteHub, RemoteOptions};
use durable_sqlite::SqliteHub;

use crate::error::Error;

/// A place, by the form in which it is written.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A connection string of an Azure Storage account. It holds a key, so it is never shown.
    Azure,
    /// A server that speaks the management API. Its address may hold a key, so it is shown without what stands behind `?`.
    Server,
}

impl Place {
    fn parse(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let begins = |starts: &[&str]| starts.iter().any(|start| lower.starts_with(start));
        if begins(&["http://", "https://"]) {
            Self::Server
        } else if begins(&[
            "azure:",
            "usedevelopmentstorage=",
            "defaultendpointsprotocol=",
            "accountname=",
            "blobendpoint=",
        ]) {
            Self::Azure
        } else {
            Self::File(PathBuf::from(text.strip_prefix("sqlite:").unwrap_or(text)))
        }
    }
}

/// Opens the hub at a place. Nothing is created: a hub that is missing is a name that was mistyped.
pub(crate) async fn open(place: &str, access: Access) -> Result<Arc<dyn TaskHub>, Error> {
    match Place::parse(place) {
        Place::File(path) => {
            if !path.is_file() {
                return Err(Error::failed(
                    format!("there is no hub file at `{}`", path.display()),
                    "give the file that your workers use with `--hub FILE`, or set DURABLE_HUB",
                ));
            }
            // A hub that is opened for writing would be made in it.
            if path.metadata().is_ok_and(|file| file.len() == 0) {
                return Err(Error::failed(
                    format!("the file `{}` is empty: it is no hub", path.display()),
                    "start a worker on it once, or give the file that your workers use with `--hub FILE`",
                ));
            }
            let hub: &dyn DescribesHub = &SqliteHub::at(path);
            hub.open(access).await.map_err(|error| Error::unopened(&error))
        }
        Place::Azure => Err(later("an Azure Storage account")),
        Place::Server => server(place, access).await,
    }
}

/// Opens the hub behind a server. The key stands in its address, or in the environment.
async fn server(address: &str, access: Access) -> Result<Arc<dyn TaskHub>, Error> {
    let described = RemoteHub::at(address).and_then(RemoteOptions::key_from_environment);
    let described: &dyn DescribesHub = &described.map_err(|error| {
        let help = "give it as `--hub https://host/path`, with a key in DURABLE_KEY or behind `?code=`";
        Error::usage(error.to_string(), help)
    })?;
    described.open(access).await.map_err(|error| match error.kind() {
        HubErrorKind::Unavailable => Error::failed(
            error.to_string(),
            "check the address, and whether the server runs",
        ),
        _ => error.into(),
    })
}

fn later(what: &str) -> Error {
    Error::usage(
        format!("{what} cannot be opened by this release"),
        "give a SQLite file with `--hub FILE`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_by_its_form() {
        for file in ["shop.db", "./http/shop.db", "a=b.db", "sqlite:shop.db"] {
            assert!(matches!(Place::parse(file), Place::File(_)), "{file}");
        }
        for azure in [
            "azure:shop",
            "UseDevelopmentStorage=true",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=x",
        ] {
            assert_eq!(Place::parse(azure), Place::Azure);
        }
        assert_eq!(Place::parse("HTTPS://shop/durable"), Place::Server);
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        for secret in [
            "https://shop?code=s3cret%0A",
            "https://me:s3cret@shop",
            "http://127.0.0.1:1?code=s3cret",
            "DefaultEndpointsProtocol=https;AccountKey=s3cret",
        ] {
            let error = runtime.block_on(open(secret, Access::ReadOnly)).unwrap_err();
            assert!(!format!("{error} {}", error.help()).contains("s3cret"));
        }
    }
}
