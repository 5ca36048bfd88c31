//! What can be said about a draft without the database.

use super::{
    Action, Condition, Day, FieldValue, Header, Hours, HttpRequest, Mail, Minutes, Part, Recipient,
    RuleDraft, Trigger,
};
use crate::error::{Error, Result};
use crate::text;

/// The longest name.
const NAME: usize = 200;
/// The most conditions, the most actions, and the most recipients or headers of an action.
const MOST: usize = 50;
/// The longest text.
const TEXT: usize = 10_000;
/// The longest subject of mail, and the longest name of a header.
const SHORT_TEXT: usize = 200;
/// The longest tag.
const TAG: usize = 100;
/// The longest address of a request.
const URL: usize = 2_000;

/// The verbs of requests.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The draft as it is stored. A part that this version does not know passes: the service says whether it may.
/// Errors: Invalid, naming the place.
pub(super) fn checked(draft: RuleDraft) -> Result<RuleDraft> {
    let trigger = match draft.trigger {
        Part::Known(Trigger::NotUpdatedFor(minutes)) => {
            Part::Known(Trigger::NotUpdatedFor(some("trigger.value", minutes)?))
        }
        Part::Known(Trigger::DueWithin(minutes)) => {
            Part::Known(Trigger::DueWithin(some("trigger.value", minutes)?))
        }
        other => other,
    };
    Ok(RuleDraft {
        name: text::name("name", &draft.name, NAME)?,
        trigger,
        conditions: each("conditions", draft.conditions, condition)?,
        actions: each("actions", draft.actions, action)?,
        ..draft
    })
}

fn each<T>(
    list: &str,
    parts: Vec<Part<T>>,
    check: impl Fn(&str, T) -> Result<T>,
) -> Result<Vec<Part<T>>> {
    few(list, parts.len())?;
    let checked = parts
        .into_iter()
        .enumerate()
        .map(|(number, part)| match part {
            Part::Known(part) => check(&format!("{list}[{number}].value"), part).map(Part::Known),
            Part::Unknown(part) => Ok(Part::Unknown(part)),
        });
    checked.collect()
}

fn condition(place: &str, condition: Condition) -> Result<Condition> {
    Ok(match condition {
        Condition::SubjectContains(words) => Condition::SubjectContains(said(place, &words)?),
        Condition::BodyContains(words) => Condition::BodyContains(said(place, &words)?),
        Condition::LatestReplyContains(words) => {
            Condition::LatestReplyContains(said(place, &words)?)
        }
        Condition::HasTag(name) => Condition::HasTag(tag(place, &name)?),
        Condition::CustomFieldEquals(value) => {
            Condition::CustomFieldEquals(field_value(place, &value)?)
        }
        Condition::CustomFieldGreater(value) => {
            Condition::CustomFieldGreater(field_value(place, &value)?)
        }
        Condition::CreatedMoreThanAgo(span) => Condition::CreatedMoreThanAgo(some(place, span)?),
        Condition::NotUpdatedFor(span) => Condition::NotUpdatedFor(some(place, span)?),
        Condition::OverdueBy(span) => Condition::OverdueBy(some(place, span)?),
        Condition::DueWithin(span) => Condition::DueWithin(some(place, span)?),
        Condition::DayOfWeek(days) => Condition::DayOfWeek(once(place, days)?),
        Condition::WorkingHours(hours) => Condition::WorkingHours(span(place, hours)?),
        other @ (Condition::CategoryIs(_)
        | Condition::PriorityIs(_)
        | Condition::StatusIs(_)
        | Condition::CompanyIs(_)
        | Condition::DepartmentIs(_)
        | Condition::SubmitterIs(_)
        | Condition::AssigneeIs(_)
        | Condition::AssigneeIsNone
        | Condition::AssigneeIsDisabled
        | Condition::AssigneeIsOutOfOffice
        | Condition::OriginIs(_)
        | Condition::Unanswered
        | Condition::UpdatedByTech) => other,
    })
}

fn action(place: &str, action: Action) -> Result<Action> {
    Ok(match action {
        Action::SetDueDate(span) => Action::SetDueDate(some(place, span)?),
        Action::SetCustomField(value) => Action::SetCustomField(field_value(place, &value)?),
        Action::AddTag(name) => Action::AddTag(tag(place, &name)?),
        Action::RemoveTag(name) => Action::RemoveTag(tag(place, &name)?),
        Action::AddReply(body) => Action::AddReply(said(place, &body)?),
        Action::AddTechsOnlyNote(body) => Action::AddTechsOnlyNote(said(place, &body)?),
        Action::SendMail(letter) => Action::SendMail(mail(place, letter)?),
        Action::HttpRequest(request) => Action::HttpRequest(http_request(place, request)?),
        other @ (Action::Assign(_)
        | Action::MoveToCategory(_)
        | Action::SetStatus(_)
        | Action::SetPriority(_)
        | Action::AddSubscriber(_)
        | Action::TriggerRule(_)) => other,
    })
}

fn mail(place: &str, mail: Mail) -> Result<Mail> {
    let list = format!("{place}.to");
    if mail.to.is_empty() {
        return Err(Error::invalid(list, "is missing"));
    }
    few(&list, mail.to.len())?;
    let to = mail
        .to
        .into_iter()
        .enumerate()
        .map(|(number, to)| match to {
            Recipient::Address(address) => {
                let place = format!("{list}[{number}].value");
                at(&place, text::email("value", &address)).map(Recipient::Address)
            }
            other => Ok(other),
        });
    Ok(Mail {
        to: to.collect::<Result<_>>()?,
        subject: at(
            &format!("{place}.subject"),
            text::name("value", &mail.subject, SHORT_TEXT),
        )?,
        body: lines(&format!("{place}.body"), &mail.body)?,
    })
}

fn http_request(place: &str, request: HttpRequest) -> Result<HttpRequest> {
    let method = request.method.trim().to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let problem = format!("is to be one of {}", METHODS.join(", "));
        return Err(Error::invalid(format!("{place}.method"), problem));
    }
    let url_place = format!("{place}.url");
    let url = at(&url_place, text::name("value", &request.url, URL))?;
    if !is_web_address(&url) {
        let problem = "is to begin with http:// or https:// and a host, without blanks";
        return Err(Error::invalid(url_place, problem));
    }
    let list = format!("{place}.headers");
    few(&list, request.headers.len())?;
    let headers = request.headers.into_iter().enumerate();
    let headers = headers.map(|(number, it)| header(&format!("{list}[{number}]"), &it));
    Ok(HttpRequest {
        method,
        url,
        headers: headers.collect::<Result<_>>()?,
        body: lines(&format!("{place}.body"), &request.body)?,
    })
}

/// A header, as HTTP can send it.
fn header(place: &str, header: &Header) -> Result<Header> {
    let name_place = format!("{place}.name");
    let name = at(&name_place, text::name("value", &header.name, SHORT_TEXT))?;
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.chars().all(is_of_token) {
        let problem = "is to be letters, digits and hyphens";
        return Err(Error::invalid(name_place, problem));
    }
    Ok(Header {
        name,
        value: at(
            &format!("{place}.value"),
            text::line("value", &header.value, TEXT),
        )?,
    })
}

/// `http://host…` or `https://host…`: what follows the host may hold masks, the host may not.
fn is_web_address(url: &str) -> bool {
    let rest = url.split_once("://").and_then(|(scheme, rest)| {
        let known = ["http", "https"];
        known
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
            .then_some(rest)
    });
    let Some(rest) = rest.filter(|_| !url.contains(char::is_whitespace)) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("address", port)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_of_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    let sound_port = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    sound_port && host.chars().any(char::is_alphanumeric) && host.chars().all(is_of_host)
}

fn field_value(place: &str, value: &FieldValue) -> Result<FieldValue> {
    Ok(FieldValue {
        field: value.field,
        value: lines(&format!("{place}.value"), &value.value)?,
    })
}

/// Each day once, in the order given.
fn once(place: &str, days: Vec<Day>) -> Result<Vec<Day>> {
    let mut kept = vec![];
    for day in days {
        if !kept.contains(&day) {
            kept.push(day);
        }
    }
    if kept.is_empty() {
        return Err(Error::invalid(place.to_owned(), "names no day"));
    }
    Ok(kept)
}

/// A span over midnight is one as well.
fn span(place: &str, hours: Hours) -> Result<Hours> {
    if hours.from == hours.to {
        return Err(Error::invalid(
            format!("{place}.to"),
            "is the begin as well",
        ));
    }
    Ok(hours)
}

fn some(place: &str, minutes: Minutes) -> Result<Minutes> {
    if minutes.0 == 0 {
        return Err(Error::invalid(
            place.to_owned(),
            "is to be at least one minute",
        ));
    }
    Ok(minutes)
}

fn tag(place: &str, name: &str) -> Result<String> {
    let name = at(place, text::name("value", name, TAG))?;
    if name.contains(',') {
        return Err(Error::invalid(
            place.to_owned(),
            "is to be one tag: it holds a comma",
        ));
    }
    Ok(name)
}

/// A text that is not empty.
fn said(place: &str, words: &str) -> Result<String> {
    match lines(place, words)? {
        words if words.is_empty() => Err(Error::invalid(place.to_owned(), "is missing")),
        words => Ok(words),
    }
}

fn lines(place: &str, words: &str) -> Result<String> {
    at(place, text::lines("value", words, TEXT))
}

fn few(list: &str, many: usize) -> Result<()> {
    if many > MOST {
        let problem = format!("holds {many} items; {MOST} are the most");
        return Err(Error::invalid(list.to_owned(), problem));
    }
    Ok(())
}

/// The same error at its own place.
fn at<T>(place: &str, result: Result<T>) -> Result<T> {
    result.map_err(|error| match error {
        Error::Invalid { problem, .. } => Error::invalid(place.to_owned(), problem),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::is_web_address;

    #[test]
    fn a_web_address_has_a_host() {
        for url in [
            "http://x",
            "HTTPS://x.test:8443/a?b=#ticketId#",
            "https://user:word@x.test/",
            "http://127.0.0.1:9/",
            "http://[::1]:80/",
            "https://müller.example?q=#subject#",
        ] {
            assert!(is_web_address(url), "{url}");
        }
        for url in [
            "",
            "x.test",
            "ftp://x.test",
            "javascript:alert(1)",
            "http:/x.test",
            "http://",
            "http:///a",
            "http://#subject#/",
            "http://?a",
            "http://user@/a",
            "http://x.test:/",
            "http://x.test:0/",
            "http://x.test:99999/",
            "http://x test/",
            "http://x.test/a b",
            "http://x\\y/",
            "http://[::1/",
            "http://[x]/",
            "http://...",
            "file://x/etc/passwd",
        ] {
            assert!(!is_web_address(url), "{url}");
        }
    }
}
