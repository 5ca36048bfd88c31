//! The shape of a JSON answer beside the document's sample: names, order, JSON types.

use serde_json::Value;

/// `actual` has the keys of `sample` in its order, then `extra` (what live servers send as well), and no others;
/// where both have a value its JSON type is the same. Nested objects and the first items of lists are compared too,
/// without extras.
#[track_caller]
pub(crate) fn assert_shape(actual: &Value, sample: &Value, extra: &[&str]) {
    let (Value::Object(actual_keys), Value::Object(sample_keys)) = (actual, sample) else {
        panic!("not two objects: {actual} and {sample}");
    };
    let expected: Vec<&str> = sample_keys
        .keys()
        .map(String::as_str)
        .chain(extra.iter().copied())
        .collect();
    let keys: Vec<&str> = actual_keys.keys().map(String::as_str).collect();
    assert_eq!(keys, expected);
    for (key, sample) in sample_keys {
        assert_same_type(key, &actual_keys[key], sample);
    }
}

#[track_caller]
fn assert_same_type(key: &str, actual: &Value, sample: &Value) {
    let same = match (actual, sample) {
        (Value::Null, _)
        | (_, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::String(_), Value::String(_))
        | (Value::Array(_), Value::Array(_))
        | (Value::Object(_), Value::Object(_)) => true,
        (Value::Number(actual), Value::Number(sample)) => actual.is_i64() == sample.is_i64(),
        _ => false,
    };
    assert!(same, "{key}: {actual} is not of the type of {sample}");
}
