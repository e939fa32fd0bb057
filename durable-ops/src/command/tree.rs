//! `durable tree`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use durable_core::InstanceId;
use durable_core::client::Client;
use durable_core::history::EventKind;
use durable_core::hub::{InstanceQuery, InstanceRecord};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::table::{colour, paint};
use crate::{form, output};

/// Show an instance among its callers and its sub-orchestrations
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.read().await?;
    let asked = client.instance(&given.id)?.status().await?;
    let root = root(&client, asked.clone()).await?;
    let family = Family::load(&client, root).await?;
    if given.json {
        output::say_json(&json!({"schema": 1, "asked": given.id, "tree": family.json(&family.root)}))?;
    } else {
        let mut lines = Vec::new();
        family.draw(&family.root, &asked.instance, "", None, &mut lines);
        output::say(lines.join("\n"))?;
    }
    Ok(Exit::Ok)
}

/// Returns the instance that nobody has called. A caller that was purged ends the way up.
async fn root(client: &Client, mut record: InstanceRecord) -> Result<InstanceRecord, Error> {
    let mut seen = BTreeSet::new();
    while let Some(parent) = record.parent.clone() {
        // An id that was used again could lead in a circle.
        if !seen.insert(record.instance.clone()) {
            break;
        }
        match client.hub().get(&parent.instance).await? {
            Some(found) => record = found,
            None => break,
        }
    }
    Ok(record)
}

/// An instance and all that it has called, however far.
struct Family {
    root: InstanceId,
    records: BTreeMap<InstanceId, InstanceRecord>,
    children: BTreeMap<InstanceId, Vec<InstanceId>>,
}

impl Family {
    /// Children are found by what the histories say, and by their ids, which begin with the parent's unless the code chose
    /// others: a history tells of the current execution only.
    async fn load(client: &Client, root: InstanceRecord) -> Result<Self, Error> {
        let mut family = Self {
            root: root.instance.clone(),
            records: BTreeMap::new(),
            children: BTreeMap::new(),
        };
        let by_id = descendants_by_id(client, &root.instance).await?;
        // Each stands in the tree once: an id that was used again could lead in a circle.
        let mut seen = BTreeSet::from([root.instance.clone()]);
        let mut open = vec![root];
        while let Some(record) = open.pop() {
            let id = record.instance.clone();
            let mut children = by_id.get(&id).cloned().unwrap_or_default();
            for child in called(client, &record).await? {
                if children.iter().any(|known| known.instance == child) {
                    continue;
                }
                if let Some(found) = client.hub().get(&child).await? {
                    children.push(found);
                }
            }
            children.retain(|child| seen.insert(child.instance.clone()));
            children.sort_by(|a, b| (a.created_at, &a.instance).cmp(&(b.created_at, &b.instance)));
            let ids = children.iter().map(|child| child.instance.clone()).collect();
            family.children.insert(id.clone(), ids);
            family.records.insert(id, record);
            open.extend(children);
        }
        Ok(family)
    }

    fn draw(
        &self,
        id: &InstanceId,
        asked: &InstanceId,
        indent: &str,
        last: Option<bool>,
        lines: &mut Vec<String>,
    ) {
        let Some(record) = self.records.get(id) else {
            return;
        };
        let (branch, below) = match last {
            None => ("", ""),
            Some(false) => ("├─ ", "│  "),
            Some(true) => ("└─ ", "   "),
        };
        let status = paint(colour(record.status), &record.status.to_string());
        let mark = if id == asked { "  ←" } else { "" };
        let detached = if last.is_some() && record.parent.is_none() {
            ", detached"
        } else {
            ""
        };
        lines.push(format!(
            "{indent}{branch}{id}  {}  {status}{detached}{mark}",
            form::code(&record.name, &record.version)
        ));
        let children = self.children.get(id).map(Vec::as_slice).unwrap_or_default();
        for (at, child) in children.iter().enumerate() {
            let last = at + 1 == children.len();
            self.draw(child, asked, &format!("{indent}{below}"), Some(last), lines);
        }
    }

    fn json(&self, id: &InstanceId) -> Value {
        let Some(record) = self.records.get(id) else {
            return Value::Null;
        };
        let children = self.children.get(id).map(Vec::as_slice).unwrap_or_default();
        let children: Vec<Value> = children.iter().map(|child| self.json(child)).collect();
        json!({
            "instance": id.as_str(),
            "name": record.name.as_str(),
            "version": record.version.to_string(),
            "status": record.status,
            "children": children,
        })
    }
}

/// Returns the instances whose ids begin with that of the root, by their parents.
async fn descendants_by_id(
    client: &Client,
    root: &InstanceId,
) -> Result<BTreeMap<InstanceId, Vec<InstanceRecord>>, Error> {
    let mut by_parent: BTreeMap<InstanceId, Vec<InstanceRecord>> = BTreeMap::new();
    let mut query = InstanceQuery {
        id_prefix: Some(format!("{root}:")),
        ..InstanceQuery::default()
    };
    loop {
        let page = client.hub().query(query.clone()).await?;
        for record in page.items {
            if let Some(parent) = &record.parent {
                by_parent.entry(parent.instance.clone()).or_default().push(record);
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(by_parent);
        }
    }
}

/// Returns the sub-orchestrations that the history of the current execution tells of.
async fn called(client: &Client, record: &InstanceRecord) -> Result<Vec<InstanceId>, Error> {
    let history = client.hub().history(&record.instance, None).await?;
    let events = history.map(|history| history.events).unwrap_or_default();
    let children = events.into_iter().filter_map(|event| match event.kind {
        EventKind::SubOrchestrationInstanceCreated { instance, .. } => Some(instance),
        _ => None,
    });
    Ok(children.collect())
}
