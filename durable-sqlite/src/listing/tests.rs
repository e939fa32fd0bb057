use super::*;
use crate::query::COUNTS;

fn plan(sql: &str) -> String {
    let conn = crate::schema::in_memory();
    let mut statement = conn.prepare(&["EXPLAIN QUERY PLAN ", sql].concat()).unwrap();
    let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
    let lines = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3));
    let lines: Vec<_> = lines.unwrap().map(Result::unwrap).collect();
    lines.join("\n")
}

#[test]
fn a_page_is_read_from_its_place_in_the_index_and_nothing_is_sorted() {
    assert_eq!(
        plan(STRETCH),
        "SEARCH instance USING COVERING INDEX instance_listing (code=? AND status=? AND created>? AND created<?)"
    );
}

#[test]
fn instances_with_a_tag_are_found_by_the_tag() {
    let plan = plan(TAGGED);
    assert!(
        plan.starts_with("SEARCH tag USING PRIMARY KEY (name=? AND value=?)"),
        "{plan}"
    );
}

#[test]
fn counts_do_not_read_the_rows_of_ended_instances() {
    let plan = plan(COUNTS);
    let of_instances: Vec<_> = plan
        .lines()
        .filter(|line| line.contains("instance_listing"))
        .collect();
    assert_eq!(
        of_instances,
        [
            "SCAN instance USING COVERING INDEX instance_listing",
            "SEARCH live USING INDEX instance_listing (code=? AND status=?)"
        ],
        "{plan}"
    );
    assert!(
        !plan.contains("SCAN live") && !plan.contains("SCAN i\n"),
        "{plan}"
    );
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
