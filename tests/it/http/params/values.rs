use serde_json::json;

use crate::http::probe::Probe;

#[tokio::test]
async fn a_name_matches_in_any_casing_and_by_its_alias() {
    let probe = Probe::start().await;
    for query in [
        "categoryId=5",
        "CategoryID=5",
        "categoryid=5",
        "category_id=5",
        "CATEGORYID=5",
        "categoryId[]=5",
        "newCategoryId=5",
        "NewCategoryID=5",
        "unknown=1&categoryId=5&=&x",
    ] {
        assert_eq!(probe.member(query, "categoryId").await, 5, "{query}");
    }
}

#[tokio::test]
async fn arrays_come_in_all_their_forms() {
    let probe = Probe::start().await;
    for query in [
        "statusId=1&statusId=3",
        "statusId[]=1&statusId[]=3",
        "statusId%5B%5D=1&statusId%5B%5D=3",
        "statusId[0]=1&statusId[1]=3",
        "statusId=1,3",
        "statusId=1,%203,",
        "StatusID=1&statusid=3",
        "statusId=[1,3]",
        "statusId=%5B%221%22,%223%22%5D",
    ] {
        assert_eq!(
            probe.member(query, "statusId").await,
            json!([1, 3]),
            "{query}"
        );
    }
    for body in [
        r#"{"statusId":[1,3]}"#,
        r#"{"statusId":["1","3"]}"#,
        r#"{"StatusID":"1,3"}"#,
        r#"{"statusId[]":[1,null,3]}"#,
    ] {
        assert_eq!(probe.json(body).await["statusId"], json!([1, 3]), "{body}");
    }
    for query in ["", "statusId=", "statusId[]=", "statusId=[]"] {
        assert_eq!(probe.member(query, "statusId").await, json!([]), "{query}");
    }
    for query in [
        "statusId=1,x",
        "statusId=1;2",
        "statusId=1&statusId=undefined",
    ] {
        probe.refuses(query, "statusId").await;
    }
}

#[tokio::test]
async fn an_array_of_more_than_200_elements_is_refused() {
    let probe = Probe::start().await;
    let numbers: Vec<String> = (0..201).map(|number| number.to_string()).collect();
    let fits = probe
        .member(
            &format!("statusId={}", numbers[..200].join(",")),
            "statusId",
        )
        .await;
    assert_eq!(fits.as_array().unwrap().len(), 200);
    probe
        .refuses(&format!("statusId={}", numbers.join(",")), "statusId")
        .await;
    probe
        .refuses(
            &format!("statusId={}", numbers.join("&statusId=")),
            "statusId",
        )
        .await;
    let body = format!(r#"{{"statusId":[{}]}}"#, numbers.join(","));
    let (status, text) = probe
        .request("POST", "/everything", "application/json", body)
        .await;
    assert_eq!(
        (status, text.contains("\"statusId\"")),
        (400, true),
        "{text}"
    );
}

#[tokio::test]
async fn booleans_take_the_documented_spellings_and_nothing_else() {
    let probe = Probe::start().await;
    for word in ["true", "True", "TRUE", "1", "on"] {
        assert_eq!(
            probe
                .member(&format!("forTechsOnly={word}"), "forTechsOnly")
                .await,
            true,
            "{word}"
        );
    }
    for word in ["false", "False", "0", "off", ""] {
        assert_eq!(
            probe
                .member(&format!("forTechsOnly={word}"), "forTechsOnly")
                .await,
            false,
            "{word}"
        );
    }
    for word in ["yes", "2", "abc", "-1", "tru", "true%20", "null", "01"] {
        probe
            .refuses(&format!("forTechsOnly={word}"), "forTechsOnly")
            .await;
    }
    assert_eq!(
        probe.json(r#"{"forTechsOnly":true}"#).await["forTechsOnly"],
        true
    );
    assert_eq!(
        probe.json(r#"{"forTechsOnly":null}"#).await["forTechsOnly"],
        false
    );
}

#[tokio::test]
async fn numbers_are_plain_and_in_range() {
    let probe = Probe::start().await;
    assert_eq!(probe.member("id=2147483647", "id").await, 2_147_483_647);
    assert_eq!(probe.member("id=-1", "id").await, -1);
    assert_eq!(
        probe.member("big=9223372036854775807", "big").await,
        i64::MAX
    );
    assert_eq!(probe.member("hours=1.5", "hours").await, 1.5);
    assert_eq!(probe.json(r#"{"id":7}"#).await["id"], 7);
    assert_eq!(probe.json(r#"{"id":"7"}"#).await["id"], 7);
    for value in [
        "1e3",
        "0x1",
        "1,2",
        "1;2",
        "NaN",
        "%201",
        "1%20",
        "+1",
        "%2B1",
        "undefined",
        "{page}",
        "null",
        "1.0",
        "-",
        "--1",
        "2147483648",
        "9223372036854775808",
        "99999999999999999999999999",
        "%EF%BC%91",
        "[1]",
        "true",
        "\u{661}",
    ] {
        probe.refuses(&format!("id={value}"), "id").await;
    }
    probe.refuses("small=256", "small").await;
    probe.refuses("small=-1", "small").await;
    for value in ["inf", "NaN", "1e3", "1.2.3", "-"] {
        probe.refuses(&format!("hours={value}"), "hours").await;
    }
}

#[tokio::test]
async fn enums_match_by_name_in_any_case() {
    let probe = Probe::start().await;
    for (query, mode) in [
        ("mode=all", "All"),
        ("Mode=ALL", "All"),
        ("mode=UnansweredOnly", "UnansweredOnly"),
    ] {
        assert_eq!(probe.member(query, "mode").await, mode, "{query}");
    }
    probe.refuses("mode=none", "mode").await;
    assert!(probe.member("mode=", "mode").await.is_null());
}

#[tokio::test]
async fn dates_come_in_the_forms_clients_send() {
    let probe = Probe::start().await;
    for (text, moment) in [
        ("2018-12-01", "2018-12-01"),
        ("2020-04-16%2023:21:53", "2020-04-16T23:21:53.000Z"),
        ("2020-04-16+23:21", "2020-04-16T23:21:00.000Z"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00.000Z"),
        ("2024-01-01T10:00:00", "2024-01-01T10:00:00.000Z"),
        ("2024-01-01T10:00:00.000-0500", "2024-01-01T15:00:00.000Z"),
        (
            "2024-01-01T10:00:00.1234567%2B05:00",
            "2024-01-01T05:00:00.123Z",
        ),
        ("2024-01-01T10:00:00+05:00", "2024-01-01T05:00:00.000Z"),
        ("2024-02-29", "2024-02-29"),
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31"),
    ] {
        assert_eq!(
            probe.member(&format!("dateFrom={text}"), "dateFrom").await,
            moment,
            "{text}"
        );
    }
    for text in [
        "2024-30-01",
        "2023-02-29",
        "2024-01-32",
        "0000-01-01",
        "10000-01-01",
        "-2024-01-01",
        "2024-01-01T25:00",
        "2024-01-01T10:61:00",
        "2024-01-01T10:00:00%2B99:00",
        "2024-01-01T10:00:00X",
        "2024-01-01T",
        "2024-01-01%20x",
        "undefined",
        "now",
        "0",
        "1700000000",
        "9999-12-31T23:00:00-0500",
        "0001-01-01T01:00:00%2B05:00",
        "2016-12-31T23:59:60Z",
        "99999999999999-01-01",
        "2024-01-01T10:00:00%2B5",
        "2024-01-01T10:00:00%2B%C3%A9%C3%A9",
    ] {
        probe.refuses(&format!("dateFrom={text}"), "dateFrom").await;
    }
}

#[tokio::test]
async fn emptiness_is_told_from_absence_where_it_has_a_meaning() {
    let probe = Probe::start().await;
    assert_eq!(probe.member("", "dueDate").await, "absent");
    assert_eq!(probe.member("dueDate=", "dueDate").await, "empty");
    assert_eq!(
        probe.member("dueDate=2024-01-31", "dueDate").await,
        "2024-01-31"
    );
    probe.refuses("dueDate=soon", "dueDate").await;
    assert_eq!(probe.member("", "tags").await, "absent");
    assert_eq!(probe.member("tags=", "tags").await, "empty");
    assert_eq!(probe.member("tags=a,b", "tags").await, json!(["a", "b"]));
    let reply = probe.json(r#"{"tags":[],"dueDate":null}"#).await;
    assert_eq!(
        (&reply["tags"], &reply["dueDate"]),
        (&json!("empty"), &json!("absent"))
    );
    let reply = probe.json(r#"{"tags":["a,b","c"],"dueDate":""}"#).await;
    assert_eq!(
        (&reply["tags"], &reply["dueDate"]),
        (&json!(["a,b", "c"]), &json!("empty"))
    );
}

#[tokio::test]
async fn an_empty_value_counts_as_not_given() {
    let probe = Probe::start().await;
    let (status, text) = probe
        .query("id=&categoryId=&subject=&forTechsOnly=&statusId=&mode=&dateFrom=&hours=")
        .await;
    assert_eq!(status, 200, "{text}");
    for (query, text) in [
        ("", "Parameter \"categoryId\" is missing."),
        ("categoryId=&body=x", "Parameter \"categoryId\" is missing."),
        ("categoryId=1", "Parameter \"body\" is missing."),
        ("categoryId=1&body=", "Parameter \"body\" is missing."),
    ] {
        assert_eq!(
            probe
                .request("GET", &format!("/needed?{query}"), "", "")
                .await,
            (400, text.to_owned())
        );
    }
}

#[tokio::test]
async fn a_value_given_twice_must_be_the_same() {
    let probe = Probe::start().await;
    assert_eq!(probe.member("id=1&ID=1&id=", "id").await, 1);
    probe.refuses("id=1&id=2", "id").await;
    probe.refuses("id=1&ID=2", "id").await;
    probe
        .refuses("categoryId=1&newCategoryId=1", "categoryId")
        .await;
    let form = "application/x-www-form-urlencoded";
    for (path, body, status) in [
        ("/everything/7?id=7", "id=7", 200),
        ("/everything/7?id=8", "", 400),
        ("/everything/7", "id=8", 400),
        ("/everything?id=7", "id=8", 400),
        ("/everything/x", "", 400),
        ("/everything/%FF", "", 400),
    ] {
        let (got, text) = probe.request("POST", path, form, body).await;
        assert_eq!(got, status, "{path} {body}: {text}");
    }
    let (status, text) = probe
        .request(
            "POST",
            "/everything",
            "application/json",
            r#"{"id":1,"id":2}"#,
        )
        .await;
    assert_eq!(status, 400, "{text}");
}

#[tokio::test]
async fn the_body_of_an_array_goes_before_the_query() {
    let probe = Probe::start().await;
    let (_, text) = probe
        .request(
            "POST",
            "/everything?statusId=9",
            "application/x-www-form-urlencoded",
            "statusId=1&statusId=3",
        )
        .await;
    assert!(text.contains(r#""statusId":[1,3]"#), "{text}");
}

#[tokio::test]
async fn names_that_only_the_data_knows_are_found_by_their_prefix() {
    let probe = Probe::start().await;
    let (status, text) = probe
        .request(
            "POST",
            "/bag?cf1624=123",
            "application/x-www-form-urlencoded",
            "CF1625=asd&ticketId=1&cf1626=&cf1624=123",
        )
        .await;
    assert_eq!(
        (status, text.as_str()),
        (200, r#"[["1624","123"],["1625","asd"],["1626",""]]"#)
    );
    let (status, text) = probe.request("GET", "/bag?cf1=a&cf1=b", "", "").await;
    assert_eq!((status, text.contains("\"cf1\"")), (400, true), "{text}");
}

#[tokio::test]
async fn a_nul_character_is_refused_wherever_it_hides() {
    let probe = Probe::start().await;
    probe.refuses("subject=a%00b", "subject").await;
    for body in [
        r#"{"subject":"a\u0000b"}"#,
        r#"{"customFields":{"1":"a\u0000b"}}"#,
        r#"{"names":["a\u0000"]}"#,
    ] {
        let (status, text) = probe
            .request("POST", "/everything", "application/json", body)
            .await;
        assert_eq!((status, text.contains("NUL")), (400, true), "{text}");
    }
}

#[tokio::test]
async fn more_than_a_thousand_parameters_are_refused() {
    let probe = Probe::start().await;
    let query = "a=1&".repeat(1_000);
    assert_eq!(probe.query(&query).await.0, 200);
    assert_eq!(probe.query(&(query + "id=1")).await.0, 400);
}

#[tokio::test]
async fn an_array_that_is_not_given_is_empty_and_a_truth_value_is_missing() {
    let probe = Probe::start().await;
    for (query, status, text) in [
        ("flag=1", 200, "[[],true]"),
        ("flag=0&ids=", 200, "[[],false]"),
        ("ids=1,2&flag=on", 200, "[[1,2],true]"),
        ("", 400, "Parameter \"flag\" is missing."),
        ("flag=", 400, "Parameter \"flag\" is missing."),
    ] {
        let got = probe
            .request("GET", &format!("/lists?{query}"), "", "")
            .await;
        assert_eq!(got, (status, text.to_owned()), "{query}");
    }
}
