//! Hubs in Azure Storage accounts.

#[cfg(feature = "azure")]
mod open;

use std::fmt;
use std::sync::Arc;

use durable_core::hub::{Access, TaskHub};

use crate::error::Error;

/// What a name of a hub begins with, if the account is the environment's.
const SCHEMES: [&str; 2] = ["azure://", "azure:"];

/// The part of a connection string that names the hub. The official Durable Task clients call it so, too.
const TASK_HUB: &str = "taskhub";

/// What every connection string has one of; none of it is in the name of a file that people make.
const PARTS: [&str; 9] = [
    "usedevelopmentstorage=",
    "defaultendpointsprotocol=",
    "accountname=",
    "accountkey=",
    "sharedaccesssignature=",
    "blobendpoint=",
    "queueendpoint=",
    "tableendpoint=",
    "endpointsuffix=",
];

/// A hub in a storage account, as it was named.
#[derive(PartialEq, Eq)]
pub(crate) struct AzurePlace {
    hub: Option<String>,
    /// Without the hub's name; absent if the environment has it.
    connection: Option<String>,
}

// It may hold the account's key.
impl fmt::Debug for AzurePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzurePlace")
            .field("hub", &self.hub)
            .finish_non_exhaustive()
    }
}

impl AzurePlace {
    /// Reads `azure://NAME`, or a connection string with the part `TaskHub=NAME`; `None` if it is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let is_connection = |part: &str| PARTS.iter().any(|known| part.trim_start().starts_with(known));
        // Looked at first, so that a key which stands behind `azure:` by mistake is not taken for a name and repeated.
        let body = SCHEMES
            .iter()
            .find_map(|scheme| lower.starts_with(scheme).then_some(scheme.len()));
        let (body, lower_body) = (text.get(body.unwrap_or(0)..)?, lower.get(body.unwrap_or(0)..)?);
        if lower_body.split(';').any(is_connection) {
            return Some(Self::of_connection_string(body));
        }
        SCHEMES
            .iter()
            .any(|scheme| lower.starts_with(scheme))
            .then(|| Self {
                hub: Some(body.to_owned()).filter(|name| !name.is_empty()),
                connection: None,
            })
    }

    fn of_connection_string(text: &str) -> Self {
        let is_name = |part: &&str| {
            part.split_once('=')
                .is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case(TASK_HUB))
        };
        let name = text.split(';').find(is_name);
        let hub = name
            .and_then(|part| part.split_once('='))
            .map(|(_, name)| name.trim().to_owned());
        let rest: Vec<&str> = text.split(';').filter(|part| !is_name(part)).collect();
        Self {
            hub: hub.filter(|name| !name.is_empty()),
            connection: Some(rest.join(";")),
        }
    }

    /// Returns the hub's name, if one is given.
    pub(super) fn hub(&self) -> Option<&str> {
        self.hub.as_deref()
    }

    /// Opens the hub, which is to be there.
    #[cfg(feature = "azure")]
    pub(super) async fn open(&self, access: Access) -> Result<Arc<dyn TaskHub>, Error> {
        open::open(self, access).await
    }

    /// Refuses it: the code is not here.
    #[cfg(not(feature = "azure"))]
    pub(super) async fn open(&self, _access: Access) -> Result<Arc<dyn TaskHub>, Error> {
        Err(Error::usage(
            "this `durable` was built without hubs in Azure Storage accounts",
            "build it with the feature `azure`, which is one of the default ones",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<String>, Option<String>) {
        let place = AzurePlace::parse(text).unwrap();
        (place.hub, place.connection)
    }

    #[test]
    fn a_hub_is_named_by_itself_or_in_the_connection_string() {
        for text in ["azure://Orders", "azure:Orders", "AZURE://Orders"] {
            assert_eq!(parsed(text), (Some("Orders".to_owned()), None), "{text}");
        }
        for text in [
            "UseDevelopmentStorage=true;TaskHub=Orders",
            "taskhub = Orders;UseDevelopmentStorage=true",
            "azure://UseDevelopmentStorage=true;TaskHub=Orders",
        ] {
            let (hub, connection) = parsed(text);
            assert_eq!(hub.as_deref(), Some("Orders"), "{text}");
            assert_eq!(
                connection.as_deref(),
                Some("UseDevelopmentStorage=true"),
                "{text}"
            );
        }
        for text in [
            "azure://",
            "UseDevelopmentStorage=true",
            "UseDevelopmentStorage=true;TaskHub=",
        ] {
            assert_eq!(parsed(text).0, None, "{text}");
        }
        for file in ["shop.db", "azure", "a=b.db", "azurite/shop.db"] {
            assert_eq!(AzurePlace::parse(file), None, "{file}");
        }
    }
}
