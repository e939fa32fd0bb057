//! A source file: its text, its syntax tree, and where things are.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;

use crate::error::Error;

#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// The path as people see it.
    pub(crate) shown: String,
    pub(crate) text: String,
    pub(crate) ast: syn::File,
    /// How many bytes come before what `ast` describes.
    offset: usize,
}

impl SourceFile {
    pub(crate) fn read(path: &Path, shown: String) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::File {
            what: "read",
            path: path.to_path_buf(),
            source,
        })?;
        Self::of(path, shown, text)
    }

    /// Takes a text as that of a file.
    pub(crate) fn of(path: &Path, shown: String, text: String) -> Result<Self, Error> {
        let (ast, offset) = parse(path, &text)?;
        Ok(Self {
            path: path.to_path_buf(),
            shown,
            text,
            ast,
            offset,
        })
    }

    /// Returns the bytes of a piece of the syntax tree.
    pub(crate) fn range(&self, node: &impl Spanned) -> Range<usize> {
        let range = range_of(node);
        range.start + self.offset..range.end + self.offset
    }

    /// Returns the text of a piece of the syntax tree.
    pub(crate) fn slice(&self, node: &impl Spanned) -> &str {
        &self.text[self.range(node)]
    }

    /// Returns the line and column of a byte, both from 1.
    pub(crate) fn line_column(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    /// Returns a byte's place as `src/main.rs:7`.
    pub(crate) fn place(&self, at: usize) -> String {
        format!("{}:{}", self.shown, self.line_column(at).0)
    }

    /// Returns the end of line that the file uses.
    pub(crate) fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Returns the blanks before a byte, from the start of its line.
    pub(crate) fn indent(&self, at: usize) -> &str {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = &self.text[start..at];
        let blanks = line.len() - line.trim_start().len();
        &line[..blanks]
    }
}

/// Returns the bytes of a piece of a syntax tree, from where the tree's text starts.
pub(crate) fn range_of(node: &impl Spanned) -> Range<usize> {
    node.span().byte_range()
}

/// Parses a file; returns how many bytes it skips at the start: a byte order mark, or the line of a script.
pub(crate) fn parse(path: &Path, text: &str) -> Result<(syn::File, usize), Error> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    if rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[') {
        rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
    }
    let offset = text.len() - rest.len();
    let ast = syn::parse_str(rest).map_err(|error| {
        let start = error.span().start();
        Error::Syntax {
            path: path.to_path_buf(),
            line: start.line,
            column: start.column + 1,
            message: error.to_string(),
        }
    })?;
    Ok((ast, offset))
}
