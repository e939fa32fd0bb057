//! Nothing unfinished is left behind: no skipped tests, no placeholders, no notes to oneself.

use crate::finding::Finding;
use crate::rust;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "marks";

/// What code may not say. Comments and texts may.
const IN_CODE: [(&str, &str); 3] = [
    ("#[ignore", "a test runs or does not exist"),
    ("todo!", "it is not finished"),
    ("unimplemented!", "it is not finished"),
];

/// What no file may say, in two parts so that this one does not.
const ANYWHERE: [[&str; 2]; 2] = [["TO", "DO"], ["FIX", "ME"]];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .flat_map(|file| in_code(file).into_iter().chain(anywhere(file)))
        .collect()
}

fn in_code(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let code = rust::code_of(&file.text);
    let lines = (1..).zip(code.lines());
    lines
        .flat_map(|(number, line)| {
            let said = IN_CODE.iter().filter(|(mark, _)| line.contains(mark));
            said.map(move |(mark, why)| (number, format!("`{mark}`: {why}")))
        })
        .map(|(line, text)| Finding::new(RULE, &file.path, line, text))
        .collect()
}

fn anywhere(file: &File) -> Vec<Finding> {
    let marks = ANYWHERE.map(|parts| parts.concat());
    let is_mark = |word: &str| marks.iter().any(|mark| mark == word);
    let words = rust::identifiers(&file.text).filter(|(_, word)| is_mark(word));
    words
        .map(|(line, word)| Finding::new(RULE, &file.path, line, format!("`{word}`: do it or file it")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn skipped_tests_placeholders_and_notes_are_found() {
        let note = ["// TO", "DO: later\n"].concat();
        let tree = Tree::of(&[
            (
                "a.rs",
                "#[test]\n#[ignore = \"slow\"]\nfn f() {\n    todo!()\n}\nfn g() { unimplemented!() }\n",
            ),
            ("b.rs", &note),
        ]);
        assert_findings(
            &check(&tree),
            &[
                "a.rs:2: marks: `#[ignore`: a test runs or does not exist",
                "a.rs:4: marks: `todo!`: it is not finished",
                "a.rs:6: marks: `unimplemented!`: it is not finished",
                &["b.rs:1: marks: `TO", "DO`: do it or file it"].concat(),
            ],
        );
    }

    #[test]
    fn comments_texts_and_longer_words_are_free() {
        let tree = Tree::of(&[(
            "a.rs",
            "// no `todo!` here\nconst A: &str = \"#[ignore]\";\nconst TODOS: u8 = 1;\n",
        )]);
        assert_findings(&check(&tree), &[]);
    }
}
