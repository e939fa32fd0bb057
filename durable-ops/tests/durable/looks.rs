//! What only looks.

use insta::assert_snapshot;

use crate::shell::Shop;

#[test]
fn instances_are_listed_by_every_filter() {
    let shop = Shop::new();
    assert_snapshot!(
        "list",
        shop.session(&[
            &["list"],
            &["list", "--name", "part", "--version", "2"],
            &["list", "--status", "failed,terminated"],
            &["list", "--live", "--id-prefix", "order-"],
            &["list", "--tag", "shop=north"],
            &["list", "--tag", "shop=west"],
            &[
                "list",
                "--started-after",
                "2026-01-01T01:30:05Z",
                "--started-before",
                "2026-01-02"
            ],
            &["list", "--ended-before", "2026-01-01T01:31Z"],
            &[
                "list",
                "--ended-after",
                "2026-01-01T01:31Z",
                "--started-before",
                "1s"
            ],
        ])
    );
}

#[test]
fn pages_follow_each_other_and_leave_nothing_out() {
    let shop = Shop::new();
    let mut ids = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut arguments = vec!["list", "--page-size", "3"];
        if let Some(token) = &token {
            arguments.extend(["--page", token]);
        }
        let ran = shop.durable(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ids.extend(
            ran.out
                .lines()
                .skip(1)
                .map(|line| line.split(' ').next().unwrap().to_owned()),
        );
        let Some((_, more)) = ran.err.split_once("`--page ") else {
            break;
        };
        token = more.split('`').next().map(str::to_owned);
    }
    let all = shop.durable(&["list", "--all", "--page-size", "2"]).out;
    let all: Vec<&str> = all
        .lines()
        .skip(1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(ids, all);
    assert_eq!(all.len(), 11);
}

#[test]
fn an_instance_is_shown_with_what_keeps_it() {
    let shop = Shop::new();
    assert_snapshot!(
        "show",
        shop.session(&[
            &["show", "order-1"],
            &["show", "order-2"],
            &["show", "order-3", "--full"],
            &["show", "order-4"],
            &["show", "order-7"],
            &["show", "part-1"],
        ])
    );
}

#[test]
fn a_history_is_a_line_for_each_thing_with_its_duration_its_attempts_and_who_waits() {
    let shop = Shop::new();
    assert_snapshot!(
        "history",
        shop.session(&[
            &["history", "order-1"],
            &["history", "order-2"],
            &["history", "order-3", "--full"],
            &["history", "order-4"],
            &["history", "order-5"],
            &["history", "order-6"],
            &["history", "parcel-1"],
            &["history", "order-7"],
        ])
    );
}

#[test]
fn a_tree_is_found_from_any_of_its_members() {
    let shop = Shop::new();
    let child = shop
        .durable(&["list", "--name", "part", "--status", "running"])
        .out;
    let child = child
        .lines()
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    assert_snapshot!(
        "tree",
        shop.session(&[
            &["tree", "parcel-1"],
            &["tree", &child],
            &["tree", "order-1"],
            &["history", &child]
        ])
    );
}

#[test]
fn versions_stalled_instances_and_fences_are_shown() {
    let shop = Shop::new();
    assert_snapshot!(
        "versions",
        shop.session(&[&["versions"], &["stalled"], &["fences"]])
    );
}

#[test]
fn colours_are_for_terminals_only_and_never_with_no_color() {
    let shop = Shop::new();
    let run = |variables: &[(&str, &str)]| {
        let mut command = shop.command(env!("CARGO_BIN_EXE_durable"));
        command
            .args(["list", "--status", "failed"])
            .envs(variables.iter().copied());
        shop.ran(&command.output().unwrap()).out
    };
    assert!(!run(&[]).contains('\u{1b}'), "the output is no terminal");
    assert!(run(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[31mFailed"));
    assert!(!run(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}
