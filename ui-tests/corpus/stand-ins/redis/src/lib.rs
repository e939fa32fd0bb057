//! Stands in for `redis`.

pub struct Client;

impl Client {
    pub fn open(_url: &str) -> Result<Self, std::io::Error> {
        Ok(Self)
    }
}
