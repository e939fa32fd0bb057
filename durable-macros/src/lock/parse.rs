//! Reading the lock. The same form as in the core, whose parser reads more of it; both are held against
//! `ui-tests/tests/lock/golden.lock`.

use crate::function::Kind;
use crate::text::{self, Version};

/// The released versions.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    stanzas: Vec<Stanza>,
}

/// A released version.
#[derive(Debug)]
pub(super) struct Stanza {
    name: Function,
    /// The fingerprint of the body.
    pub(super) body: Option<u64>,
    /// The recorded forms of input, output and error; all are there once the stanza is complete.
    pub(super) forms: [Option<Form>; 3],
    pub(super) calls: Vec<Call>,
    /// The deterministic functions that the body calls, with their fingerprints.
    pub(super) helpers: Vec<(String, u64)>,
}

/// The recorded form of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By the fingerprint of its schema.
    Known(u64),
    /// Its type had none.
    Unknown,
}

/// What was called.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    Function(Function),
    /// No durable function; the path's text.
    Other(String),
}

/// A version of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) version: Version,
}

type Step<T = ()> = Result<T, String>;

impl Lock {
    /// Reads the text, or says what is wrong with which line.
    pub(super) fn parse(text: &str) -> Step<Self> {
        let mut lock = Self::default();
        let mut has_format = false;
        for (number, line) in (1..).zip(text.lines()) {
            let step = lock.line(line, &mut has_format);
            step.map_err(|problem| format!("line {number}: {problem}"))?;
        }
        let end = text.lines().count() + 1;
        let complete = lock.check_last();
        complete.map_err(|problem| format!("line {end}: {problem}"))?;
        if has_format {
            Ok(lock)
        } else {
            Err(format!("line {end}: expected `format 1`"))
        }
    }

    pub(super) fn find(&self, kind: Kind, name: &str, version: Version) -> Option<&Stanza> {
        let wanted = |function: &Function| {
            function.kind == kind && function.name == name && function.version == version
        };
        self.stanzas.iter().find(|stanza| wanted(&stanza.name))
    }

    fn line(&mut self, line: &str, has_format: &mut bool) -> Step {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|mark| line.starts_with(mark))
        {
            return Err("this is left from a merge conflict; keep the side that was released".to_owned());
        }
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if !*has_format {
            *has_format = true;
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
        self.check_last()?;
        let name = function(line.trim_end())?;
        if self.stanzas.iter().any(|stanza| stanza.name == name) {
            return Err(format!("`{}` stands here twice", line.trim_end()));
        }
        self.stanzas.push(Stanza {
            name,
            body: None,
            forms: [None; 3],
            calls: Vec::new(),
            helpers: Vec::new(),
        });
        Ok(())
    }

    fn fact(&mut self, fact: &str) -> Step {
        let stanza = self.stanzas.last_mut().ok_or("this belongs below a function")?;
        let (word, rest) = fact
            .split_once(' ')
            .ok_or_else(|| format!("`{fact}` says nothing"))?;
        match (word, stanza.name.kind) {
            ("input", _) => once(&mut stanza.forms[0], form(rest)?, word),
            ("output", _) => once(&mut stanza.forms[1], form(rest)?, word),
            ("error", _) => once(&mut stanza.forms[2], form(rest)?, word),
            ("body", Kind::Orchestrator) => once(&mut stanza.body, print(rest)?, word),
            ("call", _) => {
                let call = match rest.strip_prefix("- ") {
                    Some(path) => Call::Other(path.to_owned()),
                    None => Call::Function(function(rest)?),
                };
                stanza.calls.push(call);
                Ok(())
            }
            ("helper", _) => match rest.rsplit_once(' ') {
                Some((name, hash)) => {
                    stanza.helpers.push((name.to_owned(), print(hash)?));
                    Ok(())
                }
                None => Err("expected a name and a fingerprint".to_owned()),
            },
            ("accepted", _) => match rest.split_once(' ') {
                Some(_) => Ok(()),
                None => Err("expected a day and a reason".to_owned()),
            },
            (other, _) => Err(format!("`{other}` is not known here")),
        }
    }

    /// Checks that the stanza read last is complete.
    fn check_last(&self) -> Step {
        let Some(stanza) = self.stanzas.last() else {
            return Ok(());
        };
        let Function { kind, name, version } = &stanza.name;
        let missing = |what: &str| {
            let (kind, version) = (kind.macro_name(), version.canonical("."));
            Err(format!("`{kind} {name} {version}`, above, has no `{what}`"))
        };
        for (what, form) in ["input", "output", "error"].iter().zip(&stanza.forms) {
            if form.is_none() {
                return missing(what);
            }
        }
        if *kind == Kind::Orchestrator && stanza.body.is_none() {
            return missing("body");
        }
        Ok(())
    }
}

fn once<T>(slot: &mut Option<T>, value: T, word: &str) -> Step {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("`{word}` stands here twice")),
    }
}

fn function(text: &str) -> Step<Function> {
    let words: Vec<&str> = text.split(' ').collect();
    let kind = match words.first() {
        Some(&"orchestrator") => Kind::Orchestrator,
        Some(&"activity") => Kind::Activity,
        _ => {
            return Err(format!(
                "expected `orchestrator` or `activity`, a name and a version, not `{text}`"
            ));
        }
    };
    let [_, name, version] = words.as_slice() else {
        return Err(format!("expected a name and a version, not `{text}`"));
    };
    text::check_wire_name(name).map_err(|why| format!("`{name}` is not a wire name: {why}"))?;
    let version = Version::parse(version).map_err(|why| format!("`{version}` is not a version: {why}"))?;
    Ok(Function {
        kind,
        name: (*name).to_owned(),
        version,
    })
}

fn form(text: &str) -> Step<Form> {
    let print = text.split(' ').next().unwrap_or_default();
    if text == "-" {
        return Ok(Form::Unknown);
    }
    let wrong = || format!("`{print}` is neither `-` nor 16 hexadecimal digits");
    hex(print).map(Form::Known).ok_or_else(wrong)
}

fn print(text: &str) -> Step<u64> {
    let digits = text.strip_prefix("fp1:").and_then(hex);
    digits
        .ok_or_else(|| format!("`{text}` is not a fingerprint of the form `fp1:` and 16 hexadecimal digits"))
}

fn hex(text: &str) -> Option<u64> {
    let well = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    well.then(|| u64::from_str_radix(text, 16).ok())?
}
