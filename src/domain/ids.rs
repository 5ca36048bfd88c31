//! Ids as types of their own, so that a ticket's cannot be passed for a user's.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub i32);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A ticket.
    TicketId,
    /// A comment of a ticket.
    CommentId,
    /// A file on a ticket, comment, article or asset.
    AttachmentId,
    /// A user, of any role.
    UserId,
    /// A company.
    CompanyId,
    /// A department.
    DepartmentId,
    /// A category of tickets and articles.
    CategoryId,
    /// A section: a group of categories.
    SectionId,
    /// A status of tickets.
    StatusId,
    /// A tag of tickets and articles.
    TagId,
    /// An article of the knowledge base.
    ArticleId,
    /// An automation rule.
    RuleId,
    /// A custom field of tickets, assets, users or companies.
    FieldId,
    /// An option of a drop-down field.
    OptionId,
    /// An asset.
    AssetId,
    /// A type of assets.
    AssetTypeId,
    /// Who makes assets.
    ManufacturerId,
    /// Who sells assets.
    SupplierId,
    /// An API token that a user has named.
    TokenId,
    /// A mailbox that mail is read from.
    MailboxId,
}

impl UserId {
    /// Who acts when rules do. His row is a tombstone from the beginning: he is in no list and cannot log in.
    pub const SYSTEM: Self = Self(-1);
}

impl StatusId {
    /// "New" is 1.
    pub const NEW: Self = Self(1);
    /// "In process" is 2.
    pub const IN_PROCESS: Self = Self(2);
    /// "Closed" is 3.
    pub const CLOSED: Self = Self(3);
}
