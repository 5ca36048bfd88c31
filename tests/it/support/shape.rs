//! The shape of a JSON answer beside the document's sample: names, order, JSON types.

use serde_json::Value;

/// What an object must look like: the keys of the sample in its order, then the extra ones, and no others; where the
/// sample has a value, a value of its JSON type. Nested objects and the items of lists are compared with those of the
/// sample (of a list: its first item) in the same way.
#[derive(Clone)]
pub(crate) struct Shape<'a> {
    sample: &'a Value,
    extra: &'a [&'a str],
    nullable: &'a [&'a str],
    nested: Vec<(&'a str, Shape<'a>)>,
}

/// Keys of user objects that live servers send and the document's sample lacks.
pub(crate) const USER_EXTRA: &[&str] = &[
    "DepartmentName",
    "DepartmentID",
    "OutOfOffice",
    "TwoFactorAuthEnabled",
    "DarkMode",
    "IsDepartmentManager",
    "LastPasswordChange",
    "RecentTickets",
];

/// Keys of custom fields that live servers send and the document's sample lacks.
pub(crate) const FIELD_EXTRA: &[&str] = &[
    "OptionID",
    "AccessType",
    "ForTechsOnly",
    "OrderByNumber",
    "ShowInGrid",
    "SelectionComboOptions",
];

/// What a user's record may lack: who has never called, and belongs nowhere.
pub(crate) const USER_NULLABLE: &[&str] = &[
    "Notes",
    "CompanyName",
    "CompanyId",
    "IPAddress",
    "HostName",
    "UserAgent",
    "LastSeen",
];

/// `actual` has the keys of `sample` in its order, then `extra` (what live servers send as well), and no others; it
/// is null only where the sample is.
#[track_caller]
pub(crate) fn assert_shape(actual: &Value, sample: &Value, extra: &[&str]) {
    Shape::of(sample).extra(extra).fits(actual);
}

impl<'a> Shape<'a> {
    /// That of this sample.
    pub(crate) fn of(sample: &'a Value) -> Self {
        Self {
            sample,
            extra: &[],
            nullable: &[],
            nested: vec![],
        }
    }

    /// Keys that live servers send after those of the sample.
    pub(crate) fn extra(self, extra: &'a [&'a str]) -> Self {
        Self { extra, ..self }
    }

    /// Keys that may be null, or lists that may be empty, though the sample's are not.
    pub(crate) fn nullable(self, nullable: &'a [&'a str]) -> Self {
        Self { nullable, ..self }
    }

    /// The object below `key`, or each item of the list below it, has this shape rather than that of the sample.
    pub(crate) fn nested(mut self, key: &'a str, shape: Shape<'a>) -> Self {
        self.nested.push((key, shape));
        self
    }

    #[track_caller]
    pub(crate) fn fits(&self, actual: &Value) {
        let mut wrong = vec![];
        self.compare("", actual, &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn compare(&self, path: &str, actual: &Value, wrong: &mut Vec<String>) {
        let (Value::Object(actual), Value::Object(sample)) = (actual, self.sample) else {
            wrong.push(format!("{path}: not two objects: {actual}"));
            return;
        };
        let expected: Vec<&str> = sample
            .keys()
            .map(String::as_str)
            .chain(self.extra.iter().copied())
            .collect();
        let keys: Vec<&str> = actual.keys().map(String::as_str).collect();
        if keys != expected {
            wrong.push(format!("{path}: keys {keys:?} instead of {expected:?}"));
            return;
        }
        for key in keys {
            let path = format!("{path}.{key}");
            let sample = sample.get(key).unwrap_or(&Value::Null);
            let nested = self.nested.iter().find(|nested| nested.0 == key);
            let nested = nested.map(|nested| &nested.1);
            let may_lack = self.nullable.contains(&key);
            value(&path, &actual[key], sample, nested, may_lack, wrong);
        }
    }
}

fn value(
    path: &str,
    actual: &Value,
    sample: &Value,
    nested: Option<&Shape<'_>>,
    may_lack: bool,
    wrong: &mut Vec<String>,
) {
    if let (Value::Object(_), Some(shape)) = (actual, nested) {
        shape.compare(path, actual, wrong);
        return;
    }
    match (actual, sample) {
        (Value::Null, _) if may_lack => {}
        (Value::Null, Value::Null) if nested.is_none() => {}
        (Value::Array(items), _) if nested.is_some() || sample.get(0).is_some() => {
            if items.is_empty() && !may_lack {
                wrong.push(format!("{path}: nothing to compare"));
            }
            let first = sample.get(0).unwrap_or(&Value::Null);
            for (number, item) in items.iter().enumerate() {
                let path = format!("{path}[{number}]");
                value(&path, item, first, nested, false, wrong);
            }
        }
        (Value::Object(_), Value::Object(_)) => Shape::of(sample).compare(path, actual, wrong),
        _ if nested.is_none() && is_same_type(actual, sample) => {}
        _ => wrong.push(format!("{path}: {actual} is not of the type of {sample}")),
    }
}

fn is_same_type(actual: &Value, sample: &Value) -> bool {
    match (actual, sample) {
        // The sample does not tell the type.
        (actual, Value::Null) => !actual.is_null(),
        (Value::Bool(_), Value::Bool(_))
        | (Value::String(_), Value::String(_))
        | (Value::Array(_), Value::Array(_)) => true,
        (Value::Number(actual), Value::Number(sample)) => actual.is_i64() == sample.is_i64(),
        _ => false,
    }
}
