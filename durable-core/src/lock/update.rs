//! Writing down what is released, and accepting edits.

use super::{Accepted, Key, Lock, Manifest};

/// A version that the manifest does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not in this binary")]
pub struct UnknownFunction(pub Key);

impl Lock {
    /// Makes the lock of a package that is released for the first time: everything it has.
    pub fn of_manifest(manifest: &Manifest, package: Option<&str>) -> Self {
        let mut lock = Self::default();
        lock.release(manifest, package);
        lock
    }

    /// Adds the versions that are not released yet, and returns them. What was released stays as it is.
    ///
    /// Superseded versions are added too: they serve running instances, so an edit of them does harm.
    pub fn release(&mut self, manifest: &Manifest, package: Option<&str>) -> Vec<Key> {
        self.release_where(manifest, package, |_| true)
    }

    /// Does the same with chosen versions only.
    pub fn release_where(
        &mut self,
        manifest: &Manifest,
        package: Option<&str>,
        wanted: impl Fn(&Key) -> bool,
    ) -> Vec<Key> {
        let mut added = Vec::new();
        for function in manifest.of_package(package) {
            if wanted(&function.key) && !self.entries.contains_key(&function.key) {
                self.entries.insert(function.key.clone(), function.entry());
                added.push(function.key.clone());
            }
        }
        added
    }

    /// Writes down a version as it is now, with the reason why no instance can be harmed.
    ///
    /// The texts are kept on one line each.
    pub fn accept(
        &mut self,
        manifest: &Manifest,
        key: &Key,
        date: &str,
        reason: &str,
    ) -> Result<(), UnknownFunction> {
        let function = manifest.functions.iter().find(|function| function.key == *key);
        let mut entry = function.ok_or_else(|| UnknownFunction(key.clone()))?.entry();
        entry.accepted = self
            .entries
            .remove(key)
            .map(|old| old.accepted)
            .unwrap_or_default();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        entry.accepted.push(Accepted {
            date: words(date).replace(' ', "-"),
            reason: words(reason),
        });
        self.entries.insert(key.clone(), entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::What;
    use super::*;
    use crate::lock::Difference;
    use crate::schema::SchemaChange;

    const MANIFEST: &str = r#"{"format": 1, "functions": [
        {"kind": "Orchestrator", "name": "checkout", "version": "1", "current": true, "package": "shop",
         "module": "shop", "place": "src/lib.rs:3:1", "body": "fp1:0000000000000001",
         "input": {"type": "Order", "fingerprint": "0000000000000002", "schema": "{id: string}"},
         "output": {"type": "()", "fingerprint": null, "schema": null},
         "error": {"type": "Failure", "fingerprint": null, "schema": null},
         "callees": [{"path": "charge", "function": {"kind": "Activity", "name": "charge", "version": "1"}, "pinned": false}],
         "helpers": [{"name": "price", "fingerprint": "fp1:0000000000000003"}]},
        {"kind": "Activity", "name": "log", "version": "1", "current": true, "package": "other",
         "module": "other", "place": "src/lib.rs:1:1", "body": null,
         "input": {"type": "()", "fingerprint": null, "schema": null},
         "output": {"type": "()", "fingerprint": null, "schema": null},
         "error": {"type": "Failure", "fingerprint": null, "schema": null},
         "callees": [], "helpers": []}]}"#;

    fn manifest(edit: &[(&str, &str)]) -> Manifest {
        let text = edit.iter().fold(MANIFEST.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        serde_json::from_str(&text).unwrap()
    }

    fn differences(edit: &[(&str, &str)]) -> Vec<String> {
        let lock = Lock::of_manifest(&manifest(&[]), Some("shop"));
        let found = lock.compare(&manifest(edit), Some("shop"));
        found.iter().map(Difference::to_string).collect()
    }

    #[test]
    fn a_release_adds_the_package_and_keeps_what_was_released() {
        let mut lock = Lock::of_manifest(&manifest(&[]), Some("shop"));
        assert_eq!(lock.entries().count(), 1);
        let before = lock.clone();
        let edited = manifest(&[("fp1:0000000000000001", "fp1:0000000000000009")]);
        assert_eq!(lock.release(&edited, Some("shop")), []);
        assert_eq!(lock, before);
        let second = manifest(&[("\"version\": \"1\"", "\"version\": \"2\"")]);
        let added = lock.release(&second, Some("shop"));
        assert_eq!(
            added.iter().map(Key::to_string).collect::<Vec<_>>(),
            ["orchestrator checkout 2"]
        );
        assert_eq!(lock.to_string().parse(), Ok(lock.clone()));
    }

    #[test]
    fn each_difference_is_told() {
        assert_eq!(differences(&[]), [""; 0]);
        let body = [("fp1:0000000000000001", "fp1:0000000000000009")];
        assert_eq!(
            differences(&body),
            ["orchestrator checkout 1: its body was edited since its release"]
        );
        let callee = [("\"charge\", \"version\": \"1\"", "\"charge\", \"version\": \"2\"")];
        assert_eq!(
            differences(&callee),
            [
                "orchestrator checkout 1: it was released calling activity charge 1, and now calls activity charge 2"
            ]
        );
        let helper = [("fp1:0000000000000003", "fp1:0000000000000009")];
        assert_eq!(
            differences(&helper),
            ["orchestrator checkout 1: the deterministic function `price` changed since the release"]
        );
        let added = [
            ("0000000000000002", "0000000000000009"),
            ("{id: string}", "{id: string, cents?: u64}"),
        ];
        assert_eq!(
            differences(&added),
            [
                "orchestrator checkout 1: its input changed (compatible): from {id: string} to {id: string, cents?: u64}"
            ]
        );
        let renamed = [
            ("0000000000000002", "0000000000000009"),
            ("{id: string}", "{key: string}"),
        ];
        assert_eq!(
            differences(&renamed),
            ["orchestrator checkout 1: its input changed (breaking): from {id: string} to {key: string}"]
        );
        let lost = [("\"0000000000000002\"", "null"), ("\"{id: string}\"", "null")];
        assert_eq!(
            differences(&lost),
            ["orchestrator checkout 1: the type of its input lost its schema"]
        );
        let gone = [("\"version\": \"1\"", "\"version\": \"2\"")];
        assert_eq!(
            differences(&gone),
            [
                "orchestrator checkout 1: released, and not in this binary",
                "orchestrator checkout 2: not released yet"
            ]
        );
    }

    #[test]
    fn a_function_that_moved_to_another_package_is_compared() {
        let lock = Lock::of_manifest(&manifest(&[]), Some("shop"));
        let moved = ("\"shop\"", "\"bank\"");
        assert_eq!(lock.compare(&manifest(&[moved]), Some("shop")), []);
        let body = ("fp1:0000000000000001", "fp1:0000000000000009");
        let found = lock.compare(&manifest(&[moved, body]), Some("shop"));
        assert!(
            matches!(&found[..], [Difference { what: What::Body, .. }]),
            "{found:?}"
        );
    }

    #[test]
    fn a_schema_that_says_less_than_its_fingerprint_is_breaking() {
        let lock = Lock::of_manifest(&manifest(&[]), Some("shop"));
        let found = lock.compare(
            &manifest(&[("0000000000000002", "0000000000000009")]),
            Some("shop"),
        );
        assert!(matches!(
            &found[..],
            [Difference {
                what: What::Schema {
                    change: SchemaChange::Breaking,
                    ..
                },
                ..
            }]
        ));
    }

    #[test]
    fn an_accepted_edit_keeps_its_reason() {
        let mut lock = Lock::of_manifest(&manifest(&[]), Some("shop"));
        let edited = manifest(&[("fp1:0000000000000001", "fp1:0000000000000009")]);
        let key = edited.functions[0].key.clone();
        lock.accept(&edited, &key, "2026-11-21", "never\n deployed")
            .unwrap();
        assert_eq!(lock.compare(&edited, Some("shop")), []);
        let text = lock.to_string();
        assert!(text.ends_with("  accepted 2026-11-21 never deployed\n"), "{text}");
        let other = manifest(&[("\"checkout\"", "\"unknown\"")]);
        assert_eq!(
            lock.accept(&other, &key, "2026-11-21", ""),
            Err(UnknownFunction(key))
        );
    }

    #[test]
    fn types_without_a_schema_are_named() {
        let all = manifest(&[]);
        let missing: Vec<_> = all.functions[0].without_schema().collect();
        assert_eq!(missing, [("output", "()"), ("error", "Failure")]);
    }
}
