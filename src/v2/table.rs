//! THE list of `/api/v2`: the router and its description are made from it.

use crate::domain::business_hours::BusinessHoursKind;
use crate::domain::categories::CategoryKind;
use crate::domain::comment_templates::{CommentTemplateGroupKind, CommentTemplateKind};
use crate::domain::companies::CompanyKind;
use crate::domain::custom_fields::CustomFieldKind;
use crate::domain::departments::DepartmentKind;
use crate::domain::mail_templates::MailTemplateKind;
use crate::domain::mailboxes::MailboxKind;
use crate::domain::rules::RuleKind;
use crate::domain::sections::SectionKind;
use crate::domain::statuses::StatusKind;
use crate::domain::tags::TagKind;
use crate::domain::users::kept::UserKind;
use crate::domain::webhooks::WebhookKind;

use super::kept;
use super::{
    events, incoming_mail, integrations, jobs, logs, mailboxes, options, rules, settings, single,
    tokens, users, webhooks,
};

pub use super::operations::{Operation, Table, Verb};

use Verb::{Delete, Get, Patch, Post, Put};

/// The table of all operations.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one line an operation")]
pub fn table() -> Table {
    Table::default()
        .resource::<SectionKind>("Sections", "section")
        .resource::<CategoryKind>("Categories", "category")
        .resource::<BusinessHoursKind>("Business hours", "week of business hours")
        .resource::<StatusKind>("Statuses", "status")
        .resource::<TagKind>("Tags", "tag")
        .resource::<CommentTemplateGroupKind>(
            "Groups of comment templates",
            "group of comment templates",
        )
        .resource::<CommentTemplateKind>("Comment templates", "comment template")
        .resource::<CustomFieldKind>("Custom fields", "custom field")
        .on(
            Delete,
            "/custom_fields/{id}/options/{option_id}",
            "custom_fields",
            "DeleteOption",
            "Delete an option of a drop-down field",
            options::delete,
        )
        .resource::<MailTemplateKind>("Mail templates", "mail template")
        .resource::<DepartmentKind>("Departments", "department")
        .resource::<CompanyKind>("Companies", "company")
        .resource_replaced_by::<RuleKind, _, _>("Rules", "rule", rules::replace)
        .resource::<MailboxKind>("Mailboxes", "mailbox")
        .on(
            Get,
            "/mailboxes/{id}/state",
            "mailboxes",
            "GetMailboxState",
            "How a mailbox is",
            mailboxes::state,
        )
        .on(
            Post,
            "/mailboxes/{id}/check",
            "mailboxes",
            "CheckMailbox",
            "Have a mailbox checked now",
            mailboxes::check,
        )
        .on(
            Post,
            "/rules/{id}/dry-run",
            "rules",
            "DryRunRule",
            "Say what a rule would do with a ticket",
            rules::dry_run,
        )
        .on(
            Get,
            "/rule_runs",
            "rule_runs",
            "ListRuleRuns",
            "What rules did, the newest first",
            rules::runs,
        )
        .section("Users")
        .changing_rights()
        .on(
            Get,
            "/users",
            "users",
            "ListUser",
            "Users, by id",
            users::list,
        )
        .on(
            Post,
            "/users",
            "users",
            "CreateUser",
            "Make a user",
            users::create,
        )
        .on(
            Get,
            "/users/{id}",
            "users",
            "GetUser",
            "One user",
            kept::get::<UserKind>,
        )
        .on(
            Put,
            "/users/{id}",
            "users",
            "ReplaceUser",
            "Write a user anew",
            kept::replace::<UserKind>,
        )
        .on(
            Patch,
            "/users/{id}",
            "users",
            "ChangeUser",
            "Change some members of a user",
            kept::change::<UserKind>,
        )
        .on(
            Delete,
            "/users/{id}",
            "users",
            "DeleteUser",
            "Delete a user, or merge him into another",
            users::delete,
        )
        .on(
            Put,
            "/users/{id}/password",
            "users",
            "SetPassword",
            "Give a user a password",
            users::set_password,
        )
        .section("API tokens")
        .changing_rights()
        .on(
            Get,
            "/tokens",
            "tokens",
            "ListToken",
            "API tokens of a user, by id",
            tokens::list,
        )
        .on(
            Post,
            "/tokens",
            "tokens",
            "CreateToken",
            "Make an API token: it is shown this once",
            tokens::create,
        )
        .on(
            Get,
            "/tokens/{id}",
            "tokens",
            "GetToken",
            "One API token",
            tokens::get,
        )
        .on(
            Delete,
            "/tokens/{id}",
            "tokens",
            "RevokeToken",
            "Revoke an API token",
            tokens::revoke,
        )
        .section("Tickets")
        .on(
            Get,
            "/tickets/{id}/integrations",
            "integrations",
            "GetIntegrations",
            "Where a ticket is worked on elsewhere",
            single::get::<integrations::OfTicket>,
        )
        .on(
            Put,
            "/tickets/{id}/integrations",
            "integrations",
            "ReplaceIntegrations",
            "Write these links anew",
            single::replace::<integrations::OfTicket>,
        )
        .on(
            Patch,
            "/tickets/{id}/integrations",
            "integrations",
            "ChangeIntegrations",
            "Change some of these links",
            single::change::<integrations::OfTicket>,
        )
        .section("Incoming mail")
        .on(
            Get,
            "/incoming_mail",
            "incoming_mail",
            "ListIncomingMail",
            "Mail that has come in, the newest first",
            incoming_mail::list,
        )
        .on(
            Get,
            "/incoming_mail/{id}",
            "incoming_mail",
            "GetIncomingMail",
            "One mail, with its header",
            incoming_mail::get,
        )
        .on(
            Get,
            "/incoming_mail/{id}/raw",
            "incoming_mail",
            "GetRawIncomingMail",
            "One mail as it came",
            incoming_mail::raw,
        )
        .on(
            Post,
            "/incoming_mail/{id}/accept",
            "incoming_mail",
            "AcceptIncomingMail",
            "Make a ticket or a comment of a mail that waits or was ignored",
            incoming_mail::accept,
        )
        .on(
            Post,
            "/incoming_mail/{id}/discard",
            "incoming_mail",
            "DiscardIncomingMail",
            "It is nothing for the desk",
            incoming_mail::discard,
        )
        .section("Live events")
        .on(
            Get,
            "/events",
            "events",
            "ListenToEvents",
            "What happens, as it happens",
            events::listen,
        )
        .section("Settings")
        .changing_rights()
        .on(
            Get,
            "/settings",
            "settings",
            "GetSettings",
            "The settings of the desk",
            single::get::<settings::Desk>,
        )
        .on(
            Put,
            "/settings",
            "settings",
            "ReplaceSettings",
            "Write the settings anew",
            single::replace::<settings::Desk>,
        )
        .on(
            Patch,
            "/settings",
            "settings",
            "ChangeSettings",
            "Change some settings",
            single::change::<settings::Desk>,
        )
        .on(
            Put,
            "/settings/shared_secret",
            "settings",
            "SetSharedSecret",
            "Change the shared secret: every API token ends",
            settings::set_shared_secret,
        )
        .on(
            Get,
            "/settings/mail",
            "settings",
            "GetMailSettings",
            "The settings by which mail is sent",
            single::get::<settings::Mail>,
        )
        .on(
            Put,
            "/settings/mail",
            "settings",
            "ReplaceMailSettings",
            "Write the settings by which mail is sent anew",
            single::replace::<settings::Mail>,
        )
        .on(
            Patch,
            "/settings/mail",
            "settings",
            "ChangeMailSettings",
            "Change some settings by which mail is sent",
            single::change::<settings::Mail>,
        )
        .on(
            Post,
            "/settings/mail/test",
            "settings",
            "TestMailSettings",
            "Send a mail to try the settings: what happened, step by step",
            settings::test_mail,
        )
        .resource::<WebhookKind>("Webhooks", "webhook")
        .on(
            Post,
            "/webhooks/{id}/rotate_secret",
            "webhooks",
            "RotateWebhookSecret",
            "Give a webhook a new secret: it is shown this once",
            webhooks::rotate_secret,
        )
        .on(
            Post,
            "/webhooks/{id}/test",
            "webhooks",
            "TestWebhook",
            "Send a test event now: what the receiver answered",
            webhooks::test,
        )
        .on(
            Post,
            "/webhook_deliveries/{id}/replay",
            "webhook_deliveries",
            "ReplayWebhookDelivery",
            "Make a delivery once more",
            webhooks::replay,
        )
        .section("Jobs")
        .on(
            Get,
            "/jobs",
            "jobs",
            "ListJob",
            "Jobs that are not done, the newest first",
            jobs::list,
        )
        .on(Get, "/jobs/{id}", "jobs", "GetJob", "One job", jobs::get)
        .on(
            Post,
            "/jobs/{id}/retry",
            "jobs",
            "RetryJob",
            "Have a job tried again now",
            jobs::retry,
        )
        .on(
            Delete,
            "/jobs/{id}",
            "jobs",
            "DiscardJob",
            "Take a job out, undone",
            jobs::discard,
        )
        .section("Logs")
        .on(
            Get,
            "/audit_log",
            "audit_log",
            "ListAuditLog",
            "Who did what, the newest first",
            logs::audit,
        )
        .on(
            Get,
            "/outgoing_mail",
            "outgoing_mail",
            "ListOutgoingMail",
            "Mail on its way out, the newest first",
            logs::mail,
        )
        .on(
            Post,
            "/outgoing_mail/{id}/retry",
            "outgoing_mail",
            "RetryOutgoingMail",
            "Send a mail after all that failed or was discarded",
            logs::retry_mail,
        )
        .on(
            Delete,
            "/outgoing_mail/{id}",
            "outgoing_mail",
            "DiscardOutgoingMail",
            "Take a mail out that was not sent",
            logs::discard_mail,
        )
        .on(
            Get,
            "/webhook_deliveries",
            "webhook_deliveries",
            "ListWebhookDeliveries",
            "What receivers of webhooks are told, the newest first",
            logs::webhooks,
        )
}
