//! API tokens: HS256 JWTs that die with a change of the password or of the shared secret; tokens that users named
//! themselves are in `named`.
//!
//! A token says who its user is and nothing of what he may: that is read at each request. Clients treat it as a
//! word without meaning.

mod instance_key;
mod named;
mod ring_provider;

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Salt};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::PgConnection;

use crate::domain::ids::UserId;
use crate::domain::instance::{self, Instance};
use crate::domain::keys::Keys;
use crate::domain::settings;
use crate::domain::users::credentials::{self, Account};
use crate::domain::users::tokens::TokenKey;
use crate::domain::{Db, Error, Result};
use crate::http::caller::known::{Known, KnownUser};
use crate::settings::Settings;

use instance_key::InstanceKey;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 2 * 1024;
/// The kind of our tokens, in the header.
const TYPE: &str = "at+jwt";
/// Whom our tokens are for.
const AUDIENCE: &str = "api";
/// How far the clocks of two servers may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// What a token says. Every claim is needed and of one type only, save `exp`: tokens live until the password
/// changes, unless an expiry was set.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The installation.
    iss: String,
    aud: String,
    /// The user's id.
    sub: String,
    /// The version of the user's tokens.
    tv: i32,
    /// 128 random bits.
    jti: String,
    iat: i64,
    nbf: i64,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    exp: Option<i64>,
}

/// A claim that may be missing, but must not be null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(deserializer).map(Some)
}

/// The tokens of this installation.
#[derive(Debug)]
pub struct Tokens {
    instance_key: InstanceKey,
    signing: RwLock<Arc<Signing>>,
}

/// The keys that follow from the instance key and one state of the installation.
struct Signing {
    instance: Instance,
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Names the key in a token's header.
    id: String,
    /// Of the hashes of named tokens.
    named: Arc<TokenKey>,
    read_at: DateTime<Utc>,
}

/// What a token says that is in order itself.
struct Opened {
    user: UserId,
    version: i32,
    ends_at: Option<DateTime<Utc>>,
}

/// Who calls with a token.
#[derive(Debug)]
pub(super) struct TokenCaller {
    /// The token's user.
    pub(super) account: Arc<Account>,
    /// The epoch of the installation that it belongs to.
    pub(super) epoch: i32,
    /// When it ends by itself.
    pub(super) ends_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signing").finish_non_exhaustive()
    }
}

impl Tokens {
    /// Load the keys; make them at the first start. Errors: the instance key is no key, or others may read it.
    pub async fn load(settings: &Settings, db: &Db, now: DateTime<Utc>) -> anyhow::Result<Self> {
        ring_provider::install();
        let (instance_key, key_is_new) =
            instance_key::load(settings).context("The instance key cannot be used")?;
        let mut tx = db.begin().await?;
        let (instance, instance_is_new) = instance::load_or_create(&mut tx).await?;
        tx.commit().await?;
        if key_is_new && !instance_is_new {
            tracing::warn!(
                "a new instance key was made for an installation that exists: tokens issued before, or by other \
                 servers, are not valid here. Several servers share one by Security:InstanceKey"
            );
        }
        let signing = Signing::derive(&instance_key, instance, now)?;
        Ok(Self {
            instance_key,
            signing: RwLock::new(Arc::new(signing)),
        })
    }

    /// What else follows from the instance key.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        Ok(Keys::derive(&self.instance_key)?)
    }

    /// A new token of `user`.
    pub async fn issue(
        &self,
        conn: &mut PgConnection,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<String> {
        let (account, instance) = credentials::by_id(conn, user)
            .await?
            .ok_or(Error::NotFound("user"))?;
        let signing = self.follow(instance, now)?;
        let days = settings::load(conn).await?.api_token_days;
        let mut jti = [0_u8; 16];
        getrandom::fill(&mut jti).map_err(Error::internal)?;
        let claims = Claims {
            iss: signing.instance.id.to_string(),
            aud: AUDIENCE.to_owned(),
            sub: account.user_id().to_string(),
            tv: account.token_version(),
            jti: BASE64_URL_SAFE_NO_PAD.encode(jti),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: days.map(|days| (now + TimeDelta::days(days.into())).timestamp()),
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signing.id.clone());
        jsonwebtoken::encode(&header, &claims, &signing.encoding).map_err(Error::internal)
    }

    /// Who calls with this token. None: it is no token, or not good any more; nobody is told why.
    pub(super) async fn open(
        &self,
        db: &Db,
        known: &Known,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<TokenCaller>> {
        let mut signing = self.signing();
        let mut opened = signing.open(token, now);
        if opened.is_none() && signing.names_another_key(token) && signing.is_stale(now) {
            // Perhaps somebody changed the shared secret, and the token was issued after that.
            let mut conn = db.read().await?;
            signing = self.follow(instance::load(&mut conn).await?, now)?;
            opened = signing.open(token, now);
        }
        let Some(Opened {
            user,
            version,
            ends_at,
        }) = opened
        else {
            return Ok(None);
        };
        let Some(KnownUser { account, instance }) = look_up(db, known, user).await? else {
            return Ok(None);
        };
        // The shared secret may have changed since the key was derived: the token is not good then.
        let current = *instance == signing.instance;
        if !current {
            self.follow(Instance::clone(&instance), now)?;
        }
        let good = current && !account.is_disabled() && account.token_version() == version;
        Ok(good.then_some(TokenCaller {
            account,
            epoch: instance.token_epoch,
            ends_at,
        }))
    }

    fn signing(&self) -> Arc<Signing> {
        Arc::clone(&self.signing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of `instance`, which was read just now.
    fn follow(&self, instance: Instance, now: DateTime<Utc>) -> Result<Arc<Signing>> {
        let signing = self.signing();
        if signing.instance == instance && !signing.is_stale(now) {
            return Ok(signing);
        }
        let derived =
            Arc::new(Signing::derive(&self.instance_key, instance, now).map_err(Error::internal)?);
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&derived);
        Ok(derived)
    }
}

/// The user and the installation, as they are or were a moment ago.
async fn look_up(db: &Db, known: &Known, user: UserId) -> Result<Option<KnownUser>> {
    if let Some(user) = known.user(user) {
        return Ok(Some(user));
    }
    let read_at = known.generation();
    let mut conn = db.read().await?;
    let found = credentials::by_id(&mut conn, user).await?;
    Ok(found.map(|(account, instance)| known.remember_user(account, instance, read_at)))
}

impl Signing {
    /// HKDF-SHA256: the instance key makes the shared secret safe from guessing, the shared secret and the epoch
    /// end all tokens when they change.
    fn derive(
        instance_key: &InstanceKey,
        instance: Instance,
        read_at: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let salt = digest(&SHA256, instance.shared_secret.as_bytes());
        let epoch = instance.token_epoch;
        let pseudorandom = Salt::new(HKDF_SHA256, salt.as_ref()).extract(instance_key);
        let expand = |purpose: &str| {
            let info = format!("{purpose} v1 {epoch}");
            let mut key = [0_u8; 32];
            pseudorandom
                .expand(&[info.as_bytes()], HKDF_SHA256)
                .and_then(|material| material.fill(&mut key))
                .map(|()| key)
                .map_err(|_| anyhow::anyhow!("deriving the key of tokens failed"))
        };
        let key = expand("api-token")?;
        let named = expand("named-token")?;
        let id = digest(&SHA256, &key)
            .as_ref()
            .first_chunk::<8>()
            .map(|start| BASE64_URL_SAFE_NO_PAD.encode(start))
            .unwrap_or_default();
        Ok(Self {
            instance,
            encoding: EncodingKey::from_secret(&key),
            decoding: DecodingKey::from_secret(&key),
            id,
            named: Arc::new(TokenKey::new(&named, epoch)),
            read_at,
        })
    }

    /// The installation was read longer than a second ago.
    fn is_stale(&self, now: DateTime<Utc>) -> bool {
        (now - self.read_at).abs() >= TimeDelta::seconds(1)
    }

    fn names_another_key(&self, token: &str) -> bool {
        token.len() <= LONGEST
            && jsonwebtoken::decode_header(token)
                .is_ok_and(|header| header.kid.is_some_and(|kid| kid != self.id))
    }

    /// What the token says, when it is in order itself.
    fn open(&self, token: &str, now: DateTime<Utc>) -> Option<Opened> {
        if token.len() > LONGEST {
            return None;
        }
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "nbf"]);
        rules.set_issuer(&[self.instance.id.to_string()]);
        rules.set_audience(&[AUDIENCE]);
        // Times are compared below, with the clock that tests can move.
        rules.validate_exp = false;
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &rules).ok()?;
        let (header, claims) = (data.header, data.claims);
        let ours = header.typ.as_deref() == Some(TYPE)
            && header.kid.as_deref() == Some(self.id.as_str())
            && header.crit.is_none();
        let latest = (now + SKEW).timestamp();
        let timely = claims.iat <= latest
            && claims.nbf <= latest
            && claims.exp.is_none_or(|end| end > now.timestamp());
        let user: i32 = claims.sub.parse().ok()?;
        // One spelling of a number only.
        let plain = user.to_string() == claims.sub;
        (ours && timely && plain && !claims.jti.is_empty()).then(|| Opened {
            user: UserId(user),
            version: claims.tv,
            ends_at: claims.exp.and_then(|end| DateTime::from_timestamp(end, 0)),
        })
    }
}
