//! `SetCustomFieldForAsset`.

use axum::extract::State;

use crate::api::custom_fields::{SetFieldOf, set_one};
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::custom_fields::Owner;
use crate::domain::ids::AssetId;
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Done;

/// *Set custom field for asset*: "sets custom field value in an asset". For staff.
#[tracing::instrument(name = "api.SetCustomFieldForAsset", skip_all, fields(asset.id = %params.id))]
pub async fn set_custom_field_for_asset(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<SetFieldOf<AssetId>>,
) -> Result<Done> {
    let asset = Owner::Asset(params.id);
    set_one(&app, &actor, asset, params.field_id, params.value).await
}
