use super::*;
use crate::schema::{in_memory, plan};

#[test]
fn a_stretch_is_counted_in_the_index_and_its_ends_are_looked_up() {
    let plan = plan(STRETCHES);
    let of_instances: Vec<_> = plan.lines().filter(|line| line.contains("instance")).collect();
    let stretch = "SEARCH instance USING COVERING INDEX instance_listing (code=? AND status=?)";
    assert_eq!(of_instances, [stretch; 3], "{plan}");
}

#[test]
fn who_is_blocked_or_has_work_is_found_by_indexes_of_their_own() {
    assert_eq!(
        plan(BLOCKED),
        "SCAN instance USING INDEX instance_blocked\nUSE TEMP B-TREE FOR GROUP BY"
    );
    let plan = plan(WITH_WORK);
    let of_instances: Vec<_> = plan
        .lines()
        .filter(|line| line.contains("instance") || line.contains(" w ") || line.contains(" b "))
        .collect();
    assert_eq!(
        of_instances,
        [
            "SEARCH w USING INTEGER PRIMARY KEY (rowid=?)",
            "SCAN instance USING COVERING INDEX instance_ready",
            "SEARCH instance USING COVERING INDEX instance_owner (owner>?)",
            "SEARCH b USING PRIMARY KEY (instance=?)"
        ],
        "{plan}"
    );
}

#[test]
fn work_is_counted_wherever_it_lies_and_nothing_twice() {
    let conn = in_memory();
    // Pending; of those that run: waiting, ready, with an owner and a message, with an owner and none, blocked with a message;
    // suspended with a message; ended in each way.
    conn.execute_batch(
        "INSERT INTO code VALUES (1, 0, 'order', '1'), (2, 0, 'order', '2'), (3, 1, 'charge', '1');
         INSERT INTO inbox (instance, id, run, carried, frame)
             VALUES (3, 100, NULL, 0, x''), (4, 101, NULL, 0, x''), (4, 102, NULL, 0, x''), (6, 103, NULL, 0, x''), (7, 104, NULL, 0, x'');
         WITH given (id, status, owner, ready, first, blocked) AS (VALUES
             (1, 0, NULL, 1, 90, NULL), (2, 1, NULL, 0, NULL, NULL), (3, 1, NULL, 1, NULL, NULL), (4, 1, 7, 0, NULL, NULL),
             (5, 1, 7, 0, NULL, NULL), (6, 1, NULL, 0, NULL, '{}'), (7, 2, NULL, 1, NULL, NULL), (8, 3, NULL, 0, NULL, NULL),
             (9, 4, NULL, 0, NULL, NULL), (10, 5, NULL, 0, NULL, NULL), (11, 6, NULL, 0, NULL, NULL), (12, 1, 7, 0, 91, NULL))
         INSERT INTO instance (id, text_id, run, execution, generation, code, status, owner, epoch, ready, first, event_count,
             created, updated, blocked, child_policy)
         SELECT id, id, id, 'e', 0, 1, status, owner, 0, ready, first, 0, id * 1000000, 0, blocked, 0 FROM given",
    )
    .unwrap();
    let counts = by_version(&conn, Timestamp::from_micros(0)).unwrap();
    let wanted = VersionCount {
        pending: 1,
        running: 3,
        waiting: 2,
        suspended: 1,
        blocked: 1,
        failed: 1,
        ended: 3,
        oldest: Some(Timestamp::from_micros(1_000_000)),
        last_started: Some(Timestamp::from_micros(12_000_000)),
        ..VersionCount::none(
            WireName::new("order").unwrap(),
            RecordedVersion::from("1".to_owned()),
        )
    };
    assert_eq!(counts, std::slice::from_ref(&wanted));
    let live = of_live(&conn, Timestamp::from_micros(0)).unwrap();
    assert_eq!(live, [wanted.without_ended().unwrap()]);
}

/// How many steps SQLite takes to count what has not ended or has failed, beside so many completed ones.
fn steps_beside(completed: i64) -> i32 {
    let conn = in_memory();
    conn.execute_batch("INSERT INTO code VALUES (1, 0, 'order', '1')")
        .unwrap();
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 20)
        INSERT INTO instance (id, text_id, run, execution, generation, code, status, epoch, ready, event_count, created,
            updated, child_policy)
        SELECT i, i, i, 'e', 0, 1, iif(i > 20, 3, iif(i > 10, 4, 1)), 0, 0, 0, i, 0, 0 FROM n";
    conn.execute(sql, [completed]).unwrap();
    let states = as_json(lives_or_failed).unwrap();
    let mut statement = conn.prepare(STRETCHES).unwrap();
    let found: Vec<_> = statement
        .query_map((0, states), read)
        .unwrap()
        .map(|found| found.unwrap().0.instances)
        .collect();
    assert_eq!(found, [0, 10, 0, 10]);
    statement.get_status(rusqlite::StatementStatus::VmStep)
}

#[test]
fn counts_of_what_lives_read_nothing_of_what_has_completed() {
    assert_eq!(steps_beside(1), steps_beside(1_000));
}
