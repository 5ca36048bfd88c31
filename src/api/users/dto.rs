//! The wire types of users.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Actor;
use crate::domain::access::users::{shown_login, sight};
use crate::domain::ids::{CompanyId, DepartmentId, UserId};
use crate::domain::users::{User, full_name, full_name_and_login};
use crate::http::reply::IsoDate;

/// A full user object, in the order of *User by e-mail* in the document, then what live servers send besides.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UserInfo {
    #[serde(rename = "UserID")]
    user_id: UserId,
    username: String,
    /// Always null.
    #[schema(required = true)]
    password: Option<String>,
    #[schema(required = true)]
    email: Option<String>,
    first_name: String,
    last_name: String,
    #[schema(required = true)]
    notes: Option<String>,
    location: String,
    phone: String,
    #[schema(required = true)]
    department: Option<String>,
    #[schema(required = true)]
    company_name: Option<String>,
    #[serde(rename = "IPAddress")]
    #[schema(required = true)]
    ip_address: Option<String>,
    #[schema(required = true)]
    host_name: Option<String>,
    lang: String,
    #[schema(required = true)]
    user_agent: Option<String>,
    #[serde(rename = "AvatarURL")]
    #[schema(required = true)]
    avatar_url: Option<String>,
    signature: String,
    greeting: String,
    #[schema(required = true)]
    company_id: Option<CompanyId>,
    #[schema(required = true)]
    company_notes: Option<String>,
    is_admin: bool,
    disabled: bool,
    send_email: bool,
    is_tech: bool,
    #[schema(required = true)]
    last_seen: Option<IsoDate>,
    is_manager: bool,
    /// Always null: there is no mobile app to push to.
    #[schema(required = true)]
    push_token: Option<String>,
    full_name_and_login: String,
    full_name: String,
    #[serde(flatten)]
    newer: NewerKeys,
}

/// What live servers send of users and no sample of the document has.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct NewerKeys {
    #[schema(required = true)]
    department_name: Option<String>,
    #[serde(rename = "DepartmentID")]
    #[schema(required = true)]
    department_id: Option<DepartmentId>,
    /// Away.
    out_of_office: bool,
    two_factor_auth_enabled: bool,
    /// Likes the web pages dark.
    dark_mode: bool,
    is_department_manager: bool,
    #[schema(required = true)]
    last_password_change: Option<IsoDate>,
    /// Always null.
    #[schema(value_type = ())]
    recent_tickets: Option<Vec<()>>,
}

impl UserInfo {
    /// What `reader` sees of `user`; the rest is blank: null, an empty text where the document has a text, false.
    #[must_use]
    pub fn of(user: &User, reader: &Actor) -> Self {
        let sight = sight(reader, user.id);
        let seen = |seen: bool, text: &Option<String>| text.clone().filter(|_| seen);
        let personal = |text: &str| if sight.personal { text } else { "" }.to_owned();
        let username = shown_login(reader, &user.username);
        Self {
            user_id: user.id,
            username: username.to_owned(),
            password: None,
            email: sight.address.then(|| user.email.clone()),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            notes: seen(sight.notes, &user.notes),
            location: personal(&user.location),
            phone: personal(&user.phone),
            department: user.department_name.clone(),
            company_name: user.company_name.clone(),
            ip_address: seen(sight.personal, &user.ip_address),
            host_name: seen(sight.personal, &user.host_name),
            lang: user.lang.clone(),
            user_agent: seen(sight.personal, &user.user_agent),
            avatar_url: user.avatar_url.clone(),
            signature: personal(&user.signature),
            greeting: personal(&user.greeting),
            company_id: user.company_id,
            company_notes: seen(sight.notes, &user.company_notes),
            is_admin: user.is_admin,
            disabled: user.disabled,
            send_email: user.send_email,
            is_tech: user.is_tech,
            last_seen: user.last_seen.filter(|_| sight.personal).map(IsoDate),
            is_manager: user.is_manager,
            push_token: None,
            full_name_and_login: full_name_and_login(&user.first_name, &user.last_name, username),
            full_name: full_name(&user.first_name, &user.last_name, username),
            newer: NewerKeys {
                department_name: user.department_name.clone(),
                department_id: user.department_id,
                out_of_office: user.out_of_office,
                two_factor_auth_enabled: sight.personal && user.two_factor_enabled,
                dark_mode: user.dark_mode,
                is_department_manager: user.is_department_manager,
                last_password_change: user
                    .last_password_change
                    .filter(|_| sight.personal)
                    .map(IsoDate),
                recent_tickets: None,
            },
        }
    }
}

/// The answer of *Authorization*: the keys of its own sample, which lacks some, then those of every user object.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CurrentUser {
    #[serde(rename = "UserID")]
    user_id: UserId,
    username: String,
    #[schema(required = true)]
    email: Option<String>,
    first_name: String,
    last_name: String,
    #[schema(required = true)]
    notes: Option<String>,
    location: String,
    phone: String,
    #[schema(required = true)]
    department: Option<String>,
    #[schema(required = true)]
    company_name: Option<String>,
    #[serde(rename = "IPAddress")]
    #[schema(required = true)]
    ip_address: Option<String>,
    #[schema(required = true)]
    host_name: Option<String>,
    lang: String,
    #[schema(required = true)]
    user_agent: Option<String>,
    #[serde(rename = "AvatarURL")]
    #[schema(required = true)]
    avatar_url: Option<String>,
    signature: String,
    greeting: String,
    #[schema(required = true)]
    company_id: Option<CompanyId>,
    is_admin: bool,
    disabled: bool,
    send_email: bool,
    is_tech: bool,
    #[schema(required = true)]
    last_seen: Option<IsoDate>,
    is_manager: bool,
    /// Always null.
    #[schema(required = true)]
    password: Option<String>,
    #[schema(required = true)]
    company_notes: Option<String>,
    full_name_and_login: String,
    full_name: String,
    #[serde(flatten)]
    newer: NewerKeys,
}

impl From<UserInfo> for CurrentUser {
    fn from(user: UserInfo) -> Self {
        Self {
            user_id: user.user_id,
            username: user.username,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            notes: user.notes,
            location: user.location,
            phone: user.phone,
            department: user.department,
            company_name: user.company_name,
            ip_address: user.ip_address,
            host_name: user.host_name,
            lang: user.lang,
            user_agent: user.user_agent,
            avatar_url: user.avatar_url,
            signature: user.signature,
            greeting: user.greeting,
            company_id: user.company_id,
            is_admin: user.is_admin,
            disabled: user.disabled,
            send_email: user.send_email,
            is_tech: user.is_tech,
            last_seen: user.last_seen,
            is_manager: user.is_manager,
            password: user.password,
            company_notes: user.company_notes,
            full_name_and_login: user.full_name_and_login,
            full_name: user.full_name,
            newer: user.newer,
        }
    }
}

/// One user of *Users*.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ListedUser {
    #[serde(rename = "UserID")]
    user_id: UserId,
    first_name: String,
    last_name: String,
    #[schema(required = true)]
    notes: Option<String>,
    location: String,
    phone: String,
    #[schema(required = true)]
    company_name: Option<String>,
    #[schema(required = true)]
    company_id: Option<CompanyId>,
    #[serde(rename = "DepartmentID")]
    #[schema(required = true)]
    department_id: Option<DepartmentId>,
    #[schema(required = true)]
    last_seen: Option<IsoDate>,
    username: String,
    email: String,
    is_admin: bool,
    disabled: bool,
    full_name: String,
    #[schema(required = true)]
    department_name: Option<String>,
    out_of_office: bool,
}

impl From<User> for ListedUser {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id,
            full_name: user.full_name(),
            first_name: user.first_name,
            last_name: user.last_name,
            notes: user.notes,
            location: user.location,
            phone: user.phone,
            company_name: user.company_name,
            company_id: user.company_id,
            department_id: user.department_id,
            last_seen: user.last_seen.map(IsoDate),
            username: user.username,
            email: user.email,
            is_admin: user.is_admin,
            disabled: user.disabled,
            department_name: user.department_name,
            out_of_office: user.out_of_office,
        }
    }
}

impl ListedUser {
    /// What `reader` sees of `user`, for lists that are not for administrators only; the rest is blank.
    #[must_use]
    pub fn of(user: &User, reader: &Actor) -> Self {
        let sight = sight(reader, user.id);
        let personal = |text: &str| if sight.personal { text } else { "" }.to_owned();
        let login = shown_login(reader, &user.username);
        Self {
            user_id: user.id,
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            notes: user.notes.clone().filter(|_| sight.notes),
            location: personal(&user.location),
            phone: personal(&user.phone),
            company_name: user.company_name.clone(),
            company_id: user.company_id,
            department_id: user.department_id,
            last_seen: user.last_seen.filter(|_| sight.personal).map(IsoDate),
            username: login.to_owned(),
            email: if sight.address {
                user.email.as_str()
            } else {
                ""
            }
            .to_owned(),
            is_admin: user.is_admin,
            disabled: user.disabled,
            full_name: full_name(&user.first_name, &user.last_name, login),
            department_name: user.department_name.clone(),
            out_of_office: user.out_of_office,
        }
    }
}
