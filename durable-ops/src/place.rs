//! Where a hub is, and the one place where hubs of each kind are opened.

mod azure;

use std::path::PathBuf;
use std::sync::Arc;

use durable_core::hub::{Access, DescribesHub, HubErrorKind, TaskHub};
use durable_remote::{RemoteHub, RemoteOptions};
use durable_sqlite::SqliteHub;

use self::azure::AzurePlace;
use crate::error::Error;

/// A place, by the form in which it is written.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A hub in an Azure Storage account. It may hold the account's key, so it is never shown.
    Azure(AzurePlace),
    /// A server that speaks the management API. Its address may hold a key, so it is shown without what stands behind `?`.
    Server,
}

impl Place {
    fn parse(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let begins = |starts: &[&str]| starts.iter().any(|start| lower.starts_with(start));
        if begins(&["http://", "https://"]) {
            Self::Server
        } else if let Some(place) = AzurePlace::parse(text) {
            Self::Azure(place)
        } else {
            Self::File(PathBuf::from(text.strip_prefix("sqlite:").unwrap_or(text)))
        }
    }
}

/// Returns whether a place is that of a server, and not of the hub itself.
pub(crate) fn is_server(place: &str) -> bool {
    match Place::parse(place) {
        Place::Server => true,
        Place::File(_) | Place::Azure(_) => false,
    }
}

/// Returns what the hub at a place is called: the file's name without its ending, or the hub's own name.
pub(crate) fn hub_name(place: &str) -> Option<String> {
    match Place::parse(place) {
        Place::File(path) => path.file_stem()?.to_str().map(str::to_owned),
        Place::Azure(place) => place.hub().map(str::to_owned),
        Place::Server => None,
    }
}

/// Returns where the secrets of the hub at a place are, if it is a file: beside it.
pub(crate) fn secrets(place: &str) -> Option<PathBuf> {
    match Place::parse(place) {
        Place::File(path) => {
            let mut name = path.file_name()?.to_owned();
            name.push(".secrets.json");
            Some(path.with_file_name(name))
        }
        Place::Azure(_) | Place::Server => None,
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
        Place::Azure(place) => place.open(access).await,
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
            assert!(matches!(Place::parse(azure), Place::Azure(_)), "{azure}");
        }
        assert_eq!(Place::parse("HTTPS://shop/durable"), Place::Server);
    }

    #[test]
    fn a_hub_is_called_by_its_file_or_its_name() {
        for (place, name, secrets) in [
            ("data/shop.db", Some("shop"), Some("data/shop.db.secrets.json")),
            ("sqlite:shop", Some("shop"), Some("shop.secrets.json")),
            ("azure://Orders", Some("Orders"), None),
            ("UseDevelopmentStorage=true;TaskHub=Orders", Some("Orders"), None),
            ("https://ops.example.com", None, None),
        ] {
            assert_eq!(hub_name(place).as_deref(), name, "{place}");
            assert_eq!(super::secrets(place), secrets.map(PathBuf::from), "{place}");
        }
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
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=s3cret;TaskHub=Orders",
            "azure://AccountName=a;AccountKey=s3cret",
            "azure:AccountKey=s3cret",
            "EndpointSuffix=core.windows.net;accountkey=s3cret",
            "BlobEndpoint=https://a.blob/;SharedAccessSignature=s3cret;TaskHub=Orders",
        ] {
            let error = runtime.block_on(open(secret, Access::ReadOnly)).unwrap_err();
            assert!(!format!("{error} {}", error.help()).contains("s3cret"), "{error}");
            assert!(!format!("{:?}", Place::parse(secret)).contains("s3cret"));
        }
    }
}
