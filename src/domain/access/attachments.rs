//! Who may read a file.

use crate::actor::Actor;
use crate::attachments::{Attachment, Owner};

/// What the actor is to the thing the file hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// He sees the ticket.
    OfTicket {
        /// As one of its staff.
        is_staff: bool,
    },
    /// He sees the article.
    OfArticle,
    /// He sees the asset.
    OfAsset,
    /// He does not see what it hangs on, or it hangs on nothing yet.
    Other,
}

/// Whether the actor may read the file: with a ticket he reads what the ticket shows him, with an article or an asset
/// its files; a draft is its uploader's.
#[must_use]
pub fn may_read(actor: &Actor, reader: Reader, file: &Attachment) -> bool {
    match (file.owner, reader) {
        (Owner::Ticket { .. } | Owner::Comment { .. }, Reader::OfTicket { is_staff }) => {
            is_staff || !file.for_techs_only
        }
        (Owner::Ticket { .. } | Owner::Comment { .. }, _) => false,
        (Owner::Article(_), reader) => reader == Reader::OfArticle,
        (Owner::Draft, _) => actor.is_admin || file.user_id == actor.user_id,
        (Owner::Asset(_), reader) => reader == Reader::OfAsset,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ids::{ArticleId, AssetId, AttachmentId, CommentId, TicketId, UserId};

    const UPLOADER: i32 = 5;

    fn actor(user: i32, is_admin: bool) -> Actor {
        Actor {
            user_id: UserId(user),
            is_admin,
            ..Actor::console(DateTime::UNIX_EPOCH)
        }
    }

    fn file(owner: Owner, for_techs_only: bool) -> Attachment {
        Attachment {
            id: AttachmentId(1),
            owner,
            user_id: UserId(UPLOADER),
            file_name: "a.txt".into(),
            content_type: "text/plain".into(),
            size: 1,
            storage_key: "key".into(),
            created_at: DateTime::UNIX_EPOCH,
            for_techs_only,
            comment_is_system: false,
            hidden_from_kb: false,
            hidden_from_tickets: false,
        }
    }

    const COMMENT: Owner = Owner::Comment {
        ticket: TicketId(1),
        comment: CommentId(1),
    };

    #[test]
    fn a_file_of_a_note_for_technicians_is_for_the_staff_of_the_ticket() {
        let staff = Reader::OfTicket { is_staff: true };
        let other = Reader::OfTicket { is_staff: false };
        let reader = actor(9, false);
        let uploader = actor(UPLOADER, false);
        assert!(may_read(&reader, staff, &file(COMMENT, true)));
        assert!(!may_read(&reader, other, &file(COMMENT, true)));
        assert!(!may_read(&uploader, other, &file(COMMENT, true)));
        assert!(may_read(&reader, other, &file(COMMENT, false)));
        assert!(!may_read(&reader, Reader::Other, &file(COMMENT, false)));
    }

    #[test]
    fn a_draft_is_its_uploaders() {
        let draft = file(Owner::Draft, false);
        assert!(may_read(&actor(UPLOADER, false), Reader::Other, &draft));
        assert!(may_read(&actor(9, true), Reader::Other, &draft));
        assert!(!may_read(&actor(9, false), Reader::Other, &draft));
    }

    #[test]
    fn a_file_of_an_article_is_for_whoever_sees_the_article() {
        let file = file(Owner::Article(ArticleId(1)), false);
        assert!(may_read(&actor(9, false), Reader::OfArticle, &file));
        assert!(!may_read(&actor(UPLOADER, false), Reader::Other, &file));
    }

    #[test]
    fn a_file_of_an_asset_is_for_whoever_sees_the_asset() {
        let file = file(Owner::Asset(AssetId(1)), false);
        assert!(may_read(&actor(9, false), Reader::OfAsset, &file));
        for reader in [Reader::Other, Reader::OfArticle] {
            assert!(!may_read(&actor(UPLOADER, false), reader, &file));
        }
    }
}
