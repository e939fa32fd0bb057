//! Tables by hand: entities as JSON objects.

mod transaction;

use std::io;

use serde_json::{Map, Value};

pub(crate) use transaction::{Change, commit};

use crate::account::{Account, Service};
use crate::http::Response;
use crate::rest::{Ask, escape};

/// An entity, or columns of one. Those that JSON has no type for have a second member with their type.
pub type Columns = Map<String, Value>;

/// Answers with the types of columns that JSON has none for.
const ACCEPT: &str = "application/json;odata=minimalmetadata";

/// A request for a table, of which the answers are JSON.
pub(crate) fn ask(method: &'static str, path: &str) -> Ask {
    Ask::new(Service::Table, method, path)
        .header("Accept", ACCEPT)
        .header("DataServiceVersion", "3.0")
}

/// The path of an entity.
pub(crate) fn entity(table: &str, partition: &str, row: &str) -> String {
    let quoted = |key: &str| escape(&key.replace('\'', "''"));
    format!(
        "/{table}(PartitionKey='{}',RowKey='{}')",
        quoted(partition),
        quoted(row)
    )
}

/// A request with a body of JSON, which is sent in ASCII: see [`xml::escape`](crate::xml::escape).
pub(crate) fn ask_with(method: &'static str, path: &str, body: &str) -> Ask {
    ask(method, path)
        .header("Content-Type", "application/json")
        .header("Prefer", "return-no-content")
        .body(in_ascii(body))
}

/// Replaces what is not ASCII, which is in strings only, by escapes.
fn in_ascii(json: &str) -> String {
    let mut escaped = String::new();
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            escaped.extend(units.into_iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

/// Creates a table, if there is none.
pub(crate) async fn create(account: Account, table: &str) -> io::Result<()> {
    let body = format!(r#"{{"TableName":"{table}"}}"#);
    expect(
        ask_with("POST", "/Tables", &body).send(account).await?,
        &[201, 204, 409],
    )
    .map(drop)
}

/// Reads one entity. `None` if there is none.
pub(crate) async fn get(
    account: Account,
    table: &str,
    partition: &str,
    row: &str,
) -> io::Result<Option<Columns>> {
    let response = ask("GET", &entity(table, partition, row)).send(account).await?;
    let response = expect(response, &[200, 404])?;
    if response.status == 404 {
        return Ok(None);
    }
    serde_json::from_slice(&response.body)
        .map(Some)
        .map_err(io::Error::other)
}

/// Reads all entities that the filter names, in the order of their keys.
pub(crate) async fn query(account: Account, table: &str, filter: Option<&str>) -> io::Result<Vec<Columns>> {
    let mut found = Vec::new();
    let mut next: Option<(String, Option<String>)> = None;
    loop {
        let mut page = ask("GET", &format!("/{table}()"));
        if let Some(filter) = filter {
            page = page.query("$filter", filter);
        }
        if let Some((partition, row)) = &next {
            page = page.query("NextPartitionKey", partition);
            page = row.iter().fold(page, |page, row| page.query("NextRowKey", row));
        }
        let response = expect(page.send(account).await?, &[200])?;
        found.extend(values(&response)?);
        let token = |name: &str| response.header(name).map(str::to_owned);
        next = token("x-ms-continuation-NextPartitionKey")
            .map(|partition| (partition, token("x-ms-continuation-NextRowKey")));
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// The names of all tables, if there are no more than a thousand.
pub(crate) async fn names(account: Account) -> io::Result<Vec<String>> {
    let response = expect(ask("GET", "/Tables").send(account).await?, &[200])?;
    let name = |table: Columns| text(&table, "TableName").map(str::to_owned);
    Ok(values(&response)?.into_iter().filter_map(name).collect())
}

fn values(response: &Response) -> io::Result<Vec<Columns>> {
    let mut body: Columns = serde_json::from_slice(&response.body).map_err(io::Error::other)?;
    let values = body.remove("value").unwrap_or_default();
    serde_json::from_value(values).map_err(io::Error::other)
}

/// A column that is text, or a date. `None` if there is none.
pub(crate) fn text<'a>(columns: &'a Columns, name: &str) -> Option<&'a str> {
    columns.get(name)?.as_str()
}

/// Refuses an answer with another status than these.
pub(crate) fn expect(response: Response, statuses: &[u16]) -> io::Result<Response> {
    if statuses.contains(&response.status) {
        return Ok(response);
    }
    let (status, text) = (response.status, response.text());
    Err(io::Error::other(format!(
        "status {status} instead of {statuses:?}: {text}"
    )))
}

#[cfg(test)]
mod tests {
    use super::in_ascii;

    #[test]
    fn what_is_sent_in_ascii_says_the_same() {
        let json = serde_json::json!({ "é": "a\"\n\u{1f600}", "n": 1 });
        let sent = in_ascii(&json.to_string());
        assert!(sent.is_ascii() && sent.contains("\\ud83d\\ude00"), "{sent}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap(), json);
    }
}
