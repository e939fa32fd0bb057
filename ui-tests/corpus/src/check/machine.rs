//! The machine, its threads, its disks and its networks.

use durable::prelude::*;

/// a thread
#[orchestrator]
async fn thread(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let thread = std::thread::spawn(|| 1); //~ D0004
    let _ = thread.join();
    Ok(())
}

/// threads with a scope
#[orchestrator]
async fn scoped_threads(_ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    Ok(std::thread::scope(|_| names.len())) //~ D0004
}

/// which thread it is
#[orchestrator]
async fn thread_id(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(format!("{:?}", std::thread::current().id())) //~ D0004
}

/// a pause of the thread
#[orchestrator]
async fn thread_sleep(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    std::thread::sleep(seconds(1)); //~ D0003
    Ok(())
}

/// work for a pool of threads
#[orchestrator]
async fn blocking_pool(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    tokio::task::spawn_blocking(|| ()); //~ D0004
    Ok(())
}

/// a set of tasks
#[orchestrator]
async fn join_set(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let mut tasks = tokio::task::JoinSet::new(); //~ D0004
    tasks.spawn(async {});
    Ok(())
}

/// blocking on a future
#[orchestrator]
async fn block_on(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    futures::executor::block_on(ctx.timer(seconds(1))); //~ D0005
    Ok(())
}

/// a file
#[orchestrator]
async fn read_file(_ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    Ok(std::fs::read_to_string(path)?) //~ D0005
}

/// a file, through an import
mod files {
    use std::fs::{self, File};

    use durable::prelude::*;

    #[orchestrator]
    async fn open_file(_ctx: OrchestrationContext, path: String) -> Result<u64, Failure> {
        let file = File::open(&path)?; //~ D0005
        let there = fs::exists(&path)?; //~ D0005
        Ok(file.metadata()?.len() + u64::from(there))
    }
}

/// tokio's files
#[orchestrator]
async fn tokio_file(_ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    Ok(tokio::fs::read_to_string(path).await?) //~ D0005
}

/// a connection
#[orchestrator]
async fn connect(_ctx: OrchestrationContext, to: String) -> Result<(), Failure> {
    let _stream = std::net::TcpStream::connect(to)?; //~ D0005
    Ok(())
}

/// a connection of tokio's
#[orchestrator]
async fn tokio_connect(_ctx: OrchestrationContext, to: String) -> Result<(), Failure> {
    let _stream = tokio::net::TcpStream::connect(to).await?; //~ D0005
    Ok(())
}

/// the standard input
#[orchestrator]
async fn standard_input(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?; //~ D0005
    Ok(line)
}

/// a program
#[orchestrator]
async fn program(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(std::process::Command::new("true").status()?.success()) //~ D0005
}

/// an environment variable
#[orchestrator]
async fn environment(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(std::env::var("REGION")?) //~ D0006
}

/// an environment variable, through an import
mod env_imported {
    use std::env;

    use durable::prelude::*;

    #[orchestrator]
    async fn current_dir(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
        Ok(env::current_dir()?.display().to_string()) //~ D0006
    }
}

/// environment variables by a function reference
#[orchestrator]
async fn env_reference(_ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    let read = |name: String| Some(name).map(std::env::var); //~ D0006
    Ok(names.into_iter().filter_map(read).count())
}

/// the arguments of the program
#[orchestrator]
async fn arguments(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
    Ok(std::env::args().count()) //~ D0006
}

/// the process
#[orchestrator]
async fn process_id(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(std::process::id()) //~ D0006
}

/// how many processors there are
#[orchestrator]
async fn processors(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
    Ok(std::thread::available_parallelism()?.get()) //~ D0006
}

/// a variable of the build
#[orchestrator]
async fn build_variable(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(env!("CARGO_PKG_VERSION").to_owned()) //~ D0702
}

/// a variable of the build that may be absent
#[orchestrator]
async fn optional_build_variable(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(option_env!("CI").is_some()) //~ D0702
}

/// a choice by the target
#[orchestrator]
async fn by_target(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        //~ D0702
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

/// a statement that is there or not
#[orchestrator]
async fn by_cfg(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    #[cfg(debug_assertions)] //~ D0702
    ctx.timer(seconds(1)).await;
    Ok(())
}

/// the place in the source
#[orchestrator]
async fn source_line(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(line!()) //~ D0702
}

/// a file of the build
#[orchestrator]
async fn included(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
    Ok(include_str!("machine.rs").len()) //~ D0702
}

/// catching panics
#[orchestrator]
async fn catches(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(std::panic::catch_unwind(|| ()).is_ok()) //~ D0602
}

/// ending the process
#[orchestrator]
async fn exits(_ctx: OrchestrationContext, stop: bool) -> Result<(), Failure> {
    if stop {
        std::process::exit(1); //~ D0602
    }
    Ok(())
}

/// aborting the process
#[orchestrator]
async fn aborts(_ctx: OrchestrationContext, stop: bool) -> Result<(), Failure> {
    if stop {
        std::process::abort(); //~ D0602
    }
    Ok(())
}

/// several at once
#[orchestrator]
async fn several(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let now = std::time::SystemTime::now(); //~ D0001
    let user = std::env::var("USER")?; //~ D0006
    let lucky = rand::random::<bool>(); //~ D0002
    Ok(format!("{now:?} {user} {lucky}"))
}
