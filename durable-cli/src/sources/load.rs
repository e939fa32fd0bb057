//! Reading a package: from its crate roots along the `mod` declarations, and the packages beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Package, TargetKind};
use syn::{Attribute, Expr, ExprLit, ItemFn, ItemMod, Lit, Meta};

use super::function::{Function, FunctionId, FunctionKind};
use super::import::{leaves, plain};
use super::module::{Item, Module, ModuleId};
use super::{SourceCrate, SourceFile, Sources};
use crate::error::Error;
use crate::project::{Project, facade, metadata, uses_durable};

impl Sources {
    /// Reads the library and the binaries of a package, and the libraries beside it that have durable functions.
    pub(crate) fn read(project: &Project, bin: Option<&str>) -> Result<Self, Error> {
        Self::read_with(project, bin, None)
    }

    /// Does the same with another text in the place of a file's own.
    pub(crate) fn read_with(
        project: &Project,
        bin: Option<&str>,
        instead: Option<(&Path, &str)>,
    ) -> Result<Self, Error> {
        let mut loader = Loader {
            project,
            instead,
            sources: Self::default(),
            files: BTreeMap::new(),
            libraries: BTreeMap::new(),
        };
        let package = project.package();
        let (library, externs) = loader.library(package, true)?;
        for target in &package.targets {
            let wanted = bin.is_none_or(|bin| target.name == bin);
            if target.kind.contains(&TargetKind::Bin) && wanted {
                let mut externs = externs.clone();
                externs.extend(library.clone());
                loader.krate(target.src_path.as_std_path(), (package, true), externs)?;
            }
        }
        Ok(loader.sources)
    }
}

struct Loader<'a> {
    project: &'a Project,
    /// A file, and the text that is read instead of its own.
    instead: Option<(&'a Path, &'a str)>,
    sources: Sources,
    files: BTreeMap<PathBuf, usize>,
    /// The libraries that were read, by their manifests; none where a package has no library.
    libraries: BTreeMap<PathBuf, Option<usize>>,
}

type Externs = BTreeMap<String, usize>;

impl Loader<'_> {
    /// Reads a package's library, if it has one. Returns it by its name, and the crates that the package knows.
    fn library(&mut self, package: &Package, own: bool) -> Result<(Option<(String, usize)>, Externs), Error> {
        let manifest = package.manifest_path.as_std_path().to_path_buf();
        self.libraries.insert(manifest.clone(), None);
        let externs = self.externs(package)?;
        let Some(target) = package.targets.iter().find(|target| is_library(&target.kind)) else {
            return Ok((None, externs));
        };
        let krate = self.krate(target.src_path.as_std_path(), (package, own), externs.clone())?;
        self.libraries.insert(manifest, Some(krate));
        Ok((Some((target.name.replace('-', "_"), krate)), externs))
    }

    /// Reads the libraries that a package depends on by path, if they use `durable`.
    fn externs(&mut self, package: &Package) -> Result<Externs, Error> {
        let mut externs = Externs::new();
        for dependency in &package.dependencies {
            let (Some(dir), DependencyKind::Normal) = (&dependency.path, dependency.kind) else {
                continue;
            };
            let manifest = dir.join("Cargo.toml").into_std_path_buf();
            if !self.libraries.contains_key(&manifest) {
                self.beside(&manifest)?;
            }
            if let Some(Some(krate)) = self.libraries.get(&manifest) {
                let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
                externs.insert(name.replace('-', "_"), *krate);
            }
        }
        Ok(externs)
    }

    fn beside(&mut self, manifest: &Path) -> Result<(), Error> {
        self.libraries.insert(manifest.to_path_buf(), None);
        let member = self
            .project
            .members()
            .into_iter()
            .find(|package| package.manifest_path == *manifest);
        let foreign;
        let package = if member.is_some() {
            member
        } else {
            foreign = metadata(Some(manifest))?;
            foreign
                .packages
                .iter()
                .find(|package| package.manifest_path == *manifest)
        };
        match package {
            Some(package) if uses_durable(package) => self.library(package, false).map(drop),
            _ => Ok(()),
        }
    }

    fn krate(
        &mut self,
        root: &Path,
        (package, own): (&Package, bool),
        externs: Externs,
    ) -> Result<usize, Error> {
        let krate = self.sources.crates.len();
        self.sources.crates.push(SourceCrate {
            root: ModuleId(self.sources.modules.len()),
            own,
            package: package.name.to_string(),
            facade: facade(package),
            externs,
        });
        let dir = root.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut open = BTreeSet::new();
        self.file(root, dir, krate, None, &mut open)?;
        Ok(krate)
    }

    /// Reads a module that is a file of its own. A file that contains itself is read once.
    fn file(
        &mut self,
        path: &Path,
        dir: PathBuf,
        krate: usize,
        parent: Option<ModuleId>,
        open: &mut BTreeSet<PathBuf>,
    ) -> Result<Option<ModuleId>, Error> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if !open.insert(path.clone()) {
            return Ok(None);
        }
        let file = if let Some(file) = self.files.get(&path) {
            *file
        } else {
            let shown = self.project.shown(&path);
            let read = match self.instead.filter(|(file, _)| *file == path) {
                Some((_, text)) => SourceFile::of(&path, shown, text.to_owned())?,
                None => SourceFile::read(&path, shown)?,
            };
            self.sources.files.push(read);
            self.files.insert(path.clone(), self.sources.files.len() - 1);
            self.sources.files.len() - 1
        };
        let module = Module {
            krate,
            parent,
            file,
            dir,
            items: self.sources.files[file].ast.items.clone(),
            text: 0..self.sources.files[file].text.len(),
            children: BTreeMap::new(),
            imports: Vec::new(),
            plain: BTreeMap::new(),
            functions: Vec::new(),
        };
        let id = self.module(module, open)?;
        open.remove(&path);
        Ok(Some(id))
    }

    fn module(&mut self, module: Module, open: &mut BTreeSet<PathBuf>) -> Result<ModuleId, Error> {
        let id = ModuleId(self.sources.modules.len());
        let items = module.items.clone();
        self.sources.modules.push(module);
        for item in &items {
            if let syn::Item::Use(item) = item {
                let file = &self.sources.files[self.sources.modules[id.0].file];
                let imports = leaves(item, file);
                self.sources.modules[id.0].imports.extend(imports);
            }
        }
        for item in &items {
            match item {
                syn::Item::Fn(item) => self.function(item, id),
                syn::Item::Mod(item) => self.child(item, id, open)?,
                _ => {}
            }
        }
        Ok(id)
    }

    fn function(&mut self, item: &ItemFn, id: ModuleId) {
        let module = &self.sources.modules[id.0];
        let durable = item
            .attrs
            .iter()
            .find_map(|attr| Some((attribute_kind(attr, module)?, attr)));
        let file = &self.sources.files[module.file];
        let Some((kind, attribute)) = durable else {
            let deterministic = item.attrs.iter().any(|attr| last_is(attr, "deterministic"));
            let name = plain(&item.sig.ident);
            self.sources.modules[id.0]
                .plain
                .insert(name, Item { deterministic });
            return;
        };
        let function = Function::read(item, kind, attribute, id, file);
        let at = FunctionId(self.sources.functions.len());
        self.sources.functions.push(function);
        self.sources.modules[id.0].functions.push(at);
    }

    fn child(&mut self, item: &ItemMod, id: ModuleId, open: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
        let name = plain(&item.ident);
        let module = &self.sources.modules[id.0];
        let (krate, file, dir) = (module.krate, module.file, module.dir.clone());
        let path = path_attribute(&item.attrs);
        let child = match &item.content {
            Some((_, items)) => {
                let source = &self.sources.files[file];
                let inner = Module {
                    krate,
                    parent: Some(id),
                    file,
                    dir: dir.join(path.unwrap_or_else(|| name.clone())),
                    items: items.clone(),
                    text: source.range(item),
                    children: BTreeMap::new(),
                    imports: Vec::new(),
                    plain: BTreeMap::new(),
                    functions: Vec::new(),
                };
                Some(self.module(inner, open)?)
            }
            None => match self.place_of(&name, path.as_deref(), id) {
                Some((path, dir)) => self.file(&path, dir, krate, Some(id), open)?,
                // Behind a `#[cfg]` that is off, or made by a build script: the compiler says so if it matters.
                None => None,
            },
        };
        if let Some(child) = child {
            self.sources.modules[id.0].children.insert(name, child);
        }
        Ok(())
    }

    /// Returns the file of a child module, and where the files of its own children are.
    fn place_of(&self, name: &str, path: Option<&str>, parent: ModuleId) -> Option<(PathBuf, PathBuf)> {
        let module = &self.sources.modules[parent.0];
        if let Some(path) = path {
            let source = &self.sources.files[module.file];
            // Seen from the file's own folder, or from the folder of the inline module that it stands in.
            let inline = module.text != (0..source.text.len());
            let base = if inline {
                module.dir.clone()
            } else {
                source.path.parent()?.to_path_buf()
            };
            let file = base.join(path);
            let dir = file.parent()?.to_path_buf();
            return file.is_file().then_some((file, dir));
        }
        let dir = module.dir.join(name);
        let candidates = [module.dir.join(format!("{name}.rs")), dir.join("mod.rs")];
        candidates
            .into_iter()
            .find(|file| file.is_file())
            .map(|file| (file, dir))
    }
}

fn is_library(kinds: &[TargetKind]) -> bool {
    kinds.iter().any(|kind| {
        matches!(
            kind,
            TargetKind::Lib
                | TargetKind::RLib
                | TargetKind::DyLib
                | TargetKind::CDyLib
                | TargetKind::StaticLib
        )
    })
}

/// Returns which of the two attributes it is, under whatever name it was imported.
fn attribute_kind(attr: &Attribute, module: &Module) -> Option<FunctionKind> {
    let name = attr.path().segments.last()?.ident.to_string();
    let renamed = attr.path().get_ident().and_then(|_| {
        let import = module
            .imports
            .iter()
            .find(|import| import.alias.as_deref() == Some(name.as_str()))?;
        import.path.last().cloned()
    });
    match renamed.unwrap_or(name).as_str() {
        "orchestrator" => Some(FunctionKind::Orchestrator),
        "activity" => Some(FunctionKind::Activity),
        _ => None,
    }
}

fn last_is(attr: &Attribute, name: &str) -> bool {
    attr.path()
        .segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}

fn path_attribute(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
