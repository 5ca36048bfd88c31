use ferrodesk::domain::ids::{
    CategoryId, CompanyId, DepartmentId, FieldId, RuleId, StatusId, UserId,
};
use ferrodesk::domain::rules::{
    Action, Condition, Day, Definition, FieldValue, Header, Hours, HttpRequest, Mail, Minutes,
    Part, Recipient, Trigger,
};
use ferrodesk::domain::tickets::{Origin, Priority};
use quick_xml::events::Event;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::call::Reply;
use crate::support::people::Person;

impl TestApp {
    /// The rule 1 with this definition.
    async fn has_a_rule(&self, name: &str, definition: &Value) {
        sqlx::query("insert into rules (id, name, definition) values (1, $1, $2)")
            .bind(name)
            .bind(definition)
            .execute(&mut self.database.connect().await)
            .await
            .unwrap();
    }
}

impl Person<'_> {
    /// Rule 1 as it is shown.
    async fn rule(&self) -> String {
        xml(&self.get("Rule/1").await.is_ok())
    }
}

/// The text of an answer, decoded as its header says.
fn xml(reply: &Reply) -> String {
    assert_eq!(
        reply.headers["content-type"],
        "application/xml; charset=utf-8"
    );
    String::from_utf8(reply.bytes.clone()).unwrap()
}

fn urgent() -> Value {
    json!({
        "trigger": { "type": "ticket_created" },
        "conditions": [
            { "type": "subject_contains", "value": "urgent" },
            { "type": "unanswered" },
        ],
        "actions": [
            { "type": "set_priority", "value": 2 },
            { "type": "send_mail", "value": {
                "to": [{ "type": "submitter" }, { "type": "address", "value": "a@x.test" }],
                "subject": "#subject#", "body": "b",
            } },
        ],
    })
}

#[tokio::test]
async fn a_rule_is_the_documents_xml() {
    let app = TestApp::start().await;
    app.has_a_rule("Urgent first", &urgent()).await;
    let admin = app.admin().await;
    let expected = r#"<?xml version="1.0" encoding="utf-16"?>
<AutomationRule xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <RuleID>1</RuleID>
  <Name>Urgent first</Name>
  <Enabled>true</Enabled>
  <Trigger xsi:type="TicketCreated"/>
  <Conditions>
    <Condition xsi:type="SubjectContains">
      <Value>urgent</Value>
    </Condition>
    <Condition xsi:type="Unanswered"/>
  </Conditions>
  <Actions>
    <Action xsi:type="SetPriority">
      <Value>2</Value>
    </Action>
    <Action xsi:type="SendMail">
      <To xsi:type="Submitter"/>
      <To xsi:type="Address">
        <Value>a@x.test</Value>
      </To>
      <Subject>#subject#</Subject>
      <Body>b</Body>
    </Action>
  </Actions>
</AutomationRule>"#;
    for call in [
        admin.get("Rule/1"),
        admin.get("rule").param("id", 1),
        admin.post("Rule").param("ID", 1),
        admin.call(Method::GET, "/helpdesk/api/RULE/1/"),
    ] {
        assert_eq!(xml(&call.await.is_ok()), expected);
    }
}

/// Every element and text, as another parser than the one that wrote them reads it.
fn read(xml: &str) -> (String, Vec<(String, String)>) {
    let document = roxmltree::Document::parse(xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "AutomationRule");
    let name = root
        .children()
        .find(|child| child.has_tag_name("Name"))
        .unwrap();
    let parts = root
        .descendants()
        .filter(|node| node.has_tag_name("Condition") || node.has_tag_name("Action"));
    let parts = parts.map(|part| {
        let kind = part
            .attribute(("http://www.w3.org/2001/XMLSchema-instance", "type"))
            .unwrap();
        let text: String = part
            .descendants()
            .filter_map(|node| node.text().filter(|_| node.is_text()))
            .collect();
        (
            kind.to_owned(),
            text.split_whitespace().collect::<Vec<_>>().join(" "),
        )
    });
    (name.text().unwrap_or_default().to_owned(), parts.collect())
}

/// The texts by the other parser, one event after another.
fn texts(xml: &str) -> String {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut texts = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Text(text) => texts.push_str(&text),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                Some(character) => texts.push(character),
                None => texts
                    .push_str(quick_xml::escape::resolve_predefined_entity(&reference).unwrap()),
            },
            Event::Eof => return texts,
            _ => {}
        }
    }
}

#[tokio::test]
async fn whatever_a_rule_holds_two_parsers_read_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (number, text) in [
        "<Actions>&amp;\"'",
        "]]> <![CDATA[ x ]]> <!-- x --> <?x?>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
        "</Name></AutomationRule>",
        "Ünïcode \u{1f600} \u{a0}\u{2028}",
        "line\r\nbreak\rand\ttab",
        "\u{feff}mark",
    ]
    .into_iter()
    .enumerate()
    {
        app.sql("delete from rules").await;
        let definition = json!({
            "trigger": { "type": "closed" },
            "conditions": [{ "type": "body_contains", "value": text }],
            "actions": [{ "type": "http_request", "value": { "method": "POST", "url": text, "headers": [{ "name": text, "value": text }] } }],
        });
        app.has_a_rule(text, &definition).await;
        let xml = admin.rule().await;
        let (name, parts) = read(&xml);
        assert_eq!(name, text, "{number}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(parts[0], ("BodyContains".to_owned(), words.clone()));
        assert_eq!(
            parts[1],
            (
                "HttpRequest".to_owned(),
                format!("POST {words} {words} {words}")
            )
        );
        assert_eq!(texts(&xml).matches(text).count(), 5, "{xml}");
    }
}

#[tokio::test]
async fn characters_that_no_xml_may_hold_are_shown_as_unreadable() {
    let app = TestApp::start().await;
    app.has_a_rule("a\u{1}\u{b}\u{1f}\u{fffe}\u{ffff}b\u{85}", &urgent())
        .await;
    let xml = app.admin().await.rule().await;
    let (name, _) = read(&xml);
    assert_eq!(name, "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}b\u{85}");
    assert!(texts(&xml).contains(&name));
}

fn text() -> String {
    "text".into()
}

fn field_value() -> FieldValue {
    FieldValue {
        field: FieldId(3),
        value: text(),
    }
}

/// One of each.
fn triggers() -> Vec<Trigger> {
    vec![
        Trigger::TicketCreated,
        Trigger::NewReply,
        Trigger::NewReplyBySubmitter,
        Trigger::StatusChanged,
        Trigger::Closed,
        Trigger::Reopened,
        Trigger::Assigned,
        Trigger::CategoryChanged,
        Trigger::PriorityChanged,
        Trigger::DueDateChanged,
        Trigger::CustomFieldEdited(None),
        Trigger::CustomFieldEdited(Some(FieldId(3))),
        Trigger::BecomesOverdue,
        Trigger::NotUpdatedFor(Minutes(60)),
        Trigger::TriggeredByAnotherRule,
    ]
}

/// One of each.
fn conditions() -> Vec<Condition> {
    vec![
        Condition::SubjectContains(text()),
        Condition::BodyContains(text()),
        Condition::LatestReplyContains(text()),
        Condition::CategoryIs(CategoryId(1)),
        Condition::PriorityIs(Priority::CRITICAL),
        Condition::StatusIs(StatusId(2)),
        Condition::CompanyIs(CompanyId(1)),
        Condition::DepartmentIs(DepartmentId(1)),
        Condition::SubmitterIs(UserId(1)),
        Condition::AssigneeIs(UserId(1)),
        Condition::AssigneeIsNone,
        Condition::AssigneeIsDisabled,
        Condition::AssigneeIsOutOfOffice,
        Condition::HasTag(text()),
        Condition::OriginIs(Origin::API),
        Condition::CustomFieldEquals(field_value()),
        Condition::CustomFieldGreater(field_value()),
        Condition::Unanswered,
        Condition::UpdatedByTech,
        Condition::CreatedMoreThanAgo(Minutes(1)),
        Condition::NotUpdatedFor(Minutes(1)),
        Condition::OverdueBy(Minutes(1)),
        Condition::DueWithin(Minutes(1)),
        Condition::DayOfWeek(vec![Day::Sat, Day::Sun]),
        Condition::WorkingHours(Hours {
            from: chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
            to: chrono::NaiveTime::from_hms_opt(17, 30, 0).unwrap(),
            outside: true,
        }),
    ]
}

/// One of each, to everybody.
fn actions() -> Vec<Action> {
    let to = [
        Recipient::Submitter,
        Recipient::Assignee,
        Recipient::TechniciansOfCategory,
        Recipient::Administrators,
        Recipient::Subscribers,
        Recipient::Address("a@x.test".into()),
    ];
    vec![
        Action::Assign(UserId(1)),
        Action::MoveToCategory(CategoryId(1)),
        Action::SetStatus(StatusId(2)),
        Action::SetPriority(Priority::NORMAL),
        Action::SetDueDate(Minutes(60)),
        Action::SetCustomField(field_value()),
        Action::AddTag(text()),
        Action::RemoveTag(text()),
        Action::AddSubscriber(UserId(1)),
        Action::AddReply(text()),
        Action::AddTechsOnlyNote(text()),
        Action::SendMail(Mail {
            to: to.into(),
            subject: text(),
            body: text(),
        }),
        Action::HttpRequest(HttpRequest {
            method: "POST".into(),
            url: "http://x.test/".into(),
            headers: vec![Header {
                name: "X".into(),
                value: text(),
            }],
            body: "{\"id\": \"#ticketId#\"}".into(),
        }),
        Action::TriggerRule(RuleId(2)),
    ]
}

#[tokio::test]
async fn every_trigger_condition_and_action_is_stored_and_shown() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (triggers, conditions, actions) = (triggers(), conditions(), actions());
    let kinds: Vec<String> = conditions
        .iter()
        .map(|condition| serde_json::to_value(condition).unwrap())
        .chain(
            actions
                .iter()
                .map(|action| serde_json::to_value(action).unwrap()),
        )
        .map(|part| part["type"].as_str().unwrap().replace('_', ""))
        .collect();
    for trigger in triggers {
        let definition = Definition {
            trigger: Part::Known(trigger),
            conditions: conditions.iter().cloned().map(Part::Known).collect(),
            actions: actions.iter().cloned().map(Part::Known).collect(),
        };
        let stored = serde_json::to_value(&definition).unwrap();
        // Nothing of it is taken for something that this version does not know.
        assert_eq!(
            serde_json::from_value::<Definition>(stored.clone()).unwrap(),
            definition
        );
        app.sql("delete from rules").await;
        app.has_a_rule("All", &stored).await;
        let (_, parts) = read(&admin.rule().await);
        let shown: Vec<String> = parts.iter().map(|(kind, _)| kind.to_lowercase()).collect();
        assert_eq!(shown, kinds);
        let of = |kind: &str| parts.iter().find(|part| part.0 == kind).unwrap().1.clone();
        assert_eq!(of("CustomFieldEquals"), "3 text");
        assert_eq!(of("DayOfWeek"), "Sat Sun");
        assert_eq!(of("WorkingHours"), "09:00:00 17:30:00 true");
        assert_eq!(
            of("HttpRequest"),
            "POST http://x.test/ X text {\"id\": \"#ticketId#\"}"
        );
    }
}

#[tokio::test]
async fn parts_of_a_later_version_are_shown_as_they_are() {
    let app = TestApp::start().await;
    let definition = json!({
        "trigger": { "type": "moon_rises", "value": { "how high": 3 } },
        "conditions": [{ "type": "mood is <good>" }, { "type": "" }, { "type": "2 much", "value": { "<a>": [1, null, { "b": true }] } }],
        "actions": [{ "type": "set_priority", "value": "very" }],
    });
    app.has_a_rule("Later", &definition).await;
    let xml = app.admin().await.rule().await;
    let (_, parts) = read(&xml);
    let kinds: Vec<&str> = parts.iter().map(|part| part.0.as_str()).collect();
    assert_eq!(kinds, ["MoodIsGood", "_", "_2Much", "SetPriority"]);
    assert_eq!(
        (parts[2].1.as_str(), parts[3].1.as_str()),
        ("1 true", "very")
    );
    assert!(xml.contains("<Trigger xsi:type=\"MoonRises\">"), "{xml}");
}

#[tokio::test]
async fn a_rule_is_disabled_and_enabled_and_each_change_is_audited_once() {
    let app = TestApp::start().await;
    app.has_a_rule("Urgent first", &urgent()).await;
    let admin = app.admin().await;
    let before = admin.rule().await;
    let is_enabled = async || admin.rule().await.contains("<Enabled>true</Enabled>");
    assert!(is_enabled().await);
    for _ in 0..2 {
        admin.get("DisableRule/1").await.is_done();
        assert!(!is_enabled().await);
    }
    let shown = admin.rule().await;
    assert_eq!(shown.replace("<Enabled>false<", "<Enabled>true<"), before);
    for _ in 0..2 {
        admin.post("EnableRule").param("id", 1).await.is_done();
        assert!(is_enabled().await);
    }
    let entries: Vec<(String, i32, i32, Value, Value)> =
        sqlx::query_as("select action, object_id, actor_user_id, before, after from audit_log where object_type = 'rule' order by id")
            .fetch_all(&mut app.database.connect().await)
            .await
            .unwrap();
    let (on, off) = (json!({ "enabled": true }), json!({ "enabled": false }));
    assert_eq!(
        entries,
        [
            (
                "rule.disabled".into(),
                1,
                admin.id.0,
                on.clone(),
                off.clone()
            ),
            ("rule.enabled".into(), 1, admin.id.0, off, on),
        ]
    );
}

#[tokio::test]
async fn rules_switched_at_once_are_audited_as_often_as_they_changed() {
    let app = TestApp::start().await;
    app.has_a_rule("Urgent first", &urgent()).await;
    let admin = app.admin().await;
    let call = || async { admin.post("DisableRule").param("id", 1).await.is_done() };
    tokio::join!(call(), call(), call(), call());
    assert_eq!(
        app.count("select count(*) from audit_log where action = 'rule.disabled'")
            .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from rules where enabled").await,
        0
    );
}

#[tokio::test]
async fn rules_are_for_administrators() {
    let app = TestApp::start().await;
    app.has_a_rule("Urgent first", &urgent()).await;
    let cast = app.cast().await;
    for method in ["Rule", "DisableRule", "EnableRule"] {
        for person in [&cast.owner, &cast.manager, &cast.tech] {
            // The role is asked before the rule is looked up.
            let known = person
                .get(method)
                .param("id", 1)
                .await
                .is_forbidden()
                .text();
            let unknown = person
                .post(method)
                .param("id", 999)
                .await
                .is_forbidden()
                .text();
            assert_eq!(known, unknown);
        }
        app.anonymous()
            .get(&format!("{method}/1"))
            .await
            .is_unauthorized();
        for id in [0, -1, 999] {
            cast.admin.get(method).param("id", id).await.is_not_found();
        }
        cast.admin.get(method).await.is_bad("id");
        cast.admin
            .get(method)
            .param("id", "first")
            .await
            .is_bad("id");
    }
    assert_eq!(
        app.count("select count(*) from rules where enabled").await,
        1
    );
    assert_eq!(
        app.count("select count(*) from audit_log where action not like 'login.%'")
            .await,
        0
    );
}
