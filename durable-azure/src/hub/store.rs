//! What stands in the account's tables: the rows of instances and of histories.

mod append;
mod history;
mod instance;
mod large;
mod sentinel;

use durable_core::hub::HubError;

use super::shared::Shared;
use crate::transport::{Continuation, Query, TableClient};
use crate::value::Row;

pub(crate) use append::{AppendError, Appending};
pub(crate) use history::ReadHistory;
pub(crate) use sentinel::read_wishes;

impl Shared {
    /// Reads all rows that a condition holds for.
    pub(crate) async fn query_all(
        &self,
        table: &TableClient,
        filter: &str,
        select: &[&str],
    ) -> Result<Vec<Row>, HubError> {
        let query = Query {
            filter: (!filter.is_empty()).then_some(filter),
            select,
            top: None,
        };
        let (mut rows, mut next): (Vec<Row>, Option<Continuation>) = (Vec::new(), None);
        loop {
            let page = table.query(&query, next.as_ref()).await?;
            rows.extend(page.rows);
            next = page.next;
            if next.is_none() {
                return Ok(rows);
            }
        }
    }
}
