//! Reading a lock.

use std::str::FromStr;

use super::{Accepted, Entry, Form, Key, Lock, LockedCall, LockedHelper};
use crate::function::FunctionKind;
use crate::name::WireName;
use crate::registry::hex;

/// Why a text is not a lock, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LockError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl FromStr for Lock {
    type Err = LockError;

    fn from_str(text: &str) -> Result<Self, LockError> {
        let mut reader = Reader::default();
        for (number, line) in (1..).zip(text.lines()) {
            reader.line(line).map_err(|problem| LockError {
                line: number,
                problem,
            })?;
        }
        let end = text.lines().count() + 1;
        reader
            .finish()
            .map_err(|problem| LockError { line: end, problem })
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    has_format: bool,
    lock: Lock,
    open: Option<(Key, Draft)>,
}

#[derive(Default)]
struct Draft {
    forms: [Option<Form>; 3],
    entry: Option<Entry>,
}

type Step<T = ()> = Result<T, String>;

const FORMS: [&str; 3] = ["input", "output", "error"];

impl Reader {
    fn line(&mut self, line: &str) -> Step {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|mark| line.starts_with(mark))
        {
            return Err("this is left from a merge conflict; keep the side that was released".to_owned());
        }
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if !self.has_format {
            self.has_format = true;
            return match line.trim_end().strip_prefix("format ") {
                Some("1") => Ok(()),
                Some(other) => Err(format!(
                    "format `{other}` is newer than this release of durable, which reads `1`: use the release that wrote it"
                )),
                None => Err("expected `format 1`".to_owned()),
            };
        }
        if let Some(fact) = line.strip_prefix("  ") {
            return self.fact(fact.trim_end());
        }
        self.close()?;
        let key = key(line.trim_end())?;
        if self.lock.entries.contains_key(&key) {
            return Err(format!("`{key}` stands here twice"));
        }
        self.open = Some((key, Draft::default()));
        Ok(())
    }

    fn fact(&mut self, fact: &str) -> Step {
        let (key, draft) = self.open.as_mut().ok_or("this belongs below a function")?;
        let (word, rest) = fact
            .split_once(' ')
            .ok_or_else(|| format!("`{fact}` says nothing"))?;
        let entry = draft.entry.get_or_insert_with(empty_entry);
        if let Some(at) = FORMS.iter().position(|form| *form == word) {
            let form = form(rest)?;
            return once(&mut draft.forms[at], form, word);
        }
        match word {
            "body" if key.kind == FunctionKind::Orchestrator => {
                let print = rest.parse().map_err(|e| format!("{e}"))?;
                once(&mut entry.body, print, word)
            }
            "call" => {
                entry.calls.push(call(rest)?);
                Ok(())
            }
            "helper" => {
                let (name, print) = rest.rsplit_once(' ').ok_or("expected a name and a fingerprint")?;
                entry.helpers.push(LockedHelper {
                    name: name.to_owned(),
                    fingerprint: print.parse().map_err(|e| format!("{e}"))?,
                });
                Ok(())
            }
            "accepted" => {
                let (date, reason) = rest.split_once(' ').ok_or("expected a day and a reason")?;
                entry.accepted.push(Accepted {
                    date: date.to_owned(),
                    reason: reason.to_owned(),
                });
                Ok(())
            }
            other => Err(format!("`{other}` is not known here")),
        }
    }

    fn close(&mut self) -> Step {
        let Some((key, draft)) = self.open.take() else {
            return Ok(());
        };
        let mut entry = draft.entry.unwrap_or_else(empty_entry);
        let [input, output, error] = draft.forms;
        let missing = |what: &str| format!("`{key}`, above, has no `{what}`");
        entry.input = input.ok_or_else(|| missing("input"))?;
        entry.output = output.ok_or_else(|| missing("output"))?;
        entry.error = error.ok_or_else(|| missing("error"))?;
        if key.kind == FunctionKind::Orchestrator && entry.body.is_none() {
            return Err(missing("body"));
        }
        self.lock.entries.insert(key, entry);
        Ok(())
    }

    fn finish(mut self) -> Step<Lock> {
        self.close()?;
        if self.has_format {
            Ok(self.lock)
        } else {
            Err("expected `format 1`".to_owned())
        }
    }
}

fn empty_entry() -> Entry {
    Entry {
        body: None,
        input: Form::default(),
        output: Form::default(),
        error: Form::default(),
        calls: Vec::new(),
        helpers: Vec::new(),
        accepted: Vec::new(),
    }
}

fn once<T>(slot: &mut Option<T>, value: T, word: &str) -> Step {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("`{word}` stands here twice")),
    }
}

fn key(text: &str) -> Step<Key> {
    let mut words = text.split(' ');
    let (kind, name, version) = (words.next(), words.next(), words.next());
    let kind = match kind {
        Some("orchestrator") => FunctionKind::Orchestrator,
        Some("activity") => FunctionKind::Activity,
        _ => {
            return Err(format!(
                "expected `orchestrator` or `activity`, a name and a version, not `{text}`"
            ));
        }
    };
    let (Some(name), Some(version), None) = (name, version, words.next()) else {
        return Err(format!("expected a name and a version, not `{text}`"));
    };
    Ok(Key {
        kind,
        name: WireName::new(name).map_err(|e| e.to_string())?,
        version: version.parse().map_err(|e| format!("{e}"))?,
    })
}

fn call(text: &str) -> Step<LockedCall> {
    match text.strip_prefix("- ") {
        Some(path) => Ok(LockedCall::Other(path.to_owned())),
        None => key(text).map(LockedCall::Function),
    }
}

fn form(text: &str) -> Step<Form> {
    if text == "-" {
        return Ok(Form::default());
    }
    let (print, schema) = match text.split_once(' ') {
        Some((print, schema)) => (print, Some(schema.parse().map_err(|e| format!("{e}"))?)),
        None => (text, None),
    };
    let print = hex(print).ok_or_else(|| format!("`{print}` is neither `-` nor 16 hexadecimal digits"))?;
    Ok(Form {
        fingerprint: Some(print),
        schema,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str = include_str!("../../../ui-tests/tests/lock/golden.lock");

    #[test]
    fn the_golden_file_is_read_and_written_back() {
        let lock: Lock = GOLDEN.parse().unwrap();
        assert_eq!(lock.entries().count(), 3);
        assert_eq!(lock.to_string(), GOLDEN);
    }

    #[test]
    fn a_malformed_file_names_the_line() {
        let error = |text: &str| text.parse::<Lock>().unwrap_err().to_string();
        let charge = "format 1\n\nactivity charge 1\n  input -\n  output -\n  error -\n";
        assert_eq!(error(""), "line 1: expected `format 1`");
        assert_eq!(
            error("format 2\n"),
            "line 1: format `2` is newer than this release of durable, which reads `1`: use the release that wrote it"
        );
        assert_eq!(
            error(&charge.replace("charge 1", "charge one x")),
            "line 3: expected a name and a version, not `activity charge one x`"
        );
        assert_eq!(
            error(&charge.replace("  error -\n", "")),
            "line 6: `activity charge 1`, above, has no `error`"
        );
        assert_eq!(
            error(&charge.replace("input -", "input 12")),
            "line 4: `12` is neither `-` nor 16 hexadecimal digits"
        );
        assert_eq!(
            error(&charge.replace("error", "input")),
            "line 6: `input` stands here twice"
        );
        assert_eq!(
            error(&format!("{charge}  body fp1:0123456789abcdef\n")),
            "line 7: `body` is not known here"
        );
        assert_eq!(
            error(&format!("{charge}\n{}", charge.replace("format 1\n\n", ""))),
            "line 8: `activity charge 1` stands here twice"
        );
        assert_eq!(
            error(&format!("{charge}<<<<<<< ours\n")),
            "line 7: this is left from a merge conflict; keep the side that was released"
        );
    }
}
