//! The same mistakes in every place where an expression may stand.

use std::time::Duration;

use durable::prelude::*;

struct Order {
    id: String,
    at: std::time::SystemTime,
}

/// a clock in a match arm
#[orchestrator]
async fn match_arm(_ctx: OrchestrationContext, n: u32) -> Result<u64, Failure> {
    Ok(match n {
        0 => 0,
        _ => std::time::UNIX_EPOCH.elapsed()?.as_secs() + u64::from(rand::random::<u32>()), //~ D0001 D0002
    })
}

/// a random number in a match's guard
#[orchestrator]
async fn match_guard(_ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(match n {
        n if rand::random::<u32>() < n => 1, //~ D0002
        _ => 2,
    })
}

/// a variable of the environment that is matched
#[orchestrator]
async fn scrutinee(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    match std::env::var("REGION").as_deref() {
        //~ D0006
        Ok("eu") => Ok(true),
        _ => Ok(false),
    }
}

/// a clock in a struct literal
#[orchestrator]
async fn struct_literal(_ctx: OrchestrationContext, id: String) -> Result<String, Failure> {
    let order = Order {
        id,
        at: std::time::SystemTime::now(), //~ D0001
    };
    Ok(format!("{} {:?}", order.id, order.at))
}

/// an id in a tuple and in an array
#[orchestrator]
async fn tuple(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
    let both = (uuid::Uuid::new_v4(), 1); //~ D0002
    let all = [uuid::Uuid::new_v4(); 3]; //~ D0002
    Ok(all.len() + both.0.as_bytes().len() + both.1)
}

/// a file in a chain of `?`
#[orchestrator]
async fn question_marks(_ctx: OrchestrationContext, path: String) -> Result<u32, Failure> {
    Ok(std::fs::read_to_string(path)?.trim().parse::<u32>()?) //~ D0005
}

/// a variable of the environment in a `let`-`else`
#[orchestrator]
async fn let_else(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let Ok(region) = std::env::var("REGION") else {
        //~ D0006
        return Err(Failure::new("no region"));
    };
    Ok(region)
}

/// a clock in the `else` of a `let`-`else`
#[orchestrator]
async fn in_else(_ctx: OrchestrationContext, name: Option<String>) -> Result<String, Failure> {
    let Some(name) = name else {
        return Ok(format!("{:?}", std::time::Instant::now())); //~ D0001
    };
    Ok(name)
}

/// a variable of the environment in a chain of `if let`
#[orchestrator]
async fn let_chain(_ctx: OrchestrationContext, wanted: bool) -> Result<bool, Failure> {
    if wanted && let Ok(region) = std::env::var("REGION") {
        //~ D0006
        return Ok(region.is_empty());
    }
    Ok(false)
}

/// a random number as the condition of a loop
#[orchestrator]
async fn condition(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    while rand::random::<bool>() {
        //~ D0002
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

/// random numbers that are looped over
#[orchestrator]
async fn looped(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    for _ in 0..fastrand::u32(1..5) {
        //~ D0002
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

/// a random index
#[orchestrator]
async fn index(_ctx: OrchestrationContext, names: Vec<String>) -> Result<String, Failure> {
    Ok(names[rand::random_range(0..names.len())].clone()) //~ D0002
}

/// a clock as an operand
#[orchestrator]
async fn operand(_ctx: OrchestrationContext, limit: u64) -> Result<bool, Failure> {
    Ok(!(chrono::Utc::now().timestamp().unsigned_abs() % 2 == limit)) //~ D0001
}

/// a clock as the value of a `break`
#[orchestrator]
async fn broken(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _at = loop {
        break std::time::Instant::now(); //~ D0001
    };
    Ok(())
}

/// a random number in a `return`
#[orchestrator]
async fn returned(_ctx: OrchestrationContext, early: bool) -> Result<u32, Failure> {
    if early {
        return Ok(rand::random()); //~ D0002
    }
    Ok(0)
}

/// a clock in a block with a label
#[orchestrator]
async fn labelled(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let _at = 'block: {
        if true {
            break 'block std::time::SystemTime::now(); //~ D0001
        }
        std::time::UNIX_EPOCH
    };
    Ok(())
}

/// a clock in a function of the body's own
#[orchestrator]
async fn nested_function(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    fn stamp() -> String {
        format!("{:?}", std::time::SystemTime::now()) //~ D0001
    }
    Ok(stamp())
}

/// a clock in an `impl` inside the body
#[orchestrator]
async fn nested_impl(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    struct Stamp;
    impl std::fmt::Display for Stamp {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{:?}", std::time::SystemTime::now()) //~ D0001
        }
    }
    Ok(Stamp.to_string())
}

/// a random number in a nested closure
#[orchestrator]
async fn nested_closure(_ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    let pick = |n: usize| move || rand::random_range(0..n); //~ D0002
    Ok(pick(names.len())())
}

/// a random order of sorting
#[orchestrator]
async fn sorted(_ctx: OrchestrationContext, mut names: Vec<String>) -> Result<Vec<String>, Failure> {
    names.sort_by_key(|_| fastrand::u64(..)); //~ D0002
    Ok(names)
}

/// a variable of the environment as a default, by a function reference
#[orchestrator]
async fn or_else(_ctx: OrchestrationContext, path: Option<std::path::PathBuf>) -> Result<bool, Failure> {
    Ok(path.unwrap_or_else(std::env::temp_dir).is_absolute()) //~ D0006
}

/// a function reference that is kept in a variable
#[orchestrator]
async fn kept_reference(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let clock = std::time::SystemTime::now; //~ D0001
    Ok(format!("{:?}", clock()))
}

/// a function reference with a type
#[orchestrator]
async fn typed_reference(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let dice: fn() -> u32 = rand::random::<u32>; //~ D0002
    Ok(dice())
}

/// a random number in a macro's named argument
#[orchestrator]
async fn named_argument(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(format!("{n}", n = rand::random::<u32>())) //~ D0002
}

/// clocks in the arguments of `vec!` and `assert!`
#[orchestrator]
async fn known_macros(_ctx: OrchestrationContext, _: ()) -> Result<usize, Failure> {
    let all = vec![std::time::SystemTime::now(); 2]; //~ D0001
    assert!(all[0] <= std::time::SystemTime::now()); //~ D0001
    Ok(all.len())
}

/// a pattern that is compared with the environment
#[orchestrator]
async fn in_matches(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    Ok(matches!(std::env::var("REGION").as_deref(), Ok("eu"))) //~ D0006
}

/// a random number as the input of a call
#[orchestrator]
async fn call_input(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(ctx.call(double, rand::random::<u32>()).await?) //~ D0002
}

#[activity]
async fn double(_ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    Ok(n.wrapping_mul(2))
}

/// a timer of random length
#[orchestrator]
async fn random_timer(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    ctx.timer(Duration::from_millis(fastrand::u64(..1000))).await; //~ D0002
    Ok(())
}

/// a clock in one branch of a select
#[orchestrator]
async fn in_select(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let late = async {
        ctx.timer(seconds(1)).await;
        std::time::Instant::now() //~ D0001
    };
    ctx.select((late, ctx.timer(seconds(2)))).await;
    Ok(())
}

/// a foreign await in a match arm
#[orchestrator]
async fn awaits_in_arm(ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    match n {
        0 => ctx.timer(seconds(1)).await,
        _ => std::future::ready(()).await, //~ D0101
    }
    Ok(n)
}

/// a foreign await as an argument
#[orchestrator]
async fn awaits_in_argument(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(ctx.call(double, std::future::ready(1).await).await?) //~ D0101
}

/// a foreign await in a struct literal
#[orchestrator]
async fn awaits_in_literal(_ctx: OrchestrationContext, id: String) -> Result<String, Failure> {
    let order = Order {
        id: std::future::ready(id).await, //~ D0101
        at: std::time::UNIX_EPOCH,
    };
    Ok(format!("{} {:?}", order.id, order.at))
}

/// a foreign await in a condition
#[orchestrator]
async fn awaits_in_condition(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    if std::future::ready(true).await {
        //~ D0101
        ctx.timer(seconds(1)).await;
    }
    Ok(())
}

/// a foreign future in a variable
#[orchestrator]
async fn awaited_later(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let future = std::future::ready(1);
    let number = future.await; //~ D0101
    Ok(number)
}

/// a foreign future that is pinned
#[orchestrator]
async fn pinned(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let mut future = std::pin::pin!(std::future::ready(1));
    Ok(future.as_mut().await) //~ D0101
}

/// a foreign future in a select
#[orchestrator]
async fn selected(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    ctx.select((std::future::ready(1), ctx.timer(seconds(1)))).await; //~ D0101
    Ok(())
}
