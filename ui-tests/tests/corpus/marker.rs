//! What the corpus says must be reported.

use std::path::Path;

use super::report::Finding;

/// One orchestrator or helper of the corpus, by the comment above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) layer: String,
    pub(crate) file: String,
    pub(crate) about: String,
    /// The first function below the comment.
    pub(crate) function: String,
    /// The lines with markers, and the rules of each.
    pub(crate) marks: Vec<(usize, Vec<String>)>,
}

impl Case {
    /// Returns the rules that report it, each once.
    pub(crate) fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = self.marks.iter().flat_map(|(_, rules)| rules.clone()).collect();
        rules.sort();
        rules.dedup();
        rules
    }

    /// Returns what must be reported of it.
    pub(crate) fn findings(self) -> impl Iterator<Item = Finding> {
        let file = self.file;
        self.marks.into_iter().flat_map(move |(line, rules)| {
            let file = file.clone();
            rules.into_iter().map(move |rule| Finding {
                file: file.clone(),
                line,
                rule,
            })
        })
    }
}

/// Returns whether of the cases of a layer nothing is reported.
fn is_silent(layer: &str) -> bool {
    layer == "missed"
}

/// Reads the cases of a layer: `src/<layer>.rs` and the files in `src/<layer>/`.
pub(crate) fn cases(corpus: &Path, layer: &str) -> Vec<Case> {
    let mut files = vec![corpus.join("src").join(format!("{layer}.rs"))];
    if let Ok(entries) = std::fs::read_dir(corpus.join("src").join(layer)) {
        files.extend(entries.map(|entry| entry.expect("the folder can be read").path()));
    }
    files.sort();
    files
        .iter()
        .flat_map(|file| cases_of(corpus, file, layer))
        .collect()
}

fn cases_of(corpus: &Path, file: &Path, layer: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(file).expect("the corpus can be read");
    let name = file
        .strip_prefix(corpus)
        .expect("it is in the corpus")
        .display()
        .to_string();
    let mut cases: Vec<Case> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some(about) = line.trim_start().strip_prefix("/// ") {
            cases.push(Case {
                layer: layer.to_owned(),
                file: name.clone(),
                about: about.to_owned(),
                function: String::new(),
                marks: Vec::new(),
            });
        }
        if let Some(name) = function_in(line)
            && let Some(case) = cases.last_mut().filter(|case| case.function.is_empty())
        {
            case.function = name;
        }
        let Some((_, marker)) = line.split_once("//~ ") else {
            continue;
        };
        let rules = marker.split_whitespace().map(str::to_owned).collect();
        let case = cases.last_mut().expect("a marker stands in a case");
        // By itself on a line, it is about the line above.
        let alone = line.trim_start().starts_with("//~ ");
        case.marks.push((if alone { at } else { at + 1 }, rules));
    }
    let unmarked = cases
        .iter()
        .find(|case| case.marks.is_empty() != is_silent(layer));
    assert!(
        unmarked.is_none(),
        "the markers are not those of layer `{layer}`: {unmarked:?}"
    );
    cases
}

/// Returns the name of the function that a line declares.
fn function_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("fn ")?;
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    Some(name.to_owned())
}
