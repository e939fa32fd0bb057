//! Crates of others.

use std::time::Duration;

use durable::prelude::*;

/// an id with the time in it: ulid
#[orchestrator]
async fn ulid_new(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(ulid::Ulid::new().to_string()) //~ D0002
}

/// ulids made one after the other
#[orchestrator]
async fn ulid_generator(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    let mut ids = ulid::Generator::new(); //~ D0002
    Ok(ids.generate().is_ok())
}

/// an id by a macro: nanoid
#[orchestrator]
async fn nanoid_macro(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(nanoid::nanoid!()) //~ D0002
}

/// an id by an imported macro
mod nanoid_imported {
    use durable::prelude::*;
    use nanoid::nanoid;

    #[orchestrator]
    async fn order_number(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
        Ok(format!("order-{}", nanoid!(10))) //~ D0002
    }
}

/// an id: cuid2
#[orchestrator]
async fn cuid(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(cuid2::create_id()) //~ D0002
}

/// an id of a database
#[orchestrator]
async fn object_id(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(format!("{:?}", mongodb::bson::oid::ObjectId::new())) //~ D0002
}

/// quanta's clock
#[orchestrator]
async fn quanta_clock(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(quanta::Instant::now() > quanta::Instant::recent()) //~ D0001 D0001
}

/// a timer of `futures-timer`
#[orchestrator]
async fn delay(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    futures_timer::Delay::new(Duration::from_secs(1)).await; //~ D0003
    Ok(())
}

/// smol's timer
#[orchestrator]
async fn smol_timer(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    smol::Timer::after(Duration::from_secs(1)).await; //~ D0003
    Ok(())
}

/// async-std's sleep
#[orchestrator]
async fn async_std_sleep(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    async_std::task::sleep(Duration::from_secs(1)).await; //~ D0003
    Ok(())
}

/// a task of smol's
#[orchestrator]
async fn smol_spawn(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let task = smol::spawn(async { 1 }); //~ D0004
    Ok(task.await)
}

/// work for smol's threads
#[orchestrator]
async fn smol_unblock(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(smol::unblock(|| 1).await) //~ D0004
}

/// a task of async-std's, through its module
mod async_std_imported {
    use async_std::task;
    use durable::prelude::*;

    #[orchestrator]
    async fn async_std_spawn(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
        let _ = task::spawn(async {}); //~ D0004
        Ok(())
    }
}

/// rayon's pool
#[orchestrator]
async fn rayon_join(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    let (a, b) = rayon::join(|| n + 1, || n + 2); //~ D0004
    Ok(a + b)
}

/// threads of crossbeam's
#[orchestrator]
async fn crossbeam_scope(_ctx: OrchestrationContext, names: Vec<String>) -> Result<bool, Failure> {
    Ok(crossbeam::scope(|_| names.len()).is_ok()) //~ D0004
}

/// blocking, by smol
#[orchestrator]
async fn smol_block_on(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    smol::block_on(async {}); //~ D0005
    Ok(())
}

/// a file of smol's
#[orchestrator]
async fn smol_file(_ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    Ok(smol::fs::read_to_string(&path).await?) //~ D0005
}

/// a file of async-std's
#[orchestrator]
async fn async_std_file(_ctx: OrchestrationContext, path: String) -> Result<String, Failure> {
    Ok(async_std::fs::read_to_string(&path).await?) //~ D0005
}

/// a request
#[orchestrator]
async fn reqwest_get(_ctx: OrchestrationContext, url: String) -> Result<String, Failure> {
    Ok(reqwest::get(&url).await?.text().await?) //~ D0005
}

/// a client for requests
#[orchestrator]
async fn reqwest_client(_ctx: OrchestrationContext, url: String) -> Result<String, Failure> {
    let client = reqwest::Client::new(); //~ D0005
    let response = client.post(&url).send().await?; //~ D0101
    Ok(response.text().await?) //~ D0101
}

/// a request that blocks
#[orchestrator]
async fn reqwest_blocking(_ctx: OrchestrationContext, url: String) -> Result<(), Failure> {
    reqwest::blocking::get(&url)?; //~ D0005
    Ok(())
}

/// ureq
#[orchestrator]
async fn ureq_get(_ctx: OrchestrationContext, url: String) -> Result<String, Failure> {
    Ok(ureq::get(&url).call()?) //~ D0005
}

/// a database
#[orchestrator]
async fn sqlx_query(_ctx: OrchestrationContext, url: String) -> Result<u64, Failure> {
    let pool = sqlx::PgPool::connect(&url).await?; //~ D0005
    Ok(sqlx::query("DELETE FROM orders").execute(&pool).await?) //~ D0005
}

/// a cache
#[orchestrator]
async fn redis_open(_ctx: OrchestrationContext, url: String) -> Result<bool, Failure> {
    Ok(redis::Client::open(url.as_str()).is_ok()) //~ D0005
}

/// another service
#[orchestrator]
async fn tonic_channel(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _channel = tonic::transport::Channel::from_static("http://localhost"); //~ D0005
    Ok(())
}

/// a document database
#[orchestrator]
async fn mongo(_ctx: OrchestrationContext, uri: String) -> Result<bool, Failure> {
    Ok(mongodb::Client::with_uri_str(&uri).await.is_ok()) //~ D0005
}

/// how many processors there are, by `num_cpus`
#[orchestrator]
async fn cpus(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
    Ok(num_cpus::get()) //~ D0006
}

/// the machine's name
#[orchestrator]
async fn host_name(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(hostname::get()?.is_ascii()) //~ D0006
}

/// the user's name
#[orchestrator]
async fn user_name(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(whoami::username()) //~ D0006
}

/// logging that repeats at each replay
#[orchestrator]
async fn logs(_ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
    log::info!("hello {name}"); //~ D0401
    Ok(())
}
