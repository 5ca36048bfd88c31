//! Assets, Asset, `UpdateAsset`, `EnableAsset`, `DisableAsset`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::assets::{self, AssetChanges, AssetFilter, NewAsset};
use crate::domain::ids::{AssetId, CompanyId, DepartmentId, TicketId, UserId};
use crate::domain::tickets::Change;
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::{Done, Json};

use super::dto::{AssetInfo, NewId};

/// Parameters of *Assets*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ListAssets {
    /// Which page of 50, from 1.
    #[schema(minimum = 1, default = 1)]
    page: Option<i32>,
    /// Only assets of this user.
    assigned_to_user_id: Option<UserId>,
    /// Only assets of this company.
    assigned_to_company_id: Option<CompanyId>,
    /// Only assets of users of this department.
    assigned_to_department_id: Option<DepartmentId>,
    /// Only assets that this ticket is about.
    assigned_to_ticket_id: Option<TicketId>,
    /// Only assets whose model name begins so, in any case.
    nameprefix: Option<String>,
    /// Disabled ones too; not unless told.
    #[serde(default)]
    include_disabled: bool,
}

impl From<ListAssets> for AssetFilter {
    fn from(params: ListAssets) -> Self {
        Self {
            page: params.page,
            user: params.assigned_to_user_id,
            company: params.assigned_to_company_id,
            department: params.assigned_to_department_id,
            ticket: params.assigned_to_ticket_id,
            name_prefix: params.nameprefix,
            include_disabled: params.include_disabled,
        }
    }
}

/// *Assets*: "returns a list of all assets in your system (50 per page)"; regular users see their own.
#[tracing::instrument(name = "api.Assets", skip_all)]
pub async fn assets(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<ListAssets>,
) -> Result<Json<Vec<AssetInfo>>> {
    let filter = params.into();
    let hits = assets::list(&mut *app.db.read_list().await?, &actor, &filter).await?;
    let mut conn = app.db.read().await?;
    let assets = assets::load(&mut conn, &actor, &hits).await?;
    let shown = assets.into_iter().map(|asset| AssetInfo::of(asset, &actor));
    Ok(Json(shown.collect()))
}

/// Parameters of *Asset (GET)*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssetById {
    /// The asset's number.
    id: AssetId,
}

/// *Asset (GET)*: "get a single asset by ID".
#[tracing::instrument(name = "api.Asset", skip_all, fields(asset.id = %params.id))]
pub async fn asset(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<AssetById>,
) -> Result<Json<AssetInfo>> {
    let mut conn = app.db.read().await?;
    let asset = assets::asset(&mut conn, &actor, params.id).await?;
    Ok(Json(AssetInfo::of(asset, &actor)))
}

/// Parameters of *Asset (POST)*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateAsset {
    /// The model.
    model_name: String,
    /// Who makes it; made when new.
    manufacturer: String,
    /// What kind of thing it is; made when new.
    r#type: String,
    /// Who sells it; made when new.
    supplier: String,
    /// Serial number.
    serial_number: Option<String>,
    /// Where it is.
    location: Option<String>,
    /// Notes.
    comments: Option<String>,
    /// How many there are; 1 unless told.
    #[schema(minimum = 0, default = 1)]
    quantity: Option<i32>,
    /// The number of the company.
    company_id: Option<CompanyId>,
}

impl From<CreateAsset> for NewAsset {
    fn from(params: CreateAsset) -> Self {
        Self {
            model_name: params.model_name,
            manufacturer: params.manufacturer,
            type_name: params.r#type,
            supplier: params.supplier,
            serial_number: params.serial_number,
            location: params.location,
            comments: params.comments,
            quantity: params.quantity,
            company_id: company(params.company_id).value(),
        }
    }
}

/// `companyId`: 0 is none, as 0 is nobody in `assignedUserId` of *`UpdateTicket`*.
fn company(id: Option<CompanyId>) -> Change<CompanyId> {
    match id {
        None => Change::Keep,
        Some(CompanyId(0)) => Change::Clear,
        Some(company) => Change::Set(company),
    }
}

/// *Asset (POST)*: "create an asset".
#[tracing::instrument(name = "api.CreateAsset", skip_all)]
pub async fn create_asset(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<CreateAsset>,
) -> Result<Json<NewId>> {
    let mut tx = app.db.begin().await?;
    let id = assets::create(&mut tx, &actor, &params.into()).await?;
    tx.commit().await?;
    Ok(Json(NewId { id }))
}

/// Parameters of *`UpdateAsset`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateAsset {
    /// The asset's number.
    id: AssetId,
    /// The model.
    model_name: String,
    /// Who makes it; made when new.
    manufacturer: Option<String>,
    /// What kind of thing it is; made when new.
    r#type: Option<String>,
    /// Who sells it; made when new.
    supplier: Option<String>,
    /// Serial number.
    serial_number: Option<String>,
    /// Where it is.
    location: Option<String>,
    /// Notes.
    comments: Option<String>,
    /// How many there are; 1 unless told, whatever it was.
    #[schema(minimum = 0, default = 1)]
    quantity: Option<i32>,
    /// The number of the company.
    company_id: Option<CompanyId>,
}

impl From<UpdateAsset> for AssetChanges {
    fn from(params: UpdateAsset) -> Self {
        Self {
            model_name: params.model_name,
            manufacturer: params.manufacturer,
            type_name: params.r#type,
            supplier: params.supplier,
            serial_number: params.serial_number,
            location: params.location,
            comments: params.comments,
            quantity: params.quantity,
            company: company(params.company_id),
        }
    }
}

/// *`UpdateAsset`*: "update an existing asset"; "quantity (default: 1)". The answer is the asset.
#[tracing::instrument(name = "api.UpdateAsset", skip_all, fields(asset.id = %params.id))]
pub async fn update_asset(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UpdateAsset>,
) -> Result<Json<AssetInfo>> {
    let id = params.id;
    let mut tx = app.db.begin().await?;
    let asset = assets::update(&mut tx, &actor, id, &params.into()).await?;
    tx.commit().await?;
    Ok(Json(AssetInfo::of(asset, &actor)))
}

/// Parameters of *`EnableAsset`* and *`DisableAsset`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OneAsset {
    /// The asset's number.
    #[serde(alias = "id")]
    asset_id: AssetId,
}

/// *`EnableAsset`*: "enable an asset".
#[tracing::instrument(name = "api.EnableAsset", skip_all, fields(asset.id = %params.asset_id))]
pub async fn enable_asset(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<OneAsset>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    assets::set_disabled(&mut tx, &actor, params.asset_id, false).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *`DisableAsset`*: "disable an asset": it is retired, and no more in lists unless they ask for such.
#[tracing::instrument(name = "api.DisableAsset", skip_all, fields(asset.id = %params.asset_id))]
pub async fn disable_asset(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<OneAsset>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    assets::set_disabled(&mut tx, &actor, params.asset_id, true).await?;
    tx.commit().await?;
    Ok(Done)
}
