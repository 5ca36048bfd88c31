//! Numbers of objects as clients send them by mistake, or in search of a hole.

use super::calls::prepare;
use super::{Method, methods};
use crate::permissions::Stage;

/// None of them is the number of anything on the stage, where one number is asked for.
const ODD: [&str; 16] = [
    "",
    "0",
    "-1",
    "2147483648",
    "9223372036854775807",
    "99999999999999999999",
    "1e3",
    "0x1",
    "1;2",
    "1,2",
    " 1",
    "NaN",
    "undefined",
    "null",
    "{page}",
    "999999",
];

/// What has a meaning all the same.
fn has_a_meaning(method: &Method, parameter: &str, odd: &str) -> bool {
    match (&*method.name, parameter, odd) {
        // "Set to 0 (zero) to remove the currently assigned user."
        ("UpdateTicket", "assignedUserId", "0")
        // No company.
        | ("Asset" | "UpdateAsset", "companyId", "0")
        // Himself.
        | ("AddSubscriber" | "RemoveSubscriber", "userId", "")
        // Whoever does not subscribe is passed over.
        | ("Comment", "recipientIds", "0" | "-1" | "999999") => true,
        // The document has a list there; blanks beside a number of it are nothing.
        (_, _, "1,2" | " 1") => is_list(method, parameter),
        // Not given.
        (_, _, "") => !is_required(method, parameter),
        // A filter by what does not exist finds nothing.
        (_, _, "0" | "-1" | "999999") => !is_required(method, parameter) && !method.writes(),
        _ => false,
    }
}

fn is_list(method: &Method, parameter: &str) -> bool {
    let mut parameters = method.parameters.iter();
    parameters.any(|known| {
        known.name == parameter && (known.kind.starts_with("comma") || known.kind.ends_with("[]"))
    })
}

fn is_required(method: &Method, parameter: &str) -> bool {
    let mut parameters = method.parameters.iter();
    parameters.any(|known| known.name == parameter && known.required)
}

impl Method {
    fn writes(&self) -> bool {
        !self.answer.starts_with(['[', '{']) || self.verb == "POST"
    }

    /// Where its parameters name something on the stage.
    fn references(&self) -> Vec<usize> {
        let parameters = self.parameters.iter().enumerate();
        parameters
            .filter(|(_, parameter)| {
                parameter.kind.starts_with("int") || parameter.kind.starts_with("comma")
            })
            .filter(|(_, parameter)| {
                parameter.value.starts_with('{') && parameter.value != "{file}"
            })
            .map(|(at, _)| at)
            .collect()
    }
}

/// What is wrong with the answers that this role gets; how many there were.
async fn wrong_answers(stage: &Stage, role: &str) -> (Vec<String>, usize) {
    prepare(stage).await;
    let (mut wrong, mut checked) = (vec![], 0);
    for mut method in methods() {
        for at in method.references() {
            let good = method.parameters[at].value.clone();
            let name = method.parameters[at].name.clone();
            for odd in ODD {
                // `{page}` as a client that forgot to fill it in sends it.
                method.parameters[at].value = if odd == "{page}" {
                    "{\"page".into()
                } else {
                    odd.to_owned()
                };
                let reply = method.call_as(stage, role).await;
                checked += 1;
                match reply.status.as_u16() {
                    400 | 404 => {}
                    // An administrator may do everything.
                    403 if role != "administrator" => {}
                    200 if has_a_meaning(&method, &name, odd) => {}
                    status => wrong.push(format!(
                        "{} {name}={odd} as {role}: {status} {}",
                        method.name,
                        reply.text()
                    )),
                }
                if reply.status == 200 && method.writes() {
                    prepare(stage).await;
                }
            }
            method.parameters[at].value = good;
        }
    }
    (wrong, checked)
}

#[tokio::test]
async fn odd_ids_are_bad_requests_or_unknown_and_never_another_object() {
    let stage = Stage::set().await;
    for role in ["administrator", "owner"] {
        let (wrong, checked) = wrong_answers(&stage, role).await;
        assert!(checked > 1000, "{checked} only");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
