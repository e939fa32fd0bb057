//! Crates that do I/O, and which of their functions do.

use super::paths::is_type;

/// Crates that talk to networks, databases, brokers, mail servers or clouds.
pub(super) const CRATES: &[&str] = &[
    "amqprs",
    "async_nats",
    "attohttpc",
    "aws_config",
    "bb8",
    "clickhouse",
    "curl",
    "deadpool",
    "deadpool_postgres",
    "diesel",
    "diesel_async",
    "elasticsearch",
    "etcd_client",
    "fantoccini",
    "h2",
    "hickory_resolver",
    "hyper",
    "hyper_util",
    "isahc",
    "k8s_openapi",
    "kafka",
    "kube",
    "lapin",
    "ldap3",
    "lettre",
    "meilisearch_sdk",
    "memcache",
    "mongodb",
    "mysql",
    "mysql_async",
    "nats",
    "native_tls",
    "object_store",
    "octocrab",
    "opendal",
    "pulsar",
    "quinn",
    "r2d2",
    "rdkafka",
    "redis",
    "reqwest",
    "rocksdb",
    "rumqttc",
    "rusoto_core",
    "rusqlite",
    "russh",
    "rustls",
    "scylla",
    "sea_orm",
    "sled",
    "sqlite",
    "sqlx",
    "ssh2",
    "suppaftp",
    "surf",
    "surrealdb",
    "tiberius",
    "tokio_native_tls",
    "tokio_postgres",
    "postgres",
    "tokio_rusqlite",
    "tokio_rustls",
    "tokio_tungstenite",
    "tonic",
    "trust_dns_resolver",
    "tungstenite",
    "ureq",
    "zeromq",
    "zmq",
];

/// Crates of one family.
pub(super) const FAMILIES: &[&str] = &["aws_sdk_", "azure_", "google_cloud_", "gcloud_", "fred_"];

/// What a type is called that holds or makes a connection.
const CONNECTED: &[&str] = &[
    "Agent",
    "Api",
    "Channel",
    "Client",
    "Conn",
    "Connector",
    "Consumer",
    "Database",
    "Endpoint",
    "Listener",
    "Mailer",
    "Pool",
    "Producer",
    "Resolver",
    "Server",
    "Session",
    "Socket",
    "Stream",
    "Transport",
];

/// Modules of these crates that only hold data.
const DATA: &[&str] = &[
    "bson", "error", "errors", "header", "http", "model", "models", "types", "value",
];

/// Returns whether a path is a function that does I/O: one of such a crate's own, or one of a type that is connected
/// to something. Their errors, status codes and other data are left alone.
pub(super) fn does_io(path: &[String]) -> bool {
    let [first, modules @ .., last] = path else {
        return false;
    };
    let known = CRATES.contains(&first.as_str()) || FAMILIES.iter().any(|family| first.starts_with(family));
    if !known || !last.starts_with(|first: char| first.is_lowercase()) {
        return false;
    }
    if modules.iter().any(|module| DATA.contains(&module.as_str())) {
        return false;
    }
    match modules.iter().find(|module| is_type(module)) {
        None => true,
        Some(ty) => is_connected(ty),
    }
}

/// Returns whether a type is called after a connection, as one of the words in its name.
fn is_connected(ty: &str) -> bool {
    const DATA_OF_IT: [&str; 5] = ["Config", "Error", "Info", "Options", "Status"];
    !DATA_OF_IT.iter().any(|end| ty.ends_with(end)) && CONNECTED.iter().any(|word| ty.contains(word))
}
