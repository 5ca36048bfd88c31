//! Companies, Company, `UpdateCompany`.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::users::text_of;
use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::companies::{self, Company, CompanyChanges};
use crate::domain::ids::CompanyId;
use crate::http::error::Result;
use crate::http::params::{Given, Params};
use crate::http::reply::{Done, Id, Json};

/// *Companies*: "a list of all companies. Requires helpdesk-administrator permissions."
#[tracing::instrument(name = "api.Companies", skip_all)]
pub async fn companies(
    State(app): State<AppState>,
    actor: Actor,
) -> Result<Json<Vec<CompanyInfo>>> {
    let mut conn = app.db.read().await?;
    let companies = companies::list(&mut conn, &actor).await?;
    Ok(Json(companies.into_iter().map(CompanyInfo::from).collect()))
}

/// One company of *Companies*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CompanyInfo {
    #[serde(rename = "CompanyID")]
    company_id: CompanyId,
    name: String,
    /// All of them, separated by semicolons; null when there is none.
    #[schema(required = true)]
    email_domain: Option<String>,
    #[schema(required = true)]
    notes: Option<String>,
}

impl From<Company> for CompanyInfo {
    fn from(company: Company) -> Self {
        Self {
            company_id: company.id,
            name: company.name,
            email_domain: Some(company.email_domains.join(";"))
                .filter(|domains| !domains.is_empty()),
            notes: company.notes,
        }
    }
}

/// Parameters of *Company*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewCompany {
    /// Its name, one of its kind in any case.
    name: String,
    /// E-mail domains of its users, separated by semicolons.
    #[serde(alias = "email_domain")]
    email_domains: Option<String>,
}

/// *Company*: "created company id or an id of an existing company if the supplied name is taken".
#[tracing::instrument(name = "api.Company", skip_all)]
pub async fn company(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<NewCompany>,
) -> Result<Id> {
    let domains = params.email_domains.unwrap_or_default();
    let mut tx = app.db.begin().await?;
    let id = companies::create(&mut tx, &actor, &params.name, &domains).await?;
    tx.commit().await?;
    Ok(Id(id.0))
}

/// Parameters of *Update company*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateCompany {
    /// The company's number.
    #[serde(alias = "company_id")]
    id: CompanyId,
    /// Another name.
    name: Option<String>,
    /// Administrators' notes; empty ones clear them.
    #[schema(value_type = Option<String>)]
    notes: Given<String>,
    /// All e-mail domains anew, separated by semicolons; empty ones clear them.
    #[serde(alias = "email_domain")]
    #[schema(value_type = Option<String>)]
    email_domains: Given<String>,
}

/// *Update company*: "updates company details". Empty notes and e-mail domains clear them.
#[tracing::instrument(name = "api.UpdateCompany", skip_all, fields(company.id = %params.id))]
pub async fn update_company(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UpdateCompany>,
) -> Result<Done> {
    let changes = CompanyChanges {
        name: params.name,
        notes: text_of(params.notes),
        email_domains: text_of(params.email_domains),
    };
    let mut tx = app.db.begin().await?;
    companies::update(&mut tx, &actor, params.id, &changes).await?;
    tx.commit().await?;
    Ok(Done)
}
