use super::*;

fn row(index: u64, execution: &str) -> Row {
    let mut row = Row::new("a", row_key(index));
    row.columns.push(text(EXECUTION, execution));
    row
}

fn sentinel(execution: &str) -> Row {
    let mut row = Sentinel::row("a", execution, Some(Ticks::MAX));
    row.etag = Some("W/1".to_owned());
    row
}

fn picked(rows: Vec<Row>, expected: Option<&str>) -> (String, usize, bool) {
    let history = pick(rows, expected).unwrap().unwrap();
    (history.execution, history.rows.len(), history.sentinel.is_some())
}

#[test]
fn row_keys_are_16_hexadecimal_digits_in_capitals() {
    assert_eq!(row_key(0), "0000000000000000");
    assert_eq!(row_key(171), "00000000000000AB");
    assert!(row_key(u64::MAX).as_str() < SENTINEL);
}

#[test]
fn the_sentinel_says_which_execution_is_current() {
    let rows = vec![row(0, "new"), row(1, "new"), row(2, "old"), sentinel("new")];
    assert_eq!(picked(rows.clone(), None), ("new".to_owned(), 2, true));
    assert_eq!(picked(rows.clone(), Some("new")), ("new".to_owned(), 2, true));
    // The lock is kept though nothing is read.
    assert_eq!(picked(rows, Some("old")), ("new".to_owned(), 0, true));
}

#[test]
fn what_a_longer_execution_left_is_not_taken() {
    let rows = vec![row(0, "new"), row(1, "old"), row(2, "new"), sentinel("new")];
    assert_eq!(picked(rows, None).1, 1);
    let rows = vec![row(0, "old"), row(1, "old"), sentinel("new")];
    assert_eq!(picked(rows, None), ("new".to_owned(), 0, true));
}

#[test]
fn without_a_sentinel_the_first_row_counts_unless_an_execution_is_expected() {
    let rows = vec![row(0, "new"), row(1, "old")];
    assert_eq!(picked(rows.clone(), None), ("new".to_owned(), 1, false));
    assert_eq!(picked(rows, Some("new")), ("new".to_owned(), 0, false));
    assert_eq!(pick(Vec::new(), None).unwrap(), None);
}

#[test]
fn rows_of_nobody_s_making_are_passed_over() {
    let rows = vec![row(0, "new"), Row::new("a", "metadata"), sentinel("new")];
    assert_eq!(picked(rows, None), ("new".to_owned(), 1, true));
}

#[test]
fn the_sentinel_tells_whether_the_commit_is_complete() {
    let last = Sentinel::row("a/b", "e", Some(Ticks::MAX));
    assert_eq!(
        (last.partition_key.as_str(), last.row_key.as_str()),
        ("a^0b", SENTINEL)
    );
    assert_eq!(last.bool("IsCheckpointComplete"), Some(true));
    assert_eq!(Sentinel::read(&last).unwrap().completed_at, Some(Ticks::MAX));

    let mut between = Sentinel::row("a", "e", None);
    assert_eq!(between.time("CheckpointCompletedTimestamp"), None);
    // What a merge leaves of the commit before.
    between
        .columns
        .push((COMPLETED_AT.to_owned(), Value::DateTime(Ticks::MIN)));
    assert_eq!(Sentinel::read(&between).unwrap().completed_at, None);

    let error = Sentinel::read(&Row::new("a", SENTINEL)).unwrap_err();
    assert_eq!(error.to_string(), "the sentinel has no `ExecutionId`");
}

#[test]
fn a_row_whose_content_is_in_a_blob_is_not_read_without_it() {
    let mut row = row(7, "e");
    row.columns.push(text("EventType", "TaskCompleted"));
    row.columns.push(text("Result", ""));
    row.columns.push(text("ResultBlobName", "a/history-7"));
    assert_eq!(
        read_event_row(&row).unwrap_err().to_string(),
        "`Result` of the event 0000000000000007 is in a blob that was not fetched"
    );
}
