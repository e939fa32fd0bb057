//! Clocks.

use durable::prelude::*;

/// the wall clock of the standard library
#[orchestrator]
async fn system_time(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let begin = std::time::SystemTime::now(); //~ D0001
    ctx.set_custom_status(&format!("{begin:?}"))
}

/// the monotonic clock
#[orchestrator]
async fn instant(_ctx: OrchestrationContext, _: ()) -> Result<u64, Failure> {
    let begin = std::time::Instant::now(); //~ D0001
    Ok(u64::try_from(begin.elapsed().as_millis())?) //~ D0001
}

/// a clock imported at the top of the module
mod imported {
    use std::time::Instant;

    use durable::prelude::*;

    #[orchestrator]
    async fn imported_instant(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
        let begin = Instant::now(); //~ D0001
        Ok(begin < Instant::now()) //~ D0001
    }
}

/// a clock under another name, imported in the body
#[orchestrator]
async fn renamed_in_body(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    use std::time::SystemTime as Clock;
    let _now = Clock::now(); //~ D0001
    Ok(())
}

/// a clock as a function reference
#[orchestrator]
async fn clock_reference(_ctx: OrchestrationContext, at: Option<u32>) -> Result<bool, Failure> {
    Ok(at.map(|_| ()).map_or_else(std::time::Instant::now, |()| panic!()) < std::time::Instant::now()) //~ D0001 D0001
}

/// a clock inside a macro's arguments
#[orchestrator]
async fn clock_in_macro(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(format!("{:?}", std::time::SystemTime::now())) //~ D0001
}

/// a clock in a closure
#[orchestrator]
async fn clock_in_closure(_ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    let stamped = names.iter().map(|name| (name, std::time::SystemTime::now())); //~ D0001
    Ok(stamped.count())
}

/// a clock in an async block
#[orchestrator]
async fn clock_in_block(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let block = async { std::time::Instant::now() }; //~ D0001
    block.await;
    Ok(())
}

/// a clock in a branch that is rarely taken
#[orchestrator]
async fn clock_in_branch(ctx: OrchestrationContext, late: bool) -> Result<(), Failure> {
    if late {
        let _ = std::time::SystemTime::now(); //~ D0001
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

/// a clock with a leading `::`
#[orchestrator]
async fn absolute_path(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = ::std::time::Instant::now(); //~ D0001
    Ok(())
}

/// chrono's clock in UTC
#[orchestrator]
async fn chrono_utc(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(chrono::Utc::now().to_rfc3339()) //~ D0001
}

/// chrono's clock in the machine's time zone
mod chrono_imported {
    use chrono::Local;
    use durable::prelude::*;

    #[orchestrator]
    async fn chrono_local(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
        Ok(Local::now().to_string()) //~ D0001
    }
}

/// the `time` crate's clock
#[orchestrator]
async fn time_crate(_ctx: OrchestrationContext, _: ()) -> Result<i64, Failure> {
    Ok(time::OffsetDateTime::now_utc().unix_timestamp()) //~ D0001
}

/// jiff's clock
#[orchestrator]
async fn jiff_zoned(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(jiff::Zoned::now().to_string()) //~ D0001
}

/// jiff's time stamps
#[orchestrator]
async fn jiff_timestamp(_ctx: OrchestrationContext, _: ()) -> Result<i64, Failure> {
    Ok(jiff::Timestamp::now().as_second()) //~ D0001
}

/// the machine's time zone
#[orchestrator]
async fn time_zone(_ctx: OrchestrationContext, _: ()) -> Result<Option<String>, Failure> {
    Ok(jiff::tz::TimeZone::system().iana_name().map(str::to_owned)) //~ D0001
}

/// tokio's clock
#[orchestrator]
async fn tokio_instant(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _ = tokio::time::Instant::now(); //~ D0001
    Ok(())
}

/// a deadline from the wall clock
#[orchestrator]
async fn deadline(ctx: OrchestrationContext, limit_s: u64) -> Result<(), Failure> {
    let end = std::time::Instant::now() + seconds(limit_s); //~ D0001
    while std::time::Instant::now() < end {
        //~ D0001
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}
