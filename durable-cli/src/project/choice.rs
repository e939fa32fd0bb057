//! Choosing among packages and binaries, and naming the candidates when there is a choice.

use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package, TargetKind};

use crate::error::Error;

/// Chooses the package: the one named, else the one of the folder, else the only one that uses `durable`.
pub(super) fn package<'a>(
    metadata: &'a Metadata,
    name: Option<&str>,
    here: &Path,
) -> Result<&'a Package, Error> {
    let members = metadata.workspace_packages();
    if let Some(name) = name {
        let found = members.iter().find(|package| package.name.as_str() == name);
        return found.copied().ok_or_else(|| {
            Error::usage(
                format!("the workspace has no package `{name}`"),
                format!("its packages are: {}", names(&members)),
            )
        });
    }
    let dir_of = |package: &Package| {
        package
            .manifest_path
            .parent()
            .map(|dir| dir.as_std_path().to_path_buf())
    };
    let around = members
        .iter()
        .filter(|package| dir_of(package).is_some_and(|dir| here.starts_with(dir)))
        .max_by_key(|package| package.manifest_path.as_str().len());
    if let Some(package) = around {
        return Ok(package);
    }
    let durable: Vec<&Package> = members
        .into_iter()
        .filter(|package| uses_durable(package))
        .collect();
    match durable.as_slice() {
        [] => Err(Error::usage(
            "no package of this workspace depends on `durable`",
            "run `cargo add durable` in the package that shall have durable functions",
        )),
        [only] => Ok(only),
        several => Err(Error::usage(
            "several packages of this workspace depend on `durable`",
            format!("say which with `-p`: {}", names(several)),
        )),
    }
}

/// Returns whether a package depends on `durable`, under whatever name.
pub(crate) fn uses_durable(package: &Package) -> bool {
    package
        .dependencies
        .iter()
        .any(|own| own.name == "durable" && own.kind == DependencyKind::Normal)
}

/// Returns what `durable` is called in a package.
pub(crate) fn facade(package: &Package) -> String {
    let mut durable = package.dependencies.iter().filter(|own| own.name == "durable");
    let renamed = durable.find_map(|own| own.rename.as_deref());
    renamed.unwrap_or("durable").replace('-', "_")
}

/// Chooses the binary: the one named, else `default-run`, else the only one.
pub(super) fn binary<'a>(package: &'a Package, name: Option<&str>) -> Result<&'a str, Error> {
    let bins = binaries(package);
    let candidates = || bins.join(", ");
    if let Some(name) = name.or(package.default_run.as_deref()) {
        return bins.iter().find(|bin| **bin == name).copied().ok_or_else(|| {
            Error::usage(
                format!("package `{}` has no binary `{name}`", package.name),
                format!("its binaries are: {}", candidates()),
            )
        });
    }
    match bins.as_slice() {
        [] => Err(Error::usage(
            format!("package `{}` has no binary to ask", package.name),
            "choose a package with a program that runs your durable functions with `-p`, or add one:\n\
             #[durable::main]\n\
             async fn main() -> durable::Result<()> { Ok(durable::App::new(hub).run().await?) }",
        )),
        [only] => Ok(only),
        _ => Err(Error::usage(
            format!("package `{}` has several binaries", package.name),
            format!(
                "say which with `--bin`, or set `default-run` in Cargo.toml: {}",
                candidates()
            ),
        )),
    }
}

/// Returns the binaries of a package.
pub(super) fn binaries(package: &Package) -> Vec<&str> {
    let bins = package
        .targets
        .iter()
        .filter(|target| target.kind.contains(&TargetKind::Bin));
    bins.map(|target| target.name.as_str()).collect()
}

fn names(packages: &[&Package]) -> String {
    let mut names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    names.join(", ")
}
