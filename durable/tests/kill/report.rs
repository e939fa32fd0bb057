//! What a run has shown: the checks that only this load allows, and the counts.

use std::collections::BTreeMap;
use std::fmt;

use durable::history::EventKind;
use durable::hub::InstanceStatus;
use durable::registry::Registry;

use crate::checker::{Findings, Instance, Snapshot};
use crate::driver::Log;
use crate::killer::Toll;
use crate::process::{self, Place};
use crate::workload::Mail;

#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) findings: Findings,
    /// Refused commits of work that another worker had taken over.
    pub(crate) taken_over: usize,
    refused: usize,
    toll: Toll,
    instances: BTreeMap<InstanceStatus, usize>,
    starts: usize,
    ends: usize,
    mails: u32,
    samples: usize,
    runs: usize,
    repeated: usize,
    versions: BTreeMap<String, usize>,
    refused_turns: usize,
    rejoined: usize,
    warnings: usize,
}

impl Report {
    pub(crate) fn make(
        place: &Place,
        log: &Log,
        snapshot: &Snapshot,
        registry: &Registry,
        toll: Toll,
    ) -> Self {
        let mut findings = snapshot.check(registry);
        snapshot.check_starts(&log.starts, &mut findings);
        let samples = snapshot.check_samples(&log.samples, &mut findings);
        check_ends(log, snapshot, &mut findings);
        let mut mails = 0;
        for (to, sent) in &log.mails {
            mails += sent.values().sum::<u32>();
            match snapshot.0.values().find(|it| it.record.instance.as_str() == to) {
                Some(receiver) => check_mails(receiver, sent, &mut findings),
                None => findings
                    .violations
                    .push(format!("I6: {to} does not exist and has mail")),
            }
        }
        let runs: Vec<String> = lines(&place.runs());
        let repeated = snapshot.check_runs(&runs, &mut findings);
        let (refusals, warnings) = (lines(&place.refusals()), lines(&place.warnings()));
        let (mut instances, mut versions) = (BTreeMap::new(), BTreeMap::new());
        for instance in snapshot.0.values() {
            let record = &instance.record;
            *instances.entry(record.status).or_insert(0) += 1;
            *versions
                .entry(format!("{}@{}", record.name, record.version))
                .or_insert(0) += 1;
        }
        Self {
            findings,
            refused_turns: refusals
                .iter()
                .filter(|line| line.contains("the instance leaves memory"))
                .count(),
            taken_over: refusals.iter().filter(|line| is_takeover(line, snapshot)).count(),
            refused: refusals.len(),
            toll,
            instances,
            starts: log.starts.len(),
            ends: log.ends.len(),
            mails,
            samples,
            runs: runs.len(),
            repeated,
            versions,
            rejoined: warnings
                .iter()
                .filter(|line| line.contains("joins again"))
                .count(),
            warnings: warnings.len(),
        }
    }
}

/// Returns how many commits were refused until now because another worker had taken over. Instances of `endless` and what
/// belongs to them are left out: they are terminated, which refuses commits as well.
pub(crate) fn taken_over_until_now(place: &Place) -> usize {
    let lines = lines(&place.refusals());
    let counted = lines
        .iter()
        .filter(|line| is_fenced(line) && !line.contains("endless"));
    counted.count()
}

/// Tells the commit of a passed lease from one that is refused because the instance was terminated or the call dropped.
fn is_takeover(line: &str, snapshot: &Snapshot) -> bool {
    let mut names = line.split('`').nth(1).unwrap_or_default().split(':');
    let of = names
        .next()
        .and_then(|id| snapshot.0.values().find(|it| it.record.instance.as_str() == id));
    let terminated = of.is_none_or(|it| it.record.status == InstanceStatus::Terminated);
    is_fenced(line) && !terminated
}

fn is_fenced(line: &str) -> bool {
    let number = |name: &str| {
        let digits = line
            .split(name)
            .nth(1)?
            .trim_start()
            .split(|c: char| !c.is_ascii_digit())
            .next()?;
        digits.parse::<u64>().ok()
    };
    let (held, current) = (number("held epoch"), number("current"));
    // Of a node of a storage account, only the etag of the history tells: it knows no epochs of other nodes.
    let by_etag = (held, current) == (Some(0), Some(0));
    current > held || by_etag
}

/// A file that no worker had a reason to write is not there.
fn lines(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// I3: how an instance ended, as a client was told, stays so.
fn check_ends(log: &Log, snapshot: &Snapshot, findings: &mut Findings) {
    for end in &log.ends {
        let now = snapshot
            .0
            .get(&end.instance)
            .map(|it| (it.record.status, it.record.output.as_ref()));
        findings.expect(now == Some((end.status, end.output.as_ref())), || {
            format!("I3: {} ended as {} and is now {now:?}", end.instance, end.status)
        });
    }
}

/// I6: each mail was received once, and those of one sender in the order in which they were sent.
fn check_mails(receiver: &Instance, sent: &BTreeMap<u32, u32>, findings: &mut Findings) {
    let id = &receiver.record.instance;
    let output = receiver
        .record
        .output
        .as_ref()
        .map(durable::Payload::decode::<Vec<Mail>>);
    let Some(Ok(received)) = output else {
        return findings
            .violations
            .push(format!("I6: {id} did not return its mails"));
    };
    check_order(&format!("{id} returned"), &received, sent, findings);
    if receiver.record.name.as_str() == "inbox" {
        let recorded: Vec<Mail> = (receiver.history.events.iter())
            .filter_map(|event| match &event.kind {
                EventKind::EventRaised { input, .. } => input.decode().ok(),
                _ => None,
            })
            .collect();
        check_order(&format!("the history of {id} has"), &recorded, sent, findings);
    }
}

fn check_order(what: &str, mails: &[Mail], sent: &BTreeMap<u32, u32>, findings: &mut Findings) {
    findings.expect(
        mails.len() as u64 == sent.values().map(|count| u64::from(*count)).sum::<u64>(),
        || format!("I6: {what} {} mails of {sent:?}", mails.len()),
    );
    for (sender, count) in sent {
        let numbers: Vec<u32> = (mails.iter())
            .filter(|mail| mail.sender == *sender)
            .map(|mail| mail.number)
            .collect();
        findings.expect(numbers.iter().copied().eq(0..*count), || {
            format!("I6: {what} the mails {numbers:?} of sender {sender}, who sent {count}")
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { toll, findings, .. } = self;
        writeln!(
            f,
            "kills               {:>7}  ({} aimed at a moment)",
            toll.kills, toll.aimed
        )?;
        writeln!(f, "stops beyond lease  {:>7}", toll.stops)?;
        writeln!(f, "workers started     {:>7}", process::started())?;
        writeln!(
            f,
            "refused commits     {:>7}  ({} of turns; {} after a takeover)",
            self.refused, self.refused_turns, self.taken_over
        )?;
        writeln!(f, "starts acknowledged {:>7}", self.starts)?;
        writeln!(f, "events acknowledged {:>7}", self.mails)?;
        writeln!(f, "ends acknowledged   {:>7}", self.ends)?;
        writeln!(
            f,
            "activity runs       {:>7}  ({} of them repetitions)",
            self.runs, self.repeated
        )?;
        writeln!(
            f,
            "history events      {:>7}  ({} tasks)",
            findings.events, findings.tasks
        )?;
        writeln!(f, "earlier reads       {:>7}  are prefixes", self.samples)?;
        writeln!(f, "workers joined again {:>6}", self.rejoined)?;
        writeln!(f, "other warnings      {:>7}", self.warnings)?;
        writeln!(f, "instances           {:?}", self.instances)?;
        writeln!(f, "by version          {:?}", self.versions)?;
        write!(f, "violations          {:>7}", findings.violations.len())
    }
}
