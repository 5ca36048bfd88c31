use std::path::Path;

use ferrodesk::settings::layers::Source;
use ferrodesk::settings::{Layers, Listen, LogFormat, Settings};
use tracing::level_filters::LevelFilter;

use crate::support::program::{answer, program, refusal};

/// The defaults, `file` over them, `environment` over both.
fn layers(file: &str, environment: &[(&str, &str)]) -> Layers {
    let mut layers = Layers::defaults().unwrap();
    layers
        .add_text(file, &Source::File("appsettings.json".into()))
        .unwrap();
    layers.add_environment(
        environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    layers
}

fn read(file: &str, environment: &[(&str, &str)]) -> Settings {
    Settings::read(&layers(file, environment)).unwrap()
}

fn problem(file: &str, environment: &[(&str, &str)]) -> String {
    Settings::read(&layers(file, environment))
        .unwrap_err()
        .to_string()
}

#[test]
fn the_defaults_are_complete() {
    let settings = read("{}", &[]);
    assert_eq!(settings.urls, "http://127.0.0.1:8080");
    assert_eq!(settings.app_url, "http://127.0.0.1:8080");
    assert_eq!(settings.bootstrap.admin_username, "admin");
    assert_eq!(settings.bootstrap.admin_password, None);
    assert_eq!(settings.limits.attachment_bytes, 50 * 1024 * 1024);
    assert_eq!(settings.limits.files_per_request, 20);
    assert_eq!(settings.cors_origins, ["*"]);
    assert!(settings.db_connection_string.is_empty());
    assert!(!settings.disable_rate_limit);
    assert!(settings.data_path.is_absolute());
    assert_eq!(
        settings.attachments_path,
        settings.data_path.join("attachments")
    );
    assert_eq!(settings.logging.level, LevelFilter::INFO);
    assert_eq!(settings.logging.format, LogFormat::Text);
}

#[test]
fn a_file_goes_over_the_defaults_and_the_environment_over_both() {
    let file = r#"{ "AppURL": "https://file.example", "Limits": { "Connections": 7, "FilesPerRequest": 3 } }"#;
    let settings = read(file, &[("Limits__Connections", "9")]);
    assert_eq!(settings.app_url, "https://file.example");
    assert_eq!(settings.limits.connections, 9);
    assert_eq!(settings.limits.files_per_request, 3);
    assert_eq!(settings.limits.attachment_bytes, 50 * 1024 * 1024);
}

#[test]
fn a_file_may_hold_comments_trailing_commas_and_a_byte_order_mark() {
    let file = "\u{feff}{\n // a comment\n \"AppURL\": \"https://a.example\", /* another */\n \"TrustedProxies\": [\"10.0.0.1\",],\n}";
    let settings = read(file, &[]);
    assert_eq!(settings.app_url, "https://a.example");
    assert_eq!(settings.trusted_proxies, ["10.0.0.1"]);
}

#[test]
fn names_are_read_in_any_case() {
    let settings = read(
        r#"{ "appurl": "https://a.example", "LIMITS": { "connections": 5 } }"#,
        &[("DISABLERATELIMIT", "true"), ("logging__FORMAT", "Json")],
    );
    assert_eq!(settings.app_url, "https://a.example");
    assert_eq!(settings.limits.connections, 5);
    assert!(settings.disable_rate_limit);
    assert_eq!(settings.logging.format, LogFormat::Json);
}

#[test]
fn switches_and_numbers_may_be_texts() {
    let settings = read(
        r#"{ "DisableRateLimit" : "true", "Limits": { "FilesPerRequest": "25" } }"#,
        &[],
    );
    assert!(settings.disable_rate_limit);
    assert_eq!(settings.limits.files_per_request, 25);
    assert!(read(r#"{ "DisableRateLimit": true }"#, &[]).disable_rate_limit);
    assert!(!read(r#"{ "DisableRateLimit": "False" }"#, &[]).disable_rate_limit);
}

#[test]
fn an_empty_number_or_switch_is_the_default() {
    let settings = read(
        r#"{ "DisableRateLimit": null }"#,
        &[("Limits__Connections", ""), ("DisableRateLimit", "")],
    );
    assert_eq!(settings.limits.connections, 1024);
    assert!(!settings.disable_rate_limit);
}

#[test]
fn a_list_in_a_later_layer_replaces_the_whole_list() {
    let file = r#"{ "Cors": { "Origins": ["https://a.example", "https://b.example"] } }"#;
    assert_eq!(
        read(file, &[]).cors_origins,
        ["https://a.example", "https://b.example"]
    );
    let environment = [
        ("Cors__Origins__1", "https://d.example"),
        ("CORS__ORIGINS__0", "https://c.example"),
    ];
    assert_eq!(
        read(file, &environment).cors_origins,
        ["https://c.example", "https://d.example"]
    );
    let one_text = [("Cors__Origins", "https://e.example, https://f.example")];
    assert_eq!(
        read(file, &one_text).cors_origins,
        ["https://e.example", "https://f.example"]
    );
}

#[test]
fn a_wrong_value_is_refused_with_its_key() {
    let cases = [
        (
            r#"{ "DisableRateLimit": "maybe" }"#,
            "DisableRateLimit must be true or false",
        ),
        (
            r#"{ "Limits": { "Connections": -1 } }"#,
            "Limits:Connections must be a number",
        ),
        (
            r#"{ "Limits": { "AttachmentBytes": "50 MB" } }"#,
            "Limits:AttachmentBytes must be a number",
        ),
        (r#"{ "Urls": "127.0.0.1" }"#, "Urls must be an address"),
        (
            r#"{ "Urls": "https://127.0.0.1" }"#,
            "Urls must begin with http://",
        ),
        (
            r#"{ "Urls": "http://127.0.0.1:99999" }"#,
            "Urls must end with a port",
        ),
        (
            r#"{ "Urls": ["http://a", "http://b"] }"#,
            "Urls must be a single value",
        ),
        (r#"{ "AppURL": "desk.example" }"#, "AppURL must begin with"),
        (
            r#"{ "TrustedProxies": ["10.0.0.0/64"] }"#,
            "TrustedProxies must hold",
        ),
        (
            r#"{ "Cors": { "Origins": ["null"] } }"#,
            "Cors:Origins must hold",
        ),
        (
            r#"{ "Security": { "InstanceKey": "c2hvcnQ=" } }"#,
            "Security:InstanceKey must be 32 bytes",
        ),
        (
            r#"{ "Logging": { "LogLevel": { "Default": "Loud" } } }"#,
            "Logging:LogLevel:Default must be",
        ),
        (
            r#"{ "Logging": { "Format": "xml" } }"#,
            "Logging:Format must be",
        ),
        (
            r#"{ "Bootstrap": { "AdminUsername": "" } }"#,
            "Bootstrap:AdminUsername must be",
        ),
    ];
    for (file, expected) in cases {
        let problem = problem(file, &[]);
        assert!(problem.contains(expected), "{file}: {problem}");
        assert!(problem.contains("[appsettings.json]"), "{problem}");
    }
}

#[test]
fn a_listener_for_mail_that_cannot_be_is_refused() {
    let cases = [
        (
            r#"{ "MailListener": { "Address": "localhost" } }"#,
            "MailListener:Address must be an address with a port",
        ),
        (
            r#"{ "MailListener": { "Address": "unix:lmtp.sock" } }"#,
            "MailListener:Address must name a socket by its whole path",
        ),
        (
            r#"{ "MailListener": { "Protocol": "pop3" } }"#,
            "MailListener:Protocol must be smtp or lmtp",
        ),
        (
            r#"{ "MailListener": { "AllowedNetworks": ["mx.example"] } }"#,
            "MailListener:AllowedNetworks must hold addresses or networks",
        ),
        (
            r#"{ "MailListener": { "TlsKey": "/etc/key.pem" } }"#,
            "MailListener:TlsKey and MailListener:TlsCertificate must both be given",
        ),
    ];
    for (file, expected) in cases {
        let problem = problem(file, &[]);
        assert!(problem.contains(expected), "{file}: {problem}");
    }
}

#[test]
fn all_wrong_values_are_told_at_once_with_their_source() {
    let problem = problem(
        r#"{ "DisableRateLimit": "maybe" }"#,
        &[("Limits__Connections", "many")],
    );
    assert!(problem.contains("DisableRateLimit"), "{problem}");
    assert!(
        problem.contains("[environment variable Limits__Connections]"),
        "{problem}"
    );
}

#[test]
fn a_broken_file_is_refused_with_its_name_and_place() {
    for text in [
        "{ \"AppURL\": }",
        "[]",
        "{ \"A\": 1 \"B\": 2 }",
        "{ 'A': 1 }",
        "{",
    ] {
        let error = Layers::defaults()
            .unwrap()
            .add_text(text, &Source::File("desk.json".into()))
            .unwrap_err();
        assert!(error.to_string().starts_with("desk.json: "), "{error}");
    }
}

#[test]
fn unknown_keys_are_named_in_one_warning() {
    let file = r#"{ "Ursl": "x", "Smtp": { "Host": "h" }, "AppURL": "" }"#;
    let warnings = layers(file, &[("Limits__Conections", "5"), ("HOME", "/root")]).warnings();
    assert_eq!(
        warnings,
        ["Unknown settings, ignored: Limits:Conections, Smtp:Host, Ursl"]
    );
}

#[test]
fn keys_of_existing_installations_are_no_reason_for_a_warning() {
    let file = r#"{
        "AttachmentsS3Bucket": "", "AttachmentsS3Region": "r", "AttachmentsS3Login": "l", "AttachmentsS3Password": "p",
        "DisableMailChecker": "true", "AllowedHosts": "*",
        "Logging": { "LogLevel": { "Default": "Warning", "Microsoft.AspNetCore": "Warning" } },
    }"#;
    assert_eq!(layers(file, &[]).warnings(), Vec::<String>::new());
}

#[test]
fn whoever_kept_attachments_in_s3_is_told_where_they_are_kept() {
    let file = r#"{ "AttachmentsS3Bucket": "b" }"#;
    assert_eq!(
        layers(file, &[]).warnings(),
        ["AttachmentsS3Bucket has no effect yet: attachments are kept in AttachmentsPath"]
    );
}

#[test]
fn addresses_to_listen_on_are_read_as_net_writes_them() {
    let parse = |urls: &str| {
        let Listen { host, port } = Listen::parse(urls).unwrap();
        (host, port)
    };
    assert_eq!(parse("http://*:5000"), ("0.0.0.0".into(), 5000));
    assert_eq!(parse("http://+:5000/"), ("0.0.0.0".into(), 5000));
    assert_eq!(parse("http://localhost"), ("localhost".into(), 80));
    assert_eq!(parse("HTTP://[::1]:81"), ("::1".into(), 81));
    assert!(Listen::parse("http://a:1;http://b:2").is_err());
    assert_eq!(
        Listen::parse("http://[::1]:81").unwrap().url(),
        "http://[::1]:81"
    );
    assert_eq!(
        Listen::parse("http://*:81").unwrap().url(),
        "http://localhost:81"
    );
}

#[test]
fn secrets_are_not_shown() {
    let layers = layers(
        r#"{ "Bootstrap": { "AdminPassword": "hush-1" }, "ConnectionStrings": { "DBConnectionString": "postgres://u:hush-2@h/d" } }"#,
        &[(
            "Security__InstanceKey",
            "aHVzaC0zaHVzaC0zaHVzaC0zaHVzaC0zaHVzaC0zaHU=",
        )],
    );
    let settings = Settings::read(&layers).unwrap();
    for text in [
        layers.describe(),
        format!("{settings:?}{:?}", settings.bootstrap),
    ] {
        assert!(!text.contains("hush"), "{text}");
        assert!(!text.contains("aHVzaC0z"), "{text}");
    }
}

#[tokio::test]
async fn check_config_shows_where_each_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("appsettings.json"),
        r#"{ "Limits": { "Connections": 5 }, "Colour": "red" }"#,
    )
    .unwrap();
    let shown = answer(
        program(folder.path())
            .arg("check-config")
            .env("AppURL", "https://a.example"),
    )
    .await;
    assert!(
        shown.contains("Limits:Connections = 5  [appsettings.json]"),
        "{shown}"
    );
    assert!(
        shown.contains("AppURL = https://a.example  [environment variable AppURL]"),
        "{shown}"
    );
    assert!(
        shown.contains("Limits:FilesPerRequest = 20  [default]"),
        "{shown}"
    );
    assert!(shown.contains("The settings are in order."), "{shown}");
}

#[tokio::test]
async fn a_file_named_by_config_is_read_in_place_of_the_one_in_the_working_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("appsettings.json"),
        r#"{ "AppURL": "https://here.example" }"#,
    )
    .unwrap();
    std::fs::write(
        folder.path().join("other.json"),
        r#"{ "Limits": { "Connections": 6 } }"#,
    )
    .unwrap();
    let shown =
        answer(program(folder.path()).args(["--config", "other.json", "check-config"])).await;
    assert!(
        shown.contains("Limits:Connections = 6  [other.json]"),
        "{shown}"
    );
    assert!(!shown.contains("here.example"), "{shown}");
    let told =
        refusal(program(folder.path()).args(["check-config", "--config", "missing.json"])).await;
    assert!(told.contains("missing.json"), "{told}");
}

#[tokio::test]
async fn a_wrong_value_refuses_to_start_and_names_the_key() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "check-config", "migrate", "demo"] {
        let told = refusal(
            program(folder.path())
                .arg(command)
                .env("Limits__Connections", "many"),
        )
        .await;
        assert!(
            told.contains("Limits:Connections must be a number"),
            "{command}: {told}"
        );
    }
    assert!(
        !Path::exists(&folder.path().join("data")),
        "nothing was begun"
    );
}

#[tokio::test]
async fn check_config_refuses_a_connection_string_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let told = refusal(program(folder.path()).arg("check-config").env(
        "ConnectionStrings__DBConnectionString",
        "mysql://u:hush@h/d",
    ))
    .await;
    assert!(
        told.contains("ConnectionStrings:DBConnectionString"),
        "{told}"
    );
    assert!(!told.contains("hush"), "{told}");
}
