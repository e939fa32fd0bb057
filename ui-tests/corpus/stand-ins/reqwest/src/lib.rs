//! Stands in for `reqwest`.

#[derive(Debug)]
pub struct Error;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("error")
    }
}

impl std::error::Error for Error {}

pub struct Response;

impl Response {
    pub async fn text(self) -> Result<String, Error> {
        Ok(String::new())
    }
}

pub struct RequestBuilder;

impl RequestBuilder {
    pub async fn send(self) -> Result<Response, Error> {
        Ok(Response)
    }
}

#[derive(Default)]
pub struct Client;

impl Client {
    pub fn new() -> Self {
        Self
    }

    pub fn post(&self, _url: &str) -> RequestBuilder {
        RequestBuilder
    }
}

pub async fn get(_url: &str) -> Result<Response, Error> {
    Ok(Response)
}

pub mod blocking {
    pub fn get(_url: &str) -> Result<(), super::Error> {
        Ok(())
    }
}
