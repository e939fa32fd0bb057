//! Findings, put together: the same one at five thousand instances is one.

use std::collections::BTreeMap;

use super::advice::next;
use super::options::Progress;
use super::replay::{Found, Outcome};
use super::report::{Example, Finding, FindingKind, Report};
use super::subject::Who;
use crate::id::InstanceId;
use crate::name::WireName;
use crate::version::RecordedVersion;

/// How many instances a finding names besides the first.
const MORE_MAX: usize = 9;

/// What makes two findings the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: FindingKind,
    name: Option<WireName>,
    version: Option<RecordedVersion>,
    /// The place in the source, or what else tells findings apart.
    what: String,
}

struct Group {
    /// Instances are done in any order; the first is the first that was listed.
    sequence: u64,
    finding: Finding,
    /// The others that were listed first, by their place in the listing.
    more: BTreeMap<u64, InstanceId>,
}

/// The findings so far.
#[derive(Default)]
pub(super) struct Gathering {
    report: Report,
    groups: BTreeMap<Key, Group>,
}

impl Gathering {
    pub(super) fn moved_on(&mut self) {
        self.report.moved_on += 1;
    }

    pub(super) fn ignored(&mut self) {
        self.report.ignored += 1;
    }

    pub(super) fn take(&mut self, sequence: u64, who: Who, outcome: Outcome) {
        match outcome {
            Outcome::Replayed(None) => {
                self.report.checked += 1;
                self.report.ok += 1;
            }
            Outcome::Replayed(Some(found)) | Outcome::Found(found) => self.add(sequence, who, *found),
        }
    }

    /// Adds a finding at one instance.
    pub(super) fn add(&mut self, sequence: u64, who: Who, found: Found) {
        self.report.checked += 1;
        if found.kind.is_warning() {
            self.report.ok += 1;
            self.report.warned += 1;
        } else {
            self.report.found += 1;
        }
        let key = key_of(&who, &found);
        match self.groups.get_mut(&key) {
            Some(group) => group.join(sequence, who, found),
            None => drop(self.groups.insert(key, Group::new(sequence, who, found))),
        }
    }

    pub(super) fn progress(&self, total: Option<u64>) -> Progress {
        let report = &self.report;
        Progress {
            done: report.checked + report.ignored + report.moved_on,
            total,
            found: report.found,
        }
    }

    pub(super) fn report(self) -> Report {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_by_key(|group| (u64::MAX - group.finding.instances, group.sequence));
        let findings = groups.into_iter().map(|group| Finding {
            more: group.more.into_values().collect(),
            ..group.finding
        });
        let (warnings, findings) = findings.partition(|finding| finding.kind.is_warning());
        Report {
            findings,
            warnings,
            ..self.report
        }
    }
}

impl Group {
    fn new(sequence: u64, who: Who, found: Found) -> Self {
        let finding = Finding {
            kind: found.kind,
            orchestrator: who.name.clone(),
            version: who.version.clone(),
            place: found.place.clone(),
            instances: 1,
            blocked_already: u64::from(who.blocked),
            next: next(found.kind, who.name.as_ref(), who.version.as_ref()),
            first: example(who, found),
            more: Vec::new(),
        };
        Self {
            sequence,
            finding,
            more: BTreeMap::new(),
        }
    }

    fn join(&mut self, sequence: u64, who: Who, found: Found) {
        let finding = &mut self.finding;
        finding.instances += 1;
        finding.blocked_already += u64::from(who.blocked);
        let mut other = (sequence, who.instance.clone());
        if sequence < self.sequence {
            let former = std::mem::replace(&mut finding.first, example(who, found));
            other = (std::mem::replace(&mut self.sequence, sequence), former.instance);
        }
        if let (sequence, Some(instance)) = other {
            self.more.insert(sequence, instance);
        }
        if self.more.len() > MORE_MAX {
            self.more.pop_last();
        }
    }
}

fn example(who: Who, found: Found) -> Example {
    let (recorded, attempted) = found
        .difference
        .map(|difference| (difference.recorded, difference.attempted))
        .unzip();
    Example {
        instance: who.instance,
        file: who.file.map(|file| file.display().to_string()),
        step: found.step,
        recorded,
        attempted,
        message: found.message,
    }
}

fn key_of(who: &Who, found: &Found) -> Key {
    let what = match (found.kind, &found.place, &found.difference) {
        (_, Some(place), _) => place.clone(),
        (_, None, Some(difference)) => format!("{}\n{}", difference.recorded, difference.attempted),
        // Its text names the instance or the number of those before it.
        (FindingKind::DidNotReturn, None, None) => String::new(),
        (_, None, None) => without_values(&found.message),
    };
    Key {
        kind: found.kind,
        name: who.name.clone(),
        version: who.version.clone(),
        what,
    }
}

/// Returns what a text has in common with those about other instances: what stands in quotes and the numbers are theirs,
/// and after the second colon stands what a library says of the value.
fn without_values(text: &str) -> String {
    let said: Vec<&str> = text.splitn(3, ": ").take(2).collect();
    let (mut kept, mut closing) = (String::new(), None);
    for letter in said.join(": ").chars() {
        match closing {
            Some(quote) if letter == quote => closing = None,
            Some(_) => {}
            None if matches!(letter, '`' | '"') => closing = Some(letter),
            None if letter.is_ascii_digit() => {}
            None => kept.push(letter),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::without_values;

    #[test]
    fn texts_that_differ_in_values_only_are_the_same() {
        let text = |value: &str| {
            format!(
                "the input of orchestrator `order`: cannot decode the stored JSON as `u64`: invalid type: string {value}"
            )
        };
        assert_eq!(
            without_values(&text("\"tea\"")),
            without_values(&text("\"an \\\" ink\", line 1"))
        );
        assert_ne!(
            without_values("the history file `a.json` is not a history: EOF"),
            without_values("the history file `a.json` has format 9")
        );
    }
}
