//! Where the emulator's account is, and how one gets in.

use std::fmt;

/// The account's name, from the emulator's public documentation.
pub const ACCOUNT_NAME: &str = "devstoreaccount1";

/// The account's key in base64, from the emulator's public documentation: it protects nothing.
pub const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// One of the three services of a storage account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Containers and blobs.
    Blob,
    /// Queues and messages.
    Queue,
    /// Tables and entities.
    Table,
}

impl Service {
    /// All three, in the order in which the emulator names them.
    pub const ALL: [Self; 3] = [Self::Blob, Self::Queue, Self::Table];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blob => "Blob",
            Self::Queue => "Queue",
            Self::Table => "Table",
        }
    }
}

/// The account at three ports of the loopback address: the emulator's own, or a proxy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub(crate) blob: u16,
    pub(crate) queue: u16,
    pub(crate) table: u16,
}

impl Account {
    /// The port of a service.
    pub fn port(&self, service: Service) -> u16 {
        match service {
            Service::Blob => self.blob,
            Service::Queue => self.queue,
            Service::Table => self.table,
        }
    }

    pub(crate) fn port_mut(&mut self, service: Service) -> &mut u16 {
        match service {
            Service::Blob => &mut self.blob,
            Service::Queue => &mut self.queue,
            Service::Table => &mut self.table,
        }
    }

    /// The address of a service, without a slash at its end.
    pub fn endpoint(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}/{ACCOUNT_NAME}", self.port(service))
    }

    /// The address for reads where the account is replicated to.
    pub fn secondary_endpoint(&self, service: Service) -> String {
        format!("{}-secondary", self.endpoint(service))
    }
}

/// The connection string, without the secondary endpoints: clients derive them from these.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DefaultEndpointsProtocol=http;AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};"
        )?;
        for service in Service::ALL {
            write!(f, "{}Endpoint={};", service.name(), self.endpoint(service))?;
        }
        Ok(())
    }
}
