//! A mail is stored, in the transaction that is acknowledged.

use crate::app::AppState;
use crate::domain::incoming_mail::{self, NewIncoming};
use crate::domain::mailboxes::Recipient;
use crate::domain::{Error, Result};

/// A mail with its envelope.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) sender: String,
    pub(super) recipients: Vec<(String, Recipient)>,
    pub(super) mail: Vec<u8>,
}

impl Delivery {
    /// Its mailboxes, each once. What is for no mailbox is one mail, in the category of the first recipient.
    pub(super) fn places(&self) -> Vec<Recipient> {
        let mut places: Vec<Recipient> = vec![];
        for (_, place) in &self.recipients {
            if places.iter().all(|known| known.mailbox != place.mailbox) {
                places.push(*place);
            }
        }
        places
    }

    /// Store it for these mailboxes, all or none.
    pub(super) async fn store(&self, app: &AppState, places: &[Recipient]) -> Result<()> {
        let mut tx = app.db.begin_job().await?;
        for place in places {
            let to = self.recipients.iter();
            let to = to.filter(|(_, other)| other.mailbox == place.mailbox);
            let new = NewIncoming {
                mailbox: place.mailbox,
                place: None,
                category: Some(place.category),
                envelope_from: Some(self.sender.clone()),
                envelope_to: to.map(|(address, _)| address.clone()).collect(),
                received_at: app.clock.now(),
                raw: self.mail.clone(),
            };
            incoming_mail::store(&mut tx, &new).await?;
        }
        tx.commit().await.map_err(Error::from)
    }
}
