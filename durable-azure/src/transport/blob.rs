//! The blob service: one container, and block blobs in it.

mod lease;
mod listing;

use std::time::Duration;

use hyper::Method;

use super::error::{StorageError, StorageErrorKind};
use super::operation::Operation;
use super::percent;
use super::request::Request;
use super::storage::{Sender, Service};

pub(crate) use lease::LeaseOn;

/// The most bytes of a blob that is put at once here: larger ones would be many blocks.
pub(crate) const BLOB_MAX: usize = 256 << 20;
const BINARY: &str = "application/octet-stream";

/// One container and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct BlobClient {
    sender: Sender,
    name: String,
}

impl BlobClient {
    pub(super) fn new(sender: Sender, name: &str) -> Self {
        Self {
            sender,
            name: name.to_owned(),
        }
    }

    /// Returns the absolute address of a blob, each segment of its name percent-encoded, without any right to it: as the
    /// columns of the Instances table hold it.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}{}", self.sender.address(Service::Blob), self.path(name))
    }

    /// Returns the same container with another bound for the whole of each operation.
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        Self::new(self.sender.within(total), &self.name)
    }

    /// Returns the same container with its reads answered by the secondary if the primary does not answer. Writes and
    /// leases are the primary's all the same.
    #[must_use]
    pub(crate) fn or_secondary(&self) -> Self {
        Self::new(self.sender.or_secondary(), &self.name)
    }

    /// Makes the container; returns false if it was there.
    pub(crate) async fn create(&self) -> Result<bool, StorageError> {
        let request = self.of_container(Operation::CreateContainer, Method::PUT);
        match self.sender.primary().send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.has_code("ContainerAlreadyExists") => Ok(error.uncertain),
            Err(error) => Err(error),
        }
    }

    #[cfg(test)]
    pub(crate) async fn exists(&self) -> Result<bool, StorageError> {
        let request = self.of_container(Operation::ContainerExists, Method::GET);
        match self.sender.send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes the container and its blobs; returns false if it was not there. `PreconditionFailed` if it is leased.
    #[cfg(test)]
    pub(crate) async fn delete_container(&self) -> Result<bool, StorageError> {
        let request = self.of_container(Operation::DeleteContainer, Method::DELETE);
        self.removed(&request).await
    }

    /// Stores a blob of at most [`BLOB_MAX`] bytes in place of what has its name, and returns its etag.
    /// `PreconditionFailed` if that is leased.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<String, StorageError> {
        let request = self.put_request(name, bytes)?;
        let answer = self.sender.primary().send(&request).await?.answer;
        let etag = answer.header("etag").map(str::to_owned);
        etag.ok_or_else(|| StorageError::malformed(&request, "no etag"))
    }

    /// Stores a blob of at most [`BLOB_MAX`] bytes if none has its name; returns false if one has, unless it is what an
    /// earlier attempt stored.
    pub(crate) async fn put_new(&self, name: &str, bytes: Vec<u8>) -> Result<bool, StorageError> {
        let request = self.put_request(name, bytes)?.header("if-none-match", "*");
        match self.sender.primary().send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.has_code("BlobAlreadyExists") => {
                if !error.uncertain {
                    return Ok(false);
                }
                let primary = Self::new(self.sender.primary(), &self.name);
                match primary.get(name, request.body.len()).await {
                    Ok(stored) => Ok(stored.is_some_and(|stored| stored == *request.body)),
                    // It is longer.
                    Err(other) if other.kind == StorageErrorKind::TooLarge => Ok(false),
                    Err(other) => Err(other),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a blob of at most `limit` bytes; `None` if there is none. `TooLarge` if it is longer.
    pub(crate) async fn get(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, StorageError> {
        let request = self.of_blob(Operation::GetBlob, Method::GET, name).limit(limit);
        match self.sender.send(&request).await {
            Ok(response) => Ok(Some(response.answer.body.into())),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a blob; returns false if it was not there. `PreconditionFailed` if it is leased.
    pub(crate) async fn delete(&self, name: &str) -> Result<bool, StorageError> {
        let request = self.of_blob(Operation::DeleteBlob, Method::DELETE, name);
        self.removed(&request).await
    }

    async fn removed(&self, request: &Request) -> Result<bool, StorageError> {
        match self.sender.primary().send(request).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(error.uncertain),
            Err(error) => Err(error),
        }
    }

    fn put_request(&self, name: &str, bytes: Vec<u8>) -> Result<Request, StorageError> {
        let request = self
            .of_blob(Operation::PutBlob, Method::PUT, name)
            .header("x-ms-blob-type", "BlockBlob");
        if bytes.len() > BLOB_MAX {
            let detail = format!("a blob of {} bytes; the most is {BLOB_MAX}", bytes.len());
            return Err(StorageError::new(&request, StorageErrorKind::TooLarge, detail));
        }
        Ok(request.body(BINARY, bytes))
    }

    fn of_container(&self, operation: Operation, method: Method) -> Request {
        let path = format!("/{}", percent::encode(&self.name));
        let target = format!("container {}", self.name);
        Request::new(operation, Service::Blob, method, path, target).query("restype", "container")
    }

    fn of_blob(&self, operation: Operation, method: Method, name: &str) -> Request {
        let target = format!("blob {name} of container {}", self.name);
        Request::new(operation, Service::Blob, method, self.path(name), target)
    }

    fn path(&self, name: &str) -> String {
        format!("/{}/{}", percent::encode(&self.name), percent::encode_path(name))
    }
}

#[cfg(test)]
mod tests;
