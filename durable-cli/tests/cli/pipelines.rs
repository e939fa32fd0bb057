//! The pipelines of `docs/deployment-gate.md`: what they run is run, against a hub with a worker of the release before.

mod programs;
mod stage;
mod steps;

use std::fs;
use std::path::Path;

use programs::Programs;
use stage::Stage;
use steps::{Step, of_argo, of_azure, of_github};

/// A service: how it runs the deployment, and what it does with an exit code.
type Service = fn(&Stage, &mut dyn FnMut(&str)) -> i32;

fn github(stage: &Stage, told: &mut dyn FnMut(&str)) -> i32 {
    stage.job(&of_github("deploy"), told)
}

fn azure(stage: &Stage, told: &mut dyn FnMut(&str)) -> i32 {
    stage.job(&of_azure("Deploy"), told)
}

/// Argo CD applies nothing if the hook before fails, and then runs no other hook that could be relied on.
fn argo(stage: &Stage, told: &mut dyn FnMut(&str)) -> i32 {
    let hook = |phase: &str, told: &mut dyn FnMut(&str)| stage.job(&[of_argo(phase)], told);
    let before = hook("PreSync", told);
    if before != 0 {
        return before;
    }
    let applied = stage.deploy();
    let after = hook(if applied == 0 { "PostSync" } else { "SyncFail" }, told);
    if applied == 0 { after } else { applied }
}

/// Pays as soon as the gate waits, which it does behind its fence.
fn paying<'a>(stage: &'a Stage, paid: &'a mut bool) -> impl FnMut(&str) + 'a {
    move |line| {
        if line.starts_with("waiting") && !*paid {
            *paid = true;
            stage.assert_fenced();
            assert!(!stage.has("begun"));
            stage.pay();
        }
    }
}

fn deploys_when_the_last_old_instance_has_ended(service: Service) {
    let stage = Stage::set(&Programs::built().shop());
    let mut paid = false;
    assert_eq!(service(&stage, &mut paying(&stage, &mut paid)), 0);
    assert!(paid && stage.has("deployed"));
    assert!(
        !stage.has("slipped-through"),
        "a start was accepted during the deployment"
    );
    stage.assert_open();
}

fn deploys_nothing_while_an_old_instance_runs(service: Service) {
    let mut stage = Stage::set(&Programs::built().shop());
    stage.gate_timeout = 0;
    assert_eq!(service(&stage, &mut |_| {}), 4);
    assert!(!stage.has("begun"));
    stage.assert_open();
}

fn a_deployment_that_breaks_off_leaves_no_fence(service: Service) {
    let stage = Stage::set(&Programs::built().shop());
    stage.pay();
    stage.durable(&["watch", "order-1", "--timeout", "1m"], 0);
    stage.break_deployment();
    assert_eq!(service(&stage, &mut |_| {}), 7);
    assert!(stage.has("begun") && !stage.has("deployed") && !stage.has("slipped-through"));
    stage.assert_open();
}

fn a_binary_that_cannot_go_on_is_not_deployed(service: Service) {
    let stage = Stage::set(&Programs::built().edited_shop());
    let mut said = String::new();
    assert_eq!(service(&stage, &mut |line| said += line), 1);
    assert!(!said.contains("waiting"), "the gate was not reached: {said}");
    assert!(!stage.has("begun"));
    stage.assert_open();
}

#[test]
fn github_actions() {
    deploys_when_the_last_old_instance_has_ended(github);
    deploys_nothing_while_an_old_instance_runs(github);
    a_deployment_that_breaks_off_leaves_no_fence(github);
    a_binary_that_cannot_go_on_is_not_deployed(github);
}

#[test]
fn azure_pipelines() {
    deploys_when_the_last_old_instance_has_ended(azure);
    deploys_nothing_while_an_old_instance_runs(azure);
    a_deployment_that_breaks_off_leaves_no_fence(azure);
    a_binary_that_cannot_go_on_is_not_deployed(azure);
}

#[test]
fn argo_cd() {
    deploys_when_the_last_old_instance_has_ended(argo);
    deploys_nothing_while_an_old_instance_runs(argo);
    a_deployment_that_breaks_off_leaves_no_fence(argo);
    a_binary_that_cannot_go_on_is_not_deployed(argo);
}

/// The first step of each build; the other compiles for release, which takes minutes.
#[test]
fn released_code_is_as_it_was_released() {
    for steps in [of_github("build"), of_azure("Build")] {
        let scripts: Vec<&str> = steps.iter().map(Step::script).collect();
        assert_eq!(
            scripts,
            [
                "cargo durable lock --check --released",
                "cargo build --release --locked"
            ]
        );
        let ran = Programs::built().in_package(&steps[0].words);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    }
}

#[test]
fn the_gate_needs_no_curl() {
    let mut stage = Stage::set(&Programs::built().shop());
    let tools = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = Programs::built().path();
    for tool in ["bash", "dirname", "sleep", "timeout", "touch", "cat", "durable"] {
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join(tool))
            .find(|own| own.exists());
        std::os::unix::fs::symlink(found.expect("it is installed"), tools.path().join(tool)).expect("linked");
    }
    stage.path = Some(tools.path().to_path_buf());
    let step = Step {
        words: ["bash", "gate-http.sh", "run", "bash", "deploy.sh"]
            .map(str::to_owned)
            .to_vec(),
        env: std::collections::BTreeMap::new(),
        always: false,
    };
    let mut paid = false;
    assert_eq!(stage.job(&[step], paying(&stage, &mut paid)), 0);
    assert!(paid && stage.has("deployed") && !stage.has("slipped-through"));
    stage.assert_open();
}

/// Whoever copies an example has all of it: what the page names is there, and may be run.
#[test]
fn the_page_names_every_file_beside_it() {
    let docs = Path::new(programs::WORKSPACE).join("docs");
    let page = fs::read_to_string(docs.join("deployment-gate.md")).expect("the page");
    for entry in fs::read_dir(docs.join("deployment-gate")).expect("the folder") {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a text");
        assert!(page.contains(&format!("(deployment-gate/{name})")), "{name}");
    }
}
