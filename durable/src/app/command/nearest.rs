//! Guesses what was meant by a name that does not exist.

/// Words that there is no such thing, and which one may have been meant.
pub(super) fn unknown(what: &str, name: &str, names: impl IntoIterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let nearest = names.iter().map(|own| (distance(name, own), own)).min();
    match nearest {
        Some((steps, own)) if steps <= name.chars().count().div_ceil(3) => {
            format!("there is no {what}; did you mean `{own}`?")
        }
        _ => format!("there is no {what}; there are `{}`", names.join("`, `")),
    }
}

/// Counts the letters to insert, remove or replace to make one text the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in (1..).zip(from.chars()) {
        let mut diagonal = std::mem::replace(&mut row[0], at);
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        for (from, to, steps) in [
            ("", "", 0),
            ("versions", "versions", 0),
            ("verions", "versions", 1),
            ("replaycheck", "replay-check", 1),
            ("exprot", "export", 2),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(from, to), steps, "{from} {to}");
            assert_eq!(distance(to, from), steps, "{to} {from}");
        }
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let told = |name| unknown("thing", name, ["versions", "export"]);
        assert_eq!(told("version"), "there is no thing; did you mean `versions`?");
        assert_eq!(
            told("deploy"),
            "there is no thing; there are `versions`, `export`"
        );
    }
}
