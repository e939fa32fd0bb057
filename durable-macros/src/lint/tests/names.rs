//! Paths, methods and macros.

use super::{assert_clean, assert_each};

#[test]
fn clocks() {
    assert_each(
        "D0001",
        &[
            "std::time::SystemTime::now();",
            "::std::time::SystemTime::now();",
            "time::Instant::now();",
            "Instant::now();",
            "let clock = Instant::now;",
            "<SystemTime>::now();",
            "<std::time::SystemTime as Clock>::now();",
            "chrono::Utc::now();",
            "Local::today();",
            "time::OffsetDateTime::now_utc();",
            "OffsetDateTime::now_local()?;",
            "jiff::Zoned::now();",
            "Timestamp::now();",
            "quanta::Instant::recent();",
            "minstant::Instant::now();",
            "coarsetime::Clock::recent_since_epoch();",
            "tokio::time::Instant::now();",
            "my::prelude::Instant::now();",
            "DateTime::<Utc>::now();",
            "UtcDateTime::now();",
            "UNIX_EPOCH.elapsed();",
            "SystemClock.now();",
            "Instant::now().elapsed();",
            "jiff::tz::TimeZone::system();",
            "moment.with_timezone(&chrono::Local);",
            "iana_time_zone::get_timezone();",
            "r#Instant::now();",
            "unsafe { libc::time(at) };",
        ],
    );
    assert_each("D0001?", &["started.elapsed();"]);
}

#[test]
fn random_numbers_and_ids() {
    assert_each(
        "D0002",
        &[
            "rand::rng();",
            "rand::random::<u8>();",
            "thread_rng();",
            "fastrand::u32(..);",
            "fastrand::Rng::new();",
            "getrandom::fill(&mut bytes)?;",
            "rng.try_fill(OsRng);",
            "StdRng::from_os_rng();",
            "std::hash::RandomState::new();",
            "uuid::Uuid::new_v4();",
            "Uuid::now_v7();",
            "ids.map(Uuid::new_v4);",
            "ulid::Ulid::new();",
            "nanoid::nanoid!(8);",
            "nanoid!();",
            "cuid2::create_id();",
            "bson::oid::ObjectId::new();",
            "Ksuid::generate();",
            "xid::new();",
        ],
    );
}

#[test]
fn timers_tasks_and_threads() {
    assert_each(
        "D0003",
        &[
            "tokio::time::sleep(limit).await;",
            "time::timeout(limit, work).await;",
            "tokio::time::interval(limit);",
            "async_std::task::sleep(limit).await;",
            "smol::Timer::after(limit).await;",
            "futures_timer::Delay::new(limit).await;",
            "std::thread::sleep(limit);",
            "thread::sleep(limit);",
            "sleep_until(limit);",
        ],
    );
    assert_each(
        "D0004",
        &[
            "tokio::spawn(work);",
            "tokio::task::spawn_blocking(work);",
            "task::spawn_local(work);",
            "let set = JoinSet::new();",
            "LocalSet::new();",
            "std::thread::spawn(work);",
            "thread::scope(work);",
            "thread::current().id();",
            "std::thread::Builder::new();",
            "rayon::join(a, b);",
            "crossbeam::thread::scope(work);",
            "smol::spawn(work);",
            "async_std::task::spawn(work);",
            "Handle::current();",
        ],
    );
}

#[test]
fn blocking_and_io() {
    assert_each(
        "D0005",
        &[
            "futures::executor::block_on(work);",
            "runtime.block_on(work);",
            "inbox.blocking_recv();",
            "tokio::task::block_in_place(work);",
            "std::fs::read_to_string(path)?;",
            "fs::write(path, text)?;",
            "std::fs::hard_link(a, b)?;",
            "File::open(path)?;",
            "fs::File::create(path)?;",
            "TcpStream::connect(address)?;",
            "std::net::UdpSocket::bind(address)?;",
            "std::io::stdin().lines();",
            "io::stdout();",
            "std::process::Command::new(program);",
            "process::Command::new(program);",
            "tokio::fs::read(path).await?;",
            "tokio::net::TcpListener::bind(address).await?;",
            "tokio::signal::ctrl_c().await?;",
            "reqwest::get(url).await?;",
            "reqwest::Client::new();",
            "ureq::get(url);",
            "sqlx::PgPool::connect(url).await?;",
            "sqlx::query!(text);",
            "redis::Client::open(url)?;",
            "rusqlite::Connection::open(path)?;",
            "aws_sdk_s3::Client::new(&config);",
            "aws_config::load_from_env().await;",
        ],
    );
    assert_clean(&[
        "reqwest::StatusCode::from_u16(code)?;",
        "reqwest::Url::parse(url)?;",
        "hyper::StatusCode::OK;",
        "tonic::Status::internal(text);",
        "sqlx::Error::RowNotFound;",
        "aws_sdk_s3::types::ObjectIdentifier::builder();",
        "mongodb::bson::to_document(&order)?;",
        "mongodb::options::ClientOptions::builder();",
        "clap::Command::new(name);",
        "std::io::Error::other(text);",
        "std::io::Cursor::new(bytes);",
        "match kind { std::io::ErrorKind::NotFound => 1, _ => 2 };",
        "std::net::Ipv4Addr::new(1, 2, 3, 4);",
        "std::path::Path::new(path);",
    ]);
}

#[test]
fn surroundings_and_builds() {
    assert_each(
        "D0006",
        &[
            "std::env::var(key)?;",
            "env::args();",
            "key.map(std::env::var);",
            "std::env::home_dir();",
            "std::process::id();",
            "std::thread::available_parallelism()?;",
            "num_cpus::get();",
            "hostname::get()?;",
            "whoami::username();",
            "std::is_x86_feature_detected!(\"avx2\");",
        ],
    );
    assert_each(
        "D0702",
        &[
            "std::env::consts::OS;",
            "if cfg!(debug_assertions) { fast() }",
            "#[cfg(unix)] let fast = true;",
            "#[cfg(feature = \"fast\")] { fast() }",
            "match n { #[cfg(unix)] 1 => 2, _ => 3 };",
            "env!(\"HOME\");",
            "option_env!(\"HOME\");",
            "include_str!(\"rates.json\");",
            "format!(\"{}\", line!());",
            "core::file!();",
            "module_path!();",
        ],
    );
}

#[test]
fn foreign_combinators() {
    assert_each(
        "D0103",
        &[
            "tokio::select! { a = x => a, b = y => b };",
            "select! { a = x => a, default => 1 };",
            "futures::select_biased! { a = x => a };",
            "tokio::join!(a, b);",
            "futures::try_join!(a, b)?;",
            "join!(a, b);",
            "futures::poll!(&mut a);",
        ],
    );
    assert_clean(&[
        "ctx.select((a, b)).await;",
        "ctx.join((a, b)).await;",
        "durable::join!(a, b);",
    ]);
}

#[test]
fn looking_whether_a_future_is_ready() {
    assert_each(
        "D0103",
        &[
            "ctx.call(charge, 3).now_or_never();",
            "timer.poll_unpin(&mut cx);",
            "receiver.try_recv();",
        ],
    );
    assert_each("D0005", &["receiver.recv_timeout(limit);"]);
    assert_clean(&["own.try_recv(3);", "queue.poll();"]);
}

#[test]
fn statics_that_are_mut_are_used_in_unsafe_code() {
    assert_each(
        "D0305?",
        &[
            "unsafe { TOTAL += 1; }",
            "let total = unsafe { TOTAL };",
            "let total = unsafe { crate::TOTAL };",
            "LOCAL.set(3);",
        ],
    );
    assert_clean(&[
        "TOTAL + 1;",
        "unsafe { Color::RED };",
        "unsafe { total };",
        "unsafe { const TOTAL: u8 = 3; TOTAL };",
        "LIMIT.get();",
    ]);
}

#[test]
fn macros_are_known_by_name_and_crate() {
    assert_clean(&[
        "format!(\"{a} {}\", b);",
        "let all = vec![0; 8];",
        "assert_eq!(a, b, \"{}\", c);",
        "matches!(order, Order::Paid { .. } if true);",
        "tracing::info!(target: \"a\", ?order, %id, \"paid {}\", cents);",
        "error!(\"{}\", cents);",
        "anyhow::bail!(\"no\");",
        "ensure!(a == b, \"no\");",
        "serde_json::json!({ \"a\": order.id });",
        "dec!(1.5);",
        "if a != (b) { return }",
    ]);
    assert_each(
        "D0104?",
        &[
            "my_mac!(a);",
            "other::format!(\"a\");",
            "crate::steps! { a -> b };",
            "vec![my_mac!(a); 2];",
        ],
    );
}

#[test]
fn arguments_of_macros_are_looked_into() {
    assert_each(
        "D0001",
        &[
            "format!(\"{:?}\", Instant::now());",
            "assert!(a, \"{}\", now = Instant::now());",
            "vec![Instant::now(); 2];",
            "serde_json::json!({ \"at\": SystemTime::now() });",
            "tracing::info!(?order, at = ?SystemTime::now());",
            "matches!(SystemTime::now(), t if late(t));",
            "format!(\"{}\", format!(\"{:?}\", Instant::now()));",
        ],
    );
    assert_eq!(
        super::found("tokio::select! { _ = tokio::time::sleep(d) => {} }"),
        ["D0103", "D0003"]
    );
    assert_clean(&[
        "json!({ \"a\": order.id.thread_rng() });",
        "json!({ \"a\": [0..thread] });",
    ]);
}

#[test]
fn panics_and_ends() {
    assert_each(
        "D0602",
        &[
            "std::panic::catch_unwind(work);",
            "panic::set_hook(hook);",
            "std::process::exit(1);",
            "process::abort();",
        ],
    );
}

#[test]
fn addresses_and_types() {
    assert_each(
        "D0303?",
        &[
            "format!(\"{:p}\", &order);",
            "format!(\"{order:#p}\");",
            "tracing::info!(\"{:018p}\", order);",
            "let at = &order as *const Order;",
            "let at = (work as fn()) as usize;",
            "let at = &raw const order;",
            "std::ptr::addr_of!(order);",
            "Rc::as_ptr(&order);",
            "name.as_ptr();",
        ],
    );
    assert_each(
        "D0304?",
        &[
            "std::any::type_name::<Order>();",
            "TypeId::of::<Order>();",
            "order.type_id();",
        ],
    );
    assert_clean(&[
        "format!(\"{{:p}}\");",
        "format!(\"{:>p$}\", a, p = 3);",
        "let n = count as usize;",
        "let n = (count as u8) as usize;",
    ]);
}

#[test]
fn statics() {
    assert_each(
        "D0305?",
        &[
            "static SEEN: AtomicU64 = AtomicU64::new(0);",
            "static mut SEEN: u64 = 0;",
            "static BANK: OnceLock<Bank> = OnceLock::new();",
            "thread_local! { static SEEN: u8 = 0; }",
            "COUNTER.fetch_add(1, Ordering::Relaxed);",
            "crate::stats::COUNTER.load(Relaxed);",
            "BANK.lock();",
            "LOCAL.with(|local| local.get());",
            "LazyLock::force(&BANK);",
        ],
    );
    assert_clean(&[
        "static NAME: &str = \"a\";",
        "const LIMITS: Limits = Limits::new(); LIMITS.with(1);",
        "let seen = AtomicU64::new(0); seen.load(Relaxed);",
        "LIMITS.get(0);",
        "Style.with(1);",
    ]);
}

#[test]
fn printing() {
    assert_each(
        "D0401?",
        &[
            "println!(\"{a}\");",
            "std::eprint!(\"a\");",
            "dbg!(order);",
            "log::info!(\"a\");",
        ],
    );
}

#[test]
fn names_of_the_users_own_are_left_alone() {
    assert_clean(&[
        "ctx.now();",
        "Money::now();",
        "crate::clock::Instant::now();",
        "super::env::var(key);",
        "self::random();",
        "Self::now();",
        "durable::Timestamp::now();",
        "random(); sleep(1); spawn(work); now();",
        "let spawn = 1; spawn;",
        "Command::new(order); Builder::new(); System::new(); Timer::after(a);",
        "rand::rngs::StdRng::seed_from_u64(ctx.random());",
        "Uuid::parse_str(text); Uuid::nil();",
        "chrono::Duration::days(1); Utc.timestamp_opt(1, 0);",
        "SystemTime::UNIX_EPOCH; Instant::from(a);",
        "let at: Instant = input.at;",
        "std::collections::hash_map::DefaultHasher::new();",
        "tokio::time::Duration::from_secs(1);",
        "JoinAll::new(a); shop::order::fetch(a);",
        "std::mem::take(&mut a); core::cmp::max(a, b);",
    ]);
}

#[test]
fn what_is_known_by_methods_or_seldom_used_paths() {
    assert_each(
        "D0103",
        &[
            "Pin::new(&mut call).poll(&mut cx);",
            "Future::poll(call, &mut poller);",
            "futures::FutureExt::now_or_never(call);",
            "std::task::Waker::noop();",
            "futures::pending!();",
        ],
    );
    assert_each(
        "D0005",
        &[
            "\"shop:80\".to_socket_addrs()?;",
            "path.read_dir()?;",
            "path.try_exists()?;",
            "ready.wait_while(guard, |ready| !*ready)?;",
            "call.block_on();",
            "std::hint::spin_loop();",
        ],
    );
    assert_each(
        "D0702",
        &[
            "u32::from_ne_bytes(bytes);",
            "number.to_ne_bytes();",
            "std::panic::Location::caller();",
            "std::backtrace::Backtrace::capture();",
        ],
    );
    assert_each("D0001", &["moment.with_timezone(&Local);"]);
    assert_each(
        "D0305?",
        &[
            "STATE.orders.lock();",
            "CACHE.insert(1, 2);",
            "crate::metrics::ORDERS.inc();",
            "QUEUE.0.push(1);",
        ],
    );
    assert_each("D0303?", &["pointer.expose_provenance();"]);
    assert_clean(&[
        "crowd.poll(question);",
        "crowd.poll(&question);",
        "stock.insert(1, 2);",
        "number.to_be_bytes();",
        "moment.with_timezone(&zone);",
        "table.entry(name);",
        "Context::from_waker(waker);",
        "NAMES.iter().count();",
        "NAMES.contains(&name);",
    ]);
}
