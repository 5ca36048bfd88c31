use ferrodesk::domain::Error;
use ferrodesk::domain::ids::RuleId;
use ferrodesk::domain::rules::{Rule, RuleDraft};
use ferrodesk::rule_xml::{read, write};
use proptest::prelude::*;
use serde_json::json;

use crate::domain::rules::any;

fn written(draft: &RuleDraft) -> String {
    let rule = Rule {
        id: RuleId(7),
        name: draft.name.clone(),
        enabled: draft.enabled,
        definition: draft.definition(),
    };
    String::from_utf8(write(&rule).unwrap()).unwrap()
}

/// A rule whose trigger, conditions and actions are this XML.
fn rule(inside: &str) -> String {
    format!("<AutomationRule xmlns:xsi=\"x\"><Name>n</Name>{inside}</AutomationRule>")
}

fn with_condition(condition: &str) -> String {
    rule(&format!(
        "<Trigger xsi:type=\"Closed\"/><Conditions><Condition xsi:type=\"Unanswered\"/>{condition}</Conditions>"
    ))
}

/// Where it is wrong, and what is said about it.
fn refused(xml: impl AsRef<[u8]>) -> (String, String) {
    let xml = xml.as_ref();
    match read(xml) {
        Err(Error::Invalid { parameter, problem }) => (parameter.into(), problem.into()),
        other => panic!("{other:?}: {}", String::from_utf8_lossy(xml)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(draft in any::draft()) {
        let xml = written(&draft);
        prop_assert_eq!(read(xml.as_bytes()).unwrap(), draft, "{}", xml);
    }

    #[test]
    fn indentation_encoding_and_prefixes_say_nothing(draft in any::draft(), step in "[ \t\r\n]{1,3}") {
        let xml = written(&draft);
        // Between elements there is nothing but the indentation of the writer.
        let lines: Vec<&str> = xml.split('\n').collect();
        let loose = lines.iter().map(|line| {
            let inside = line.trim_start_matches(' ');
            if inside.starts_with('<') { format!("\n{step}{inside}") } else { format!("\n{line}") }
        });
        let loose = loose.collect::<String>();
        let loose = loose.trim_start();
        // A text with line feeds of its own is not to be indented.
        if !serde_json::to_string(&draft).unwrap().contains("\\n") {
            prop_assert_eq!(&read(loose.as_bytes()).unwrap(), &draft, "{}", loose);
        }

        let renamed = xml
            .replace(" xsi:type=", " i:type=")
            .replace("<AutomationRule ", "<AutomationRule xmlns=\"urn:a\" xmlns:i=\"urn:b\" xmlns:c='urn:d' ");
        prop_assert_eq!(&read(renamed.as_bytes()).unwrap(), &draft);

        for declared in ["<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<?xml version='1.0'?>", ""] {
            let bytes = xml.replace("<?xml version=\"1.0\" encoding=\"utf-16\"?>", declared);
            prop_assert_eq!(&read(bytes.as_bytes()).unwrap(), &draft);
        }
        let marked = format!("\u{feff}{xml}");
        prop_assert_eq!(&read(marked.as_bytes()).unwrap(), &draft);
        for text in [&xml, &marked] {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            prop_assert_eq!(&read(&little).unwrap(), &draft);
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(&read(&big).unwrap(), &draft);
        }
    }

    #[test]
    fn nothing_but_a_rule_is_read_and_nothing_panics(
        draft in any::draft(), at in any::<prop::sample::Index>(), with in "[<>/&a\u{0} \"=;!?\\[\\]-]{0,4}", cut in 0..9_usize,
    ) {
        let xml = written(&draft);
        let mut letters: Vec<char> = xml.chars().collect();
        let from = at.index(letters.len());
        let to = (from + cut).min(letters.len());
        letters.splice(from..to, with.chars());
        let broken: String = letters.into_iter().collect();
        if let Err(error) = read(broken.as_bytes()) {
            let refused = matches!(error, Error::Invalid { .. });
            prop_assert!(refused, "{error:?}");
        }
    }

    #[test]
    fn bytes_are_refused_and_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let refused = matches!(read(&bytes), Err(Error::Invalid { .. }));
        prop_assert!(refused);
    }
}

#[test]
fn what_a_client_leaves_out_or_adds_is_understood() {
    let read = |xml: &str| serde_json::to_value(read(xml.as_bytes()).unwrap()).unwrap();
    let shortest =
        read("<AutomationRule><Trigger x:type='Closed'/><Name>&#110;</Name></AutomationRule>");
    assert_eq!(
        shortest,
        json!({ "name": "n", "enabled": true, "order": 0, "trigger": { "type": "closed" }, "conditions": [], "actions": [] })
    );
    // Comments, instructions, CDATA, other names for true, nothing said to be nothing, the id of another rule.
    let odd = read(
        "<?xml version='1.0' encoding='UTF-8'?><?style x?><!-- a -->
        <a:AutomationRule xmlns:a='urn:a' xmlns:xsi='urn:xsi' xsi:schemaLocation='a b'>
        <RuleID>no number</RuleID><Enabled> 0 </Enabled>
        <Name><![CDATA[<a> & ]]>b<!-- c -->&amp;c</Name>
        <Trigger xsi:type='CustomFieldEdited'><Value xsi:nil='true'/></Trigger>
        <Conditions>
            <a:Condition xsi:type='WorkingHours'><To>17:30:00</To><From>09:00</From></a:Condition>
            <Condition xsi:type='DayOfWeek'><Value>Sun</Value><Value> Sat </Value></Condition>
        </Conditions>
        <Actions/></a:AutomationRule> <!-- end -->",
    );
    assert_eq!(
        odd,
        json!({
            "name": "<a> & b&c", "enabled": false, "order": 0,
            "trigger": { "type": "custom_field_edited", "value": null },
            "conditions": [
                { "type": "working_hours", "value": { "from": "09:00:00", "to": "17:30:00", "outside": false } },
                { "type": "day_of_week", "value": ["Sun", "Sat"] },
            ],
            "actions": [],
        })
    );
    let breaks = read(
        "<AutomationRule><Trigger x:type='Closed'/><Name>a\r\nb\rc&#xD;&#10;d</Name></AutomationRule>",
    );
    assert_eq!(breaks["name"], "a\nb\nc\r\nd");
}

/// What is in a rule, where it is wrong, and what is said about it.
const WRONG: [(&str, &str, &str); 13] = [
    ("", "AutomationRule", "lacks <Trigger>"),
    (
        r#"<Trigger xsi:type="Closed"/><Order>1</Order>"#,
        "AutomationRule",
        "holds <Order>, which is not known here; it may hold RuleID, Name, Enabled, Trigger, Conditions, Actions",
    ),
    (
        r#"<Trigger xsi:type="Closed"/><name>1</name>"#,
        "AutomationRule",
        "holds <name>, which is not known here",
    ),
    (
        r#"<Trigger xsi:type="Closed"/><Name>m</Name>"#,
        "Name",
        "is there 2 times",
    ),
    (
        r#"<Trigger xsi:type="Closed"/><Enabled>yes</Enabled>"#,
        "Enabled",
        "is to be true or false",
    ),
    ("<Trigger/>", "Trigger", "lacks the attribute xsi:type"),
    (
        r#"<Trigger type="Closed"/>"#,
        "Trigger",
        "has the attribute type, which is not taken",
    ),
    (
        r#"<Trigger xsi:type="MoonRises"/>"#,
        "Trigger/@xsi:type",
        "is to be one of TicketCreated, NewReply, NewReplyBySubmitter, StatusChanged,",
    ),
    (
        r#"<Trigger xsi:type="closed"/>"#,
        "Trigger/@xsi:type",
        "TriggeredByAnotherRule, not closed",
    ),
    (
        r#"<Trigger xsi:type="Closed"><Value>1</Value></Trigger>"#,
        "Trigger",
        "takes no value",
    ),
    (
        r#"<Trigger xsi:type="NotUpdatedFor"><Value>-1</Value></Trigger>"#,
        "Trigger/Value",
        "is to be a whole number",
    ),
    (
        r#"<Trigger xsi:type="Closed"/><Conditions>x</Conditions>"#,
        "Conditions",
        "holds text, where elements are to be",
    ),
    (
        r#"<Trigger xsi:type="Closed"/><Actions><Action xsi:type="SendMail"><Subject/><Body/>
                <To xsi:type="Submitter"/><To xsi:type="Friends"/></Action></Actions>"#,
        "Actions/Action[1]/To[2]/@xsi:type",
        "is to be one of Submitter, Assignee, TechniciansOfCategory, Administrators, Subscribers, Address, not Friends",
    ),
];

/// The same of its second condition.
const WRONG_CONDITIONS: [(&str, &str, &str); 10] = [
    (
        r#"<Condition xsi:type="CategoryIs"><Value>Repairs</Value></Condition>"#,
        "Conditions/Condition[2]/Value",
        "is to be a whole number",
    ),
    (
        r#"<Condition xsi:type="CategoryIs"/>"#,
        "Conditions/Condition[2]",
        "lacks <Value>",
    ),
    (
        r#"<Condition xsi:type="CategoryIs">4</Condition>"#,
        "Conditions/Condition[2]",
        "holds text, where <Value> is to be",
    ),
    (
        r#"<Condition xsi:type="CategoryIs"><Id>4</Id></Condition>"#,
        "Conditions/Condition[2]",
        "holds <Id>, which is not known here; it may hold Value",
    ),
    (
        r#"<Condition xsi:type="CategoryIs"><Value>4</Value><Value>5</Value></Condition>"#,
        "Conditions/Condition[2]/Value",
        "is there 2 times",
    ),
    (
        r#"<Condition xsi:type="HasTag"><Value>a<b/></Value></Condition>"#,
        "Value",
        "holds text between its elements",
    ),
    (
        r#"<Condition xsi:type="PriorityIs"><Value>9</Value></Condition>"#,
        "Conditions/Condition[2]/Value",
        "is to be a priority: -1 low, 0 normal, 1 high or 2 critical",
    ),
    (
        r#"<Condition xsi:type="DayOfWeek"><Value>Someday</Value></Condition>"#,
        "Conditions/Condition[2]/Value[1]",
        "is to be one of Mon, Tue, Wed, Thu, Fri, Sat, Sun, not Someday",
    ),
    (
        r#"<Condition xsi:type="CustomFieldEquals"><Field>4</Field></Condition>"#,
        "Conditions/Condition[2]",
        "lacks <Value>",
    ),
    (
        r#"<Action xsi:type="Assign"/>"#,
        "Conditions",
        "holds <Action>, which is not known here; it may hold Condition",
    ),
];

#[test]
fn an_error_names_the_element_and_what_is_to_be_there() {
    let conditions = WRONG_CONDITIONS.map(|(xml, place, says)| (with_condition(xml), place, says));
    let rules = WRONG.map(|(xml, place, says)| (rule(xml), place, says));
    let nothing = (
        "<AutomationRule/>".to_owned(),
        "AutomationRule",
        "lacks <Name>",
    );
    for (xml, place, says) in conditions.into_iter().chain(rules).chain([nothing]) {
        let (parameter, problem) = refused(&xml);
        assert_eq!(parameter, place, "{xml}: {problem}");
        assert!(problem.contains(says), "{xml}: {problem}");
    }
}

/// What is no rule at all, and what is said about it.
const NO_RULE: [(&str, &str); 18] = [
    ("", "holds no element"),
    ("  \n", "holds no element"),
    ("rule", "outside of its root"),
    ("{\"name\": \"n\"}", "outside of its root"),
    ("<a/><b/>", "more than one root"),
    ("<a/>b", "outside of its root"),
    ("<Rule/>", "is to be one element AutomationRule, not Rule"),
    ("<AutomationRule>", "ends before </AutomationRule>"),
    (
        "<AutomationRule>\n<Name></Nam></AutomationRule>",
        "in line 2",
    ),
    ("</AutomationRule>", "is not well-formed XML"),
    (
        "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><AutomationRule><Name>&e;</Name></AutomationRule>",
        "DOCTYPE",
    ),
    (
        "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><AutomationRule>&b;</AutomationRule>",
        "DOCTYPE",
    ),
    ("<!DOCTYPE html><AutomationRule/>", "DOCTYPE"),
    ("<AutomationRule>&e;</AutomationRule>", "no character"),
    (
        "<AutomationRule>&#0;&#xD800;</AutomationRule>",
        "no character",
    ),
    ("<AutomationRule>&</AutomationRule>", "well-formed"),
    (
        "<?xml version='1.0' encoding='windows-1252'?><AutomationRule/>",
        "utf-8 or utf-16",
    ),
    (
        "<AutomationRule><?xml version='1.0'?></AutomationRule>",
        "amid its elements",
    ),
];

#[test]
fn what_is_dangerous_or_broken_is_refused() {
    for (xml, says) in NO_RULE {
        let (parameter, problem) = refused(xml);
        assert_eq!(parameter, "body", "{xml}: {problem}");
        assert!(problem.contains(says), "{xml}: {problem}");
    }
    for (xml, says) in [
        ("<AutomationRule a='1' a='2'/>", "which is not taken"),
        (
            "<AutomationRule x:type='A' y:type='B'/>",
            "which is not taken",
        ),
        (
            "<AutomationRule xmlns:a='1' xmlns:a='2'/>",
            "broken attribute",
        ),
        (
            "<AutomationRule xsi:nil='maybe'/>",
            "neither true nor false",
        ),
    ] {
        let (parameter, problem) = refused(xml);
        assert_eq!(parameter, "AutomationRule", "{xml}: {problem}");
        assert!(problem.contains(says), "{xml}: {problem}");
    }
    for (bytes, says) in [
        (&b"<a>\xff</a>"[..], "neither UTF-8"),
        (b"\xff\xfe<\x00a", "begins as UTF-16"),
        (b"\xfe\xff\xd8\x00", "begins as UTF-16"),
        (b"\xef\xbb\xbf", "no element"),
    ] {
        let (parameter, problem) = refused(bytes);
        assert_eq!(parameter, "body");
        assert!(problem.contains(says), "{problem}");
    }
}

#[test]
fn more_than_a_rule_can_need_is_refused_before_it_costs_much() {
    let many = (0..33).fold(String::new(), |some, number| {
        format!("{some} xmlns:a{number}=\"\"")
    });
    for (xml, place, says) in [
        ("<a>".repeat(40), "body", "more than 16 deep"),
        ("<a>".repeat(300_000), "body", "more than 16 deep"),
        (
            format!("<a>{}</a>", "<b/>".repeat(20_000)),
            "body",
            "more than 20000 elements",
        ),
        (rule(&" ".repeat(1024 * 1024)), "body", "larger than 1 MiB"),
        (
            format!("<AutomationRule{many}/>"),
            "AutomationRule",
            "has more than 32 attributes",
        ),
    ] {
        let (parameter, problem) = refused(&xml);
        assert_eq!(parameter, place, "{problem}");
        assert!(problem.contains(says), "{problem}");
    }
}
