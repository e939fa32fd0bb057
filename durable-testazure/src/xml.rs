//! As much of XML as the answers of queues and blobs need: the texts of elements, and escapes.

/// What stands in each element of this name, as it is written, in their order.
pub(crate) fn inner<'a>(xml: &'a str, element: &str) -> Vec<&'a str> {
    let (begin, end) = (format!("<{element}>"), format!("</{element}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((text, after)) = rest
        .split_once(&begin)
        .and_then(|(_, inside)| inside.split_once(&end))
    {
        found.push(text);
        rest = after;
    }
    found
}

/// The texts of all elements of this name, in their order.
pub(crate) fn texts(xml: &str, element: &str) -> Vec<String> {
    inner(xml, element).into_iter().map(unescape).collect()
}

/// The text of the first element of this name.
pub(crate) fn text(xml: &str, element: &str) -> Option<String> {
    texts(xml, element).into_iter().next()
}

/// Text for the inside of an element, in ASCII: Azurite decodes a body piece by piece, as it comes in, and so loses a
/// character whose bytes come in two pieces.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other if other.is_ascii() => escaped.push(other),
            other => escaped.extend(["&#", &u32::from(other).to_string(), ";"]),
        }
    }
    escaped
}

/// The predefined entities, and characters by their number.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, behind) = after.split_once(';').unwrap_or((after, ""));
        let number = match name.strip_prefix("#x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => name.strip_prefix('#').and_then(|decimal| decimal.parse().ok()),
        };
        match name {
            "amp" => plain.push('&'),
            "lt" => plain.push('<'),
            "gt" => plain.push('>'),
            "quot" => plain.push('"'),
            "apos" => plain.push('\''),
            _ => plain.extend(number.and_then(char::from_u32)),
        }
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_and_unescaped() {
        let xml = "<List><A>1 &lt; 2 &amp;&amp; &#x41;&#66;&quot;</A><B/><A></A></List>";
        assert_eq!(texts(xml, "A"), ["1 < 2 && AB\"", ""]);
        assert_eq!(text(xml, "A").as_deref(), Some("1 < 2 && AB\""));
        assert_eq!(text(xml, "C"), None);
        let hard = "<{\"a\":\"&amp;é\u{1f600}\"}>";
        assert!(escape(hard).is_ascii());
        assert_eq!(
            text(&format!("<T>{}</T>", escape(hard)), "T").as_deref(),
            Some(hard)
        );
    }
}
