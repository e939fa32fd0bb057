//! The rules of the replay engine, each by a test that says it in a sentence. `docs/history-format.md` words the same
//! rules as prose.

#[cfg(test)]
#[macro_use]
mod support;

#[cfg(test)]
mod calls;
#[cfg(test)]
mod cancelling;
#[cfg(test)]
mod children;
#[cfg(test)]
mod comparing;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod edits_of_others;
#[cfg(test)]
mod edits_safe;
#[cfg(test)]
mod events;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod framework;
#[cfg(test)]
mod generations;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod heartbeats;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod linear;
#[cfg(test)]
mod program;
#[cfg(test)]
mod property;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod selects;
#[cfg(test)]
mod shadow;
#[cfg(test)]
mod steps;
