//! Mail that rules send.

use sqlx::PgConnection;

use super::actions::Doing;
use crate::error::{Error, Result};
use crate::rules::Mail;

pub(super) async fn send(_: &mut PgConnection, _: &Doing<'_>, _: &Mail) -> Result<()> {
    Err(Error::invalid("send_mail", "is not possible yet"))
}
