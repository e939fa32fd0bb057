//! Crates depend on each other only along the arrows.

use crate::finding::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Package;

pub(super) const RULE: &str = "arrows";

/// What a crate may depend on, of the workspace.
struct Arrows {
    from: &'static str,
    to: &'static [&'static str],
    /// What its tests may use besides.
    dev: &'static [&'static str],
}

const TABLE: [Arrows; 18] = [
    Arrows {
        from: "durable-core",
        to: &[],
        dev: &[],
    },
    // No test of the macros may need the facade: it could not be published before what it needs.
    Arrows {
        from: "durable-macros",
        to: &[],
        dev: &[],
    },
    Arrows {
        from: "durable-testkit",
        to: &["durable-core"],
        dev: &[],
    },
    Arrows {
        from: "durable-sqlite",
        to: &["durable-core"],
        dev: &["durable-testkit", "durable-testdisk"],
    },
    Arrows {
        from: "durable-server",
        to: &["durable-core"],
        // Its dashboard is tested with real orchestrators, in a browser that npm's packages drive.
        dev: &[
            "durable",
            "durable-testkit",
            "durable-sqlite",
            "durable-testazure",
        ],
    },
    Arrows {
        from: "durable-otel",
        to: &["durable-core"],
        dev: &["durable", "durable-testotlp"],
    },
    // A collector knows the protocol, and not who speaks it.
    Arrows {
        from: "durable-testotlp",
        to: &[],
        dev: &[],
    },
    // What it speaks to is a server in another process; its tests have one in their own.
    Arrows {
        from: "durable-remote",
        to: &["durable-core"],
        dev: &["durable-testkit", "durable-sqlite", "durable-server"],
    },
    // It knows SQLite, and nothing of what is stored with it.
    Arrows {
        from: "durable-testdisk",
        to: &[],
        dev: &[],
    },
    Arrows {
        from: "durable-azure",
        to: &["durable-core"],
        dev: &["durable-testkit", "durable-testazure"],
    },
    // What proves the wire format shares no code with what writes it.
    Arrows {
        from: "durable-testazure",
        to: &[],
        dev: &[],
    },
    Arrows {
        from: "durable",
        to: &[
            "durable-core",
            "durable-macros",
            "durable-testkit",
            "durable-sqlite",
            "durable-azure",
        ],
        // Itself, so that its tests see what its features add.
        dev: &["durable", "durable-testazure", "durable-testdisk"],
    },
    // It reads sources and runs programs; a program brings its own version of `durable`.
    Arrows {
        from: "durable-cli",
        to: &[],
        dev: &[],
    },
    // It operates hubs through the contract, and needs no orchestrator's code; its tests make hubs with some.
    Arrows {
        from: "durable-ops",
        to: &[
            "durable-core",
            "durable-sqlite",
            "durable-azure",
            "durable-otel",
            "durable-remote",
            "durable-server",
        ],
        dev: &[
            "durable",
            "durable-testazure",
            "durable-testkit",
            "durable-testotlp",
        ],
    },
    Arrows {
        from: "examples",
        to: &["durable"],
        dev: &["durable-testazure"],
    },
    // What the macros know by themselves is compared with what the core knows.
    Arrows {
        from: "ui-tests",
        to: &["durable"],
        dev: &["durable-core"],
    },
    Arrows {
        from: "bench",
        to: &[
            "durable",
            "durable-server",
            "durable-testazure",
            "durable-testdisk",
        ],
        dev: &[],
    },
    Arrows {
        from: "xtask",
        to: &[],
        dev: &[],
    },
];

pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    packages
        .iter()
        .flat_map(|package| of_package(tree, package))
        .collect()
}

fn of_package(tree: &Tree, package: &Package) -> Vec<Finding> {
    let at = |text: &str| {
        tree.file(&package.manifest)
            .map_or(1, |file: &File| file.line_of(text))
    };
    let finding = |line, text: String| Finding::new(RULE, &package.manifest, line, text);
    let Some(arrows) = TABLE.iter().find(|arrows| arrows.from == package.name) else {
        return vec![finding(
            1,
            format!("`{}` has no line in the table of arrows", package.name),
        )];
    };
    let ours = package
        .dependencies
        .iter()
        .filter(|own| TABLE.iter().any(|arrows| arrows.from == own.name));
    ours.filter(|own| {
        let name = own.name.as_str();
        let allowed = arrows.to.contains(&name) || (own.dev && arrows.dev.contains(&name));
        !allowed
    })
    .map(|own| {
        let what = if own.dev {
            "its tests depend on"
        } else {
            "it depends on"
        };
        finding(
            at(&own.name),
            format!("{what} `{}`, against the arrows", own.name),
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;
    use crate::workspace::Dependency;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependency = |&(name, dev): &(&str, bool)| Dependency {
            name: name.to_owned(),
            dev,
        };
        Package {
            name: name.to_owned(),
            manifest: format!("{name}/Cargo.toml"),
            dependencies: dependencies.iter().map(dependency).collect(),
            targets: Vec::new(),
        }
    }

    #[test]
    fn what_is_against_the_arrows_is_found_in_the_manifest() {
        let tree = Tree::of(&[(
            "durable-core/Cargo.toml",
            "[package]\n\n[dependencies]\ndurable-sqlite = 1\n",
        )]);
        let packages = [
            package("durable-core", &[("durable-sqlite", false), ("serde", false)]),
            package("durable-sqlite", &[("durable-testkit", false)]),
            package("durable-extra", &[]),
        ];
        assert_findings(
            &check(&tree, &packages),
            &[
                "durable-core/Cargo.toml:4: arrows: it depends on `durable-sqlite`, against the arrows",
                "durable-sqlite/Cargo.toml:1: arrows: it depends on `durable-testkit`, against the arrows",
                "durable-extra/Cargo.toml:1: arrows: `durable-extra` has no line in the table of arrows",
            ],
        );
    }

    #[test]
    fn arrows_downwards_are_kept() {
        let packages = [
            package("durable", &[("durable-core", false), ("durable-testkit", true)]),
            package(
                "durable-sqlite",
                &[("durable-core", false), ("durable-testkit", true)],
            ),
        ];
        assert_findings(&check(&Tree::default(), &packages), &[]);
    }
}
