//! Code without its comments and the contents of its texts.

/// Replaces comments, and what is inside string and character literals, by spaces. Lines stay where they are.
pub(crate) fn code_of(source: &str) -> String {
    let mut rest = source;
    let mut code = String::with_capacity(source.len());
    let mut previous = ' ';
    while let Some(first) = rest.chars().next() {
        let word_before = previous.is_alphanumeric() || previous == '_';
        let length = skipped(rest, word_before).unwrap_or(0);
        let taken = if length == 0 { first.len_utf8() } else { length };
        let (head, tail) = rest.split_at(taken);
        if length == 0 {
            code.push(first);
        } else {
            code.extend(head.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        previous = head.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    code
}

/// Returns the length of the comment or literal at the start of `rest`.
fn skipped(rest: &str, word_before: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if word_before {
        return None;
    }
    raw_string(rest)
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Returns the length of a literal that ends at an unescaped quote.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Returns the length of a character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut after = rest.chars().skip(1);
    match (after.next()?, after.next()?) {
        ('\\', _) => Some(quoted(rest, '\'')),
        (c, '\'') => Some(c.len_utf8() + 2),
        _ => None,
    }
}

/// Returns the length of `r".."`, `r#".."#` and their byte forms.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = if rest.starts_with("br") || rest.starts_with("cr") {
        2
    } else {
        1
    };
    let after = rest
        .strip_prefix("br")
        .or_else(|| rest.strip_prefix("cr"))
        .or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = prefix + hashes + 1;
    Some(
        body.find(&end)
            .map_or(rest.len(), |found| start + found + end.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        code_of(source).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_and_texts_are_blank_and_code_stays() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(words(r#"a "b \" c" d"#), ["a", "d"]);
        assert_eq!(words("a r#\"b \" c\"# d br\"e\" f"), ["a", "d", "f"]);
        assert_eq!(words(r"a '\'' b '/' c"), ["a", "b", "c"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        assert_eq!(words("fn f<'a>(x: &'a str)"), ["fn", "f<'a>(x:", "&'a", "str)"]);
        assert_eq!(words("r#type for"), ["r#type", "for"]);
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "a\n/* b\nc */\n\"d\ne\"\nf";
        assert_eq!(code_of(source).lines().count(), source.lines().count());
        assert_eq!(code_of(source).lines().last(), Some("f"));
    }
}
