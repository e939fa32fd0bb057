//! The names of the queues, tables and containers of a hub.

use super::hub_name::HubName;

/// The fewest and the most control queues a hub may have.
pub(crate) const PARTITIONS: std::ops::RangeInclusive<u32> = 1..=16;

/// How many control queues a hub has unless it says otherwise.
pub(crate) const PARTITIONS_DEFAULT: u32 = 4;

/// The prefix of the tables in a tracking store of its own that names none.
pub(crate) const TRACKING_PREFIX_DEFAULT: &str = "DurableTask";

/// The blob in the container of the app lease.
pub(crate) const APP_LEASE_BLOB_SUFFIX: &str = "-appleaseinfo";

/// The most characters the name of a table may have.
const TABLE_NAME_MAX: usize = 63;

/// Why a text cannot stand before the names of tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the prefix `{text}` cannot begin the name of a table: it needs an ASCII letter, then letters and digits, at most {} in all",
    TABLE_NAME_MAX - "Instances".len()
)]
pub struct TrackingPrefixError {
    text: String,
}

/// The names of everything that belongs to one hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    hub: HubName,
    /// The hub's name in small letters, as queues and containers have it.
    small: String,
    /// What the tables of histories and instances begin with.
    tracking: String,
}

impl Names {
    /// Makes the names of a hub with one storage account.
    pub(crate) fn new(hub: HubName) -> Self {
        Self {
            small: hub.as_str().to_ascii_lowercase(),
            tracking: hub.as_str().to_owned(),
            hub,
        }
    }

    /// Makes the names of a hub whose tables and blobs are in a tracking store of their own.
    ///
    /// Only histories and instances get the prefix. The store of tables and blobs is another account; queues stay.
    pub(crate) fn with_tracking_prefix(hub: HubName, prefix: &str) -> Result<Self, TrackingPrefixError> {
        let letters = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let first = prefix.starts_with(|c: char| c.is_ascii_alphabetic());
        if !letters || !first || prefix.len() + "Instances".len() > TABLE_NAME_MAX {
            return Err(TrackingPrefixError {
                text: prefix.chars().take(TABLE_NAME_MAX).collect(),
            });
        }
        Ok(Self {
            tracking: prefix.to_owned(),
            ..Self::new(hub)
        })
    }

    /// Returns the hub's name, as the column `TaskHubName` has it.
    pub(crate) fn hub(&self) -> &HubName {
        &self.hub
    }

    /// Returns the queue of a partition.
    pub(crate) fn control_queue(&self, partition: u32) -> String {
        format!("{}-control-{partition:02}", self.small)
    }

    /// Returns the partition whose control queue has a name.
    pub(crate) fn partition_of_queue(&self, queue: &str) -> Option<u32> {
        let rest = queue.strip_prefix(self.small.as_str())?;
        let digits = rest.strip_prefix("-control-")?;
        let plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        if plain { digits.parse().ok() } else { None }
    }

    /// Returns the queue of activities.
    pub(crate) fn work_item_queue(&self) -> String {
        format!("{}-workitems", self.small)
    }

    /// Returns the table of histories.
    pub(crate) fn history_table(&self) -> String {
        format!("{}History", self.tracking)
    }

    /// Returns the table of instances.
    pub(crate) fn instances_table(&self) -> String {
        format!("{}Instances", self.tracking)
    }

    /// Returns the table of who owns which control queue.
    pub(crate) fn partitions_table(&self) -> String {
        format!("{}Partitions", self.hub)
    }

    /// Returns a table that the Durable Task Framework does not have: `OrdersDurableActivities`.
    pub(crate) fn own_table(&self, what: &str) -> String {
        format!("{}Durable{what}", self.hub)
    }

    /// Returns the container of what is too large for a message or a row.
    pub(crate) fn large_message_container(&self) -> String {
        format!("{}-largemessages", self.small)
    }

    /// Returns the container whose lease is the app lease.
    pub(crate) fn app_lease_container(&self) -> String {
        format!("{}-applease", self.small)
    }

    /// Returns the blob that says which app has the lease.
    pub(crate) fn app_lease_blob(&self) -> String {
        format!("{}{APP_LEASE_BLOB_SUFFIX}", self.small)
    }
}

/// Returns the lease id of an app: all its workers share it, so that each may renew what another acquired.
///
/// It is a GUID whose first four bytes are the hash of the app's name. .NET reads these as one number.
pub(crate) fn app_lease_id(app: &str) -> String {
    format!("{:08x}-0000-0000-0000-000000000000", super::hash::fnv1a(app))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> HubName {
        HubName::new("Orders").unwrap()
    }

    #[test]
    fn queues_and_containers_are_in_small_letters_and_tables_as_given() {
        let names = Names::new(orders());
        assert_eq!(names.control_queue(2), "orders-control-02");
        assert_eq!(names.control_queue(15), "orders-control-15");
        assert_eq!(names.work_item_queue(), "orders-workitems");
        assert_eq!(names.history_table(), "OrdersHistory");
        assert_eq!(names.instances_table(), "OrdersInstances");
        assert_eq!(names.partitions_table(), "OrdersPartitions");
        assert_eq!(names.own_table("Activities"), "OrdersDurableActivities");
        assert_eq!(names.large_message_container(), "orders-largemessages");
        assert_eq!(names.app_lease_container(), "orders-applease");
        assert_eq!(names.app_lease_blob(), "orders-appleaseinfo");
        assert_eq!(names.hub(), &orders());
    }

    #[test]
    fn a_tracking_store_renames_histories_and_instances_only() {
        let names = Names::with_tracking_prefix(orders(), TRACKING_PREFIX_DEFAULT).unwrap();
        assert_eq!(names.history_table(), "DurableTaskHistory");
        assert_eq!(names.instances_table(), "DurableTaskInstances");
        assert_eq!(names.partitions_table(), "OrdersPartitions");
        assert_eq!(names.large_message_container(), "orders-largemessages");
        for bad in ["", "7x", "a-b", &"x".repeat(55)] {
            assert!(Names::with_tracking_prefix(orders(), bad).is_err(), "{bad}");
        }
        assert!(Names::with_tracking_prefix(orders(), &"x".repeat(54)).is_ok());
    }

    #[test]
    fn the_longest_names_fit() {
        let names = Names::new(HubName::new(&"x".repeat(45)).unwrap());
        for name in [
            names.own_table("Activities"),
            names.large_message_container(),
            names.control_queue(15),
        ] {
            assert!(name.len() <= TABLE_NAME_MAX, "{name}");
        }
    }

    #[test]
    fn a_control_queue_tells_its_partition() {
        let names = Names::new(orders());
        for partition in PARTITIONS {
            assert_eq!(
                names.partition_of_queue(&names.control_queue(partition)),
                Some(partition)
            );
        }
        for other in [
            "orders-workitems",
            "orders-control-2",
            "orders-control-+2",
            "shop-control-02",
        ] {
            assert_eq!(names.partition_of_queue(other), None, "{other}");
        }
    }

    #[test]
    fn the_lease_of_an_app_is_named_by_its_hash() {
        assert_eq!(app_lease_id("MyApp"), "828293a6-0000-0000-0000-000000000000");
    }
}
