//! The programming model, item by item: macros, client, worker and engine together.

#[cfg(test)]
mod activities;
#[cfg(test)]
mod cancelling;
#[cfg(test)]
mod children;
#[cfg(test)]
mod combining;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod determinism;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fast_paths;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod generations;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod idle;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod process;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod saga;
#[cfg(test)]
mod several;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod state;
#[cfg(test)]
mod support;
#[cfg(test)]
mod timers;
#[cfg(test)]
mod tracing_once;
