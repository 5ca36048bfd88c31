//! Files of tickets on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::attachments::{Attachment, Owner};
use crate::domain::ids::AssetId;
use crate::http::reply::IsoDate;

/// An item of *Ticket*'s `Attachments` and of *Attachments*: the document's keys, then those that live servers send.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AttachmentInfo {
    file_name: String,
    /// Always null: the bytes are at `Url`.
    #[schema(required = true)]
    file_data: Option<()>,
    #[serde(rename = "FileID")]
    file_id: i32,
    /// 0 for a file of the ticket's own body: strictly typed clients read a number here.
    #[serde(rename = "CommentID")]
    comment_id: i32,
    comment_date: IsoDate,
    /// Always null.
    #[schema(required = true)]
    file_hash: Option<()>,
    /// In bytes.
    file_size: i64,
    #[serde(rename = "IssueID")]
    #[schema(required = true)]
    issue_id: Option<i32>,
    /// Who attached it.
    #[serde(rename = "UserID")]
    user_id: i32,
    /// Always null.
    #[schema(required = true)]
    google_drive_url: Option<()>,
    for_techs_only: bool,
    /// Where its bytes are.
    url: String,
    url_relative: String,
    /// Always null.
    #[schema(required = true)]
    dropbox_url: Option<()>,
    #[serde(rename = "HiddenFromKB")]
    hidden_from_kb: bool,
    hidden_from_tickets: bool,
    comment_is_system: bool,
    /// Always null.
    #[schema(required = true)]
    is_duplicate: Option<()>,
    /// Always 0.
    #[serde(rename = "InstanceID")]
    instance_id: i32,
    #[serde(rename = "AssetID")]
    #[schema(required = true)]
    asset_id: Option<AssetId>,
}

impl AttachmentInfo {
    /// The file as it is shown, with links below `AppURL`.
    #[must_use]
    pub fn new(app: &AppState, file: Attachment) -> Self {
        let url = app.url(&format!("/File/Get?id={}", file.id));
        Self {
            file_id: file.id.0,
            comment_id: file.owner.comment().map_or(0, |comment| comment.0),
            comment_date: file.created_at.into(),
            file_size: file.size,
            issue_id: file.owner.ticket().map(|ticket| ticket.0),
            user_id: file.user_id.0,
            for_techs_only: file.for_techs_only,
            url_relative: without_host(&url).to_owned(),
            url,
            hidden_from_kb: file.hidden_from_kb,
            hidden_from_tickets: file.hidden_from_tickets,
            comment_is_system: file.comment_is_system,
            asset_id: match file.owner {
                Owner::Asset(asset) => Some(asset),
                _ => None,
            },
            instance_id: 0,
            file_name: file.file_name,
            file_data: None,
            file_hash: None,
            google_drive_url: None,
            dropbox_url: None,
            is_duplicate: None,
        }
    }
}

/// The path of an absolute URL, and what follows it.
fn without_host(url: &str) -> &str {
    url.split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|path| rest.get(path..)))
        .unwrap_or(url)
}
