//! A shop at work, and a pipeline that is to deploy over it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::programs::{Programs, WORKSPACE};
use super::steps::Step;

/// Stands for the deployment: tries to start an instance, and may break off in the middle.
const DEPLOY: &str = "#!/usr/bin/env bash
set -e
if durable --hub \"$HUB\" start checkout --id early --input '\"early\"' 2>refusal; then touch slipped-through; fi
touch begun
if [ -e break ]; then exit 7; fi
touch deployed
";

/// A folder in which a pipeline runs, with the hub and the worker of the release before.
pub(crate) struct Stage {
    dir: TempDir,
    worker: Child,
    address: String,
    key: String,
    /// For how long the gate waits, in seconds.
    pub(crate) gate_timeout: u32,
    /// Where programs are looked for, if not everywhere.
    pub(crate) path: Option<PathBuf>,
}

impl Stage {
    /// Lets a worker run an instance until that waits for its payment, in a folder with the program to be deployed.
    pub(crate) fn set(new: &Path) -> Self {
        let dir = TempDir::with_prefix_in("pipeline-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let place = |path: &str| dir.path().join(path);
        // Where each pipeline expects them.
        fs::create_dir_all(place("docs")).expect("made");
        fs::create_dir_all(place("shop-artifact")).expect("made");
        let scripts = Path::new(WORKSPACE)
            .join("docs/deployment-gate")
            .canonicalize()
            .expect("there");
        std::os::unix::fs::symlink(&scripts, place("docs/deployment-gate")).expect("linked");
        for script in ["gate-http.sh", "ask.sh"] {
            std::os::unix::fs::symlink(scripts.join(script), place(script)).expect("linked");
        }
        fs::copy(new, place("shop")).expect("copied");
        fs::create_dir_all(place("artifacts/shop")).expect("made");
        fs::copy(new, place("artifacts/shop/shop")).expect("copied");
        fs::write(place("deploy.sh"), DEPLOY).expect("written");
        fs::set_permissions(place("deploy.sh"), fs::Permissions::from_mode(0o755)).expect("set");
        let mut worker = Command::new(Programs::built().shop())
            .arg("serve")
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let said = worker.stdout.take().expect("piped");
        BufReader::new(said)
            .read_line(&mut line)
            .expect("it says where it is");
        let (address, key) = line.trim().split_once(' ').expect("an address and a key");
        let stage = Self {
            address: format!("http://{address}"),
            key: key.to_owned(),
            dir,
            worker,
            gate_timeout: 60,
            path: None,
        };
        stage.durable(
            &["start", "checkout", "--id", "order-1", "--input", "\"order-1\""],
            0,
        );
        stage.durable(&["watch", "order-1", "--until", "running", "--timeout", "1m"], 0);
        stage
    }

    /// Makes the deployment break off in its middle.
    pub(crate) fn break_deployment(&self) {
        fs::write(self.dir.path().join("break"), "").expect("written");
    }

    /// Lets the old instance come to its end.
    pub(crate) fn pay(&self) {
        self.durable(&["raise-event", "order-1", "payment", "--data", "4200"], 0);
    }

    /// Returns whether the deployment has left a file.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.dir.path().join(file).exists()
    }

    /// Runs the deployment itself, where it is not a step of the pipeline.
    pub(crate) fn deploy(&self) -> i32 {
        let step = Step {
            words: vec!["./deploy.sh".to_owned()],
            env: std::collections::BTreeMap::new(),
            always: false,
        };
        self.step(&step, &mut |_| {})
    }

    /// Runs the steps of a job as the service does: those after a failure only if they say so. Returns the first failure's
    /// exit code, or 0. `told` hears each line of the standard error.
    pub(crate) fn job(&self, steps: &[Step], mut told: impl FnMut(&str)) -> i32 {
        let mut ended = 0;
        for step in steps {
            if ended == 0 || step.always {
                let code = self.step(step, &mut told);
                ended = if ended == 0 { code } else { ended };
            }
        }
        ended
    }

    /// Runs one step, and returns its exit code.
    pub(crate) fn step(&self, step: &Step, told: &mut impl FnMut(&str)) -> i32 {
        let mut command = self.command(&step.words[0]);
        command.args(&step.words[1..]);
        let given = self.given();
        for (name, value) in &step.env {
            if !given.iter().any(|(own, _)| own == name) {
                assert!(
                    !value.contains("$("),
                    "the service fills {name} in, and the test does not"
                );
                command.env(name, value);
            }
        }
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        for line in BufReader::new(child.stderr.take().expect("piped")).lines() {
            told(&line.expect("text"));
        }
        child.wait().expect("it ends").code().unwrap_or(-1)
    }

    /// Asserts that no fence is up: new instances begin.
    pub(crate) fn assert_open(&self) {
        assert_eq!(
            self.durable(&["fences"], 0),
            "no fence is up: every start is accepted\n"
        );
        self.durable(
            &["start", "checkout", "--id", "order-2", "--input", "\"order-2\""],
            0,
        );
    }

    /// Asserts that a start is refused, by this deployment's fence.
    pub(crate) fn assert_fenced(&self) {
        self.durable(&["start", "checkout", "--id", "late", "--input", "\"late\""], 1);
        assert!(self.durable(&["fences"], 0).contains("release-7"));
    }

    /// Runs `durable` on the hub, and returns what it prints.
    pub(crate) fn durable(&self, arguments: &[&str], code: i32) -> String {
        let mut command = self.command("durable");
        let output = command
            .args(arguments)
            .stdout(Stdio::piped())
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "durable {arguments:?}: {text}{err}"
        );
        text
    }

    /// What names places and times, which the test chooses.
    fn given(&self) -> Vec<(&'static str, String)> {
        let hub = self.dir.path().join("shop.db").display().to_string();
        vec![
            ("DURABLE_HUB", hub.clone()),
            ("SHOP_HUB", hub.clone()),
            ("HUB", hub),
            ("DURABLE_URL", self.address.clone()),
            ("DURABLE_KEY", self.key.clone()),
            ("DURABLE_AZURE_CONNECTION_STRING", String::new()),
            ("RELEASE", "release-7".to_owned()),
            ("GATE_INTERVAL", "1".to_owned()),
            ("GATE_STABILIZE", "0".to_owned()),
            ("GATE_TIMEOUT", self.gate_timeout.to_string()),
            ("DEPLOY_TIMEOUT", "60".to_owned()),
            (
                "PIPELINE_WORKSPACE",
                self.dir.path().join("artifacts").display().to_string(),
            ),
        ]
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = self.path.as_ref().map(|path| path.clone().into_os_string());
        command
            .current_dir(self.dir.path())
            .env("PATH", path.unwrap_or_else(|| Programs::built().path()))
            .env("NO_COLOR", "1")
            .envs(self.given())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.worker.kill();
        let _ = self.worker.wait();
    }
}
