//! Messages and receipts as the queue service writes them.

use std::fmt::Write as _;

use super::super::date;
use super::super::exchange::Answer;
use super::super::secret::Secret;
use super::super::xml::{self, Beyond, Element};
use super::{PutReceipt, QueueMessage, UpdateReceipt};

/// Writes a message's text; nothing if XML cannot hold it.
///
/// XML lacks the control characters and two others. In JSON these stand in strings only, where they can be written as
/// escapes, which say the same; another text that has them cannot be sent.
pub(super) fn body(text: &str, beyond: Beyond) -> Option<String> {
    let mut body = "<QueueMessage><MessageText>".to_owned();
    let is_writable = if text.starts_with('{') {
        xml::escape_into(&mut body, &json_escaped(text), beyond)
    } else {
        xml::escape_into(&mut body, text, beyond)
    };
    body.push_str("</MessageText></QueueMessage>");
    is_writable.then_some(body)
}

fn json_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if xml::is_writable(character) {
            escaped.push(character);
        } else {
            // Writing to a text does not fail. XML lacks no character that JSON would write as two.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        }
    }
    escaped
}

pub(super) fn messages(body: &[u8]) -> Option<Vec<QueueMessage>> {
    let root = xml::parse(body).ok().filter(is_list)?;
    let messages = root.children.iter().filter(|child| child.name == "QueueMessage");
    messages.map(message).collect()
}

fn message(element: &Element) -> Option<QueueMessage> {
    let known = put_receipt_of(element)?;
    Some(QueueMessage {
        id: known.message_id,
        pop_receipt: known.pop_receipt,
        inserted_at: known.inserted_at,
        next_visible: known.next_visible,
        dequeue_count: element.text_of("DequeueCount")?.trim().parse().ok()?,
        text: element.text_of("MessageText")?.to_owned(),
    })
}

pub(super) fn put_receipt(body: &[u8]) -> Option<PutReceipt> {
    let root = xml::parse(body).ok().filter(is_list)?;
    put_receipt_of(root.child("QueueMessage")?)
}

fn put_receipt_of(element: &Element) -> Option<PutReceipt> {
    let text = |name| {
        element
            .text_of(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    Some(PutReceipt {
        message_id: text("MessageId")?.to_owned(),
        pop_receipt: Secret::new(text("PopReceipt")?),
        inserted_at: date::parse(text("InsertionTime")?)?,
        next_visible: date::parse(text("TimeNextVisible")?)?,
    })
}

fn is_list(root: &Element) -> bool {
    root.name == "QueueMessagesList"
}

pub(super) fn update_receipt(answer: &Answer) -> Option<UpdateReceipt> {
    Some(UpdateReceipt {
        pop_receipt: Secret::new(answer.header("x-ms-popreceipt")?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><QueueMessagesList><QueueMessage>\
        <MessageId>5974b586-0df3-4e2d-ad0c-18e3892bfca2</MessageId>\
        <InsertionTime>Fri, 09 Oct 2026 21:04:30 GMT</InsertionTime>\
        <ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime>\
        <PopReceipt>YzQ4Yzg1MDItYTc0Ny00OWNjLTkxYTUtZGM0MDFiZDAwYzEw</PopReceipt>\
        <TimeNextVisible>Fri, 09 Oct 2026 23:29:20 GMT</TimeNextVisible>\
        <DequeueCount>2</DequeueCount><MessageText>{&quot;a&quot;:&quot;&lt;1&amp;2&gt;&quot;}</MessageText>\
        </QueueMessage></QueueMessagesList>";

    #[test]
    fn messages_are_read() {
        let messages = messages(LIST.as_bytes()).unwrap();
        assert_eq!(messages.len(), 1);
        let message = &messages[0];
        assert_eq!(message.id, "5974b586-0df3-4e2d-ad0c-18e3892bfca2");
        assert_eq!(
            message.pop_receipt.reveal(),
            "YzQ4Yzg1MDItYTc0Ny00OWNjLTkxYTUtZGM0MDFiZDAwYzEw"
        );
        assert_eq!(message.inserted_at.to_string(), "2026-10-09T21:04:30Z");
        assert_eq!(message.next_visible.to_string(), "2026-10-09T23:29:20Z");
        assert_eq!(
            (message.dequeue_count, message.text.as_str()),
            (2, "{\"a\":\"<1&2>\"}")
        );
        assert!(!format!("{message:?}").contains("YzQ4"));
    }

    #[test]
    fn an_empty_list_is_no_messages() {
        for list in ["<QueueMessagesList/>", "<QueueMessagesList></QueueMessagesList>"] {
            assert_eq!(messages(list.as_bytes()).map(|messages| messages.len()), Some(0));
        }
    }

    #[test]
    fn what_is_no_list_of_whole_messages_is_refused() {
        let without = |part: &str| {
            let (begin, rest) = LIST.split_once(&format!("<{part}>")).unwrap();
            let (_, end) = rest.split_once(&format!("</{part}>")).unwrap();
            format!("{begin}{end}")
        };
        for part in [
            "MessageId",
            "InsertionTime",
            "PopReceipt",
            "TimeNextVisible",
            "DequeueCount",
            "MessageText",
        ] {
            assert!(messages(without(part).as_bytes()).is_none(), "{part}");
        }
        for body in [
            "",
            "<Error/>",
            "{}",
            &LIST.replace("<DequeueCount>2", "<DequeueCount>-2"),
        ] {
            assert!(messages(body.as_bytes()).is_none(), "{body}");
        }
        assert!(put_receipt(b"<QueueMessagesList/>").is_none());
    }

    #[test]
    fn json_is_written_with_escapes_where_xml_has_no_character() {
        let body_of = |text: &str| body(text, Beyond::Plain).unwrap();
        assert!(body_of("{\"a\":\"\u{fffe}\u{1}é\"}").contains("{\"a\":\"\\ufffe\\u0001é\"}"));
        assert!(body("\u{fffe}", Beyond::Plain).is_none());
        let in_ascii = body("é\u{1f600}<", Beyond::References).unwrap();
        assert!(in_ascii.contains("<MessageText>&#xE9;&#x1F600;&lt;</MessageText>"));
        assert!(body_of("a\r\n<b>&").contains("<MessageText>a&#xD;\n&lt;b&gt;&amp;</MessageText>"));
    }

    proptest! {
        #[test]
        fn a_text_is_read_as_it_was_written(text in "[ -~\\t\\n\\r\u{80}-\u{fffd}]{0,80}") {
            for beyond in [Beyond::Plain, Beyond::References] {
                let body = body(&text, beyond).unwrap();
                let read = xml::parse(body.as_bytes()).unwrap();
                prop_assert_eq!(read.text_of("MessageText"), Some(text.as_str()));
            }
        }

        /// What is escaped says the same in JSON.
        #[test]
        fn json_means_the_same_after_it(value in "\\PC{0,20}[\u{fffe}\u{ffff}]{0,2}") {
            let text = serde_json::json!({ "v": value }).to_string();
            let body = body(&text, Beyond::Plain).unwrap();
            let read = xml::parse(body.as_bytes()).unwrap();
            let read: serde_json::Value = serde_json::from_str(read.text_of("MessageText").unwrap()).unwrap();
            prop_assert_eq!(read["v"].as_str(), Some(value.as_str()));
        }
    }
}
