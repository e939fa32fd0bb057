//! The address of one service of an account.

use std::fmt;

/// `https://myaccount.blob.core.windows.net`, or `http://127.0.0.1:10000/devstoreaccount1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    secure: bool,
    /// The host, and the port if it is not the scheme's own.
    authority: String,
    /// Empty, or with a slash at its beginning and none at its end.
    path: String,
}

const SECONDARY: &str = "-secondary";

impl Endpoint {
    /// Reads an address that has nothing after its path, and no user; `None` if it is none. A slash at its end is dropped.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_end_matches('/');
        (is_authority(authority) && path.bytes().all(is_of_path)).then(|| Self {
            secure,
            authority: authority.to_ascii_lowercase(),
            path: path.to_owned(),
        })
    }

    /// Makes the address `host`, which consists of checked parts.
    pub(crate) fn of_host(secure: bool, host: String) -> Self {
        Self {
            secure,
            authority: host,
            path: String::new(),
        }
    }

    /// Returns where the read-only copy of the service is, by the services' own rule: `-secondary` behind the account's
    /// name, which stands at the beginning of the host, or is the path. Nothing if it is in neither place.
    pub(crate) fn secondary(&self, account: &str) -> Option<Self> {
        let mut other = self.clone();
        if self.path.strip_prefix('/') == Some(account) {
            other.path.push_str(SECONDARY);
            return Some(other);
        }
        let rest = self.authority.strip_prefix(account)?.strip_prefix('.')?;
        other.authority = format!("{account}{SECONDARY}.{rest}");
        Some(other)
    }

    /// Returns whether what is sent there is encrypted.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let port_is_right = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let bytes_are_right = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    !host.is_empty() && bytes_are_right && port_is_right
}

fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        let cases = [
            (
                "https://a.blob.core.windows.net",
                "https://a.blob.core.windows.net",
            ),
            (
                "HTTPS://A.Blob.core.windows.net/",
                "https://a.blob.core.windows.net",
            ),
            (
                "http://127.0.0.1:10000/devstoreaccount1",
                "http://127.0.0.1:10000/devstoreaccount1",
            ),
            ("http://[::1]:10000/Acc/", "http://[::1]:10000/Acc"),
            ("http://[::1]", "http://[::1]"),
        ];
        for (text, written) in cases {
            assert_eq!(
                Endpoint::parse(text)
                    .map(|endpoint| endpoint.to_string())
                    .as_deref(),
                Some(written)
            );
        }
    }

    #[test]
    fn a_secondary_has_the_account_s_name_with_an_end() {
        let cases = [
            (
                "https://a.blob.core.windows.net",
                Some("https://a-secondary.blob.core.windows.net"),
            ),
            (
                "http://127.0.0.1:10000/a",
                Some("http://127.0.0.1:10000/a-secondary"),
            ),
            ("http://a.example/x", Some("http://a-secondary.example/x")),
            ("http://ab.example", None),
            ("http://a", None),
            ("http://storage.example/a/b", None),
        ];
        for (text, expected) in cases {
            let endpoint = Endpoint::parse(text).unwrap();
            let secondary = endpoint.secondary("a").map(|endpoint| endpoint.to_string());
            assert_eq!(secondary.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a.blob.core.windows.net",
            "ftp://a",
            "https://",
            "https:///a",
            "https://user@a",
            "https://a:0",
            "https://a:99999",
            "https://a:",
            "https://a?x=1",
            "https://a/b?x=1",
            "https://a/b c",
            "https://a\r\nb",
            "https://[::1",
            "https://[zz]",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }
}
