//! Failures: `FailureDetails`, and the text that an instance's row shows.

use durable_core::failure::{Cause, FAILURE_CAUSES_MAX};
use durable_core::{FailureDetails, FailureOrigin};

use super::WireError;
use super::json::{Json, Object};
use super::members::Members;

const TYPE: &str = "DurableTask.Core.FailureDetails";

/// What a cause is called: the core keeps the text of an error's sources, and not their types.
const CAUSE_TYPE: &str = "Error";

/// What a failure is called that says only why.
const NAMELESS: &str = "Failure";

/// How a cause begins that is the stack of a foreign failure. It is the last one.
const STACK: &str = "stack trace: ";

/// In `Properties`: where the failure arose, unless the function returned it.
const ORIGIN: &str = "DurableOrigin";

/// In `Properties`: the typed error.
const TYPED: &str = "DurableJson";

/// Writes `FailureDetails`.
pub(super) fn failure_object(failure: &FailureDetails) -> Result<Object, WireError> {
    let (stack, causes) = match failure.causes.split_last() {
        Some((last, rest)) if last.message.starts_with(STACK) => (last.message.strip_prefix(STACK), rest),
        Some(_) | None => (None, failure.causes.as_slice()),
    };
    let inner = causes.iter().rev().fold(Json::Null, |inner, cause| {
        object(CAUSE_TYPE, &cause.message, None, inner, false, Json::Null).into()
    });
    let properties = properties(failure)?;
    Ok(object(
        &failure.kind,
        &failure.message,
        stack,
        inner,
        failure.non_retriable,
        properties,
    ))
}

fn object(
    kind: &str,
    message: &str,
    stack: Option<&str>,
    inner: Json,
    non_retriable: bool,
    properties: Json,
) -> Object {
    let mut object = Object::of_type(TYPE);
    object.push("ErrorType", kind);
    object.push("ErrorMessage", message);
    object.push("StackTrace", stack);
    object.push("InnerFailure", inner);
    object.push("IsNonRetriable", non_retriable);
    object.push("Properties", properties);
    object
}

/// Writes what the framework has no member for, without the type of the map, which readers do not need.
fn properties(failure: &FailureDetails) -> Result<Json, WireError> {
    let mut object = Object::default();
    if failure.origin != FailureOrigin::Application {
        object.push(ORIGIN, origin_text(failure.origin)?);
    }
    if let Some(json) = &failure.json {
        object.push(TYPED, json.as_str());
    }
    Ok(if object.members.is_empty() {
        Json::Null
    } else {
        object.into()
    })
}

/// Reads `FailureDetails`.
pub(super) fn read_failure(what: &str, object: &Object) -> Result<FailureDetails, WireError> {
    let members = Members::new(what, object);
    let mut failure = FailureDetails {
        origin: FailureOrigin::Application,
        kind: members.text_or_empty("ErrorType")?,
        message: members.text_or_empty("ErrorMessage")?,
        json: None,
        non_retriable: members.flag("IsNonRetriable")?,
        causes: causes(what, members)?,
    };
    if let Some(stack) = members.text("StackTrace")? {
        // The stack is worth more than the last of many causes.
        failure.causes.truncate(FAILURE_CAUSES_MAX - 1);
        failure.causes.push(Cause {
            message: [STACK, stack].concat(),
        });
    }
    if let Some(properties) = members.object("Properties")? {
        let properties = Members::new(what, properties);
        if let Some(origin) = properties.text(ORIGIN)? {
            failure.origin = read_origin(origin).ok_or_else(|| properties.unknown(origin))?;
        }
        failure.json = properties.text(TYPED)?.map(str::to_owned);
    }
    Ok(failure)
}

fn causes(what: &str, members: Members<'_>) -> Result<Vec<Cause>, WireError> {
    let mut causes = Vec::new();
    let mut inner = members.object("InnerFailure")?;
    while let Some(object) = inner.filter(|_| causes.len() < FAILURE_CAUSES_MAX) {
        let members = Members::new(what, object);
        let kind = members.text_or_empty("ErrorType")?;
        let message = members.text_or_empty("ErrorMessage")?;
        causes.push(Cause {
            message: if kind == CAUSE_TYPE || kind.is_empty() {
                message
            } else {
                format!("{kind}: {message}")
            },
        });
        inner = members.object("InnerFailure")?;
    }
    Ok(causes)
}

/// Makes a failure of what a host says that sends no details: a reason, and perhaps its exception as JSON.
pub(super) fn failure_of_reason(reason: &str, details: Option<&str>) -> FailureDetails {
    let exception = details.and_then(|details| super::json::parse("the details", details).ok());
    let kind = match &exception {
        Some(Json::Object(object)) => match object.get("ClassName") {
            Some(Json::Text(name)) => Some(name.as_str()),
            _ => object.ty.as_deref(),
        },
        _ => None,
    };
    FailureDetails::new(FailureOrigin::Application, kind.unwrap_or(NAMELESS), reason)
}

/// Returns the `Output` of an instance that failed.
pub(super) fn failure_output(failure: &FailureDetails) -> String {
    failure.to_string()
}

/// Makes a failure of the `Output` of an instance that failed, which is all that others leave of it.
pub(super) fn failure_of_output(output: &str) -> FailureDetails {
    let (kind, message) = output.split_once(": ").unwrap_or((NAMELESS, output));
    FailureDetails::new(FailureOrigin::Application, kind, message)
}

/// The stored name of each origin. None is ever changed.
const ORIGINS: [(FailureOrigin, &str); 9] = [
    (FailureOrigin::Application, "Application"),
    (FailureOrigin::Panic, "Panic"),
    (FailureOrigin::Timeout, "Timeout"),
    (FailureOrigin::Cancelled, "Cancelled"),
    (FailureOrigin::Terminated, "Terminated"),
    (FailureOrigin::Payload, "Payload"),
    (FailureOrigin::VersionMismatch, "VersionMismatch"),
    (FailureOrigin::AlreadyExists, "AlreadyExists"),
    (FailureOrigin::Infrastructure, "Infrastructure"),
];

fn origin_text(origin: FailureOrigin) -> Result<&'static str, WireError> {
    let mut all = ORIGINS.into_iter();
    let found = all.find(|(known, _)| *known == origin);
    found.map(|(_, text)| text).ok_or_else(|| WireError::Unknown {
        what: "the origin of the failure".to_owned(),
        found: format!("{origin:?}"),
    })
}

fn read_origin(text: &str) -> Option<FailureOrigin> {
    let mut all = ORIGINS.into_iter();
    all.find(|(_, known)| *known == text).map(|(origin, _)| origin)
}

#[cfg(test)]
mod tests {
    use super::super::json::{Types, parse};
    use super::*;

    fn read(text: &str) -> FailureDetails {
        let Json::Object(object) = parse("it", text).unwrap() else {
            panic!("no object");
        };
        read_failure("it", &object).unwrap()
    }

    #[test]
    fn what_the_framework_has_no_member_for_is_in_the_properties() {
        let mut failure = FailureDetails::new(FailureOrigin::Timeout, "HeartbeatTimeout", "silent");
        failure.json = Some("{\"code\":7}".to_owned());
        assert_eq!(
            failure_object(&failure).unwrap().write(Types::Left),
            r#"{"ErrorType":"HeartbeatTimeout","ErrorMessage":"silent","StackTrace":null,"InnerFailure":null,"IsNonRetriable":false,"Properties":{"DurableOrigin":"Timeout","DurableJson":"{\"code\":7}"}}"#
        );
    }

    #[test]
    fn every_origin_has_a_name() {
        for (origin, text) in ORIGINS {
            assert_eq!(origin_text(origin).unwrap(), text);
            assert_eq!(read_origin(text), Some(origin));
        }
        assert_eq!(read_origin("Weather"), None);
    }

    #[test]
    fn a_foreign_failure_keeps_its_stack_and_its_inner_failures() {
        let text = r#"{"ErrorType":"System.Exception","ErrorMessage":"outer","StackTrace":"at X","InnerFailure":{"ErrorType":"System.IO.IOException","ErrorMessage":"disk","StackTrace":"at Y","InnerFailure":null,"IsNonRetriable":false},"IsNonRetriable":true,"Properties":{"Code":7}}"#;
        let failure = read(text);
        assert_eq!(failure.to_string(), "System.Exception: outer");
        assert!(failure.non_retriable);
        let causes: Vec<&str> = failure.causes.iter().map(|cause| &*cause.message).collect();
        assert_eq!(causes, ["System.IO.IOException: disk", "stack trace: at X"]);
        let again = failure_object(&failure).unwrap();
        assert_eq!(again.get("StackTrace"), Some(&Json::from("at X")));
        assert_eq!(read_failure("it", &again).unwrap(), failure);
    }

    #[test]
    fn a_chain_of_failures_without_end_is_cut() {
        let mut text = "null".to_owned();
        for _ in 0..40 {
            text =
                format!(r#"{{"ErrorType":"E","ErrorMessage":"m","StackTrace":"s","InnerFailure":{text}}}"#);
        }
        let failure = read(&text);
        assert_eq!(failure.causes.len(), FAILURE_CAUSES_MAX);
        assert_eq!(failure.causes[15].message, "stack trace: s");
    }

    #[test]
    fn a_host_without_details_leaves_a_reason() {
        let details = r#"{"$type":"System.InvalidOperationException, mscorlib","ClassName":"System.InvalidOperationException","Message":"no"}"#;
        assert_eq!(
            failure_of_reason("no", Some(details)).to_string(),
            "System.InvalidOperationException: no"
        );
        assert_eq!(failure_of_reason("no", Some("text")).to_string(), "Failure: no");
        assert_eq!(failure_of_reason("no", None).to_string(), "Failure: no");
    }

    #[test]
    fn the_output_of_a_failed_instance_is_type_and_message() {
        let failure = failure_of_output("CardDeclined: no: really");
        assert_eq!(
            (&*failure.kind, &*failure.message),
            ("CardDeclined", "no: really")
        );
        assert_eq!(failure_output(&failure), "CardDeclined: no: really");
        assert_eq!(failure_of_output("broken").to_string(), "Failure: broken");
    }
}
