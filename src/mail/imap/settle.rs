//! The mail server is told of what was stored, after it was committed: the mail is marked, moved or deleted.

use super::answers::{self, set};
use super::failure::Failure;
use super::fetch::BATCH;
use super::folder;
use super::visit::Visit;
use crate::domain::Error;
use crate::domain::mailboxes::{self, AfterReading, Unsettled};

impl Visit<'_> {
    /// Tell of all that was stored and not told of yet.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        let unsettled = {
            let mut conn = self.app.db.read().await?;
            mailboxes::unsettled(&mut conn, self.mailbox.id, self.validity).await?
        };
        // What was not fetched whole stays where it is, whatever is done with others.
        let (whole, incomplete): (Vec<Unsettled>, Vec<Unsettled>) =
            unsettled.into_iter().partition(|each| each.is_whole);
        for some in incomplete.chunks(BATCH) {
            self.settle_some(some, AfterReading::Seen).await?;
        }
        for some in whole.chunks(BATCH) {
            self.settle_some(some, self.mailbox.after_reading).await?;
        }
        Ok(())
    }

    async fn settle_some(&mut self, some: &[Unsettled], how: AfterReading) -> Result<(), Failure> {
        let uids: Vec<u32> = some.iter().map(|each| each.uid).collect();
        let set = set(&uids);
        match (how, self.mailbox.move_to_folder.as_deref()) {
            (AfterReading::Move, Some(folder)) => self.move_away(&set, folder).await?,
            (AfterReading::Delete, _) => self.delete(&set).await?,
            _ => {
                let command = format!("UID STORE {set} +FLAGS.SILENT (\\Seen)");
                self.tell("STORE", &command).await?;
            }
        }
        let mut tx = self.app.db.begin_job().await?;
        mailboxes::settled(&mut tx, self.mailbox.id, self.validity, &uids).await?;
        tx.commit().await.map_err(Error::from)?;
        Ok(())
    }

    async fn move_away(&mut self, set: &str, folder: &str) -> Result<(), Failure> {
        let folder = folder::quoted(folder);
        let seen = format!("UID STORE {set} +FLAGS.SILENT (\\Seen)");
        self.tell("STORE", &seen).await?;
        let (name, verb) = if self.abilities.moves {
            ("MOVE", format!("UID MOVE {set} {folder}"))
        } else {
            ("COPY", format!("UID COPY {set} {folder}"))
        };
        if let Err(Failure::Refused { .. }) = self.tell(name, &verb).await {
            // There may be no such folder yet; if there is, the second try says what is wrong.
            match self.tell("CREATE", &format!("CREATE {folder}")).await {
                Ok(()) | Err(Failure::Refused { .. }) => {}
                Err(failure) => return Err(failure),
            }
            self.tell(name, &verb).await?;
        }
        if self.abilities.moves {
            return Ok(());
        }
        self.delete(set).await
    }

    /// Without UIDPLUS the mails are marked only: to remove them would remove what others have marked.
    async fn delete(&mut self, set: &str) -> Result<(), Failure> {
        let deleted = format!("UID STORE {set} +FLAGS.SILENT (\\Seen \\Deleted)");
        self.tell("STORE", &deleted).await?;
        if self.abilities.uid_plus {
            self.tell("EXPUNGE", &format!("UID EXPUNGE {set}")).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, name: &'static str, command: &str) -> Result<(), Failure> {
        answers::command(&mut self.session, self.stop, name, command).await
    }
}
