//! Lists of blobs.

use hyper::Method;

use super::super::error::StorageError;
use super::super::operation::Operation;
use super::super::xml::{self, Element};
use super::BlobClient;

/// The most lines of a page.
const LINES_MAX: usize = 1000;
/// The most bytes of an answer. A name has at most 1,024 characters, and the rest of its line fewer bytes than that.
const ANSWER_MAX: usize = LINES_MAX * 8 * 1024;

/// A line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobItem {
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// Some lines of a listing, by name. May be empty although there is a next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobPage {
    pub(crate) items: Vec<BlobItem>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

impl BlobClient {
    /// Lists the blobs whose name begins with `prefix`, a page at a time; `from` is [`BlobPage::next`]. The primary
    /// answers, since a place in a list is its own.
    pub(crate) async fn list(&self, prefix: &str, from: Option<&str>) -> Result<BlobPage, StorageError> {
        let mut request = self
            .of_container(Operation::ListBlobs, Method::GET)
            .query("comp", "list")
            .query("prefix", prefix)
            .query("maxresults", LINES_MAX.to_string())
            .limit(ANSWER_MAX);
        if let Some(marker) = from {
            request = request.query("marker", marker);
        }
        let answer = self.sender.primary().send(&request).await?.answer;
        page(&answer.body).ok_or_else(|| StorageError::malformed(&request, "no list of blobs"))
    }
}

fn page(body: &[u8]) -> Option<BlobPage> {
    let root = xml::parse(body)
        .ok()
        .filter(|root| root.name == "EnumerationResults")?;
    let blobs = root.child("Blobs")?.children.iter();
    let items = blobs.filter(|child| child.name == "Blob").map(item);
    Some(BlobPage {
        items: items.collect::<Option<_>>()?,
        next: root
            .text_of("NextMarker")
            .filter(|marker| !marker.is_empty())
            .map(str::to_owned),
    })
}

fn item(element: &Element) -> Option<BlobItem> {
    let size = element.child("Properties")?.text_of("Content-Length")?;
    Some(BlobItem {
        name: element.text_of("Name")?.to_owned(),
        size: size.trim().parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_and_the_place_of_the_next_are_read() {
        let body = b"<?xml version=\"1.0\"?><EnumerationResults ContainerName=\"c\"><Prefix>a/</Prefix><Blobs>\
            <Blob><Name>a/b&amp;c d</Name><Properties><Content-Length>12</Content-Length></Properties></Blob>\
            <BlobPrefix><Name>a/x/</Name></BlobPrefix></Blobs><NextMarker>2!8</NextMarker></EnumerationResults>";
        let page = page(body).unwrap();
        let item = BlobItem {
            name: "a/b&c d".to_owned(),
            size: 12,
        };
        assert_eq!((page.items, page.next.as_deref()), (vec![item], Some("2!8")));
    }

    #[test]
    fn the_last_page_has_no_next() {
        let body = b"<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";
        assert_eq!(
            page(body),
            Some(BlobPage {
                items: Vec::new(),
                next: None
            })
        );
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for body in [
            "",
            "<Other/>",
            "<EnumerationResults/>",
            "<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs></EnumerationResults>",
            "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties><Content-Length>x</Content-Length>\
             </Properties></Blob></Blobs></EnumerationResults>",
        ] {
            assert_eq!(page(body.as_bytes()), None, "{body}");
        }
    }
}
