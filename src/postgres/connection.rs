//! Connection strings: a `postgres://` URL, or the .NET form that an existing `appsettings.json` holds.
//!
//! No message of this module repeats a value: any of them may be (part of) a password.

use anyhow::{Context, Result, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Parameters of a URL that mean something to us. Others (`connect_timeout`, `pgbouncer`, …) are tuning of other
/// programs; they are left out here because the driver would log them with their values.
const URL_PARAMETERS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// Keys that only a connection string for SQL Server has.
const SQL_SERVER_KEYS: &[&str] = &[
    "datasource",
    "initialcatalog",
    "integratedsecurity",
    "trustedconnection",
    "multipleactiveresultsets",
    "attachdbfilename",
    "networklibrary",
    "workstationid",
];

/// Read a connection string. Errors say what is wrong in a sentence that holds no value of the string.
pub fn parse(text: &str) -> Result<PgConnectOptions> {
    let text = text.trim();
    let parsed = match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => parse_url(text),
        Some((scheme, _)) if !scheme.contains('=') => Err(anyhow::anyhow!(
            "it begins like a URL for something else than PostgreSQL: a PostgreSQL URL begins with postgres://"
        )),
        _ => parse_pairs(text),
    };
    parsed.context("ConnectionStrings:DBConnectionString cannot be used")
}

fn parse_url(text: &str) -> Result<PgConnectOptions> {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if URL_PARAMETERS.contains(&&*key) || key.starts_with("options[") {
            kept.append_pair(&key, &value);
        }
    }
    let query = kept.finish();
    let url = if query.is_empty() {
        address.to_owned()
    } else {
        format!("{address}?{query}")
    };
    // The driver's reason is dropped: it may quote what it stumbled on.
    url.parse().ok().context(
        "it is not a well-formed URL: postgres://user:password@host:5432/database?sslmode=require. \
         Signs such as @ : / ? # % in a user name or password are written as %40 %3A %2F %3F %23 %25",
    )
}

fn parse_pairs(text: &str) -> Result<PgConnectOptions> {
    let pairs = split_pairs(text)?;
    if pairs.iter().any(|(key, value)| is_sql_server(key, value)) {
        bail!(
            "it is for Microsoft SQL Server, and Ferrodesk needs PostgreSQL 14 or newer: \
             Host=localhost;Port=5432;Database=ferrodesk;Username=ferrodesk;Password=..., or leave the setting empty \
             and Ferrodesk runs a PostgreSQL of its own"
        );
    }
    let mut options = PgConnectOptions::new_without_pgpass();
    let mut has_host = false;
    for (key, value) in &pairs {
        has_host |= matches!(key.as_str(), "host" | "server");
        options = apply(options, key, value)?;
    }
    ensure!(
        has_host,
        "it names no host: it is either a URL, postgres://user:password@host/database, or has the form \
         Host=localhost;Port=5432;Database=ferrodesk;Username=ferrodesk;Password=..."
    );
    Ok(options)
}

/// The names of Npgsql, the PostgreSQL driver of .NET, with its synonyms.
fn apply(options: PgConnectOptions, key: &str, value: &str) -> Result<PgConnectOptions> {
    Ok(match key {
        "host" | "server" => apply_host(options, value)?,
        "port" => options.port(parse_port(value)?),
        "database" | "db" | "dbname" => options.database(value),
        "username" | "userid" | "user" | "uid" => options.username(value),
        "password" | "pwd" | "psw" => options.password(value),
        "sslmode" => options.ssl_mode(parse_ssl_mode(value)?),
        "rootcertificate" | "sslrootcert" => options.ssl_root_cert(value),
        "sslcertificate" | "sslcert" => options.ssl_client_cert(value),
        "sslkey" => options.ssl_client_key(value),
        "applicationname" => options.application_name(value),
        "searchpath" => options.options([("search_path", value)]),
        // Sizes of pools, time-outs and the like belong to the driver of .NET.
        _ => options,
    })
}

fn apply_host(options: PgConnectOptions, value: &str) -> Result<PgConnectOptions> {
    ensure!(!value.is_empty(), "Host is empty");
    ensure!(
        !value.contains(','),
        "Host names several servers: Ferrodesk connects to one"
    );
    if value.starts_with('/') {
        return Ok(options.socket(value));
    }
    Ok(match value.split_once(':') {
        // Several colons are an IPv6 address.
        Some((host, port)) if !port.contains(':') => options.host(host).port(parse_port(port)?),
        _ => options.host(value),
    })
}

fn parse_port(value: &str) -> Result<u16> {
    value
        .parse()
        .ok()
        .filter(|port| *port != 0)
        .context("Port is not a number from 1 to 65535")
}

fn parse_ssl_mode(value: &str) -> Result<PgSslMode> {
    Ok(match normal(value).replace('-', "").as_str() {
        "disable" | "false" => PgSslMode::Disable,
        "allow" => PgSslMode::Allow,
        "prefer" => PgSslMode::Prefer,
        "require" | "true" => PgSslMode::Require,
        "verifyca" => PgSslMode::VerifyCa,
        "verifyfull" => PgSslMode::VerifyFull,
        _ => bail!("SSL Mode is none of Disable, Allow, Prefer, Require, VerifyCA, VerifyFull"),
    })
}

fn is_sql_server(key: &str, value: &str) -> bool {
    SQL_SERVER_KEYS.contains(&key)
        || (matches!(key, "server" | "host")
            && (value.contains('\\') || value.starts_with("tcp:") || value.starts_with("(local")))
}

/// A key without case, blanks and underscores.
fn normal(key: &str) -> String {
    key.chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// The pairs of a .NET connection string: keys in their normal form, values without quotes.
fn split_pairs(text: &str) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
        if rest.is_empty() {
            return Ok(pairs);
        }
        let part = pairs.len() + 1;
        let key_end = rest.find(['=', ';']).unwrap_or(rest.len());
        let (key, after_key) = rest.split_at(key_end);
        let after_equals = after_key.strip_prefix('=').with_context(|| {
            format!(
                "part {part} is not of the form Key=Value; parts are separated by semicolons, and a value with a \
                 semicolon inside stands in quotes: Password=\"a;b\""
            )
        })?;
        let (value, after_value) = take_value(after_equals.trim_start()).with_context(|| {
            format!("the quotes in part {part} are not closed, or something follows them")
        })?;
        pairs.push((normal(key), value));
        rest = after_value;
    }
}

/// One value and what follows it. A quoted value may hold semicolons, and its own quote doubled.
fn take_value(text: &str) -> Option<(String, &str)> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let (value, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        return Some((value.trim_end().to_owned(), rest));
    };
    let mut value = String::new();
    let mut rest = text.strip_prefix(quote)?;
    loop {
        let (before, after) = rest.split_once(quote)?;
        value.push_str(before);
        if let Some(doubled) = after.strip_prefix(quote) {
            value.push(quote);
            rest = doubled;
        } else {
            let after = after.trim_start();
            return (after.is_empty() || after.starts_with(';')).then_some((value, after));
        }
    }
}
