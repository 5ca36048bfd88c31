//! The wire types of assets.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::tickets::custom_fields::CustomField;
use crate::api::users::dto::ListedUser;
use crate::domain::Actor;
use crate::domain::assets::{AssetDetails, LogEntry};
use crate::domain::ids::{AssetId, AssetTypeId, CompanyId, ManufacturerId, SupplierId, UserId};
use crate::http::reply::IsoDate;

/// The answer of *Asset (POST)*.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewId {
    /// The new asset.
    pub id: AssetId,
}

/// An asset: the keys of the document's sample in its order, then what live servers send besides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AssetInfo {
    /// Always null, as in the sample.
    #[schema(required = true)]
    tickets: Option<()>,
    assigned_users: Vec<ListedUser>,
    fields: Vec<CustomField>,
    /// Always null, as in the sample.
    #[schema(required = true)]
    attachments: Option<()>,
    #[serde(rename = "ItemID")]
    item_id: AssetId,
    manufacturer: String,
    supplier: String,
    model_name: String,
    #[serde(rename = "TypeID")]
    type_id: AssetTypeId,
    #[serde(rename = "Type")]
    type_name: String,
    #[serde(rename = "ManufacturerID")]
    manufacturer_id: ManufacturerId,
    #[serde(rename = "SupplierID")]
    supplier_id: SupplierId,
    #[schema(required = true)]
    serial_number: Option<String>,
    #[schema(required = true)]
    location: Option<String>,
    #[schema(required = true)]
    comments: Option<String>,
    quantity: i32,
    ticket_count: i64,
    #[schema(required = true)]
    company: Option<String>,
    #[serde(rename = "CompanyID")]
    #[schema(required = true)]
    company_id: Option<CompanyId>,
    disabled: bool,
    log_entries: Vec<LogEntryInfo>,
}

impl AssetInfo {
    /// The asset as `reader` sees it.
    #[must_use]
    pub fn of(details: AssetDetails, reader: &Actor) -> Self {
        let users = details.assigned_users.iter();
        let asset = details.asset;
        Self {
            tickets: None,
            assigned_users: users.map(|user| ListedUser::of(user, reader)).collect(),
            fields: details.fields.into_iter().map(CustomField::from).collect(),
            attachments: None,
            item_id: asset.id,
            manufacturer: asset.manufacturer,
            supplier: asset.supplier,
            model_name: asset.model_name,
            type_id: asset.type_id,
            type_name: asset.type_name,
            manufacturer_id: asset.manufacturer_id,
            supplier_id: asset.supplier_id,
            serial_number: asset.serial_number,
            location: asset.location,
            comments: asset.comments,
            quantity: asset.quantity,
            ticket_count: asset.ticket_count,
            company: asset.company,
            company_id: asset.company_id,
            disabled: asset.disabled,
            log_entries: details.log.into_iter().map(LogEntryInfo::from).collect(),
        }
    }
}

/// Something that happened to an asset.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct LogEntryInfo {
    date: IsoDate,
    #[serde(rename = "UserID")]
    #[schema(required = true)]
    user_id: Option<UserId>,
    user_name: String,
    entry: String,
}

impl From<LogEntry> for LogEntryInfo {
    fn from(entry: LogEntry) -> Self {
        Self {
            date: IsoDate(entry.created_at),
            user_id: entry.user_id,
            user_name: entry.user_name,
            entry: entry.entry,
        }
    }
}
