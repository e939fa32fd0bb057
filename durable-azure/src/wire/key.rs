//! Instance ids as keys of tables and as parts of blob names.
//!
//! Azure tables refuse some characters in a key. They are written as `^` and another character.

/// Escapes an instance id for use as a key.
pub(crate) fn escape(id: &str) -> String {
    let mut key = String::with_capacity(id.len());
    for c in id.chars() {
        let substitute = match c {
            '^' => '^',
            '/' => '0',
            '\\' => '1',
            '#' => '2',
            '?' => '3',
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => shifted(c, true),
            _ => {
                key.push(c);
                continue;
            }
        };
        key.push('^');
        key.push(substitute);
    }
    key
}

/// Returns the instance id of a key. Any text is read: what no escaping makes is taken as it is.
pub(crate) fn unescape(key: &str) -> String {
    let mut id = String::with_capacity(key.len());
    let mut chars = key.chars();
    while let Some(c) = chars.next() {
        if c != '^' {
            id.push(c);
            continue;
        }
        id.push(match chars.next() {
            // A key that ends in `^` is of nobody's making.
            None | Some('^') => '^',
            Some('0') => '/',
            Some('1') => '\\',
            Some('2') => '#',
            Some('3') => '?',
            Some(other) => shifted(other, false),
        });
    }
    id
}

/// How far a control character is moved.
const SHIFT: u32 = 0xc0;

/// Moves a control character up to a letter, or back; what cannot be moved stays.
fn shifted(c: char, up: bool) -> char {
    // .NET moves the halves of characters beyond U+FFFF by themselves. Nobody writes these behind `^`.
    let moved = if up {
        u32::from(c).checked_add(SHIFT)
    } else {
        u32::from(c).checked_sub(SHIFT)
    };
    moved.and_then(char::from_u32).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_the_specification_hold() {
        for (id, key) in [
            ("a/b", "a^0b"),
            ("x^y", "x^^y"),
            ("q?#\\", "q^3^2^1"),
            ("tab\there", "tab^Éhere"),
        ] {
            assert_eq!(escape(id), key);
            assert_eq!(unescape(key), id);
        }
    }

    #[test]
    fn keys_of_nobody_s_making_are_read_too() {
        assert_eq!(unescape("a^"), "a^");
        assert_eq!(unescape("a^z"), "az");
    }

    proptest! {
        #[test]
        fn every_id_comes_back(id in any::<String>()) {
            prop_assert_eq!(unescape(&escape(&id)), id);
        }

        #[test]
        fn no_key_has_a_character_that_tables_refuse(id in any::<String>()) {
            let key = escape(&id);
            let refused = key.chars().find(|c| c.is_control() || "/\\#?".contains(*c));
            prop_assert_eq!(refused, None);
        }

        #[test]
        fn prefixes_stay_prefixes(id in any::<String>(), rest in any::<String>()) {
            let longer = [id.as_str(), &rest].concat();
            prop_assert!(escape(&longer).starts_with(&escape(&id)));
        }
    }
}
