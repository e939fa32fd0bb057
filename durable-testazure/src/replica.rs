//! A copy of an account's tables and blobs in another account, as replication makes it.

use std::io;

use crate::account::{Account, Service};
use crate::rest::{Ask, escape};
use crate::tables::{self, Columns};
use crate::xml;

/// Makes the tables and blobs of `to` those of `from`. Times of change and etags are others.
pub(crate) async fn copy(from: Account, to: Account) -> io::Result<()> {
    for table in tables::names(to).await? {
        let deleted = tables::ask("DELETE", &format!("/Tables('{table}')"))
            .send(to)
            .await?;
        tables::expect(deleted, &[204])?;
    }
    for table in tables::names(from).await? {
        tables::create(to, &table).await?;
        for entity in tables::query(from, &table, None).await? {
            copy_entity(to, &table, entity).await?;
        }
    }
    for container in containers(to).await? {
        tables::expect(of_container("DELETE", &container).send(to).await?, &[202])?;
    }
    for container in containers(from).await? {
        tables::expect(of_container("PUT", &container).send(to).await?, &[201])?;
        let list = of_container("GET", &container)
            .query("comp", "list")
            .send(from)
            .await?;
        for name in whole_list(&list.text(), "Name")? {
            copy_blob(from, to, &container, &name).await?;
        }
    }
    Ok(())
}

async fn copy_entity(to: Account, table: &str, mut entity: Columns) -> io::Result<()> {
    // The service's own.
    entity.retain(|name, _| {
        !name.starts_with("odata.") && name != "Timestamp" && name != "Timestamp@odata.type"
    });
    let body = serde_json::Value::Object(entity).to_string();
    let put = tables::ask_with("POST", &format!("/{table}"), &body);
    tables::expect(put.send(to).await?, &[201, 204]).map(drop)
}

async fn copy_blob(from: Account, to: Account, container: &str, name: &str) -> io::Result<()> {
    let path = format!("/{container}/{}", escape(name));
    let blob = Ask::new(Service::Blob, "GET", &path).send(from).await?;
    let put = Ask::new(Service::Blob, "PUT", &path)
        .header("x-ms-blob-type", "BlockBlob")
        .body(tables::expect(blob, &[200])?.body);
    tables::expect(put.send(to).await?, &[201]).map(drop)
}

async fn containers(account: Account) -> io::Result<Vec<String>> {
    let list = Ask::new(Service::Blob, "GET", "/").query("comp", "list");
    whole_list(&list.send(account).await?.text(), "Name")
}

fn of_container(method: &'static str, container: &str) -> Ask {
    Ask::new(Service::Blob, method, &format!("/{container}")).query("restype", "container")
}

/// A list of one page. No test has more.
fn whole_list(list: &str, element: &str) -> io::Result<Vec<String>> {
    match xml::text(list, "NextMarker") {
        Some(next) if !next.is_empty() => Err(io::Error::other("the list has more than one page")),
        Some(_) | None => Ok(xml::texts(list, element)),
    }
}
