//! Options of drop-down fields. They are made and renamed with their field; one that has values is deleted by itself.

use axum::extract::State;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::custom_fields;
use crate::domain::ids::{FieldId, OptionId};

use super::kept::Deletion;
use super::problem::Result;
use super::query::{Query, TwoIds};
use super::reply::Gone;

/// `DELETE /api/v2/custom_fields/{id}/options/{option_id}`
pub(super) async fn delete(
    State(app): State<AppState>,
    actor: Actor,
    TwoIds(field, option): TwoIds,
    Query(how): Query<Deletion>,
) -> Result<Gone> {
    let (field, option) = (FieldId(field), OptionId(option));
    let mut tx = app.db.begin().await?;
    custom_fields::delete_option(&mut tx, &actor, field, option, how.move_to(OptionId)).await?;
    tx.commit().await?;
    Ok(Gone)
}
