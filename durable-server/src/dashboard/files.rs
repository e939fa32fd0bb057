//! The files of the page.

/// A file of the page.
#[derive(Debug)]
pub(crate) struct File {
    /// Its path below the place where the server is mounted.
    pub(crate) path: &'static str,
    pub(crate) media: &'static str,
    pub(crate) text: &'static str,
}

/// Where the page is, besides at `/`.
pub(crate) const PLACE: &str = "/dashboard/";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! file {
    ($name:literal, $media:expr) => {
        File {
            path: concat!("/dashboard/", $name),
            media: $media,
            text: include_str!(concat!("../../dashboard/", $name)),
        }
    };
}

const FILES: &[File] = &[
    File {
        path: "/",
        media: "text/html; charset=utf-8",
        text: include_str!("../../dashboard/index.html"),
    },
    file!("icon.svg", "image/svg+xml"),
    file!("style.css", STYLE),
    file!("pages.css", STYLE),
    file!("actions.js", SCRIPT),
    file!("api.js", SCRIPT),
    file!("dialog.js", SCRIPT),
    file!("dom.js", SCRIPT),
    file!("fences.js", SCRIPT),
    file!("format.js", SCRIPT),
    file!("icons.js", SCRIPT),
    file!("instance.js", SCRIPT),
    file!("keys.js", SCRIPT),
    file!("list.js", SCRIPT),
    file!("live.js", SCRIPT),
    file!("main.js", SCRIPT),
    file!("overview.js", SCRIPT),
    file!("payload.js", SCRIPT),
    file!("router.js", SCRIPT),
    file!("scale.js", SCRIPT),
    file!("table.js", SCRIPT),
    file!("theme.js", SCRIPT),
    file!("timeline.js", SCRIPT),
    file!("tree.js", SCRIPT),
    file!("versions.js", SCRIPT),
    file!("workers.js", SCRIPT),
];

/// Finds the file of a path.
pub(crate) fn find(path: &str) -> Option<&'static File> {
    let path = if path == PLACE { "/" } else { path };
    FILES.iter().find(|file| file.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_sent_and_nothing_else() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboard");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let sent: BTreeSet<String> = FILES
            .iter()
            .map(|file| match file.path {
                "/" => "index.html".to_owned(),
                path => path.trim_start_matches("/dashboard/").to_owned(),
            })
            .collect();
        assert_eq!(there, sent);
    }

    #[test]
    fn no_file_makes_markup_of_a_text() {
        // The page's policy forbids it, too; this finds it without a browser.
        for file in FILES.iter().filter(|file| file.media == SCRIPT) {
            for way in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
            ] {
                assert!(!file.text.contains(way), "{} has {way}", file.path);
            }
        }
    }
}
