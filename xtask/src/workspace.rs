//! The packages of the workspace, as cargo knows them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its manifest, from the root of the repository.
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

/// What a package depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only tests, examples and benchmarks see it.
    pub(crate) dev: bool,
}

/// What a package is built into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// Whether it is a library, a procedural macro or a program, and not a test or an example.
    pub(crate) product: bool,
    /// Whether it is a program.
    pub(crate) program: bool,
    /// Its root file, from the root of the repository.
    pub(crate) file: String,
}

/// Asks cargo for the packages of the workspace.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(list(&metadata["packages"]).map(package).collect())
}

fn package(value: &Value) -> Package {
    let manifest = text(&value["manifest_path"]);
    let folder = Path::new(&manifest).parent().unwrap_or(Path::new(""));
    // Members are folders of the root, so the root is one up from any of them.
    let root = folder.parent().unwrap_or(folder);
    let from_root = |path: &str| {
        let path = Path::new(path);
        path.strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    };
    Package {
        name: text(&value["name"]),
        dependencies: list(&value["dependencies"])
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                dev: dependency["kind"] == "dev",
            })
            .collect(),
        targets: list(&value["targets"])
            .map(|target| self::target(target, from_root))
            .collect(),
        manifest: from_root(&manifest),
    }
}

fn target(value: &Value, from_root: impl Fn(&str) -> String) -> Target {
    let program = list(&value["kind"]).any(|kind| kind == "bin");
    Target {
        name: text(&value["name"]),
        product: program || list(&value["kind"]).any(|kind| kind == "lib" || kind == "proc-macro"),
        program,
        file: from_root(&text(&value["src_path"])),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_read_from_cargos_metadata() {
        let value = serde_json::json!({
            "name": "shop",
            "manifest_path": "/repository/shop/Cargo.toml",
            "dependencies": [{"name": "core", "kind": null}, {"name": "kit", "kind": "dev"}],
            "targets": [
                {"name": "shop", "kind": ["lib"], "src_path": "/repository/shop/src/lib.rs"},
                {"name": "till", "kind": ["bin"], "src_path": "/repository/shop/src/bin/till.rs"},
                {"name": "all", "kind": ["test"], "src_path": "/repository/shop/tests/all.rs"},
            ],
        });
        let package = package(&value);
        assert_eq!(
            (package.name.as_str(), package.manifest.as_str()),
            ("shop", "shop/Cargo.toml")
        );
        let dev: Vec<_> = package
            .dependencies
            .iter()
            .map(|own| (own.name.as_str(), own.dev))
            .collect();
        assert_eq!(dev, [("core", false), ("kit", true)]);
        let targets: Vec<_> = package
            .targets
            .iter()
            .map(|own| (own.file.as_str(), own.product, own.program))
            .collect();
        assert_eq!(
            targets,
            [
                ("shop/src/lib.rs", true, false),
                ("shop/src/bin/till.rs", true, true),
                ("shop/tests/all.rs", false, false)
            ]
        );
    }
}
