//! Stands in for `async-std`.

pub mod task {
    use std::time::Duration;

    pub async fn sleep(_duration: Duration) {}

    pub fn spawn<F: Future>(future: F) -> F {
        future
    }

    pub fn block_on<F: Future>(_future: F) {}
}

pub mod fs {
    pub async fn read_to_string(_path: &str) -> std::io::Result<String> {
        Ok(String::new())
    }
}
