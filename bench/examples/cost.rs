//! What one piece of work costs, from two runs under callgrind that differ in how many pieces they do.
//!
//! ```sh
//! cost FEW MANY PIECES    # two files of callgrind, and how many pieces more the second has
//! ```
//!
//! Prints instructions by group, and how often the functions of interest were called, for each piece.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the program's output is what it is for")]

use std::collections::{BTreeMap, HashMap};

use durable::Failure;

/// What a run did.
#[derive(Debug, Default)]
struct Run {
    /// Instructions of each function itself.
    own: HashMap<String, f64>,
    /// Calls of each function, and the instructions of these with all that they called.
    calls: HashMap<String, (f64, f64)>,
}

/// A group, and whether a function belongs to it. The first that takes it has it.
type Group = (&'static str, fn(&str) -> bool);

/// What functions are for.
const GROUPS: [Group; 7] = [
    ("allocator", |name| {
        let starts = [
            "malloc",
            "_int_",
            "free",
            "realloc",
            "calloc",
            "unlink_chunk",
            "alloc_perturb",
        ];
        starts.iter().any(|start| name.starts_with(start))
            || name.contains("__rdl_")
            || name.contains("__rust_")
    }),
    ("SQLite", |name| !name.contains("::") && !is_system(name)),
    ("system's library: copies, locks", is_system),
    ("encoding", |name| {
        ["durable_sqlite::frame", "bincode", "crc32", "serde", "payload"]
            .iter()
            .any(|part| name.contains(part))
    }),
    ("hub: requests, rows, rusqlite", |name| {
        ["durable_sqlite", "rusqlite", "hashlink", "foldhash"]
            .iter()
            .any(|part| name.contains(part))
    }),
    ("tokio", |name| name.contains("tokio")),
    ("engine, client and the rest", |_| true),
];

/// Functions whose calls are counted.
const COUNTED: [(&str, &[&str]); 4] = [
    ("allocations", &["malloc", "calloc", "realloc"]),
    ("statements compiled", &["sqlite3RunParser"]),
    ("steps of statements", &["sqlite3_step"]),
    ("pages written to the log", &["walIndexAppend"]),
];

/// Whether the function is of libc: it has no path, and is not SQLite's.
fn is_system(name: &str) -> bool {
    [
        "__mem",
        "pthread",
        "__pthread",
        "__GI",
        "_dl_",
        "syscall",
        "__str",
        "clock_gettime",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [few, many, pieces] = words.as_slice() else {
        return Err(Failure::new("usage: cost FEW MANY PIECES"));
    };
    let (few, many, pieces): (Run, Run, f64) = (read(few)?, read(many)?, pieces.parse()?);
    let each = |of: &dyn Fn(&Run) -> f64| (of(&many) - of(&few)) / pieces;
    let mut groups: BTreeMap<usize, f64> = BTreeMap::new();
    for name in many.own.keys() {
        let cost = each(&|run| run.own.get(name).copied().unwrap_or_default());
        let group = GROUPS
            .iter()
            .position(|(_, takes)| takes(name))
            .unwrap_or_default();
        *groups.entry(group).or_default() += cost;
    }
    println!("{:>12.0} instructions", groups.values().sum::<f64>());
    for (group, cost) in groups {
        println!("{cost:>12.0} {}", GROUPS[group].0);
    }
    for (what, names) in COUNTED {
        let sum = |of: fn(&(f64, f64)) -> f64| {
            each(&|run| names.iter().filter_map(|name| run.calls.get(*name)).map(of).sum())
        };
        println!(
            "{:>12.2} {what}, {:.0} instructions in them",
            sum(|it| it.0),
            sum(|it| it.1)
        );
    }
    Ok(())
}

/// Reads a file of callgrind: <https://valgrind.org/docs/manual/cl-format.html>.
fn read(file: &str) -> Result<Run, Failure> {
    let (mut run, mut names) = (Run::default(), HashMap::new());
    let (mut function, mut called) = (String::new(), None);
    for line in std::fs::read_to_string(file)?.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            function = resolve(name, &mut names);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = Some((resolve(name, &mut names), 0.0));
        } else if let Some(rest) = line.strip_prefix("calls=") {
            let count = rest.split(' ').next().unwrap_or_default().parse()?;
            called = called.map(|(name, _)| (name, count));
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost: f64 = line.split(' ').nth(1).unwrap_or("0").parse()?;
            // The line after a call is what was called; any other is the function itself.
            match called.take() {
                Some((name, count)) => {
                    // Of a recursion, callgrind calls the inner ones `name'2`.
                    let name = name.split('\'').next().unwrap_or_default().to_owned();
                    let calls = run.calls.entry(name).or_default();
                    *calls = (calls.0 + count, calls.1 + cost);
                }
                None => *run.own.entry(function.clone()).or_default() += cost,
            }
        }
    }
    Ok(run)
}

/// Names are written out once, and are numbers from then on: `(12) name`, then `(12)`.
fn resolve(text: &str, names: &mut HashMap<String, String>) -> String {
    let (number, name) = text.split_once(' ').unwrap_or((text, ""));
    if !name.is_empty() {
        names.insert(number.to_owned(), name.to_owned());
    }
    names.get(number).cloned().unwrap_or_default()
}
