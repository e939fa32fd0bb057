//! What the dashboard asks: the first page of a list, and what it asks again and again.

use axum::Router;

use super::{Table, get};

/// A list as it is opened, by its filters. It asks again for what is on the screen, which is less, or for all of it if there
/// is nothing.
const LISTS: [(&str, &str); 14] = [
    ("dashboard: list", ""),
    ("dashboard: list, name", "&name=hello"),
    ("dashboard: list, name and version", "&name=hello&version=1"),
    ("dashboard: list, completed", "&runtimeStatus=Completed"),
    ("dashboard: list, failed (few)", "&runtimeStatus=Failed"),
    (
        "dashboard: list, not ended",
        "&runtimeStatus=Pending,Running,Suspended",
    ),
    ("dashboard: list, blocked (none)", "&blocked=true"),
    ("dashboard: list, stalled (none)", "&stalled=true"),
    ("dashboard: list, tag of half", "&tag=shop%3Dnorth"),
    ("dashboard: list, tag of few", "&tag=priority%3Dhigh"),
    (
        "dashboard: list, tag of half and failed (none)",
        "&tag=shop%3Dnorth&runtimeStatus=Failed",
    ),
    (
        "dashboard: list, tag of half and another name (none)",
        "&tag=shop%3Dnorth&name=dwell",
    ),
    ("dashboard: list, prefix of all", "&instanceIdPrefix=order-"),
    (
        "dashboard: list, prefix of 5,000",
        "&instanceIdPrefix=order-00000",
    ),
];

/// The pages that are no lists of instances.
const PAGES: [(&str, &str); 4] = [
    ("dashboard: versions", "/durable/versions"),
    ("dashboard: workers", "/durable/workers"),
    ("dashboard: fences", "/durable/fences"),
    ("dashboard: what is in flight", "/durable/status-check"),
];

/// Asks a server.
pub(super) async fn ask(server: &Router, table: &mut Table<'_>) -> durable::Result<()> {
    for (workload, filters) in LISTS {
        let path = format!("/durable/instances?newestFirst=true&top=200{filters}");
        table
            .asked(workload, async || get(server, &path).await.map(|_| ()))
            .await?;
    }
    let newest = get(server, "/durable/instances?newestFirst=true&top=30").await?;
    let newest: serde_json::Value = serde_json::from_slice(&newest)?;
    let lowest = newest["items"].as_array().and_then(|items| items.last());
    let lowest = lowest.ok_or_else(|| durable::Failure::new("the hub has no instances"))?;
    let moment = lowest["createdTime"].as_str().unwrap_or_default();
    let screen = format!("/durable/instances?createdTimeFrom={moment}&top=500");
    let instance = lowest["instanceId"].as_str().unwrap_or_default();
    let timeline = format!("/durable/instances/{instance}/timeline");
    let tree = format!("/durable/instances/{instance}/tree");
    for (workload, path) in [
        ("dashboard: what is on the screen", screen.as_str()),
        ("dashboard: one instance", &timeline),
        ("dashboard: its family", &tree),
    ]
    .into_iter()
    .chain(PAGES)
    {
        table
            .asked(workload, async || get(server, path).await.map(|_| ()))
            .await?;
    }
    Ok(())
}
