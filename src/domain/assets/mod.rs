//! Assets: the things people work with. They belong to a company, are assigned to users, and are named on tickets.

mod assignments;
mod filter;
mod log;
mod names;
mod repo;
mod service;

use chrono::{DateTime, Utc};

use crate::custom_fields::FieldValue;
use crate::ids::{
    AssetId, AssetTypeId, CompanyId, DepartmentId, ManufacturerId, SupplierId, TicketId, UserId,
};
use crate::tickets::Change;
use crate::users::User;

pub use assignments::{add_to_ticket, assign, remove_from_ticket, unassign};
pub use service::{Hits, asset, create, is_visible, list, load, set_disabled, update};

/// An asset as it is stored, with the names of what it refers to.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The asset.
    pub id: AssetId,
    /// Model, its name.
    pub model_name: String,
    /// Who makes it.
    pub manufacturer_id: ManufacturerId,
    /// His name.
    pub manufacturer: String,
    /// Who sells it.
    pub supplier_id: SupplierId,
    /// His name.
    pub supplier: String,
    /// What it is.
    pub type_id: AssetTypeId,
    /// Name of that.
    pub type_name: String,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// What else there is to say.
    pub comments: Option<String>,
    /// How many of them there are.
    pub quantity: i32,
    /// Whose it is.
    pub company_id: Option<CompanyId>,
    /// Name of the company.
    pub company: Option<String>,
    /// Retired.
    pub disabled: bool,
    /// On how many tickets that the reader sees it is named.
    pub ticket_count: i64,
}

/// An asset with everything the methods show of it.
#[derive(Clone, Debug)]
pub struct AssetDetails {
    /// The asset.
    pub asset: Asset,
    /// Who has it, by id: for regular users themselves only.
    pub assigned_users: Vec<User>,
    /// Its custom fields that the reader sees.
    pub fields: Vec<FieldValue>,
    /// What happened to it, newest first: for staff, and for single assets only.
    pub log: Vec<LogEntry>,
}

/// Something that happened to an asset.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// When.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub user_id: Option<UserId>,
    /// His full name.
    pub user_name: String,
    /// What, to be read after the name.
    pub entry: String,
}

/// Conditions of *Assets*; those that are not given do not filter. They never widen what the reader may see.
#[derive(Clone, Debug, Default)]
pub struct AssetFilter {
    /// Which page, from 1.
    pub page: Option<i32>,
    /// Assigned to this user.
    pub user: Option<UserId>,
    /// Of this company.
    pub company: Option<CompanyId>,
    /// Assigned to a user of this department.
    pub department: Option<DepartmentId>,
    /// Named on this ticket, if the reader sees it.
    pub ticket: Option<TicketId>,
    /// The model's name begins so, in any case.
    pub name_prefix: Option<String>,
    /// Retired ones as well.
    pub include_disabled: bool,
}

/// A new asset.
#[derive(Clone, Debug)]
pub struct NewAsset {
    /// Model.
    pub model_name: String,
    /// Name of the manufacturer, made when new.
    pub manufacturer: String,
    /// Name of the type, made when new.
    pub type_name: String,
    /// Name of the supplier, made when new.
    pub supplier: String,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// What else there is to say.
    pub comments: Option<String>,
    /// "quantity (default: 1)".
    pub quantity: Option<i32>,
    /// Whose it is.
    pub company_id: Option<CompanyId>,
}

/// What to change of an asset. A text that is not given stays; one of blanks alone is taken away, where the asset can
/// be without.
#[derive(Clone, Debug)]
pub struct AssetChanges {
    /// Model.
    pub model_name: String,
    /// Name of the manufacturer, made when new.
    pub manufacturer: Option<String>,
    /// Name of the type, made when new.
    pub type_name: Option<String>,
    /// Name of the supplier, made when new.
    pub supplier: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// What else there is to say.
    pub comments: Option<String>,
    /// "quantity (default: 1)": 1 when it is not given, whatever it was.
    pub quantity: Option<i32>,
    /// Whose it is.
    pub company: Change<CompanyId>,
}
