use proptest::prelude::*;

use super::*;

fn row(columns: Vec<(&str, Value)>) -> Row {
    let mut row = Row::new("order-1", "");
    row.columns = columns
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    row
}

fn at(text: &str) -> Value {
    Value::DateTime(Ticks::parse(text).unwrap())
}

#[test]
fn a_row_is_written_with_its_types() {
    let row = row(vec![
        ("Input", Value::String("{\"total\":5}\n\u{1}é".to_owned())),
        ("CreatedTime", at("2026-06-24T10:00:00.1234567Z")),
        ("Generation", Value::Int32(0)),
        ("IsPlayed", Value::Bool(false)),
        ("Big", Value::Int64(i64::MIN)),
        ("Half", Value::Double(0.5)),
        ("Whole", Value::Double(3.0)),
        ("None", Value::Double(f64::NAN)),
        (
            "Id",
            Value::Guid("c9da6455-213d-42c9-9a79-3e9149a57833".to_owned()),
        ),
        ("Bytes", Value::Binary(vec![0, 255])),
        ("Timestamp", at("2026-06-24T10:00:00Z")),
    ]);
    assert_eq!(
        write(&row),
        concat!(
            r#"{"PartitionKey":"order-1","RowKey":"","Input":"{\"total\":5}\n\u0001é","#,
            r#""CreatedTime":"2026-06-24T10:00:00.1234567Z","CreatedTime@odata.type":"Edm.DateTime","#,
            r#""Generation":0,"IsPlayed":false,"#,
            r#""Big":"-9223372036854775808","Big@odata.type":"Edm.Int64","#,
            r#""Half":0.5,"Half@odata.type":"Edm.Double","Whole":3.0,"Whole@odata.type":"Edm.Double","#,
            r#""None":"NaN","None@odata.type":"Edm.Double","#,
            r#""Id":"c9da6455-213d-42c9-9a79-3e9149a57833","Id@odata.type":"Edm.Guid","#,
            r#""Bytes":"AP8=","Bytes@odata.type":"Edm.Binary"}"#,
        )
    );
}

#[test]
fn a_row_is_read_with_its_etag_and_with_columns_that_nobody_knows() {
    let body = br#"{"odata.metadata":"https://a/$metadata#T/@Element","odata.etag":"W/\"datetime'1'\"",
        "PartitionKey":"p","RowKey":"r","Timestamp":"2026-06-24T10:00:00.5Z",
        "Count@odata.type":"Edm.Int64","Count":"7","Small":7,"Large":5000000000,"Ratio":1.5,"Nothing":null,
        "Whole":2,"Whole@odata.type":"Edm.Double","Strange@odata.type":"Edm.New","Strange":"kept","Flag":true}"#;
    let row = read(body).unwrap();
    assert_eq!((row.partition_key.as_str(), row.row_key.as_str()), ("p", "r"));
    assert_eq!(row.etag.as_deref(), Some("W/\"datetime'1'\""));
    let expected = [
        ("Timestamp", at("2026-06-24T10:00:00.5Z")),
        ("Count", Value::Int64(7)),
        ("Small", Value::Int32(7)),
        ("Large", Value::Int64(5_000_000_000)),
        ("Ratio", Value::Double(1.5)),
        ("Whole", Value::Double(2.0)),
        ("Strange", Value::String("kept".to_owned())),
        ("Flag", Value::Bool(true)),
    ];
    assert_eq!(
        row.columns,
        expected.map(|(name, value)| (name.to_owned(), value))
    );
}

#[test]
fn keys_may_be_left_out_of_a_selection() {
    let row = read(br#"{"odata.etag":"x","Name":"A"}"#).unwrap();
    assert_eq!((row.partition_key.as_str(), row.text("Name")), ("", Some("A")));
}

#[test]
fn what_is_not_of_its_type_is_refused() {
    for body in [
        "",
        "[]",
        "{",
        r#"{"PartitionKey":1}"#,
        r#"{"A":[1]}"#,
        r#"{"A":{}}"#,
        r#"{"A":"x","A@odata.type":"Edm.Int64"}"#,
        r#"{"A":"x","A@odata.type":"Edm.DateTime"}"#,
        r#"{"A":"?","A@odata.type":"Edm.Binary"}"#,
        r#"{"A":"x","A@odata.type":"Edm.Double"}"#,
        r#"{"A":"x","A@odata.type":7}"#,
        r#"{"Timestamp":"yesterday"}"#,
        r#"{"A":"x"} tail"#,
    ] {
        assert_eq!(read(body.as_bytes()), None, "{body}");
    }
    for body in [
        "",
        "{}",
        r#"{"value":{}}"#,
        r#"{"value":[{"A":[]}]}"#,
        r#"{"value":["#,
    ] {
        assert_eq!(read_page(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_page_keeps_the_order_of_its_rows() {
    let rows = read_page(br#"{"odata.metadata":"m","value":[{"RowKey":"b"},{"RowKey":"a"}]}"#).unwrap();
    let keys: Vec<_> = rows.iter().map(|row| row.row_key.as_str()).collect();
    assert_eq!(keys, ["b", "a"]);
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::Int32),
        any::<i64>().prop_map(Value::Int64),
        prop::num::f64::NORMAL.prop_map(Value::Double),
        Just(Value::Double(f64::INFINITY)),
        Just(Value::Double(f64::NEG_INFINITY)),
        Just(Value::Double(-0.0)),
        (0..=Ticks::MAX.get()).prop_map(|ticks| Value::DateTime(Ticks::new(ticks))),
        "[0-9a-f]{8}-[0-9a-f]{4}".prop_map(Value::Guid),
        any::<Vec<u8>>().prop_map(Value::Binary),
    ]
}

proptest! {
    #[test]
    fn a_row_is_read_as_it_was_written(
        partition_key in any::<String>(),
        row_key in any::<String>(),
        columns in prop::collection::btree_map("[A-Z_][A-Za-z0-9_]{0,8}", value(), 0..8),
    ) {
        let mut row = Row::new(partition_key, row_key);
        row.columns = columns.into_iter().filter(|(name, _)| is_own(name)).collect();
        let in_ascii = write_in_ascii(&row);
        prop_assert!(in_ascii.is_ascii());
        prop_assert_eq!(read(in_ascii.as_bytes()), Some(row.clone()));
        prop_assert_eq!(read(write(&row).as_bytes()), Some(row));
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = (read(&bytes), read_page(&bytes));
    }
}
