//! The address of a server, and the key that may stand in it.

use std::fmt;

/// Why a text is no address of a server. Never repeats the text, which may hold a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It begins otherwise.
    #[error("the address of a server begins with `http://` or `https://`")]
    Scheme,
    /// It has no host, or one that is malformed.
    #[error(
        "the address of a server has a host, and a port if it is not the usual one: `https://host:port/path`"
    )]
    Host,
    /// It has a user before the host.
    #[error("the address of a server has no user and password: a key stands behind `?code=`")]
    User,
    /// It has characters that an address does not have.
    #[error("the address of a server has characters that must be escaped")]
    Characters,
    /// The key is no text of printable ASCII characters.
    #[error("the key is empty, or has characters that no key has")]
    Key,
}

/// A key. Shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AddressError::Key);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Where a server is. What stands in its query is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Scheme, host and path, without a slash at the end.
    base: String,
    secure: bool,
    /// What goes along with every request, escaped.
    query: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.base)
    }
}

impl Address {
    /// Parses an address, and the key in its query (`code=`) if there is one.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<Key>), AddressError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(AddressError::Scheme),
        };
        // What stands behind `#` is for browsers.
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        if host.contains('@') {
            return Err(AddressError::User);
        }
        if !is_host(host) {
            return Err(AddressError::Host);
        }
        if !path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
        {
            return Err(AddressError::Characters);
        }
        let (mut key, mut others) = (None, form_urlencoded::Serializer::new(String::new()));
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name.eq_ignore_ascii_case("code") {
                key = Some(Key::new(&value)?);
            } else {
                others.append_pair(&name, &value);
            }
        }
        let scheme = if secure { "https" } else { "http" };
        let address = Self {
            base: format!("{scheme}://{host}{}", path.trim_end_matches('/')),
            secure,
            query: others.finish(),
        };
        Ok((address, key))
    }

    /// Returns what may be shown of it.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns the address of a route, whose path may have a query.
    pub(crate) fn of(&self, path: &str) -> String {
        let separator = match (self.query.is_empty(), path.contains('?')) {
            (true, _) => "",
            (false, true) => "&",
            (false, false) => "?",
        };
        format!("{}{path}{separator}{}", self.base, self.query)
    }
}

/// Returns whether a text is a host with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, rest)) => {
            let is_address = name.parse::<std::net::Ipv6Addr>().is_ok();
            (if is_address { name } else { "" }, rest)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    !name.is_empty() && name.bytes().all(is_name) && is_port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<String>) {
        let (address, key) = Address::parse(text).unwrap();
        (address.of("/x"), key.map(|key| key.reveal().to_owned()))
    }

    #[test]
    fn an_address_is_scheme_host_path_and_a_key() {
        let some = |text: &str| Some(text.to_owned());
        for (text, place, key) in [
            ("http://127.0.0.1:7071", "http://127.0.0.1:7071/x", None),
            ("HTTPS://ops.example/shop/", "https://ops.example/shop/x", None),
            ("https://h/?code=dk_a%2Bb", "https://h/x", some("dk_a+b")),
            ("https://h?taskHub=A&CODE=k#f", "https://h/x?taskHub=A", some("k")),
            ("http://[::1]:80/a", "http://[::1]:80/a/x", None),
        ] {
            assert_eq!(parsed(text), (place.to_owned(), key), "{text}");
        }
        let (address, _) = Address::parse("http://h?a=b").unwrap();
        assert_eq!(address.of("/x?y=1"), "http://h/x?y=1&a=b");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (text, error) in [
            ("ftp://h", AddressError::Scheme),
            ("h:80", AddressError::Scheme),
            ("http://", AddressError::Host),
            ("http:///p", AddressError::Host),
            ("http://h:port", AddressError::Host),
            ("http://h:99999", AddressError::Host),
            ("http://a b", AddressError::Host),
            ("http://[::g]", AddressError::Host),
            ("http://me:secret@h", AddressError::User),
            ("http://h/a b", AddressError::Characters),
            ("http://h?code=", AddressError::Key),
            ("http://h?code=a%0Ab", AddressError::Key),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn neither_key_nor_query_is_shown() {
        let shown = format!("{:?}", Address::parse("http://h?code=s3cret&sig=s3cret").unwrap());
        assert!(shown.contains("http://h") && !shown.contains("s3cret"), "{shown}");
    }
}
