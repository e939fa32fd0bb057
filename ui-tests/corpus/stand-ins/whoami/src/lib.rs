//! Stands in for `whoami`.

pub fn username() -> String {
    String::new()
}
