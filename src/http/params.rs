//! THE parameter extractor. (Stub: the interface stands, the work is under way.)

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::app::AppState;
use crate::http::error::ApiError;
use crate::storage::Upload;

/// The parameters of a method, merged from path, body and query.
#[derive(Debug)]
pub struct Params<T>(pub T);

/// The parameters of an upload method and its files, already on disk.
#[derive(Debug)]
pub struct ParamsWithFiles<T>(pub T, pub Vec<Upload>);

impl<T: DeserializeOwned> FromRequest<AppState> for Params<T> {
    type Rejection = ApiError;

    async fn from_request(_request: Request, _app: &AppState) -> Result<Self, ApiError> {
        Err(ApiError::NotImplemented)
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for ParamsWithFiles<T> {
    type Rejection = ApiError;

    async fn from_request(_request: Request, _app: &AppState) -> Result<Self, ApiError> {
        Err(ApiError::NotImplemented)
    }
}
