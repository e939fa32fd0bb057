//! The names of a task hub, and where an instance is in it (sections 1, 2 and 10 of the specification).

use std::io;

use super::large;
use crate::account::{Account, Service};
use crate::rest::Ask;
use crate::tables::{self, Columns};

/// A task hub in an account, as a foreign program sees it. Nothing is created by making one.
#[derive(Debug, Clone)]
pub struct ForeignHub {
    account: Account,
    name: String,
    partitions: u32,
}

impl ForeignHub {
    /// The hub of this name, which has so many control queues.
    pub fn new(account: Account, name: &str, partitions: u32) -> Self {
        Self {
            account,
            name: name.to_owned(),
            partitions,
        }
    }

    /// Creates what is missing of its tables, queues and partition rows.
    pub async fn create(&self) -> io::Result<()> {
        let partition_table = self.partition_table();
        tables::create(self.account, &partition_table).await?;
        tables::create(self.account, &self.history_table()).await?;
        tables::create(self.account, &self.instances_table()).await?;
        let controls = (0..self.partitions).map(|index| self.control_queue(index));
        for queue in controls.clone().chain([self.work_item_queue()]) {
            let created = Ask::new(Service::Queue, "PUT", &format!("/{queue}"))
                .send(self.account)
                .await?;
            tables::expect(created, &[201, 204])?;
        }
        for queue in controls {
            let row = format!(r#"{{"PartitionKey":"","RowKey":"{queue}","IsDraining":false}}"#);
            let inserted = tables::ask_with("POST", &format!("/{partition_table}"), &row);
            tables::expect(inserted.send(self.account).await?, &[201, 204, 409])?;
        }
        Ok(())
    }

    /// The hub's name as configured.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account that it is in.
    pub fn account(&self) -> Account {
        self.account
    }

    /// How many control queues it has.
    pub fn partitions(&self) -> u32 {
        self.partitions
    }

    /// The row of an instance, with `odata.etag` and the types that JSON has none for. `None` if there is none.
    pub async fn instance(&self, instance: &str) -> io::Result<Option<Columns>> {
        tables::get(self.account, &self.instances_table(), &escape_key(instance), "").await
    }

    /// The rows of an instance's history in their order, the sentinel last.
    pub async fn history(&self, instance: &str) -> io::Result<Vec<Columns>> {
        let filter = format!("PartitionKey eq '{}'", escape_key(instance).replace('\'', "''"));
        tables::query(self.account, &self.history_table(), Some(&filter)).await
    }

    /// What a column of an instance's row stands for: itself, or what is in the blob that it names.
    pub async fn resolve(&self, value: &str) -> io::Result<String> {
        large::resolve(self, value).await
    }

    /// The rows of the partition table.
    pub async fn partition_rows(&self) -> io::Result<Vec<Columns>> {
        tables::query(self.account, &self.partition_table(), None).await
    }

    pub(super) fn control_queue(&self, index: u32) -> String {
        format!("{}-control-{index:02}", self.name.to_lowercase())
    }

    /// The control queue of an instance.
    pub(super) fn queue_of(&self, instance: &str) -> String {
        self.control_queue(fnv1a(instance) % self.partitions)
    }

    pub(super) fn work_item_queue(&self) -> String {
        format!("{}-workitems", self.name.to_lowercase())
    }

    pub(super) fn large_container(&self) -> String {
        format!("{}-largemessages", self.name.to_lowercase())
    }

    pub(super) fn history_table(&self) -> String {
        format!("{}History", self.name)
    }

    pub(super) fn instances_table(&self) -> String {
        format!("{}Instances", self.name)
    }

    pub(super) fn partition_table(&self) -> String {
        format!("{}Partitions", self.name)
    }
}

fn fnv1a(text: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    text.bytes().fold(2_166_136_261, mix)
}

/// The partition key of an instance: what tables do not take is escaped.
pub(super) fn escape_key(instance: &str) -> String {
    let mut key = String::new();
    for character in instance.chars() {
        match character {
            '^' => key.push_str("^^"),
            '/' => key.push_str("^0"),
            '\\' => key.push_str("^1"),
            '#' => key.push_str("^2"),
            '?' => key.push_str("^3"),
            _ if character.is_control() => {
                key.push('^');
                key.extend(char::from_u32(u32::from(character) + 0xc0));
            }
            _ => key.push(character),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_in_the_partition_of_the_specification() {
        for (instance, hash, of_16) in [
            ("", 0x811c_9dc5, 5),
            ("abc", 0x1a47_e90b, 11),
            ("f71ac761454f41468d9923ac39e9bdbc", 0x6198_f775, 5),
            ("@counter@mykey", 0xcc6a_5e00, 0),
            ("order-123", 0xa508_cf1a, 10),
            ("héllo", 0x4aa4_8540, 0),
        ] {
            assert_eq!(
                (fnv1a(instance), fnv1a(instance) % 16),
                (hash, of_16),
                "{instance}"
            );
        }
    }

    #[test]
    fn keys_are_escaped_as_the_specification_says() {
        for (instance, key) in [
            ("a/b", "a^0b"),
            ("x^y", "x^^y"),
            ("q?#\\", "q^3^2^1"),
            ("tab\there", "tab^Éhere"),
        ] {
            assert_eq!(escape_key(instance), key);
        }
    }
}
