//! Where a hub is, as one text: what `--hub` takes.

use durable_core::hub::DescribesHub;

/// What a name in an Azure Storage account begins with.
const AZURE: &str = "azure://";

/// Why a text names no hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubPlaceError {
    /// The program cannot open such a hub.
    #[error("`{place}` is {kind}, and this program was built without the feature `{feature}`")]
    WithoutFeature {
        /// What was given.
        place: String,
        /// What it names.
        kind: &'static str,
        /// What the program lacks.
        feature: &'static str,
    },
    /// It looks like an address, and only one kind of address is known.
    #[error("`{place}` is no hub: it is the path of a SQLite file, or `azure://NAME`")]
    UnknownAddress {
        /// What was given.
        place: String,
    },
    /// No hub in an Azure Storage account can have this name.
    #[cfg(feature = "azure")]
    #[error("`{place}`: {source}")]
    Name {
        /// What was given.
        place: String,
        /// What is wrong with the name.
        source: durable_azure::HubNameError,
    },
}

/// Describes the hub that a text names, as the option `--hub` of the built-in commands does:
///
/// - `azure://Orders`: the hub `Orders` in the Azure Storage account whose connection string is in the environment variable
///   `DURABLE_AZURE_CONNECTION_STRING`. A connection string is a secret, so it never stands on a command line. A hub that
///   exists is opened with the number of partitions that it has.
/// - anything else: the path of a SQLite file.
///
/// Nothing is opened yet.
///
#[cfg_attr(feature = "sqlite", doc = "```no_run")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// # use durable::prelude::*;
/// # #[durable::main]
/// # async fn main() -> durable::Result<()> {
/// let place = std::env::var("SHOP_HUB").unwrap_or_else(|_| "shop.db".to_owned());
/// App::new(durable::hub_at(&place)?).run().await?;
/// # Ok(())
/// # }
/// ```
pub fn hub_at(place: &str) -> Result<Box<dyn DescribesHub>, HubPlaceError> {
    match place.strip_prefix(AZURE) {
        Some(name) => azure(place, name),
        None if place.contains("://") => Err(HubPlaceError::UnknownAddress {
            place: place.to_owned(),
        }),
        None => sqlite(place),
    }
}

#[cfg(feature = "azure")]
fn azure(place: &str, name: &str) -> Result<Box<dyn DescribesHub>, HubPlaceError> {
    let wrong = |source| HubPlaceError::Name {
        place: place.to_owned(),
        source,
    };
    durable_azure::HubName::new(name).map_err(wrong)?;
    Ok(Box::new(durable_azure::AzureHub::in_environment(name)))
}

#[cfg(not(feature = "azure"))]
fn azure(place: &str, _: &str) -> Result<Box<dyn DescribesHub>, HubPlaceError> {
    Err(HubPlaceError::WithoutFeature {
        place: place.to_owned(),
        kind: "a hub in an Azure Storage account",
        feature: "azure",
    })
}

#[cfg(feature = "sqlite")]
#[expect(clippy::unnecessary_wraps, reason = "without SQLite it is refused")]
fn sqlite(place: &str) -> Result<Box<dyn DescribesHub>, HubPlaceError> {
    Ok(Box::new(durable_sqlite::SqliteHub::at(place)))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(place: &str) -> Result<Box<dyn DescribesHub>, HubPlaceError> {
    Err(HubPlaceError::WithoutFeature {
        place: place.to_owned(),
        kind: "the path of a SQLite file",
        feature: "sqlite",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> String {
        hub_at(text).map_or_else(|error| error.to_string(), |hub| hub.place())
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_path_is_a_sqlite_file() {
        assert_eq!(place("folder/shop.db"), "folder/shop.db");
        assert_eq!(place("azure"), "azure");
    }

    #[cfg(feature = "azure")]
    #[test]
    fn a_name_in_an_account_is_checked_before_anything_is_opened() {
        assert!(place("azure://Orders").starts_with("hub `Orders` in "));
        assert!(place("azure://my-hub").starts_with("`azure://my-hub`: "));
        assert!(place("azure://").starts_with("`azure://`: "));
    }

    #[test]
    fn other_addresses_are_no_files() {
        assert_eq!(
            place("azur://Orders"),
            "`azur://Orders` is no hub: it is the path of a SQLite file, or `azure://NAME`"
        );
    }
}
