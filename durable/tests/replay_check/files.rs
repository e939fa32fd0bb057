//! Export, and the check of what was exported.

use std::path::{Path, PathBuf};

use durable::history_file::{ExportOptions, HistoryFileError, INDEX, export, read_history};
use durable::replay_check::{CheckOptions, Report, check_folder, check_hub};

use crate::edits::under_way;
use crate::support::{World, release, run};

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("durable-export-{}-{name}", std::process::id()));
        // It is there only if an earlier run was cut short.
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn histories(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|own| own == "json"));
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn export_to(world: &World, folder: &Path, options: &ExportOptions) -> Result<u64, HistoryFileError> {
    let hub = world.shared();
    let exported = export(hub.as_ref(), "memory", folder, options).await?;
    Ok(exported.histories)
}

/// Forgets where a history was read: that is all in which a hub and a folder may differ.
fn without_places(mut report: Report) -> Report {
    for finding in report.findings.iter_mut().chain(&mut report.warnings) {
        finding.first.file = None;
    }
    report
}

#[test]
fn a_check_of_the_exported_histories_finds_what_a_check_of_the_hub_finds() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("same"));
        assert_eq!(
            export_to(&world, &folder.0, &ExportOptions::default())
                .await
                .unwrap(),
            4
        );
        for candidate in ["one", "diverging", "warned", "retyped"] {
            let (registry, options) = (release(&[candidate]), CheckOptions::default());
            let hub = world.shared();
            let of_hub = check_hub(&registry, hub.as_ref(), &options).await.unwrap();
            let of_files = check_folder(&registry, &folder.0, &options).await.unwrap();
            assert_eq!(without_places(of_files), without_places(of_hub), "{candidate}");
        }
    });
}

#[test]
fn ended_instances_are_exported_and_replayed_on_request() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("all"));
        let mut options = ExportOptions::default();
        options.all = true;
        assert_eq!(export_to(&world, &folder.0, &options).await.unwrap(), 5);
        let report = check_folder(&release(&["one"]), &folder.0, &CheckOptions::default())
            .await
            .unwrap();
        assert_eq!((report.checked, report.ok), (5, 5));
    });
}

#[test]
fn an_export_overwrites_nothing_but_an_earlier_one_of_the_same_hub_and_only_if_told_to() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("again"));
        let mut options = ExportOptions::default();
        export_to(&world, &folder.0, &options).await.unwrap();
        let refused = export_to(&world, &folder.0, &options)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.ends_with("it holds an earlier export; `--replace` removes that one"),
            "{refused}"
        );

        options.replace = true;
        options.selection.names = vec!["watch".parse().unwrap()];
        assert_eq!(export_to(&world, &folder.0, &options).await.unwrap(), 2);
        assert_eq!(folder.histories().len(), 2, "what is not exported again is gone");

        let hub = world.shared();
        let other = export(hub.as_ref(), "other", &folder.0, &options)
            .await
            .unwrap_err();
        assert!(
            other
                .to_string()
                .ends_with("it holds an export of the hub `memory`"),
            "{other}"
        );

        std::fs::remove_file(folder.0.join(INDEX)).unwrap();
        let foreign = export_to(&world, &folder.0, &options).await.unwrap_err();
        assert!(matches!(foreign, HistoryFileError::Occupied { .. }), "{foreign}");
        assert_eq!(folder.histories().len(), 2);
    });
}

#[test]
fn an_export_that_did_not_come_to_its_end_is_not_taken_for_a_whole_one() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("cut"));
        export_to(&world, &folder.0, &ExportOptions::default())
            .await
            .unwrap();
        let index = folder.0.join(INDEX);
        let text = std::fs::read_to_string(&index).unwrap();
        std::fs::write(&index, &text[..text.len() - 9]).unwrap();
        let refused = check_folder(&release(&["one"]), &folder.0, &CheckOptions::default()).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("did not come to its end"), "{refused}");
        let mut options = ExportOptions::default();
        options.replace = true;
        assert_eq!(export_to(&world, &folder.0, &options).await.unwrap(), 4);
    });
}

#[test]
fn files_of_a_later_release_and_damaged_ones_are_findings_of_their_own() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("newer"));
        export_to(&world, &folder.0, &ExportOptions::default())
            .await
            .unwrap();
        let files = folder.histories();
        let rewrite = |file: &Path, from: &str, to: &str| {
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.contains(from), "{text}");
            std::fs::write(file, text.replacen(from, to, 1)).unwrap();
        };
        rewrite(&files[0], "\"format\": 1", "\"format\": 9");
        let semantics = "\"kind\": \"EngineSemantics\",\n            \"version\": 1,\n            \"task\": null,\n            \"data\": \"1\"";
        rewrite(
            &files[1],
            semantics,
            &semantics.replace("\"data\": \"1\"", "\"data\": \"7\""),
        );
        std::fs::write(&files[2], "{").unwrap();
        let report = check_folder(&release(&["one"]), &folder.0, &CheckOptions::default())
            .await
            .unwrap();
        assert_eq!((report.checked, report.ok, report.found), (4, 1, 3));
        let texts: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.first.message.as_str())
            .collect();
        let said = |part: &str| assert!(texts.iter().any(|text| text.contains(part)), "{part}: {texts:#?}");
        said("has format 9; this release reads up to 1");
        said("written by semantics version 7 of the engine; this release knows up to 1");
        said("is not a history: EOF while parsing");
    });
}

#[test]
fn a_file_that_was_kept_by_hand_is_checked_without_an_index() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("kept"));
        std::fs::create_dir_all(&folder.0).unwrap();
        let client = world.client(&release(&["one"]));
        let history = client.instance("order-1").unwrap().history().await.unwrap();
        let file = folder.0.join("order-1.json");
        durable_testkit::write_history(&file, &history).unwrap();
        assert_eq!(read_history(&file).unwrap(), history);
        let report = check_folder(&release(&["diverging"]), &folder.0, &CheckOptions::default())
            .await
            .unwrap();
        assert_eq!((report.checked, report.found), (1, 1));
        assert_eq!(
            report.findings[0].first.instance.as_ref().unwrap().as_str(),
            "order-1"
        );
        assert!(
            report.findings[0]
                .first
                .file
                .as_ref()
                .unwrap()
                .ends_with("order-1.json")
        );
    });
}

#[test]
fn a_folder_that_cannot_be_made_or_read_is_told() {
    run(async {
        let (world, folder) = (under_way().await, Folder::new("file"));
        std::fs::write(&folder.0, "no folder").unwrap();
        let below = folder.0.join("below");
        let refused = export_to(&world, &below, &ExportOptions::default())
            .await
            .unwrap_err();
        assert!(matches!(refused, HistoryFileError::File { .. }), "{refused}");
        assert!(
            check_folder(&release(&["one"]), &below, &CheckOptions::default())
                .await
                .is_err()
        );
        std::fs::remove_file(&folder.0).unwrap();
    });
}
