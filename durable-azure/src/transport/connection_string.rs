//! Connection strings: `Name=value` separated by `;`, as the portal shows them and as the official clients read them.

use super::account::{
    Account, AccountError, DEFAULT_SUFFIX, Endpoints, NO_ENDPOINT, NO_NAME, is_account_name,
};
use super::credential::Credential;
use super::endpoint::Endpoint;

/// The emulator's account and key, which its documentation publishes.
const EMULATOR_NAME: &str = "devstoreaccount1";
const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const DEVELOPMENT: &str = "UseDevelopmentStorage";
const DEVELOPMENT_PROXY: &str = "DevelopmentStorageProxyUri";
const PROTOCOL: &str = "DefaultEndpointsProtocol";
const NAME: &str = "AccountName";
const KEY: &str = "AccountKey";
const SAS: &str = "SharedAccessSignature";
const SUFFIX: &str = "EndpointSuffix";
const BLOB: &str = "BlobEndpoint";
const QUEUE: &str = "QueueEndpoint";
const TABLE: &str = "TableEndpoint";
const BLOB_SECONDARY: &str = "BlobSecondaryEndpoint";
const QUEUE_SECONDARY: &str = "QueueSecondaryEndpoint";
const TABLE_SECONDARY: &str = "TableSecondaryEndpoint";

/// Every name, in any case. Files are a service that no hub uses.
const NAMES: [&str; 15] = [
    DEVELOPMENT,
    DEVELOPMENT_PROXY,
    PROTOCOL,
    NAME,
    KEY,
    SAS,
    SUFFIX,
    BLOB,
    QUEUE,
    TABLE,
    BLOB_SECONDARY,
    QUEUE_SECONDARY,
    TABLE_SECONDARY,
    "FileEndpoint",
    "FileSecondaryEndpoint",
];

/// The values by name. No `Debug`: it holds the key.
struct Parts<'a>(Vec<(&'static str, &'a str)>);

pub(super) fn parse(text: &str) -> Result<Account, AccountError> {
    let parts = Parts::split(text)?;
    match parts.get(DEVELOPMENT) {
        Some(value) => emulator(&parts, value),
        None => account(&parts),
    }
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, AccountError> {
        let mut parts = Vec::new();
        let written = text.split(';').enumerate();
        for (n, part) in written.filter(|(_, part)| !part.trim().is_empty()) {
            let part_number = n + 1;
            let (name, value) = part
                .split_once('=')
                .ok_or(AccountError::NotAPair { part: part_number })?;
            let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
            let name = *known.ok_or(AccountError::UnknownName { part: part_number })?;
            if parts.iter().any(|(other, _)| *other == name) {
                return Err(AccountError::Twice { name });
            }
            let value = value.trim();
            if value.is_empty() {
                return Err(invalid(name, "is empty"));
            }
            parts.push((name, value));
        }
        if parts.is_empty() {
            return Err(AccountError::Empty);
        }
        Ok(Self(parts))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| *value)
    }

    fn endpoint(&self, name: &'static str) -> Result<Option<Endpoint>, AccountError> {
        self.get(name)
            .map(|text| Endpoint::parse(text).ok_or(invalid(name, NO_ENDPOINT)))
            .transpose()
    }

    fn endpoints(&self, [blob, queue, table]: [&'static str; 3]) -> Result<Endpoints, AccountError> {
        Ok(Endpoints {
            blob: self.endpoint(blob)?,
            queue: self.endpoint(queue)?,
            table: self.endpoint(table)?,
        })
    }
}

fn emulator(parts: &Parts<'_>, value: &str) -> Result<Account, AccountError> {
    if !value.eq_ignore_ascii_case("true") {
        return Err(invalid(DEVELOPMENT, "can only be `true`"));
    }
    let allowed = [DEVELOPMENT, DEVELOPMENT_PROXY];
    if let Some((other, _)) = parts.0.iter().find(|(name, _)| !allowed.contains(name)) {
        return Err(AccountError::Exclusive {
            one: DEVELOPMENT,
            other,
        });
    }
    let host = match parts.get(DEVELOPMENT_PROXY) {
        None => "http://127.0.0.1".to_owned(),
        Some(text) => proxy_host(text)?,
    };
    let of = |port: u16| Endpoint::parse(&format!("{host}:{port}/{EMULATOR_NAME}"));
    let primary = Endpoints {
        blob: of(10_000),
        queue: of(10_001),
        table: of(10_002),
    };
    Ok(Account {
        name: EMULATOR_NAME.to_owned(),
        credential: Credential::key(EMULATOR_KEY)?,
        secondary: primary.secondaries(EMULATOR_NAME),
        primary,
    })
}

/// Returns scheme and host of an address that has neither port nor path: the ports are the emulator's.
fn proxy_host(text: &str) -> Result<String, AccountError> {
    let wrong = || invalid(DEVELOPMENT_PROXY, "is not an address such as `http://host`");
    let endpoint = Endpoint::parse(text).ok_or_else(wrong)?;
    let has_port = endpoint.authority().trim_start_matches('[').rsplit(']').next();
    if has_port.is_none_or(|rest| rest.contains(':')) || !endpoint.path().is_empty() {
        return Err(wrong());
    }
    Ok(endpoint.to_string())
}

fn account(parts: &Parts<'_>) -> Result<Account, AccountError> {
    if parts.get(DEVELOPMENT_PROXY).is_some() {
        return Err(AccountError::Missing { name: DEVELOPMENT });
    }
    let credential = credential(parts)?;
    let named = parts.endpoints([BLOB, QUEUE, TABLE])?;
    let named_secondary = parts.endpoints([BLOB_SECONDARY, QUEUE_SECONDARY, TABLE_SECONDARY])?;
    let secure = is_secure(parts)?;
    let suffix = suffix(parts)?;
    let (name, primary) = match parts.get(NAME) {
        // A signature over addresses needs no name, but people do.
        None => (
            name_of(&named).ok_or(AccountError::Missing { name: NAME })?,
            named,
        ),
        Some(name) if !is_account_name(name) => return Err(invalid(NAME, NO_NAME)),
        // Only what is named: an address that was guessed could be another's.
        Some(name) if suffix.is_none() && parts.get(PROTOCOL).is_none() && named != Endpoints::default() => {
            (name.to_owned(), named)
        }
        Some(name) => {
            let cloud = Endpoints::in_cloud(secure, name, suffix.unwrap_or(DEFAULT_SUFFIX));
            (name.to_owned(), named.or(cloud))
        }
    };
    Ok(Account {
        secondary: named_secondary.or(primary.secondaries(&name)),
        name,
        credential,
        primary,
    })
}

fn credential(parts: &Parts<'_>) -> Result<Credential, AccountError> {
    match (parts.get(KEY), parts.get(SAS)) {
        (Some(_), Some(_)) => Err(AccountError::Exclusive { one: KEY, other: SAS }),
        (Some(_), None) if parts.get(NAME).is_none() => Err(AccountError::Missing { name: NAME }),
        (Some(key), None) => Credential::key(key),
        (None, Some(sas)) => Credential::sas(sas),
        (None, None) => Err(AccountError::Missing { name: KEY }),
    }
}

fn is_secure(parts: &Parts<'_>) -> Result<bool, AccountError> {
    match parts.get(PROTOCOL).map(str::to_ascii_lowercase).as_deref() {
        None | Some("https") => Ok(true),
        Some("http") => Ok(false),
        Some(_) => Err(invalid(PROTOCOL, "is neither `http` nor `https`")),
    }
}

fn suffix<'a>(parts: &Parts<'a>) -> Result<Option<&'a str>, AccountError> {
    let Some(suffix) = parts.get(SUFFIX) else {
        return Ok(None);
    };
    let host = Endpoint::parse(&format!("https://x.{suffix}"));
    let is_suffix = !suffix.starts_with('.') && host.is_some_and(|endpoint| endpoint.path().is_empty());
    if is_suffix && !suffix.contains('/') {
        Ok(Some(suffix))
    } else {
        Err(invalid(
            SUFFIX,
            "is not the end of a host name such as `core.windows.net`",
        ))
    }
}

/// Returns the name that the endpoints show.
fn name_of(endpoints: &Endpoints) -> Option<String> {
    let endpoint = endpoints
        .blob
        .as_ref()
        .or(endpoints.queue.as_ref())
        .or(endpoints.table.as_ref())?;
    let name = match endpoint.path().trim_start_matches('/') {
        "" => endpoint.authority().split('.').next()?,
        path => path.split('/').next()?,
    };
    Some(name.to_owned())
}

fn invalid(name: &'static str, problem: &'static str) -> AccountError {
    AccountError::Invalid { name, problem }
}

#[cfg(test)]
mod tests;
