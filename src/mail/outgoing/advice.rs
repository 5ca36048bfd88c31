//! What to do when no mail goes out, for a person.

use crate::domain::mail_settings::{Outgoing, Security};

use super::failure::{Failure, Meaning, Step};

/// What is most likely wrong, and where it is set.
pub(super) fn of(failure: &Failure, settings: Option<&Outgoing>) -> String {
    let Some(settings) = settings else {
        return "Set Mail:Host and Mail:FromAddress in appsettings.json (or Mail__Host and Mail__FromAddress in the \
                environment), or PUT /api/v2/settings/mail."
            .to_owned();
    };
    let port = settings.port;
    match failure.step {
        Step::Settings => "Mend that setting.".to_owned(),
        Step::Address => format!(
            "Is \"{}\" spelled right? This machine must be able to look the name up.",
            settings.host
        ),
        Step::Connection => match (port, settings.security) {
            (465, Security::None | Security::Starttls) => {
                "Port 465 expects encryption from the first byte: set the security to tls.".to_owned()
            }
            _ => format!(
                "Is {port} the right port (587 with starttls, 465 with tls, 25 with none), and does a firewall let this \
                 machine through? Many providers block port 25."
            ),
        },
        Step::Encryption => encryption(failure, settings),
        Step::Token => "Is the refresh token still good, and are client id and secret those it was made for? Get a new \
                        refresh token from the provider."
            .to_owned(),
        Step::Login => "Are user and password right? Some providers want a password made for this program only, or \
                        OAuth2, or SMTP switched on for the account."
            .to_owned(),
        Step::Sender => format!(
            "The server does not let this login send as {}. Set the from address to one that it may use.",
            settings.from_address
        ),
        Step::Recipient if failure.meaning == Meaning::Final => {
            "The settings work; the server knows better than to take mail for this address. Without a login a server \
             takes mail for its own domains only."
                .to_owned()
        }
        Step::Recipient | Step::Message => {
            "The settings work; the server does not want this mail. What it says tells why.".to_owned()
        }
    }
}

fn encryption(failure: &Failure, settings: &Outgoing) -> String {
    let said = failure.text.to_lowercase();
    if settings.security == Security::Starttls && said.contains("starttls") {
        return "The server does not offer STARTTLS here. With port 465 set the security to tls; a server on this \
                machine may do with none."
            .to_owned();
    }
    if said.contains("certificate") {
        return format!(
            "The certificate is not one for \"{}\" that this machine trusts: use the name that stands in it, or put the \
             certificate of its issuer into the file that Mail:CaFile names.",
            settings.host
        );
    }
    if settings.security == Security::Tls {
        return "Nobody answers in TLS here. With port 587 set the security to starttls."
            .to_owned();
    }
    "Client and server found no encryption that both of them speak.".to_owned()
}
