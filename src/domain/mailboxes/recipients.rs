//! Whose mail is ours: the addresses of mailboxes and the senders of categories.

use sqlx::PgConnection;

use crate::error::Result;
use crate::ids::{CategoryId, MailboxId};

/// Where mail to an address goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The mailbox with this address.
    pub mailbox: Option<MailboxId>,
    /// The category of its tickets.
    pub category: CategoryId,
}

/// Where mail to `address` goes; none: it is no address of ours. What follows a plus sign in the name (a token in the
/// address that replies go to) does not count.
pub async fn recipient(conn: &mut PgConnection, address: &str) -> Result<Option<Recipient>> {
    let plain = match address.rsplit_once('@') {
        Some((name, domain)) => {
            let name = name.split_once('+').map_or(name, |(name, _)| name);
            format!("{name}@{domain}")
        }
        None => return Ok(None),
    };
    let row = sqlx::query!(
        r#"select mailbox as "mailbox: MailboxId", category as "category!: CategoryId"
        from (
            select id as mailbox, category_id as category, 1 as place
            from mailboxes
            where enabled and lower(address) in (lower($1), lower($2))
            union all
            select null, id, 2
            from categories
            where not disabled and not kb_only and lower(from_address) in (lower($1), lower($2))
        ) known
        order by place, category
        limit 1"#,
        address,
        plain,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Recipient {
        mailbox: row.mailbox,
        category: row.category,
    }))
}
