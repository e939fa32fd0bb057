//! How a server is reached from outside.

/// Checks an address of scheme, host and path, which stands before the routes in answers.
pub(super) fn url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    let has_host = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\".contains(&byte));
    if has_host && is_plain {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("write scheme, host and path: `https://ops.example.com/shop`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn an_address_is_scheme_host_and_path() {
        for (text, good) in [
            ("https://ops.example.com", "https://ops.example.com"),
            ("https://ops.example.com/", "https://ops.example.com"),
            ("http://10.0.0.1:8080/shop/", "http://10.0.0.1:8080/shop"),
        ] {
            assert_eq!(url(text).as_deref(), Ok(good));
        }
        for bad in [
            "ops.example.com",
            "ftp://ops.example.com",
            "https://",
            "https:///shop",
            "https://me@ops.example.com",
            "https://ops.example.com?code=1",
            "https://ops.example.com/a b",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
