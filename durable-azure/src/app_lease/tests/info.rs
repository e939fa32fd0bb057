//! The info blob on the wire.

use crate::app_lease::AppLeaseInfo;

fn info(owner: Option<&str>, desired: Option<&str>) -> AppLeaseInfo {
    AppLeaseInfo {
        owner_id: owner.map(str::to_owned),
        desired_swap_id: desired.map(str::to_owned),
    }
}

#[test]
fn it_is_written_with_both_members() {
    let text = serde_json::to_string(&info(Some("a"), None)).unwrap();
    assert_eq!(text, r#"{"OwnerId":"a","DesiredSwapId":null}"#);
    let text = serde_json::to_string(&info(Some("a"), Some("b"))).unwrap();
    assert_eq!(text, r#"{"OwnerId":"a","DesiredSwapId":"b"}"#);
}

#[test]
fn members_may_be_absent_and_others_present() {
    let cases = [
        ("{}", info(None, None)),
        (r#"{"OwnerId":"a"}"#, info(Some("a"), None)),
        (
            r#"{"$type":"x","DesiredSwapId":"b","OwnerId":null,"More":[1]}"#,
            info(None, Some("b")),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            serde_json::from_str::<AppLeaseInfo>(text).unwrap(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn ids_are_compared_without_case() {
    let info = info(Some("828293A6-0000"), Some("ABC"));
    assert!(info.is_owned_by("828293a6-0000") && info.is_wanted_by("abc"));
    assert!(!info.is_owned_by("828293a7-0000") && !AppLeaseInfo::default().is_owned_by(""));
}
