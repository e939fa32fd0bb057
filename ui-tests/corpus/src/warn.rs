//! What is a warning: it may be right, and often is not.

use durable::prelude::*;

macro_rules! twice {
    ($e:expr) => {
        $e + $e
    };
}

static COUNTER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

/// a macro of one's own
#[orchestrator]
async fn own_macro(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(twice!(n)) //~ D0104
}

/// printing
#[orchestrator]
async fn prints(_ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
    println!("hello {name}"); //~ D0401
    Ok(())
}

/// printing an error
#[orchestrator]
async fn prints_errors(_ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
    eprintln!("hello {name}"); //~ D0401
    Ok(())
}

/// debugging
#[orchestrator]
async fn debugs(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(dbg!(n)) //~ D0401
}

/// an address as text
#[orchestrator]
async fn address(_ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(format!("{:p}", &name)) //~ D0303
}

/// an address as a number
#[orchestrator]
async fn address_number(_ctx: OrchestrationContext, name: String) -> Result<bool, Failure> {
    Ok(&raw const name as usize % 32 == 0) //~ D0303
}

/// a type's name
#[orchestrator]
async fn type_name(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(std::any::type_name::<Failure>().to_owned()) //~ D0304
}

/// a counter shared by all instances
#[orchestrator]
async fn shared_counter(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(COUNTER.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) //~ D0305
}

/// a static of the body's own
#[orchestrator]
async fn own_static(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    static SEEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new(); //~ D0305
    Ok(*SEEN.get_or_init(|| 1)) //~ D0305
}

/// a loop without an end
#[orchestrator]
async fn endless(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    loop {
        //~ D0701
        ctx.timer(seconds(1)).await;
    }
}

/// a `while` without an end
#[orchestrator]
async fn endless_while(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    while true {
        //~ D0701
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

/// the age of an `Instant` of the input's
#[orchestrator]
async fn elapsed(_ctx: OrchestrationContext, at: std::time::SystemTime) -> Result<bool, Failure> {
    Ok(at.elapsed().is_ok()) //~ D0001
}

/// a macro of one's own in a match arm
#[orchestrator]
async fn macro_in_arm(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(match n {
        0 => 0,
        n => twice!(n), //~ D0104
    })
}

/// a macro of one's own as a statement
#[orchestrator]
async fn macro_statement(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    let mut sum = n;
    add!(sum, n); //~ D0104
    Ok(sum)
}

macro_rules! add {
    ($to:ident, $e:expr) => {
        $to += $e;
    };
}
use add;

/// a macro of one's own in a marked helper
#[deterministic]
fn macro_in_helper(n: u32) -> u32 {
    twice!(n) //~ D0104
}

/// printing in a closure
#[orchestrator]
async fn prints_each(_ctx: OrchestrationContext, names: Vec<String>) -> Result<(), Failure> {
    names.iter().for_each(|name| println!("{name}")); //~ D0401
    Ok(())
}

/// the address of a shared value
#[orchestrator]
async fn address_of_arc(_ctx: OrchestrationContext, name: String) -> Result<bool, Failure> {
    let name = std::sync::Arc::new(name);
    Ok(std::sync::Arc::as_ptr(&name) > std::ptr::null()) //~ D0303
}

/// an address in a macro's text
#[orchestrator]
async fn address_written(_ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    use std::fmt::Write as _;
    let mut text = String::new();
    write!(text, "{name:p}", name = &name)?; //~ D0303
    Ok(text)
}

/// the id of a type
#[orchestrator]
async fn type_id(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(std::any::TypeId::of::<u32>() < std::any::TypeId::of::<u64>()) //~ D0304 D0304
}

/// a type's name, by an import
mod type_name_imported {
    use std::any::type_name_of_val;

    use durable::prelude::*;

    #[orchestrator]
    async fn imported_type_name(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
        Ok(type_name_of_val(&1).len()) //~ D0304
    }
}

/// a value of the thread
#[orchestrator]
async fn thread_local_value(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(std::thread::LocalKey::with(&LOCAL, std::cell::Cell::get)) //~ D0305
}

thread_local! {
    static LOCAL: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// a lock shared by all instances
#[orchestrator]
async fn shared_lock(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    static SHARED: std::sync::Mutex<u32> = std::sync::Mutex::new(0); //~ D0305
    Ok(SHARED.lock().map_or(0, |shared| *shared)) //~ D0305
}

/// a loop that is left only in its inner loop
#[orchestrator]
async fn inner_break(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    loop {
        //~ D0701
        loop {
            ctx.timer(seconds(1)).await;
            break;
        }
    }
}

/// a loop that waits for events without an end
#[orchestrator]
async fn endless_events(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let mut sum = 0;
    loop {
        //~ D0701
        sum += ctx.event::<u32>("more").await;
        ctx.set_custom_status(&sum)?;
    }
}

struct Counters {
    orders: std::sync::atomic::AtomicU32,
}

static COUNTERS: Counters = Counters {
    orders: std::sync::atomic::AtomicU32::new(0),
};

/// a field of a static
#[orchestrator]
async fn field_of_static(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(COUNTERS.orders.load(std::sync::atomic::Ordering::Relaxed)) //~ D0305
}
