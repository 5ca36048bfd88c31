//! The SQL of assets. Lists are in [`super::filter`], names in [`super::names`].

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Asset, LogEntry};
use crate::access::assets::Visibility;
use crate::access::tickets::{self, Grounds};
use crate::actor::Actor;
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{AssetId, AssetTypeId, CompanyId, ManufacturerId, SupplierId, TicketId, UserId};
use crate::users::full_name;

/// How many entries of a log are shown: nobody reads on.
const LOG: i64 = 100;

/// Assets by id in one statement, in the order of their ids; unknown ones are left out. Tickets are counted that
/// `reader` sees: the total would tell him of others.
#[tracing::instrument(name = "db.assets.find_many", skip_all)]
pub(super) async fn find_many(
    conn: &mut PgConnection,
    reader: &Actor,
    ids: &[AssetId],
) -> Result<Vec<Asset>> {
    let ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
    let visibility = tickets::visible(reader);
    let (everything, categories, company, department) = match visibility.grounds() {
        Grounds::Everything => (true, &[][..], None, None),
        Grounds::Some {
            categories,
            company,
            department,
            ..
        } => (false, categories.as_slice(), *company, *department),
    };
    Ok(sqlx::query_as!(
        Asset,
        r#"select a.id as "id: AssetId", a.model_name, a.manufacturer_id as "manufacturer_id: ManufacturerId",
            m.name as manufacturer, a.supplier_id as "supplier_id: SupplierId", s.name as supplier,
            a.type_id as "type_id: AssetTypeId", t.name as type_name, a.serial_number, a.location, a.comments,
            a.quantity, a.company_id as "company_id: CompanyId", c.name as "company?", a.disabled,
            (select count(*)
                from asset_tickets l
                join tickets k on k.id = l.ticket_id
                join users u on u.id = k.user_id
                where l.asset_id = a.id
                    and ($2 or k.user_id = $3 or k.category_id = any ($4) or u.company_id = $5 or u.department_id = $6
                        or exists (select from subscribers b where b.ticket_id = k.id and b.user_id = $3)))
                as "ticket_count!"
        from assets a
        join manufacturers m on m.id = a.manufacturer_id
        join suppliers s on s.id = a.supplier_id
        join asset_types t on t.id = a.type_id
        left join companies c on c.id = a.company_id
        where a.id = any ($1)
        order by a.id"#,
        &ids,
        everything,
        reader.user_id.0,
        categories,
        company.map(|id| id.0),
        department.map(|id| id.0),
    )
    .fetch_all(conn)
    .await?)
}

/// Whether the asset is assigned to the user; `None` when there is no such asset.
pub(super) async fn is_assigned(
    conn: &mut PgConnection,
    asset: AssetId,
    user: UserId,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from asset_users au where au.asset_id = a.id and au.user_id = $2) as "assigned!"
        from assets a
        where a.id = $1"#,
        asset.0,
        user.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Lock an asset until the transaction ends; whether it is retired, `None` when there is no such asset.
pub(super) async fn lock(conn: &mut PgConnection, asset: AssetId) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        "select disabled from assets where id = $1 for update",
        asset.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Keep a user from being deleted until the transaction ends; his full name, `None` when there is no such user.
pub(super) async fn hold_user(conn: &mut PgConnection, user: UserId) -> Result<Option<String>> {
    let row = sqlx::query!(
        "select first_name, last_name, username from users where id = $1 and deleted_at is null for share",
        user.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| full_name(&row.first_name, &row.last_name, &row.username)))
}

/// Who has these assets, by id; deleted users have none.
pub(super) async fn assigned_users(
    conn: &mut PgConnection,
    visibility: Visibility,
    assets: &[AssetId],
) -> Result<Vec<(AssetId, UserId)>> {
    let assets: Vec<i32> = assets.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select au.asset_id as "asset_id: AssetId", au.user_id as "user_id: UserId"
        from asset_users au
        join users u on u.id = au.user_id
        where au.asset_id = any ($1) and u.deleted_at is null and ($2::integer is null or u.id = $2)
        order by au.asset_id, au.user_id"#,
        &assets,
        visibility.only_of().map(|user| user.0),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.asset_id, row.user_id))
        .collect())
}

/// The newest entries of an asset's log, newest first.
pub(super) async fn log(conn: &mut PgConnection, asset: AssetId) -> Result<Vec<LogEntry>> {
    let rows = sqlx::query!(
        r#"select l.created_at, l.user_id as "user_id: UserId", l.entry, u.first_name as "first_name?",
            u.last_name as "last_name?", u.username as "username?"
        from asset_log l
        left join users u on u.id = l.user_id
        where l.asset_id = $1
        order by l.id desc
        limit $2"#,
        asset.0,
        LOG,
    )
    .fetch_all(conn)
    .await?;
    let entry = rows.into_iter().map(|row| LogEntry {
        created_at: row.created_at,
        user_id: row.user_id,
        user_name: full_name(
            row.first_name.as_deref().unwrap_or_default(),
            row.last_name.as_deref().unwrap_or_default(),
            row.username.as_deref().unwrap_or_default(),
        ),
        entry: row.entry,
    });
    Ok(entry.collect())
}

/// Write an entry into an asset's log.
pub(super) async fn insert_log(
    conn: &mut PgConnection,
    asset: AssetId,
    user: UserId,
    entry: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into asset_log (asset_id, user_id, created_at, entry) values ($1, $2, $3, $4)",
        asset.0,
        user.0,
        now,
        entry,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// What is stored of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) model_name: String,
    pub(super) manufacturer_id: ManufacturerId,
    pub(super) supplier_id: SupplierId,
    pub(super) type_id: AssetTypeId,
    pub(super) serial_number: Option<String>,
    pub(super) location: Option<String>,
    pub(super) comments: Option<String>,
    pub(super) quantity: i32,
    pub(super) company_id: Option<CompanyId>,
}

/// A new asset.
#[tracing::instrument(name = "db.assets.insert", skip_all)]
pub(super) async fn insert(
    conn: &mut PgConnection,
    asset: &Stored,
    now: DateTime<Utc>,
) -> Result<AssetId> {
    sqlx::query_scalar!(
        r#"insert into assets (model_name, manufacturer_id, supplier_id, type_id, serial_number, location, comments,
            quantity, company_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        returning id as "id: AssetId""#,
        asset.model_name,
        asset.manufacturer_id.0,
        asset.supplier_id.0,
        asset.type_id.0,
        asset.serial_number,
        asset.location,
        asset.comments,
        asset.quantity,
        asset.company_id.map(|id| id.0),
        now,
    )
    .fetch_one(conn)
    .await
    .on_constraint("assets_company_id_fkey", || Error::NotFound("company"))
}

/// Give an asset other values.
#[tracing::instrument(name = "db.assets.update", skip_all)]
pub(super) async fn update(conn: &mut PgConnection, id: AssetId, asset: &Stored) -> Result<()> {
    sqlx::query!(
        "update assets
        set model_name = $2, manufacturer_id = $3, supplier_id = $4, type_id = $5, serial_number = $6, location = $7,
            comments = $8, quantity = $9, company_id = $10
        where id = $1",
        id.0,
        asset.model_name,
        asset.manufacturer_id.0,
        asset.supplier_id.0,
        asset.type_id.0,
        asset.serial_number,
        asset.location,
        asset.comments,
        asset.quantity,
        asset.company_id.map(|id| id.0),
    )
    .execute(conn)
    .await
    .on_constraint("assets_company_id_fkey", || Error::NotFound("company"))?
    .expect_rows(1)
}

/// Retire an asset, or bring it back.
pub(super) async fn set_disabled(
    conn: &mut PgConnection,
    asset: AssetId,
    disabled: bool,
) -> Result<()> {
    sqlx::query!(
        "update assets set disabled = $2 where id = $1",
        asset.0,
        disabled,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Assign an asset to a user. Returns whether it was not before.
pub(super) async fn assign(conn: &mut PgConnection, asset: AssetId, user: UserId) -> Result<bool> {
    let done = sqlx::query!(
        "insert into asset_users (asset_id, user_id) values ($1, $2) on conflict do nothing",
        asset.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Take an asset from a user. Returns whether he had it.
pub(super) async fn unassign(
    conn: &mut PgConnection,
    asset: AssetId,
    user: UserId,
) -> Result<bool> {
    let done = sqlx::query!(
        "delete from asset_users where asset_id = $1 and user_id = $2",
        asset.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Name an asset on a ticket. Returns whether it was not before.
pub(super) async fn add_to_ticket(
    conn: &mut PgConnection,
    asset: AssetId,
    ticket: TicketId,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into asset_tickets (asset_id, ticket_id) values ($1, $2) on conflict do nothing",
        asset.0,
        ticket.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Take an asset off a ticket. Returns whether it was named there.
pub(super) async fn remove_from_ticket(
    conn: &mut PgConnection,
    asset: AssetId,
    ticket: TicketId,
) -> Result<bool> {
    let done = sqlx::query!(
        "delete from asset_tickets where asset_id = $1 and ticket_id = $2",
        asset.0,
        ticket.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}
