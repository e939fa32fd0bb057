use durable_core::hub::PageToken;

use super::bounds::{STRETCH, STRETCH_TAGGED, TAGGED};
use super::*;
use crate::schema::plan;

#[test]
fn a_page_is_read_from_its_place_in_the_index_and_nothing_is_sorted() {
    for order in STRETCH {
        assert_eq!(
            plan(order),
            "SEARCH instance USING COVERING INDEX instance_listing (code=? AND status=? AND created>? AND created<?)"
        );
    }
}

#[test]
fn a_page_by_tag_is_read_from_its_place_among_those_that_have_it() {
    let place = [
        "(created,instance)>(?,?) AND created<?",
        "created>? AND (created,instance)<(?,?)",
    ];
    for (order, place) in TAGGED.into_iter().zip(place) {
        assert_eq!(
            plan(order),
            format!("SEARCH tag USING PRIMARY KEY (name=? AND value=? AND {place})")
        );
    }
}

#[test]
fn a_page_by_state_and_tag_reads_two_indexes_and_no_row() {
    for order in STRETCH_TAGGED {
        assert_eq!(
            plan(order),
            "SEARCH i USING COVERING INDEX instance_listing (code=? AND status=? AND created>? AND created<?)\n\
             SEARCH tag EXISTS USING PRIMARY KEY (name=? AND value=? AND created=? AND instance=?)"
        );
    }
}

#[test]
fn what_is_collected_is_found_by_an_index_of_its_own() {
    assert_eq!(
        plan(few::FROM_ID),
        "SEARCH instance USING COVERING INDEX sqlite_autoindex_instance_1 (text_id>?)"
    );
    assert_eq!(plan(few::BLOCKED), "SCAN instance USING INDEX instance_blocked");
    let stalled = plan(few::STALLED);
    let of_instances: Vec<_> = stalled
        .lines()
        .filter(|line| line.contains(" instance ") || line.contains(" r ") || line.contains(" w "))
        .collect();
    assert_eq!(
        of_instances,
        [
            "SEARCH instance USING INTEGER PRIMARY KEY (rowid=?)",
            "SCAN r USING COVERING INDEX instance_ready",
            "SEARCH w USING COVERING INDEX instance_owner (owner>?)"
        ],
        "{stalled}"
    );
}

/// Makes a hub with completed instances: each an id as a text of SQL, one second after the other.
fn hub_of(ids: &[&str]) -> Connection {
    let conn = crate::schema::in_memory();
    conn.execute_batch("INSERT INTO code VALUES (1, 0, 'order', '1')")
        .unwrap();
    for (at, id) in ids.iter().enumerate() {
        insert(&conn, &format!("SELECT {at} + 1, {id}"));
    }
    conn
}

/// Adds instances whose numbers and ids a statement of SQL gives.
fn insert(conn: &Connection, numbers_and_ids: &str) {
    let sql = format!(
        "WITH ids (number, text_id) AS ({numbers_and_ids})
         INSERT INTO instance (id, text_id, run, execution, generation, code, status, epoch, ready, event_count, created,
             updated, ended, child_policy)
         SELECT number, text_id, number, 'e', 0, 1, 3, 0, 0, 0, number * 1000000, 0, 0, 0 FROM ids"
    );
    conn.execute_batch(&sql).unwrap();
}

fn with_prefix(conn: &Connection, prefix: &str, limit: usize) -> Vec<i64> {
    let query = InstanceQuery {
        id_prefix: Some(prefix.to_owned()),
        ..InstanceQuery::default()
    };
    let found = matching(conn, &query, Timestamp::from_micros(0), limit, false).unwrap();
    found.into_iter().map(|place| place.id).collect()
}

#[test]
fn ids_that_begin_with_a_text_are_found_in_the_order_of_their_starts() {
    let conn = hub_of(&[
        "'order-2'",
        "x'ab120000000000000000000000000000'",
        "'ab1-of-a-person'",
        "'order-10'",
        "'orders'",
        "x'ab2fffffffffffffffffffffffffffff'",
        "'ab12'",
        "'Order-1'",
        "'ordér'",
    ]);
    for (prefix, found) in [
        ("order-", vec![1, 4]),
        ("order", vec![1, 4, 5]),
        ("ordé", vec![9]),
        ("ord", vec![1, 4, 5, 9]),
        ("ab1", vec![2, 3, 7]),
        ("ab12", vec![2, 7]),
        ("ab120000000000000000000000000000", vec![2]),
        ("ab2f", vec![6]),
        ("AB", vec![]),
        ("z", vec![]),
        ("ab1200000000000000000000000000000", vec![]),
        ("", vec![1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ] {
        assert_eq!(with_prefix(&conn, prefix, 100), found, "{prefix}");
    }
}

/// Of many with a tag, those of a state that few are in are found by that, and those of the other by the tag.
#[test]
fn a_tag_and_a_state_are_both_kept_however_many_have_them() {
    let conn = hub_of(&["'failed'", "'untagged'"]);
    conn.execute_batch("UPDATE instance SET status = 4").unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 4200) SELECT i, 'a-' || i FROM n";
    insert(&conn, many);
    conn.execute_batch("INSERT INTO tag SELECT 'shop', 'north', created, id FROM instance WHERE id <> 2")
        .unwrap();
    let page = |query: InstanceQuery| {
        let found = matching(&conn, &query, Timestamp::from_micros(0), 2, false).unwrap();
        found.into_iter().map(|place| place.id).collect::<Vec<_>>()
    };
    let north = InstanceQuery {
        tags: std::iter::once(("shop".to_owned(), "north".to_owned())).collect(),
        ..InstanceQuery::default()
    };
    let in_status = |status| InstanceQuery {
        statuses: vec![status],
        ..north.clone()
    };
    assert_eq!(page(north.clone()), [1, 3]);
    assert_eq!(page(in_status(InstanceStatus::Failed)), [1]);
    assert_eq!(page(in_status(InstanceStatus::Completed)), [3, 4]);
    assert!(page(in_status(InstanceStatus::Running)).is_empty());
    let late = InstanceQuery {
        ended_from: Some(Timestamp::from_micros(4_200_000_000)),
        ..InstanceQuery::default()
    };
    assert_eq!(page(late), [4_200]);
}

#[test]
fn a_page_of_very_many_with_one_beginning_is_the_first_of_them() {
    let conn = hub_of(&["'z'"]);
    insert(
        &conn,
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, 'a-' || i FROM n",
    );
    assert_eq!(with_prefix(&conn, "a-", 3), [2, 3, 4]);
    assert_eq!(with_prefix(&conn, "a-19999", 3), [19_999]);
}

#[test]
fn a_token_leads_back_to_its_place() {
    let place = Place {
        created: -5,
        id: 1_000_000,
    };
    assert_eq!(Place::of_token(&place.token()).unwrap(), place);
    for text in ["", "7", "7.", ".7", "7.x", "7.7.7"] {
        let error = Place::of_token(&PageToken(text.to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{text}` is not a page token of this hub")
        );
    }
}

#[test]
fn the_fewer_are_read_of_those_with_a_tag_and_those_in_a_state() {
    let conn = hub_of(&["'a'", "'b'", "'c'", "'d'", "'e'"]);
    conn.execute_batch(
        "UPDATE instance SET status = 4 WHERE id = 5;
         INSERT INTO tag SELECT 'shop', 'north', created, id FROM instance WHERE id IN (1, 2, 5)",
    )
    .unwrap();
    let reads = |statuses: Vec<InstanceStatus>| {
        let query = InstanceQuery {
            tags: std::iter::once(("shop".to_owned(), "north".to_owned())).collect(),
            statuses,
            ..InstanceQuery::default()
        };
        let filter = Filter::of(&query, false).unwrap();
        let bounds = bounds(&conn, &query, &filter).unwrap();
        assert_eq!(bounds.len(), 1);
        match bounds[0] {
            Bounds::Tag(..) => "the tag",
            Bounds::StretchTagged(..) => "the state",
            Bounds::Stretch(..) | Bounds::Ended(..) => "everything",
        }
    };
    assert_eq!(reads(vec![]), "the tag");
    assert_eq!(reads(vec![InstanceStatus::Completed]), "the tag");
    assert_eq!(reads(vec![InstanceStatus::Failed]), "the state");
}
