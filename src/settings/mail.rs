//! `Mail`: by which server mail is sent.

use crate::domain::mail_settings::{Login, OAuth2, Outgoing, Security};
use crate::domain::text;

use super::reader::Reader;

/// What the operator set of mail.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// The server and the login: what holds until an administrator stores others.
    pub outgoing: Outgoing,
    /// `Mail:TemplatesPath`: a folder of templates that take the place of the program's; empty: none.
    pub templates_path: String,
    /// `Mail:CaFile`: certificates in PEM that are trusted beside those of the system; empty: none.
    pub ca_file: String,
    /// `Mail:Connections`: connections to the server open at once.
    pub connections: usize,
    /// `Mail:TimeoutSeconds`: for one mail, not counting what a large one takes.
    pub timeout_seconds: u64,
}

impl Mail {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let outgoing = Outgoing {
            host: reader.text("Mail:Host").to_owned(),
            port: reader.number("Mail:Port", 1, u16::MAX),
            security: security(reader),
            user: reader.text("Mail:User").to_owned(),
            login: login(reader),
            from_address: reader.text("Mail:FromAddress").to_owned(),
            from_name: reader.text("Mail:FromName").to_owned(),
            attachments_up_to_mb: reader.number("Mail:AttachmentsUpToMB", 0, 100),
            of_operator: true,
        };
        if outgoing.is_on() && text::email("", &outgoing.from_address).is_err() {
            reader.problem(
                "Mail:FromAddress",
                "must be an e-mail address, for there is a Mail:Host",
            );
        }
        if outgoing.login != Login::None && outgoing.user.is_empty() {
            reader.problem("Mail:User", "is missing, for there is a password or token");
        }
        Self {
            outgoing,
            templates_path: reader.text("Mail:TemplatesPath").to_owned(),
            ca_file: reader.text("Mail:CaFile").to_owned(),
            connections: reader.number("Mail:Connections", 1, 100),
            timeout_seconds: reader.number("Mail:TimeoutSeconds", 1, 3_600),
        }
    }
}

fn security(reader: &mut Reader<'_>) -> Security {
    match reader.text("Mail:Security").to_lowercase().as_str() {
        "none" => Security::None,
        "starttls" | "" => Security::Starttls,
        "tls" => Security::Tls,
        other => {
            let problem = format!("must be none, starttls or tls, not \"{other}\"");
            reader.problem("Mail:Security", &problem);
            Security::Starttls
        }
    }
}

fn login(reader: &mut Reader<'_>) -> Login {
    let password = reader.verbatim("Mail:Password").to_owned();
    let oauth2 = OAuth2 {
        token_url: reader.text("Mail:OAuth2:TokenUrl").to_owned(),
        client_id: reader.text("Mail:OAuth2:ClientId").to_owned(),
        client_secret: reader.verbatim("Mail:OAuth2:ClientSecret").to_owned(),
        refresh_token: reader.verbatim("Mail:OAuth2:RefreshToken").to_owned(),
    };
    if oauth2.token_url.is_empty() {
        return if password.is_empty() {
            Login::None
        } else {
            Login::Password(password)
        };
    }
    if !oauth2.token_url.starts_with("https://") && !oauth2.token_url.starts_with("http://") {
        reader.problem("Mail:OAuth2:TokenUrl", "must begin with https://");
    }
    if oauth2.refresh_token.is_empty() {
        reader.problem(
            "Mail:OAuth2:RefreshToken",
            "is missing, for there is a TokenUrl",
        );
    }
    Login::OAuth2(oauth2)
}
