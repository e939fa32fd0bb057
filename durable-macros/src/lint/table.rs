//! The paths that no deterministic function may use, as data.

use super::Topic;

/// The rules for paths. A path is compared with each pattern; see `paths.rs` for how.
///
/// The last part of a pattern is a name, names in braces, or `*`: any function of the module.
pub(super) const PATHS: &[(Topic, &[&str])] = &[
    (Topic::Clock, CLOCKS),
    (Topic::TimeZone, TIME_ZONES),
    (Topic::Random, RANDOM),
    (Topic::Id, IDS),
    (Topic::Timer, TIMERS),
    (Topic::Spawn, SPAWNS),
    (Topic::Block, BLOCKS),
    (Topic::Io, IO),
    (Topic::Environment, ENVIRONMENT),
    (
        Topic::Build,
        &[
            "std::env::consts::{ARCH,OS,FAMILY,EXE_SUFFIX,DLL_SUFFIX}",
            "std::primitive::{i16,i32,i64,i128,isize,u16,u32,u64,u128,usize,f32,f64}::{from_ne_bytes,to_ne_bytes}",
            "std::panic::Location::caller",
            "std::backtrace::Backtrace::{capture,force_capture}",
        ],
    ),
    (Topic::Address, ADDRESSES),
    (
        Topic::TypeName,
        &[
            "std::any::{type_name,type_name_of_val}",
            "std::any::TypeId::of",
            "std::any::Any::type_id",
        ],
    ),
    (Topic::SharedState, SHARED_STATE),
    (
        Topic::Unwind,
        &["std::panic::{catch_unwind,set_hook,take_hook,update_hook,resume_unwind}"],
    ),
    (
        Topic::Poll,
        &[
            "futures::FutureExt::{now_or_never,poll_unpin}",
            "std::future::Future::poll",
            "std::task::Context::from_waker",
            "std::task::Waker::noop",
            "futures::task::{noop_waker,noop_waker_ref}",
        ],
    ),
    (
        Topic::Exit,
        &[
            "std::process::{exit,abort}",
            "std::intrinsics::abort",
            "libc::{exit,abort}",
        ],
    ),
];

/// Methods that are known by their names and the number of their arguments.
pub(super) const METHODS: &[(Topic, usize, &[&str])] = &[
    (Topic::Elapsed, 0, &["elapsed"]),
    (Topic::TypeName, 0, &["type_id"]),
    (Topic::Address, 0, &["as_ptr", "as_mut_ptr", "expose_provenance"]),
    (Topic::Build, 0, &["to_ne_bytes"]),
    // Of the futures themselves in `pollster`.
    (
        Topic::Block,
        0,
        &[
            "block_on",
            "blocking_recv",
            "blocking_lock",
            "blocking_read",
            "blocking_write",
        ],
    ),
    (
        Topic::Block,
        1,
        &["block_on", "blocking_send", "recv_timeout", "recv_deadline"],
    ),
    (Topic::Block, 2, &["wait_timeout", "wait_while"]),
    (Topic::Block, 3, &["wait_timeout_while"]),
    (
        Topic::Io,
        0,
        &["read_dir", "symlink_metadata", "to_socket_addrs", "try_exists"],
    ),
    (Topic::Poll, 0, &["now_or_never", "try_recv"]),
    (
        Topic::Poll,
        1,
        &["poll_unpin", "poll_next_unpin", "try_poll_unpin"],
    ),
];

/// Methods of what is shared by being a static, of a name in capitals.
pub(super) const SHARED_METHODS: &[&str] = &[
    "load",
    "store",
    "swap",
    "fetch_add",
    "fetch_sub",
    "fetch_and",
    "fetch_or",
    "fetch_max",
    "fetch_min",
    "fetch_update",
    "fetch_xor",
    "fetch_nand",
    "compare_exchange",
    "compare_exchange_weak",
    "lock",
    "try_lock",
    "read",
    "try_read",
    "write",
    "try_write",
    "borrow_mut",
    "force",
    "set",
    "with",
    "with_borrow",
    "with_borrow_mut",
    "get_or_init",
    "get_or_try_init",
    "get_mut",
    "insert",
    "remove",
    "push",
    "entry",
    "inc",
    "inc_by",
    "send",
    "try_send",
    "recv",
];

/// Names that mean the same whatever they were imported from, so that they are found without their path.
pub(super) const BARE: &[(Topic, &[&str])] = &[
    (Topic::Random, &["thread_rng", "OsRng"]),
    (Topic::Block, &["block_in_place"]),
    (Topic::Spawn, &["spawn_blocking", "spawn_local"]),
    (Topic::Timer, &["sleep_until"]),
    (Topic::Environment, &["available_parallelism"]),
    (Topic::TypeName, &["type_name_of_val"]),
    (Topic::Unwind, &["catch_unwind"]),
];

/// Types whose names are too common to be recognised without the module or crate that they come from.
pub(super) const COMMON_TYPES: &[&str] = &[
    "Barrier",
    "Backtrace",
    "Builder",
    "Clock",
    "Command",
    "Context",
    "Location",
    "Any",
    "Delay",
    "DirBuilder",
    "Epoch",
    "Generator",
    "Lazy",
    "Rng",
    "Runtime",
    "System",
    "Timer",
];

/// Clocks that `paths::looks_like_clock` does not recognise by the name of the type, or with another method than `now`.
const CLOCKS: &[&str] = &[
    "std::time::{SystemTime,Instant}::now",
    "std::time::Instant::elapsed",
    "std::time::SystemTime::elapsed",
    "chrono::Utc::{now,today}",
    "chrono::Local::{now,today}",
    "time::OffsetDateTime::{now_utc,now_local}",
    "time::UtcDateTime::now",
    "jiff::Zoned::now",
    "jiff::Timestamp::now",
    "quanta::{Instant,Clock}::{now,recent,raw}",
    "quanta::Clock::new",
    "minstant::Instant::now",
    "coarsetime::{Instant,Clock}::{now,recent,now_since_epoch,recent_since_epoch,update}",
    "fastant::Instant::now",
    "web_time::{Instant,SystemTime}::now",
    "instant::{Instant,SystemTime}::now",
    "tokio::time::Instant::now",
    "hifitime::Epoch::now",
    "libc::{time,clock_gettime,gettimeofday,clock}",
    "humantime::Timestamp::now",
];

const TIME_ZONES: &[&str] = &[
    "jiff::tz::TimeZone::{system,try_system}",
    "jiff::tz::{db,system}",
    "iana_time_zone::get_timezone",
    "time::UtcOffset::{current_local_offset,local_offset_at}",
    "localzone::get_local_zone",
    "chrono::Local",
];

const RANDOM: &[&str] = &[
    "rand::{rng,random,random_bool,random_iter,random_range,random_ratio,thread_rng,fill}",
    "rand::rngs::{OsRng,SysRng}",
    "rand::rngs::ThreadRng::default",
    "rand::rngs::{StdRng,SmallRng}::{from_entropy,from_os_rng,try_from_os_rng}",
    "rand_core::OsRng",
    "rand_chacha::{ChaCha8Rng,ChaCha12Rng,ChaCha20Rng}::{from_entropy,from_os_rng}",
    "fastrand::*",
    "fastrand::Rng::new",
    "getrandom::*",
    "std::hash::RandomState::{new,default}",
    "std::collections::hash_map::RandomState::{new,default}",
    "ahash::RandomState::{new,default}",
    "ring::rand::SystemRandom::new",
    "nanorand::tls_rng",
    "turbo_rand::rng",
    "openssl::rand::rand_bytes",
    "libc::{rand,random,arc4random,getrandom}",
];

const IDS: &[&str] = &[
    "uuid::Uuid::{new_v1,now_v1,new_v4,now_v6,now_v7}",
    "uuid::Timestamp::now",
    "uuid::ContextV7::new",
    "ulid::Ulid::{new,generate}",
    "ulid::Generator::new",
    "nanoid::{nanoid,format}",
    "nanoid::rngs::default",
    "cuid2::{create_id,cuid,slug}",
    "cuid2::CuidConstructor::new",
    "cuid::{cuid,cuid1,cuid2,slug}",
    "bson::oid::ObjectId::new",
    "mongodb::bson::oid::ObjectId::new",
    "ksuid::Ksuid::generate",
    "svix_ksuid::Ksuid::new",
    "svix_ksuid::KsuidMs::new",
    "xid::new",
    "scru128::{new,new_string}",
    "scru64::new",
    "tsid::create_tsid",
    "rusty_ulid::{generate_ulid_string,generate_ulid_bytes}",
    "rusty_ulid::Ulid::generate",
    "snowflake::ProcessUniqueId::new",
];

const TIMERS: &[&str] = &[
    "tokio::time::{sleep,sleep_until,timeout,timeout_at,interval,interval_at}",
    "async_std::task::sleep",
    "async_std::future::timeout",
    "async_std::stream::interval",
    "smol::Timer::{after,at,interval,interval_at,never}",
    "async_io::Timer::{after,at,interval,interval_at,never}",
    "futures_timer::Delay::new",
    "futures_time::task::{sleep,sleep_until}",
    "gloo::timers::future::{sleep,TimeoutFuture,IntervalStream}",
    "gloo_timers::future::{sleep,TimeoutFuture,IntervalStream}",
    "gloo_timers::future::TimeoutFuture::new",
    "std::thread::{sleep,sleep_ms,sleep_until,park_timeout}",
    "monoio::time::{sleep,sleep_until,timeout,interval}",
    "glommio::timer::{sleep,Timer}",
    "compio::time::{sleep,timeout,interval}",
    "embassy_time::Timer::{after,after_secs,after_millis,at}",
];

const SPAWNS: &[&str] = &[
    "tokio::{spawn,task_local}",
    "tokio::task::{spawn,spawn_blocking,spawn_local,yield_now,unconstrained,consume_budget}",
    "tokio::task::{JoinSet,LocalSet}::{new,default}",
    "tokio::runtime::{Runtime,Builder}::{new,new_current_thread,new_multi_thread}",
    "tokio::runtime::Handle::{current,try_current}",
    "tokio_util::task::TaskTracker::new",
    "async_std::task::{spawn,spawn_local,spawn_blocking,yield_now}",
    "smol::{spawn,unblock}",
    "blocking::unblock",
    "async_global_executor::{spawn,spawn_local,spawn_blocking}",
    "futures::executor::{ThreadPool,LocalPool}::new",
    "wasm_bindgen_futures::spawn_local",
    "monoio::spawn",
    "compio::runtime::spawn",
    "glommio::spawn_local",
    "actix_rt::spawn",
    "actix_web::rt::spawn",
    "std::thread::{spawn,scope,park,current,yield_now,panicking}",
    "std::thread::Builder::{new,spawn}",
    "rayon::{spawn,spawn_fifo,join,scope,scope_fifo,in_place_scope,broadcast,yield_now,current_num_threads}",
    "rayon::ThreadPoolBuilder::new",
    "crossbeam::scope",
    "crossbeam::thread::scope",
    "crossbeam_utils::thread::scope",
    "threadpool::ThreadPool::new",
];

const BLOCKS: &[&str] = &[
    "tokio::task::block_in_place",
    "tokio::runtime::Handle::block_on",
    "futures::executor::{block_on,block_on_stream}",
    "futures_lite::future::block_on",
    "smol::block_on",
    "smol::future::block_on",
    "async_std::task::block_on",
    "async_io::block_on",
    "async_global_executor::block_on",
    "pollster::block_on",
    "pollster::FutureExt::block_on",
    "std::sync::Barrier::wait",
    "std::sync::Condvar::{wait,wait_while,wait_timeout,wait_timeout_while}",
    "std::hint::spin_loop",
];

const IO: &[&str] = &[
    "std::fs::*",
    "std::fs::{read,write,read_to_string,read_dir,create_dir,create_dir_all,remove_file,remove_dir,remove_dir_all,\
     rename,copy,metadata,symlink_metadata,canonicalize,exists,hard_link,read_link,set_permissions}",
    "std::fs::File::{open,create,create_new,options,open_buffered,create_buffered}",
    "std::fs::OpenOptions::new",
    "std::fs::DirBuilder::new",
    "std::net::TcpStream::{connect,connect_timeout}",
    "std::net::{TcpListener,UdpSocket}::bind",
    "std::net::ToSocketAddrs::to_socket_addrs",
    "std::os::unix::net::UnixStream::{connect,pair}",
    "std::os::unix::net::{UnixListener,UnixDatagram}::bind",
    "std::io::{stdin,stdout,stderr,read_to_string,pipe}",
    "std::process::Command::new",
    "tokio::fs::*",
    "tokio::fs::{File,OpenOptions,DirBuilder}::{open,create,create_new,new,options}",
    "tokio::net::{lookup_host}",
    "tokio::net::TcpSocket::{new_v4,new_v6}",
    "tokio::net::UnixStream::{connect,pair}",
    "tokio::signal::*",
    "tokio::signal::ctrl_c",
    "tokio::io::{stdin,stdout,stderr}",
    "async_std::{fs,io,net}::*",
    "smol::fs::*",
    "async_fs::*",
    "fs_err::*",
    "walkdir::WalkDir::new",
    "glob::glob",
    "tempfile::{tempfile,tempdir}",
    "tempfile::{NamedTempFile,TempDir}::new",
    "memmap2::Mmap::map",
];

const ENVIRONMENT: &[&str] = &[
    "std::env::*",
    "std::env::{var,var_os,vars,vars_os,args,args_os,current_dir,set_current_dir,current_exe,home_dir,temp_dir,\
     set_var,remove_var}",
    "std::process::{id,parent_id}",
    "std::os::unix::process::parent_id",
    "std::thread::available_parallelism",
    "num_cpus::{get,get_physical}",
    "hostname::get",
    "gethostname::gethostname",
    "whoami::*",
    "sysinfo::System::{new,new_all,new_with_specifics,host_name,name,kernel_version,os_version,uptime}",
    "sys_info::*",
    "dirs::*",
    "dotenvy::*",
    "dotenvy::{dotenv,var,from_path}",
    "envy::{from_env,prefixed}",
    "libc::{getpid,getuid,getenv,gethostname}",
    "machine_uid::get",
];

const ADDRESSES: &[&str] = &[
    "std::ptr::{from_ref,from_mut,hash}",
    "std::ptr::NonNull::from",
    "std::rc::{Rc,Weak}::as_ptr",
    "std::sync::{Arc,Weak}::as_ptr",
];

const SHARED_STATE: &[&str] = &[
    "std::thread::LocalKey::{with,set,get,take,replace,with_borrow,with_borrow_mut}",
    "std::sync::LazyLock::force",
    "std::sync::OnceLock::{get,set,get_or_init}",
    "std::sync::atomic::{AtomicBool,AtomicI8,AtomicI16,AtomicI32,AtomicI64,AtomicIsize,AtomicU8,AtomicU16,AtomicU32,\
     AtomicU64,AtomicUsize,AtomicPtr}::{load,store,swap,fetch_add,fetch_sub,fetch_and,fetch_or,fetch_xor,fetch_max,\
     fetch_min,fetch_update,compare_exchange,compare_exchange_weak}",
    "once_cell::sync::Lazy::force",
];
