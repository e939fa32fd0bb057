//! The arguments of the built-in commands: long options, each with a value or without.

use std::ffi::OsString;

use super::exit::Failed;
use super::nearest;

/// A built-in command, as it is documented and parsed.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    /// One line of the list of commands.
    pub(super) summary: &'static str,
    /// What its own help says below that.
    pub(super) about: &'static str,
    pub(super) options: &'static [CommandOption],
}

/// An option of a command.
#[derive(Debug)]
pub(super) struct CommandOption {
    /// With its dashes.
    pub(super) name: &'static str,
    /// What its value is, if it takes one.
    pub(super) value: Option<&'static str>,
    /// Whether it may be given several times.
    pub(super) repeats: bool,
    pub(super) about: &'static str,
}

impl CommandOption {
    pub(super) const fn switch(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            value: None,
            repeats: false,
            about,
        }
    }

    pub(super) const fn with(name: &'static str, value: &'static str, about: &'static str) -> Self {
        Self {
            value: Some(value),
            ..Self::switch(name, about)
        }
    }

    pub(super) const fn repeated(name: &'static str, value: &'static str, about: &'static str) -> Self {
        Self {
            repeats: true,
            ..Self::with(name, value, about)
        }
    }
}

/// Parsed arguments.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// The command's help is asked for.
    Help,
    /// The options that are given.
    Given(Given),
}

/// The options that are given, each with its value; an empty one for a switch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Given(Vec<(&'static str, String)>);

impl Given {
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let given = self.0.iter().filter(move |(own, _)| *own == name);
        given.map(|(_, value)| value.as_str())
    }

    /// Returns the values of an option, each parsed.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, Failed> {
        let values = self
            .values(name)
            .map(|value| parse(value).map_err(|error| Failed::Usage(format!("`{name} {value}`: {error}"))));
        values.collect()
    }
}

/// Takes the arguments as texts.
pub(super) fn texts(arguments: Vec<OsString>) -> Result<Vec<String>, Failed> {
    let text = |argument: OsString| {
        let lossy = argument.to_string_lossy().into_owned();
        argument
            .into_string()
            .map_err(|_| Failed::Usage(format!("the argument `{lossy}` is not UTF-8")))
    };
    arguments.into_iter().map(text).collect()
}

/// Parses what follows the command's name.
pub(super) fn parse(command: &Command, arguments: Vec<String>) -> Result<Parsed, Failed> {
    let mut given = Given::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            return Ok(Parsed::Help);
        }
        let (name, joined) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let option = find(command, name)?;
        if !option.repeats && given.has(option.name) {
            return Err(Failed::Usage(format!("`{name}` is given twice")));
        }
        let value = match (option.value, joined) {
            (None, None) => String::new(),
            (None, Some(_)) => return Err(Failed::Usage(format!("`{name}` takes no value"))),
            (Some(_), Some(value)) => value,
            (Some(what), None) => arguments
                .next()
                .ok_or_else(|| Failed::Usage(format!("`{name}` needs a value: `{name} {what}`")))?,
        };
        given.0.push((option.name, value));
    }
    Ok(Parsed::Given(given))
}

fn find(command: &Command, name: &str) -> Result<&'static CommandOption, Failed> {
    let found = command.options.iter().find(|option| option.name == name);
    found.ok_or_else(|| {
        if !name.starts_with('-') {
            return Failed::Usage(format!(
                "`durable {}` takes options only, and `{name}` is none",
                command.name
            ));
        }
        let names = command.options.iter().map(|option| option.name).chain(["--help"]);
        Failed::Usage(nearest::unknown(
            &format!("option `{name}` of `durable {}`", command.name),
            name,
            names,
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: Command = Command {
        name: "look",
        summary: "",
        about: "",
        options: &[
            CommandOption::with("--hub", "FILE", ""),
            CommandOption::repeated("--name", "NAME", ""),
            CommandOption::switch("--json", ""),
        ],
    };

    fn parsed(arguments: &[&str]) -> Result<Parsed, String> {
        parse(&COMMAND, arguments.iter().map(|&own| own.to_owned()).collect()).map_err(
            |failed| match failed {
                Failed::Usage(text) => text,
                Failed::CannotRun(error) => panic!("{error}"),
            },
        )
    }

    #[test]
    fn values_follow_their_option_or_an_equals_sign() {
        let Ok(Parsed::Given(given)) = parsed(&["--hub", "a=b.db", "--json"]) else {
            panic!("these are good");
        };
        assert_eq!(given.value("--hub"), Some("a=b.db"));
        assert!(given.has("--json"));
        assert_eq!(
            parsed(&["--hub=a=b.db", "--json"]).unwrap(),
            Parsed::Given(given),
            "only the first equals sign parts"
        );
    }

    #[test]
    fn only_what_may_be_repeated_is() {
        let Ok(Parsed::Given(given)) = parsed(&["--name", "a", "--name=b"]) else {
            panic!("these are good");
        };
        assert_eq!(given.values("--name").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            parsed(&["--json", "--json"]).unwrap_err(),
            "`--json` is given twice"
        );
    }

    #[test]
    fn help_wins_wherever_it_stands() {
        assert_eq!(parsed(&["--json", "--help"]).unwrap(), Parsed::Help);
        assert_eq!(parsed(&["-h"]).unwrap(), Parsed::Help);
    }

    #[test]
    fn what_makes_no_sense_is_told_with_what_was_meant() {
        assert_eq!(
            parsed(&["--jsn"]).unwrap_err(),
            "there is no option `--jsn` of `durable look`; did you mean `--json`?"
        );
        assert_eq!(
            parsed(&["--frobnicate"]).unwrap_err(),
            "there is no option `--frobnicate` of `durable look`; there are `--hub`, `--name`, `--json`, `--help`"
        );
        assert_eq!(
            parsed(&["--hub"]).unwrap_err(),
            "`--hub` needs a value: `--hub FILE`"
        );
        assert_eq!(parsed(&["--json=yes"]).unwrap_err(), "`--json` takes no value");
        assert_eq!(
            parsed(&["shop.db"]).unwrap_err(),
            "`durable look` takes options only, and `shop.db` is none"
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStringExt as _;
        let refused = texts(vec![OsString::from_vec(vec![b'a', 0xff])]);
        let Err(Failed::Usage(text)) = refused else {
            panic!("it must be refused");
        };
        assert_eq!(text, "the argument `a\u{fffd}` is not UTF-8");
    }
}
