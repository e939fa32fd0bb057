//! Caught by `cargo durable lint`: the compiler accepts it, and clippy resolves the names.

use std::collections::HashMap;
use std::thread as strands;
use std::time::SystemTime as T;

use durable::prelude::*;
use rand::random as luck;
use std::env::var;
use std::fs::read_to_string as slurp;
use std::thread::sleep;
use tokio::spawn as go;
use uuid::Uuid as Id;

mod clocks {
    pub(crate) use std::time::SystemTime as Wall;
}

/// a clock under another name
#[orchestrator]
async fn alias_of_clock(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = T::now(); //~ D0001
    Ok(())
}

/// a clock re-exported by another module
#[orchestrator]
async fn re_exported(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = clocks::Wall::now(); //~ D0001
    Ok(())
}

/// a random number under another name
#[orchestrator]
async fn alias_of_random(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(luck()) //~ D0002
}

/// an id under another name
#[orchestrator]
async fn alias_of_uuid(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(Id::new_v4().to_string()) //~ D0002
}

/// a function imported by its bare name
#[orchestrator]
async fn bare_sleep(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    sleep(seconds(1)); //~ D0003
    Ok(())
}

/// a module under another name
#[orchestrator]
async fn alias_of_module(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = strands::spawn(|| ()); //~ D0004
    Ok(())
}

/// a task under another name
#[orchestrator]
async fn alias_of_spawn(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = go(async {}); //~ D0004
    Ok(())
}

/// a file under another name
#[orchestrator]
async fn alias_of_read(_ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    Ok(slurp(path)?) //~ D0005
}

/// a bare function of the environment
#[orchestrator]
async fn bare_var(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(var("REGION")?) //~ D0006
}

/// a bare function as a reference
#[orchestrator]
async fn bare_reference(_ctx: OrchestrationContext, name: Option<String>) -> Result<bool, Failure> {
    Ok(name.map(var).is_some()) //~ D0006
}

/// a clock inside a macro of one's own
macro_rules! stamp {
    () => {
        std::time::SystemTime::now() //~ D0001
    };
}

#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
async fn inside_macro(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = stamp!();
    Ok(())
}

/// a timer of another library that a macro of one's own awaits
macro_rules! pause {
    () => {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await //~ D0003
    };
}

#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
async fn awaits_in_macro(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    pause!();
    Ok(())
}

/// a channel that a macro of one's own waits for
#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
async fn hidden_channel(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    let (sender, receiver) = tokio::sync::oneshot::channel::<u32>(); //~ D0101
    sender.send(1).unwrap_or_default();
    Ok(wait!(receiver).is_ok())
}

macro_rules! wait {
    ($future:expr) => {
        $future.await
    };
}
use wait;

/// a clock under another name in a marked method
struct Shelf;

impl Shelf {
    #[deterministic]
    fn is_late(&self) -> bool {
        T::now() > std::time::UNIX_EPOCH //~ D0001
    }
}

/// a clock under another name in a marked `impl`
#[deterministic]
impl Shelf {
    fn is_early(&self) -> bool {
        T::now() < std::time::UNIX_EPOCH //~ D0001
    }
}

/// a clock under another name in a method that a marked trait provides
#[deterministic]
trait Late {
    fn late(&self) -> bool {
        T::now() > std::time::UNIX_EPOCH //~ D0001
    }
}

/// a random number through a glob import
mod glob {
    use durable::prelude::*;
    use rand::*;

    #[orchestrator]
    async fn through_glob(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
        Ok(random()) //~ D0002
    }
}

/// a bare function in a closure
#[orchestrator]
async fn bare_in_closure(_ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    Ok(names.iter().filter(|name| var(name).is_ok()).count()) //~ D0006
}

/// an imported function that is kept in a variable
#[orchestrator]
async fn bare_in_variable(_ctx: OrchestrationContext, _: ()) -> Result<u64, Failure> {
    let dice = luck::<u64>; //~ D0002
    Ok(dice())
}

/// a clock as the default of a value
#[orchestrator]
async fn as_default(_ctx: OrchestrationContext, late: bool) -> Result<bool, Failure> {
    let at = late.then_some(std::time::UNIX_EPOCH).unwrap_or_else(T::now); //~ D0001
    Ok(at > std::time::UNIX_EPOCH)
}

/// a clock under another name in a match arm
#[orchestrator]
async fn alias_in_arm(_ctx: OrchestrationContext, n: u32) -> Result<bool, Failure> {
    let at = match n {
        0 => std::time::UNIX_EPOCH,
        _ => T::now(), //~ D0001
    };
    Ok(at > std::time::UNIX_EPOCH)
}

/// a clock under another name in an async block
#[orchestrator]
async fn alias_in_block(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    let block = async { T::now() }; //~ D0001
    Ok(block.await > std::time::UNIX_EPOCH)
}

/// a clock under another name in a marked helper
#[deterministic]
fn alias_in_helper() -> bool {
    T::now() > std::time::UNIX_EPOCH //~ D0001
}

/// a clock under another name in the arguments of a macro
#[orchestrator]
async fn alias_in_macro(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(format!("{:?}", T::now())) //~ D0001
}

/// a file's existence, by a method
#[orchestrator]
async fn path_method(_ctx: OrchestrationContext, path: std::path::PathBuf) -> Result<bool, Failure> {
    Ok(path.exists()) //~ D0005
}

/// a channel of the standard library that is waited for
#[orchestrator]
async fn receives(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let (sender, receiver) = std::sync::mpsc::channel();
    sender.send(1)?;
    Ok(receiver.recv()?) //~ D0005
}

/// iterating the map of the dashmap crate
#[orchestrator]
async fn dash_map(_ctx: OrchestrationContext, names: Vec<String>) -> Result<Vec<String>, Failure> {
    let index: dashmap::DashMap<String, u32> = names.into_iter().map(|name| (name, 1)).collect();
    Ok(index.iter().map(|entry| entry.key().clone()).collect()) //~ D0301
}

/// iterating the map of the hashbrown crate
#[orchestrator]
async fn hashbrown_map(_ctx: OrchestrationContext, names: Vec<String>) -> Result<Vec<String>, Failure> {
    let index: hashbrown::HashMap<String, u32> = names.into_iter().map(|name| (name, 1)).collect();
    Ok(index.keys().cloned().collect()) //~ D0301
}

/// iterating a set of the hashbrown crate
#[orchestrator]
async fn hashbrown_set(_ctx: OrchestrationContext, names: Vec<String>) -> Result<Option<String>, Failure> {
    let names: hashbrown::HashSet<String> = names.into_iter().collect();
    Ok(names.iter().next().cloned()) //~ D0301
}

/// a bare type's name
mod type_name_imported {
    use std::any::type_name;

    use durable::prelude::*;

    #[orchestrator]
    async fn bare_type_name(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
        Ok(type_name::<u8>().len()) //~ D0304
    }
}

// An activity may do all of it.
#[activity]
async fn free(_ctx: ActivityContext, _: ()) -> Result<String, Failure> {
    sleep(std::time::Duration::ZERO);
    let index = HashMap::from([(luck::<u32>(), T::now())]);
    Ok(format!("{index:?} {:?}", var("HOME")))
}
