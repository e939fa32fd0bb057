//! Removing what has ended.

use insta::assert_snapshot;

use crate::shell::Shop;

#[test]
fn a_purge_removes_what_it_has_shown_and_only_ended_instances() {
    let shop = Shop::new();
    assert_snapshot!(
        "purge",
        shop.session(&[
            &["purge", "order-1", "--dry-run"],
            &["purge", "order-1"],
            &["purge", "order-1"],
            &["purge", "order-2"],
            &["purge", "order-2", "--dry-run"],
            &["purge", "--id-prefix", "order-", "--dry-run"],
            &["purge", "--id-prefix", "order-"],
            &["purge", "--id-prefix", "order-", "--yes"],
            &["purge", "--tag", "shop=north", "--yes"],
            &["purge"],
            &["purge", "order-1", "--name", "order"],
            &["purge", "--status", "running,failed"],
            &["purge", "--everything", "--yes"],
            &["list"],
        ])
    );
}
