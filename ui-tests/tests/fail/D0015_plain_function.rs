//! D0015: more than a plain function.
use durable::prelude::*;
use durable::Failure;

#[activity]
async fn generic<'a, T: Send>(_: ActivityContext, _: T) -> Result<(), Failure>
where
    T: Sync,
{
    Ok(())
}

#[activity]
async unsafe fn dangerous(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(blocking)]
const fn constant(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity(blocking)]
extern "C" fn foreign(_: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

struct Shop;

impl Shop {
    #[activity]
    async fn method(&self, _: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }
}

fn main() {}
