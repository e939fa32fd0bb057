//! Opening hubs in Azure Storage accounts.

use std::sync::Arc;

use durable_azure::{AzureHub, AzureOptions, CONNECTION_VARIABLE, HubName};
use durable_core::hub::{Access, DescribesHub, HubError, HubErrorKind, TaskHub};

use super::AzurePlace;
use crate::error::Error;

pub(super) async fn open(place: &AzurePlace, access: Access) -> Result<Arc<dyn TaskHub>, Error> {
    let options = described(place)?.must_exist();
    let hub: &dyn DescribesHub = &options;
    hub.open(access).await.map_err(|error| unopened(&error))
}

fn described(place: &AzurePlace) -> Result<AzureOptions, Error> {
    let Some(hub) = place.hub() else {
        return Err(Error::usage(
            "the storage account is named, and not the hub in it",
            format!(
                "add `;TaskHub=NAME` to the connection string, or put the string into {CONNECTION_VARIABLE} and give \
                 `--hub azure://NAME`"
            ),
        ));
    };
    HubName::new(hub).map_err(|error| {
        Error::usage(
            error.to_string(),
            "give the name that your workers use: `--hub azure://NAME`",
        )
    })?;
    Ok(match &place.connection {
        Some(connection) => AzureHub::at(connection, hub),
        None => AzureHub::in_environment(hub),
    })
}

fn unopened(error: &HubError) -> Error {
    let help = match error.kind() {
        HubErrorKind::NotFound => {
            "give the name and the account that your workers use; a hub is made when its first worker starts"
                .to_owned()
        }
        HubErrorKind::Unavailable => {
            "check that the account can be reached from here, then try again".to_owned()
        }
        // What was written wrongly, the account's refusal, and kinds of later releases.
        _ => format!(
            "check the connection string, in `--hub` or in {CONNECTION_VARIABLE}: your workers have it"
        ),
    };
    Error::unopened(error).with_help(help)
}
