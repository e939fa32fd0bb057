//! Reads one table of a `Cargo.toml`.
//!
//! Cargo has read the file before us, so it is valid TOML, and all that is needed of TOML is where keys and values begin
//! and end. A parser from outside would be five more crates below every program.

/// A value below the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting<'a> {
    /// The keys that lead to it from the table; none, if a value stands in place of the table.
    pub(super) path: Vec<&'a str>,
    /// As written.
    pub(super) value: &'a str,
    /// From 1.
    pub(super) line: usize,
}

/// Returns the values below a table, in the order of the file.
pub(super) fn below<'a>(text: &'a str, table: &[&str]) -> Vec<Setting<'a>> {
    let mut reader = Reader {
        text,
        at: 0,
        table,
        found: Vec::new(),
    };
    reader.file();
    reader.found
}

struct Reader<'a, 't> {
    text: &'a str,
    at: usize,
    table: &'t [&'t str],
    found: Vec<Setting<'a>>,
}

impl<'a> Reader<'a, '_> {
    fn file(&mut self) {
        let mut header: Vec<&str> = Vec::new();
        loop {
            self.skip_blank();
            let Some(first) = self.next() else { return };
            if first == '[' {
                let many = self.rest().starts_with("[[");
                let start = self.at;
                self.at += if many { 2 } else { 1 };
                header = self.key();
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                if many && header == self.table {
                    self.find(&header, start);
                }
            } else if !self.pair(&header) {
                return;
            }
        }
    }

    /// Reads a key, `=` and a value, and returns whether there was one.
    fn pair(&mut self, above: &[&'a str]) -> bool {
        let key = self.key();
        if !self.rest().starts_with('=') {
            return false;
        }
        self.at += 1;
        self.skip_spaces();
        let path = [above, &key].concat();
        if self.next() != Some('{') {
            let start = self.at;
            self.skip_value();
            self.find(&path, start);
            return true;
        }
        self.at += 1;
        loop {
            self.skip_blank();
            match self.next() {
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    return true;
                }
                Some(_) if self.pair(&path) => {}
                _ => return false,
            }
        }
    }

    /// Reads `a."b".c`, with the space behind it.
    fn key(&mut self) -> Vec<&'a str> {
        let mut parts = Vec::new();
        loop {
            self.skip_spaces();
            let start = self.at;
            let part = if matches!(self.next(), Some('"' | '\'')) {
                self.skip_text();
                self.text[start..self.at].trim_matches(['"', '\''])
            } else {
                let bare = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
                self.skip_while(bare);
                &self.text[start..self.at]
            };
            parts.push(part);
            self.skip_spaces();
            if !self.rest().starts_with('.') {
                return parts;
            }
            self.at += 1;
        }
    }

    /// Skips a value that is no inline table, or one within a list.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while let Some(next) = self.next() {
            match next {
                '"' | '\'' => {
                    self.skip_text();
                    continue;
                }
                '#' | '\n' | ',' | '}' | ']' if depth == 0 => return,
                '#' => self.skip_while(|c| c != '\n'),
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                _ => {}
            }
            self.at += self.next().map_or(0, char::len_utf8);
        }
    }

    /// Skips a text, of one line or of several.
    fn skip_text(&mut self) {
        let quote = &self.rest()[..1];
        let triple = self.rest().starts_with(&quote.repeat(3));
        let end = if triple { quote.repeat(3) } else { quote.to_owned() };
        self.at += end.len();
        while !self.rest().starts_with(&end) {
            let escapes = quote == "\"" && self.next() == Some('\\');
            self.at += usize::from(escapes);
            let Some(next) = self.next() else { return };
            self.at += next.len_utf8();
        }
        self.at += end.len();
        // A text of several lines may end with quotes of its own.
        while triple && self.rest().starts_with(quote) {
            self.at += 1;
        }
    }

    fn find(&mut self, path: &[&'a str], start: usize) {
        if path.starts_with(self.table) {
            self.found.push(Setting {
                path: path[self.table.len()..].to_vec(),
                value: self.text[start..self.at].trim_end(),
                line: self.text[..start].matches('\n').count() + 1,
            });
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, is: impl Fn(char) -> bool) {
        self.at += self.rest().find(|c| !is(c)).unwrap_or(self.rest().len());
    }

    fn skip_spaces(&mut self) {
        self.skip_while(|c| c == ' ' || c == '\t');
    }

    /// Skips spaces, line ends and comments.
    fn skip_blank(&mut self) {
        loop {
            self.skip_while(|c| c.is_whitespace() || c == '\u{feff}');
            if self.next() != Some('#') {
                return;
            }
            self.skip_while(|c| c != '\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    fn found(text: &str) -> Vec<String> {
        let settings = below(text, &["package", "metadata", "durable"]);
        let shown = settings
            .iter()
            .map(|one| format!("{}: {} = {}", one.line, one.path.join("."), one.value));
        shown.collect()
    }

    #[test]
    fn every_way_to_write_the_table_is_read() {
        for text in [
            "[package.metadata.durable]\nstrict = true",
            "[package.metadata.durable]\r\nstrict = true # all\r\n[dependencies]\r\nstrict = false\r\n",
            "[ package . \"metadata\" . 'durable' ]\n\"strict\"=true\n",
            "[package.metadata]\ndurable.strict = true\n",
            "[package.metadata]\ndurable = { strict = true }\n",
            "[package]\nmetadata = { other = [1], durable = { strict = true } }\n",
            "package.metadata.durable.strict = true\n",
        ] {
            let lines = found(text);
            let [line] = lines.as_slice() else {
                panic!("{text}: {lines:?}")
            };
            assert!(line.ends_with(": strict = true"), "{text}: {line}");
        }
        assert_eq!(
            found("[package.metadata.durable]\n# on\n\nstrict = [1, # ]\n 2]\nb = \"x # y\" # z\n"),
            ["4: strict = [1, # ]\n 2]", "6: b = \"x # y\""]
        );
        assert_eq!(
            found("[[package.metadata.durable]]\n")[0],
            "1:  = [[package.metadata.durable]]"
        );
    }

    #[test]
    fn texts_that_look_like_the_table_are_passed_over() {
        let text = r#"
[package]
name = "a\"\n[package.metadata.durable]"
description = """
[package.metadata.durable]
strict = true
\""""" # a quote of its own
readme = '''
[package.metadata.durable]
strict = true'''
keywords = ['}', "]", { a = "[" }]
é = 1

[[bin]]
name = "x"

[package.metadata.durable-other]
strict = true

[package.metadata.durable]
strict = 1979-05-27T07:32:00Z
"#;
        assert_eq!(found(text), ["21: strict = 1979-05-27T07:32:00Z"]);
        assert_eq!(found(""), [""; 0]);
        assert_eq!(found("[package.metadata.durable]\nstrict"), [""; 0]);
        assert_eq!(found("a = \"never ends\\"), [""; 0]);
        assert_eq!(found("a = { b = 1"), [""; 0]);
    }
}
