//! What a desk file may hold. The sentences here stand in the JSON schema too: they are written for whoever edits a
//! file.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A desk. Every part may be left out; what a file does not name stays as it is on the desk.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Ferrodesk desk file")]
pub struct Desk {
    /// What holds for the whole desk.
    pub settings: Option<Settings>,
    /// Departments that users belong to, by name.
    pub departments: Option<Vec<String>>,
    /// Companies of customers.
    pub companies: Option<Vec<Company>>,
    /// People who work on the desk. Nobody is ever deleted by a file.
    pub staff: Option<Vec<Person>>,
    /// Groups of people by login, to be named as @group among the technicians of a category.
    pub technician_groups: Option<BTreeMap<String, Vec<String>>>,
    /// When somebody is there, for categories to name.
    pub business_hours: Option<Vec<BusinessHours>>,
    /// Headings over categories.
    pub sections: Option<Vec<Section>>,
    /// What tickets and articles are filed under.
    pub categories: Option<Vec<Category>>,
    /// Statuses of tickets. New, In process and Closed are always there.
    pub statuses: Option<Vec<Status>>,
    /// Fields of your own, of tickets, assets, users and companies.
    pub custom_fields: Option<Vec<CustomField>>,
    /// Answers that are given often.
    pub comment_templates: Option<Vec<CommentTemplate>>,
    /// What happens by itself.
    pub rules: Option<Vec<Rule>>,
}

/// What holds for the whole desk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the desk is called, on its pages.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub desk_name: String,
    /// After how many days an API token of `/User/Token` expires; null: with the next change of the password only.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    pub api_token_days: Option<i32>,
    /// Whoever writes a mail and is no user becomes one; unless this is set, his mail waits in the quarantine.
    #[serde(default = "yes")]
    pub users_from_mail: bool,
}

/// A company of customers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Its name, one of its kind in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Users whose address ends in one of these belong to it, unless they belong elsewhere: example.com
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// Notes for administrators.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub notes: Option<String>,
}

/// Something that is a name and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name, one of its kind in any case.
    pub name: String,
}

/// Somebody who works on the desk. A login that nobody has is made, without a password: `ferrodesk user
/// reset-password LOGIN` gives one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name he logs in with.
    #[schemars(length(min = 1, max = 254), regex(pattern = "^[^:]*$"))]
    pub login: String,
    /// His e-mail address; he may log in with it too.
    #[serde(default)]
    #[schemars(length(max = 254))]
    pub email: String,
    /// First name.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub first_name: String,
    /// Last name.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub last_name: String,
    /// May do everything.
    #[serde(default)]
    pub administrator: bool,
    /// Sees the tickets of his company.
    #[serde(default)]
    pub manager: bool,
    /// Sees the tickets of his department.
    #[serde(default)]
    pub department_manager: bool,
    /// May not log in.
    #[serde(default)]
    pub disabled: bool,
    /// Name of his company.
    #[serde(default)]
    pub company: Option<String>,
    /// Name of his department.
    #[serde(default)]
    pub department: Option<String>,
}

/// When somebody is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    /// Their name, one of its kind in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The time zone they are meant in, by its IANA name: Europe/Berlin
    #[schemars(length(min = 1, max = 64))]
    pub time_zone: String,
    /// When it is open.
    #[schemars(length(min = 1, max = 50))]
    pub hours: Vec<Opening>,
    /// Days on which it is closed: "2026-12-25"
    #[serde(default)]
    #[schemars(length(max = 1000), with = "Vec<String>")]
    pub holidays: Vec<NaiveDate>,
}

/// A span of a day of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The day.
    pub day: Weekday,
    /// The begin, in quotes: "09:00:00"
    #[schemars(with = "String")]
    pub from: NaiveTime,
    /// The end, in quotes; "00:00:00" is the end of the day.
    #[schemars(with = "String")]
    pub to: NaiveTime,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A heading over categories.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its name, one of its kind in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Its place: lower comes first.
    #[serde(default)]
    pub order: i32,
}

/// What tickets and articles are filed under. Known by its section and its name together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its name, one of its kind within the section in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Name of the section it stands in; null or left out: in none.
    #[serde(default)]
    pub section: Option<String>,
    /// Its place within the section: lower comes first.
    #[serde(default)]
    pub order: i32,
    /// What it is for; shown to those who choose one.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub notes: Option<String>,
    /// Seen by its technicians only, never by customers.
    #[serde(default)]
    pub for_techs_only: bool,
    /// Of the customers, only those under `visible_to` see it.
    #[serde(default)]
    pub for_specific_users: bool,
    /// Who sees it when it is `for_specific_users`.
    #[serde(default)]
    pub visible_to: VisibleTo,
    /// Holds articles of the knowledge base only, no tickets.
    #[serde(default)]
    pub kb_only: bool,
    /// Takes no new tickets; administrators only see it.
    #[serde(default)]
    pub disabled: bool,
    /// Name of its business hours; null or left out: somebody is there at all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours: Option<String>,
    /// The sender of mail about its tickets; null: the desk's.
    #[serde(default)]
    #[schemars(length(max = 254))]
    pub from_address: Option<String>,
    /// Who works on its tickets: logins, or @group for everybody of a group.
    #[serde(default)]
    pub technicians: Vec<String>,
}

/// Who sees a category that is for specific users.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisibleTo {
    /// Users, by login.
    #[serde(default)]
    pub users: Vec<String>,
    /// Companies, by name: all of their users.
    #[serde(default)]
    pub companies: Vec<String>,
}

/// A status of tickets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Only of the statuses that are always there: 1 New, 2 In process, 3 Closed. With it, `name` renames the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3))]
    pub id: Option<i32>,
    /// Its name, one of its kind in any case.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// #rrggbb, in quotes; empty: none.
    #[serde(default)]
    #[schemars(regex(pattern = "^(#[0-9A-Fa-f]{6})?$"))]
    pub color: String,
    /// Its place: lower comes first.
    #[serde(default)]
    pub order: i32,
    /// Time in this status does not count as time spent on the ticket.
    #[serde(default)]
    pub stops_time: bool,
    /// Who may give it to a ticket; administrators always may. Empty: everybody who may change the status.
    #[serde(default)]
    pub roles: Vec<StatusRole>,
    /// Categories whose tickets it can be given to, as `Section \ Category` or `Category`. Empty: all.
    #[serde(default)]
    pub categories: Vec<String>,
}

/// Who may give a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusRole {
    /// Administrators.
    Administrator,
    /// Technicians of the ticket's category.
    Technician,
    /// Whoever else may change the status: the submitter.
    Customer,
}

/// A field of your own. Known by its usage and its name together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// Its name, one of its kind within the usage in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What has it.
    pub usage: FieldUsage,
    /// What it holds. It stays so once the field has values.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Must be filled in.
    #[serde(default)]
    pub mandatory: bool,
    /// Technicians and administrators only.
    #[serde(default)]
    pub for_techs_only: bool,
    /// Administrators only.
    #[serde(default)]
    pub for_admins_only: bool,
    /// Its place: lower comes first.
    #[serde(default)]
    pub order: i32,
    /// Shown in lists.
    #[serde(default)]
    pub show_in_grid: bool,
    /// Of tickets: `all`, or the categories that have it, as `Section \ Category` or `Category`.
    #[serde(default)]
    pub categories: FieldCategories,
    /// Of a `drop_down`: what one chooses from, in this order.
    #[serde(default)]
    pub options: Vec<String>,
}

/// What has a custom field.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FieldUsage {
    /// Tickets.
    Tickets,
    /// Assets.
    Assets,
    /// Users.
    Users,
    /// Companies.
    Companies,
}

/// What a custom field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line.
    Text,
    /// A date, with or without a time.
    Date,
    /// One of its options.
    DropDown,
    /// Ticked or not.
    Checkbox,
    /// Several lines.
    Multiline,
}

/// Which categories have a custom field of tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "all, or a list of categories")]
pub enum FieldCategories {
    /// Every category.
    All(All),
    /// These, by name.
    Some(Vec<String>),
}

impl Default for FieldCategories {
    fn default() -> Self {
        Self::All(All::All)
    }
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// All of them.
    All,
}

/// An answer that is given often.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentTemplate {
    /// Its name, one of its kind in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The group it stands in, made when new; null or left out: in none.
    #[serde(default)]
    pub group: Option<String>,
    /// HTML.
    pub body: String,
}

/// What happens by itself: when the trigger comes and all conditions hold, the actions follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, one of its kind in any case.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// It may run.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its place: lower runs first.
    #[serde(default)]
    pub order: i32,
    /// What makes it run.
    pub trigger: Part,
    /// What must hold, all of it.
    #[serde(default)]
    pub conditions: Vec<Part>,
    /// What it does, in this order.
    #[serde(default)]
    pub actions: Vec<Part>,
}

fn yes() -> bool {
    true
}

/// A part of a rule. Where it speaks of a category, a status, a user and the like, `value` has its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What kind of part: `ticket_created`, `subject_contains`, `set_priority`
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value, where it has one.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}
