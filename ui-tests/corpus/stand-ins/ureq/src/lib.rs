//! Stands in for `ureq`.

pub struct Request;

impl Request {
    pub fn call(self) -> std::io::Result<String> {
        Ok(String::new())
    }
}

pub fn get(_url: &str) -> Request {
    Request
}
