//! What is too large for a message or a column is in a blob (sections 6.5, 9 and 11.3 of the specification).

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::guid;
use super::hub::ForeignHub;
use super::queue;
use super::template::{fill, quoted};
use crate::account::Service;
use crate::rest::{Ask, escape, unescape};
use crate::tables::{self, Columns, text};

const STUB: &str = include_str!("../../wire/large-message.json");

/// The most bytes of an envelope that go into a queue.
const MESSAGE_MAX: usize = 45 * 1024;

/// The most characters of a column: 60 KiB in UTF-16.
const COLUMN_MAX: usize = 30 * 1024;

/// The columns that may be in a blob.
const COLUMNS: [&str; 9] = [
    "Name",
    "Input",
    "Result",
    "Output",
    "Reason",
    "Details",
    "Correlation",
    "FailureDetails",
    "Tags",
];

/// Puts a message, or a stub of it with the message in a blob. `activity` is its id with dashes, `kind` its event's. Returns
/// the blob's address, if there is one.
pub(super) async fn send(
    hub: &ForeignHub,
    queue: &str,
    instance: &str,
    [activity, kind]: [&str; 2],
    text: &str,
) -> io::Result<Option<String>> {
    if text.len() <= MESSAGE_MAX {
        queue::put(hub.account(), queue, text).await?;
        return Ok(None);
    }
    let name = format!("{instance}/message-{}-{kind}.json.gz", activity.replace('-', ""));
    put(hub, &name, text).await?;
    let stub = fill(STUB, &[("blob", &quoted(&name))]);
    queue::put(hub.account(), queue, &stub).await?;
    Ok(Some(address(hub, &name)))
}

/// Reads the envelope that a stub stands for.
pub(super) async fn envelope(hub: &ForeignHub, stub: Value) -> io::Result<Value> {
    match stub["CompressedBlobName"].as_str() {
        Some(name) if stub["TaskMessage"].is_null() => Ok(serde_json::from_str(&get(hub, name).await?)?),
        Some(_) | None => Ok(stub),
    }
}

/// Puts what is too large of a row into blobs. Their names hold the partition key, the row key and the event, or the column
/// where there is no event. Returns the columns and the addresses of their blobs.
pub(super) async fn offload(
    hub: &ForeignHub,
    [key, row, event]: [&str; 3],
    columns: &mut Columns,
) -> io::Result<Vec<(&'static str, String)>> {
    let mut moved = Vec::new();
    for column in COLUMNS {
        let is_large = |value: &&str| value.encode_utf16().count() > COLUMN_MAX;
        let Some(value) = text(columns, column).filter(is_large) else {
            continue;
        };
        let event = if event.is_empty() { column } else { event };
        let random = guid::plain()[..8].to_uppercase();
        let name = format!("{key}/history-{row}-{event}-{random}-{column}.json.gz");
        put(hub, &name, value).await?;
        moved.push((column, address(hub, &name)));
        columns.insert(format!("{column}BlobName"), name.into());
        columns.insert(column.to_owned(), "".into());
    }
    Ok(moved)
}

/// Undoes [`offload`].
pub(super) async fn load(hub: &ForeignHub, columns: &mut Columns) -> io::Result<()> {
    for column in COLUMNS {
        if let Some(name) = text(columns, &format!("{column}BlobName")) {
            let value = get(hub, name).await?;
            columns.insert(column.to_owned(), value.into());
        }
    }
    Ok(())
}

/// What a column of an instance's row stands for: itself, or what is at its address.
pub(super) async fn resolve(hub: &ForeignHub, value: &str) -> io::Result<String> {
    let container = format!("/{}/", hub.large_container());
    let Some((_, name)) = value.split_once(&container).filter(|_| value.starts_with("http")) else {
        return Ok(value.to_owned());
    };
    let held = get(hub, &unescape(name)).await?;
    if !name.ends_with("ExecutionStarted.json.gz") {
        return Ok(held);
    }
    let envelope: Value = serde_json::from_str(&held)?;
    let input = &envelope["TaskMessage"]["Event"]["Input"];
    Ok(input.as_str().unwrap_or_default().to_owned())
}

fn path(hub: &ForeignHub, name: &str) -> String {
    let segments: Vec<String> = name.split('/').map(escape).collect();
    format!("/{}/{}", hub.large_container(), segments.join("/"))
}

fn address(hub: &ForeignHub, name: &str) -> String {
    hub.account().endpoint(Service::Blob) + &path(hub, name)
}

async fn put(hub: &ForeignHub, name: &str, text: &str) -> io::Result<()> {
    let container = format!("/{}", hub.large_container());
    let create = Ask::new(Service::Blob, "PUT", &container).query("restype", "container");
    tables::expect(create.send(hub.account()).await?, &[201, 409])?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes())?;
    let put = Ask::new(Service::Blob, "PUT", &path(hub, name))
        .header("x-ms-blob-type", "BlockBlob")
        .body(gzip.finish()?);
    tables::expect(put.send(hub.account()).await?, &[201]).map(drop)
}

async fn get(hub: &ForeignHub, name: &str) -> io::Result<String> {
    let get = Ask::new(Service::Blob, "GET", &path(hub, name));
    let blob = tables::expect(get.send(hub.account()).await?, &[200])?.body;
    let mut text = String::new();
    GzDecoder::new(&blob[..]).read_to_string(&mut text)?;
    Ok(text)
}
