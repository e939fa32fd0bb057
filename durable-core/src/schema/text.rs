//! A schema in one line: `{id: string, cents?: u64, lines: [(string, u32)]}`.
//!
//! | form | text |
//! |---|---|
//! | scalar | `u64` |
//! | optional | `option<u64>` |
//! | sequence, array | `[u64]`, `[u64; 3]` |
//! | map | `map<string, u64>` |
//! | tuple | `(u64, string)` |
//! | struct | `{id: string, cents?: u64, ..meta: {by: string}}`: `?` may be left out, `..` stands beside the others |
//! | enum | `enum {Paid: u64, Open: ()}`, `enum tag "kind" content "data" {..}`, `enum untagged {..}` |
//! | not described | `opaque "json"` |

use std::fmt::{self, Write as _};
use std::str::FromStr;

use super::{Field, Schema, Tagging, Variant};

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(name) => write!(f, "{}", Name(name)),
            Self::Optional(inner) => write!(f, "option<{inner}>"),
            Self::Sequence(item) => write!(f, "[{item}]"),
            Self::Array { item, len } => write!(f, "[{item}; {len}]"),
            Self::Map { key, value } => write!(f, "map<{key}, {value}>"),
            Self::Tuple(items) => listed(f, ['(', ')'], items, |f, item| write!(f, "{item}")),
            Self::Struct(fields) => listed(f, ['{', '}'], fields, |f, field| {
                let flatten = if field.flatten { ".." } else { "" };
                let default = if field.default { "?" } else { "" };
                write!(f, "{flatten}{}{default}: {}", Name(&field.name), field.schema)
            }),
            Self::Enum { tagging, variants } => {
                f.write_str("enum ")?;
                match tagging {
                    Tagging::External => {}
                    Tagging::Internal { tag } => write!(f, "tag {} ", Quoted(tag))?,
                    Tagging::Adjacent { tag, content } => {
                        write!(f, "tag {} content {} ", Quoted(tag), Quoted(content))?;
                    }
                    Tagging::Untagged => f.write_str("untagged ")?,
                }
                listed(f, ['{', '}'], variants, |f, variant| {
                    write!(f, "{}: {}", Name(&variant.name), variant.schema)
                })
            }
            Self::Opaque(name) => write!(f, "opaque {}", Quoted(name)),
        }
    }
}

fn listed<T>(
    f: &mut fmt::Formatter<'_>,
    [open, close]: [char; 2],
    items: &[T],
    show: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    f.write_char(open)?;
    for (at, item) in items.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        show(f, item)?;
    }
    f.write_char(close)
}

/// A name: bare where it can be, quoted where it must.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = !self.0.is_empty() && self.0.chars().all(is_bare) && !KEYWORDS.contains(&self.0);
        if bare {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

/// A text in quotes, on one line.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_control() => write!(f, "\\{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

const KEYWORDS: [&str; 4] = ["option", "map", "enum", "opaque"];

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Why a text is not a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {wanted} at `{rest}`")]
pub struct SchemaTextError {
    wanted: &'static str,
    rest: String,
}

/// How deep forms may be nested in a text, so that a damaged one cannot exhaust the stack.
const DEPTH_MAX: usize = 128;

impl FromStr for Schema {
    type Err = SchemaTextError;

    fn from_str(text: &str) -> Result<Self, SchemaTextError> {
        let mut reader = Reader { rest: text, depth: 0 };
        let schema = reader.schema()?;
        if reader.rest.trim().is_empty() {
            Ok(schema)
        } else {
            Err(reader.expected("the end"))
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

type Read<T> = Result<T, SchemaTextError>;

impl Reader<'_> {
    fn expected(&self, wanted: &'static str) -> SchemaTextError {
        SchemaTextError {
            wanted,
            rest: self.rest.chars().take(24).collect(),
        }
    }

    /// Takes a token if it comes next.
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let taken = rest.strip_prefix(token);
        self.rest = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn need(&mut self, token: &'static str) -> Read<()> {
        self.take(token).then_some(()).ok_or_else(|| self.expected(token))
    }

    fn word(&mut self) -> Option<String> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c| !is_bare(c)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn quoted(&mut self) -> Read<String> {
        self.need("\"")?;
        let mut text = String::new();
        loop {
            let mut chars = self.rest.chars();
            let c = chars.next().ok_or_else(|| self.expected("`\"`"))?;
            self.rest = chars.as_str();
            match c {
                '"' => return Ok(text),
                '\\' if self.take("{") => {
                    let code = self.word().and_then(|word| u32::from_str_radix(&word, 16).ok());
                    let c = code.and_then(char::from_u32);
                    text.push(c.ok_or_else(|| self.expected("a character's number"))?);
                    self.need("}")?;
                }
                '\\' => {
                    let mut chars = self.rest.chars();
                    text.extend(chars.next());
                    self.rest = chars.as_str();
                }
                c => text.push(c),
            }
        }
    }

    fn name(&mut self) -> Read<String> {
        match self.word() {
            Some(word) => Ok(word),
            None => self.quoted(),
        }
    }

    fn schema(&mut self) -> Read<Schema> {
        if self.depth == DEPTH_MAX {
            return Err(self.expected("fewer levels"));
        }
        self.depth += 1;
        let schema = self.form()?;
        self.depth -= 1;
        Ok(schema)
    }

    fn form(&mut self) -> Read<Schema> {
        if self.take("[") {
            return self.sequence();
        }
        if self.take("(") {
            return Ok(Schema::Tuple(self.list(")", Self::schema)?));
        }
        if self.take("{") {
            return Ok(Schema::Struct(self.list("}", Self::field)?));
        }
        let Some(word) = self.word() else {
            return Ok(Schema::Scalar(self.quoted()?));
        };
        match word.as_str() {
            "option" => {
                self.need("<")?;
                let inner = Box::new(self.schema()?);
                self.need(">")?;
                Ok(Schema::Optional(inner))
            }
            "map" => {
                self.need("<")?;
                let key = Box::new(self.schema()?);
                self.need(",")?;
                let value = Box::new(self.schema()?);
                self.need(">")?;
                Ok(Schema::Map { key, value })
            }
            "opaque" => Ok(Schema::Opaque(self.quoted()?)),
            "enum" => {
                let tagging = self.tagging()?;
                self.need("{")?;
                let variants = self.list("}", Self::variant)?;
                Ok(Schema::Enum { tagging, variants })
            }
            _ => Ok(Schema::Scalar(word)),
        }
    }

    fn sequence(&mut self) -> Read<Schema> {
        let item = Box::new(self.schema()?);
        if !self.take(";") {
            self.need("]")?;
            return Ok(Schema::Sequence(item));
        }
        let len = self.word().and_then(|word| word.parse().ok());
        let len = len.ok_or_else(|| self.expected("a length"))?;
        self.need("]")?;
        Ok(Schema::Array { item, len })
    }

    fn tagging(&mut self) -> Read<Tagging> {
        if self.take("untagged") {
            return Ok(Tagging::Untagged);
        }
        if !self.take("tag") {
            return Ok(Tagging::External);
        }
        let tag = self.quoted()?;
        if self.take("content") {
            let content = self.quoted()?;
            return Ok(Tagging::Adjacent { tag, content });
        }
        Ok(Tagging::Internal { tag })
    }

    fn field(&mut self) -> Read<Field> {
        let flatten = self.take("..");
        let name = self.name()?;
        let default = self.take("?");
        self.need(":")?;
        Ok(Field {
            name,
            schema: self.schema()?,
            default,
            flatten,
        })
    }

    fn variant(&mut self) -> Read<Variant> {
        let name = self.name()?;
        self.need(":")?;
        Ok(Variant {
            name,
            schema: self.schema()?,
        })
    }

    fn list<T>(&mut self, close: &'static str, item: fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut items = Vec::new();
        while !self.take(close) {
            if !items.is_empty() {
                self.need(",")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &Schema, text: &str) {
        assert_eq!(schema.to_string(), text);
        assert_eq!(text.parse().as_ref(), Ok(schema));
    }

    #[test]
    fn a_schema_is_read_as_it_is_written() {
        let u64 = || Schema::scalar("u64");
        check(&u64(), "u64");
        check(&Schema::scalar("enum"), "\"enum\"");
        check(
            &Schema::Optional(Box::new(Schema::Sequence(Box::new(u64())))),
            "option<[u64]>",
        );
        check(&Schema::tuple([]), "()");
        let array = Schema::Array {
            item: Box::new(Schema::tuple([u64(), u64()])),
            len: 3,
        };
        check(&array, "[(u64, u64); 3]");
        let map = Schema::Map {
            key: Box::new(Schema::scalar("string")),
            value: Box::new(array),
        };
        check(&map, "map<string, [(u64, u64); 3]>");
        let fields = [
            Field::new("id", u64()),
            Field::new("a \"b\"\n", u64()).or_default(),
            Field::new("meta", Schema::structure([])).flattened(),
        ];
        check(
            &Schema::structure(fields),
            "{id: u64, \"a \\\"b\\\"\\{a}\"?: u64, ..meta: {}}",
        );
        let choice = |tagging| Schema::choice(tagging, [Variant::new("Open", Schema::tuple([]))]);
        check(&choice(Tagging::External), "enum {Open: ()}");
        check(&choice(Tagging::Untagged), "enum untagged {Open: ()}");
        check(&choice(Tagging::internal("kind")), "enum tag \"kind\" {Open: ()}");
        check(
            &choice(Tagging::adjacent("t", "c")),
            "enum tag \"t\" content \"c\" {Open: ()}",
        );
        check(&Schema::opaque("json"), "opaque \"json\"");
    }

    #[test]
    fn a_malformed_text_says_what_was_expected() {
        let error = |text: &str| text.parse::<Schema>().unwrap_err().to_string();
        assert_eq!(error("{id string}"), "expected : at `string}`");
        assert_eq!(error("u64 u64"), "expected the end at ` u64`");
        assert_eq!(error("opaque \"json"), "expected `\"` at ``");
        assert!(error(&"[".repeat(1000)).starts_with("expected fewer levels"));
    }
}
