use serde_json::json;

use super::*;

fn happening(name: &str, ticket: i32) -> Happening {
    Happening {
        position: 1,
        name: name.to_owned(),
        ticket: Some(TicketId(ticket)),
        actor: UserId(9),
        payload: json!({
            "commentId": 3, "userId": 4, "forTechsOnly": true, "recipientIds": [1, 2], "subject": "secret",
            "relatedTicketIds": [7, 8], "tagIds": ["secret"], "changes": {"text": "secret"}, "suppressNotification": true,
        }),
        at: DateTime::UNIX_EPOCH,
        about: About::Other,
    }
}

#[test]
fn only_known_numbers_and_flags_are_told() {
    let event = happening("comment.created", 5);
    let told = event.show(Sight::Public);
    assert_eq!(Value::Object(told.details), json!({ "comment_id": 3 }));
    assert_eq!(told.actor_user_id, None);
    let told = event.show(Sight::Staff);
    let details = json!({
        "comment_id": 3, "user_id": 4, "for_techs_only": true, "related_ticket_ids": [7, 8],
    });
    assert_eq!(Value::Object(told.details), details);
    assert_eq!(told.actor_user_id, Some(UserId(9)));
}

#[test]
fn a_filter_takes_names_families_and_one_ticket() {
    let takes = |ticket: Option<i32>, names: Option<&str>, event: &Happening| {
        Filter::new(ticket.map(TicketId), names)
            .unwrap()
            .takes(event)
    };
    let event = happening("ticket.closed", 5);
    for (ticket, names, expected) in [
        (None, None, true),
        (Some(5), None, true),
        (Some(6), None, false),
        (None, Some("ticket.closed"), true),
        (None, Some("user.created, ticket.*"), true),
        (None, Some("ticket.close"), false),
        (None, Some("comment.*"), false),
        (Some(6), Some("ticket.*"), false),
    ] {
        assert_eq!(
            takes(ticket, names, &event),
            expected,
            "{ticket:?} {names:?}"
        );
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for names in [
        "",
        "ticket",
        "*",
        "ticket.",
        ".closed",
        "Ticket.Closed",
        "a.b.c",
        "ticket.cl*",
        "a.b,",
    ] {
        let refused = Filter::new(None, Some(names));
        assert!(
            matches!(refused, Err(Error::Invalid { ref parameter, .. }) if parameter == "types"),
            "{names}"
        );
    }
    let many = vec!["ticket.closed"; 51].join(",");
    assert!(Filter::new(None, Some(&many)).is_err());
}
