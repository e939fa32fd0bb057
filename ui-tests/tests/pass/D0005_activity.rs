//! D0005: I/O belongs in activities; its data types are fine everywhere.
use durable::prelude::*;

#[activity(blocking)]
fn read(_ctx: ActivityContext, path: String) -> Result<String, Failure> {
    Ok(std::fs::read_to_string(path)?)
}

#[orchestrator]
async fn reader(ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    let name = std::path::Path::new(&path).file_name().map(|name| name.len());
    if name.is_none() {
        return Err(std::io::Error::other("no file").into());
    }
    Ok(ctx.call(read, path).await?)
}

/// A type of one's own that is called like one of the standard library.
#[derive(Clone, Copy)]
struct File(u32);

impl File {
    fn open(number: u32) -> Self {
        Self(number)
    }
}

mod cabinet {
    pub struct File;

    impl File {
        pub fn open(number: u32) -> u32 {
            number
        }
    }
}

#[orchestrator]
async fn files(_ctx: OrchestrationContext, number: u32) -> Result<u32, Failure> {
    use crate::cabinet::File as Folder;
    Ok(self::File::open(number).0 + crate::cabinet::File::open(number) + Folder::open(number))
}

fn main() {}
