//! The gate, as a pipeline runs it.

use insta::assert_snapshot;

use crate::shell::{Shop, without_spans};

#[test]
fn a_gate_gives_up_with_its_own_exit_code_and_says_what_it_waited_for() {
    let shop = Shop::new();
    assert_snapshot!(
        "gate_times_out",
        without_spans(&shop.session(&[
            &["gate", "--id", "release-7", "--timeout", "0s"],
            &[
                "gate",
                "--id",
                "release-7",
                "--timeout",
                "0s",
                "--orchestrator",
                "part@2",
                "--statuses",
                "pending"
            ],
            &["fences"],
            &["gate", "--id", "release-7", "--statuses", "completed"],
        ]))
    );
}

#[test]
fn a_gate_that_passes_holds_new_instances_back_until_it_is_released() {
    let shop = Shop::new();
    assert_snapshot!(
        "gate_passes",
        shop.session(&[
            &[
                "gate",
                "--id",
                "release-7",
                "--orchestrator",
                "order@2",
                "--stabilize",
                "0s",
                "--hold",
                "1h",
                "--reason",
                "release 7"
            ],
            &["fences"],
            &["start", "order@2", "--id", "new-1"],
            &["start", "order", "--id", "new-1"],
            &["start", "order@1", "--id", "new-2"],
            &["gate", "--release", "release-7"],
            &["start", "order@2", "--id", "new-1"],
            &["gate", "--release", "release-7"],
            &["fences"],
        ])
    );
}

#[test]
fn an_open_gate_lets_instances_begin_while_it_waits() {
    let shop = Shop::new();
    let ran = shop.durable(&["gate", "--id", "r", "--open", "--timeout", "0s"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert_eq!(shop.durable(&["start", "order", "--id", "new-1"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_gate_that_is_interrupted_takes_its_fence_down() {
    let shop = Shop::new();
    let mut gate = shop.spawn(&["gate", "--id", "release-7"]);
    let mut err = std::io::BufReader::new(gate.stderr.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut err, &mut first).unwrap();
    assert!(first.starts_with("waiting for"), "{first}");
    assert!(shop.durable(&["fences"]).out.contains("release-7"));
    let mut kill = shop.command("kill");
    kill.args(["-TERM", &gate.id().to_string()]);
    assert!(kill.status().unwrap().success());
    assert_eq!(gate.wait().unwrap().code(), Some(130));
    assert_eq!(
        shop.durable(&["fences"]).out,
        "no fence is up: every start is accepted\n"
    );
}
