//! Connection strings as people have them.

use ferrodesk::postgres::connection::parse;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The password has no getter of its own.
fn password(options: &PgConnectOptions) -> String {
    let url = options.to_url_lossy();
    let encoded = url.password().unwrap_or_default();
    form_urlencoded::parse(format!("p={}", encoded.replace('+', "%2B")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[test]
fn every_form_of_a_connection_string_is_read() {
    for text in [
        "postgres://desk:pa%3Bss%3D%40@db.example:5433/helpdesk?sslmode=require",
        "postgresql://desk:pa%3Bss%3D%40@db.example:5433/helpdesk?sslmode=require&connect_timeout=3",
        "Host=db.example;Port=5433;Database=helpdesk;Username=desk;Password=\"pa;ss=@\";SSL Mode=Require",
        "  server = db.example ; PORT = 5433 ; DATABASE = helpdesk ; User Id = desk ; PWD = 'pa;ss=@' ; sslmode = require ; ",
        "Server=db.example:5433;Db=helpdesk;UID=desk;Password='pa;ss=@';SslMode=require;Pooling=true;Timeout=15",
        ";;Host=other;host=db.example;Port=5433;User Name=desk;Database=helpdesk;password=\"pa;ss=@\";SSL_Mode=Require;",
        "Host=db.example;Port=5433;User=desk;Database=helpdesk;Password=\"pa;ss=@\";Trust Server Certificate=true;SSL Mode=Require",
    ] {
        let options = parse(text).unwrap();
        assert_eq!(options.get_host(), "db.example", "{text}");
        assert_eq!(options.get_port(), 5433, "{text}");
        assert_eq!(options.get_database(), Some("helpdesk"), "{text}");
        assert_eq!(options.get_username(), "desk", "{text}");
        assert_eq!(password(&options), "pa;ss=@", "{text}");
        assert!(
            matches!(options.get_ssl_mode(), PgSslMode::Require),
            "{text}"
        );
    }
}

#[test]
fn passwords_of_all_kinds_survive() {
    for (written, meant) in [
        ("a=b==", "a=b=="),
        ("\"say \"\"so\"\"\"", "say \"so\""),
        ("'it''s'", "it's"),
        ("mid\"dle", "mid\"dle"),
        ("http://x", "http://x"),
        ("%41", "%41"),
        ("\" blanks \"", " blanks "),
        ("\u{fc}\u{df}", "\u{fc}\u{df}"),
        ("", ""),
    ] {
        let text = format!("Host=db;Password={written};Username=desk");
        let options = parse(&text).unwrap();
        assert_eq!(password(&options), meant, "{text}");
        assert_eq!(options.get_username(), "desk", "{text}");
    }
}

#[test]
fn sockets_certificates_and_paths_are_read() {
    let socket = parse("Host=/run/postgresql;Database=desk").unwrap();
    assert_eq!(
        socket.get_socket().unwrap().to_str(),
        Some("/run/postgresql")
    );
    let socket = parse("postgres:///desk?host=/run/postgresql").unwrap();
    assert_eq!(
        socket.get_socket().unwrap().to_str(),
        Some("/run/postgresql")
    );
    let address = parse("Host=::1;Database=desk").unwrap();
    assert_eq!(address.get_host(), "::1");
    let path = parse("Host=db;Search Path=desk;SSL Mode=VerifyFull").unwrap();
    assert_eq!(path.get_options(), Some("-c search_path=desk"));
    assert!(matches!(path.get_ssl_mode(), PgSslMode::VerifyFull));
    assert!(matches!(
        parse("Host=db;SSL Mode=verify-ca").unwrap().get_ssl_mode(),
        PgSslMode::VerifyCa
    ));
}

#[test]
fn a_wrong_connection_string_is_explained_without_its_password() {
    for (text, part) in [
        (
            "Data Source=.;Initial Catalog=Help;Integrated Security=SSPI;Password=hush",
            "SQL Server",
        ),
        (
            r"Server=.\SQLEXPRESS;Database=Help;User Id=sa;Password=hush",
            "SQL Server",
        ),
        (
            "Server=tcp:x.database.windows.net,1433;Database=Help;Password=hush",
            "SQL Server",
        ),
        (
            "Server=db;Database=Help;Trusted_Connection=True;Password=hush",
            "SQL Server",
        ),
        ("mysql://desk:hush@db/desk", "postgres://"),
        ("Port=5432;Password=hush", "names no host"),
        ("hush", "part 1"),
        ("Host=db;Password=a;hush", "part 3"),
        ("Host=db;Password=\"hush;Username=desk", "part 2"),
        ("Host=db;Password='hush'more;Username=desk", "part 2"),
        ("Host=db;Port=hush", "Port"),
        ("Host=db;Port=0;Password=hush", "Port"),
        ("Host=db:hush;Password=hush", "Port"),
        ("Host=a,b;Password=hush", "several servers"),
        ("Host=;Password=hush", "Host is empty"),
        ("Host=db;SSL Mode=hush", "SSL Mode"),
        ("postgres://desk:hush@db:hush/desk", "well-formed"),
        ("postgres://desk:hu/sh@db/desk", "well-formed"),
        ("postgres://desk:hush@db/desk?sslmode=hush", "well-formed"),
    ] {
        let message = format!("{:#}", parse(text).unwrap_err());
        assert!(message.contains(part), "{text}: {message}");
        assert!(
            message.contains("ConnectionStrings:DBConnectionString"),
            "{message}"
        );
        assert!(!message.contains("hush"), "{text}: {message}");
    }
}
