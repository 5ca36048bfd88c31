//! THE list: every method, in the document's order, one line each. The router, the tests and
//! `docs/api-methods.md` are made from it.

use crate::api::{assets, comments, custom_fields, general, kb, rules, tickets, users};
use crate::http::limits::Rate::{Heavy, Usual};

pub use super::methods::{Method, Table, Verbs};

use Verbs::{Any, Get, Post};

/// The table of all methods.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one line a method")]
pub fn table() -> Table {
    Table::default()
        .section("General methods")
        .reads(
            "Authorization",
            "The caller, if his credentials are good",
            Any,
            Usual,
            general::authorization,
        )
        .section("Ticket methods")
        .reads(
            "Tickets",
            "Tickets that the caller sees, filtered, the newest first",
            Any,
            Usual,
            tickets::list::tickets,
        )
        .reads(
            "Ticket",
            "Everything about a ticket",
            Get,
            Usual,
            tickets::ticket::ticket,
        )
        .writes(
            "Ticket",
            "Make a ticket, with files",
            Post,
            Usual,
            tickets::ticket::create_ticket,
        )
        .writes(
            "UpdateTicket",
            "Change a ticket: all that is given, or nothing",
            Any,
            Usual,
            tickets::update::update_ticket,
        )
        .writes(
            "Close",
            "Close a ticket",
            Any,
            Usual,
            tickets::update::close,
        )
        .writes(
            "SetCustomField",
            "Set a custom field of a ticket",
            Any,
            Usual,
            tickets::custom_fields::set_custom_field,
        )
        .writes(
            "SetCustomFields",
            "Set several custom fields of a ticket: cf1=..., cf2=...",
            Any,
            Usual,
            tickets::custom_fields::set_custom_fields,
        )
        .reads(
            "Stats",
            "How many tickets there are, by how far they are",
            Any,
            Usual,
            tickets::list::stats,
        )
        .reads(
            "Search",
            "Tickets that contain words, the best first",
            Any,
            Heavy,
            tickets::list::search,
        )
        .reads(
            "TicketCustomFields",
            "The custom fields of a ticket",
            Any,
            Usual,
            tickets::custom_fields::ticket_custom_fields,
        )
        .reads(
            "Attachment",
            "The bytes of a file",
            Any,
            Usual,
            tickets::files::attachment,
        )
        .writes(
            "AttachFile",
            "Attach files to a ticket",
            Any,
            Usual,
            tickets::files::attach_file,
        )
        .writes(
            "DeleteFile",
            "Delete a file",
            Any,
            Usual,
            tickets::files::delete_file,
        )
        .writes(
            "AddSubscriber",
            "Subscribe a user to a ticket",
            Any,
            Usual,
            tickets::subscribers::add_subscriber,
        )
        .writes(
            "RemoveSubscriber",
            "Unsubscribe a user from a ticket",
            Any,
            Usual,
            tickets::subscribers::remove_subscriber,
        )
        .reads(
            "Subscribers",
            "Who subscribes to a ticket",
            Any,
            Usual,
            tickets::subscribers::subscribers,
        )
        .reads(
            "Categories",
            "The categories that the caller sees",
            Any,
            Usual,
            tickets::categories::categories,
        )
        .reads(
            "TechsForCategory",
            "To whom tickets of a category can be assigned",
            Any,
            Usual,
            tickets::categories::techs_for_category,
        )
        .reads(
            "CustomFieldsForCategory",
            "The custom fields that tickets of a category have",
            Any,
            Usual,
            tickets::custom_fields::custom_fields_for_category,
        )
        .writes(
            "MergeTickets",
            "Move everything of one ticket to another, for ever",
            Any,
            Usual,
            tickets::links::merge_tickets,
        )
        .writes(
            "LinkTickets",
            "Link two tickets",
            Any,
            Usual,
            tickets::links::link_tickets,
        )
        .writes(
            "UnlinkTickets",
            "Unlink two tickets",
            Any,
            Usual,
            tickets::links::unlink_tickets,
        )
        .writes(
            "AddSubTicket",
            "Put a ticket below another",
            Any,
            Usual,
            tickets::links::add_sub_ticket,
        )
        .writes(
            "RemoveSubTicket",
            "Take a ticket away from below another",
            Any,
            Usual,
            tickets::links::remove_sub_ticket,
        )
        .reads(
            "LinkedTickets",
            "Tickets that are linked to a ticket",
            Any,
            Usual,
            tickets::links::linked_tickets,
        )
        .reads(
            "SubTickets",
            "Tickets below a ticket",
            Any,
            Usual,
            tickets::links::sub_tickets,
        )
        .reads(
            "ParentTicket",
            "The ticket above a ticket: its number, or 0",
            Any,
            Usual,
            tickets::links::parent_ticket,
        )
        .reads(
            "TicketIntegrationData",
            "Where a ticket is worked on elsewhere",
            Any,
            Usual,
            tickets::links::ticket_integration_data,
        )
        .writes(
            "TagTicket",
            "Give a ticket a tag",
            Any,
            Usual,
            tickets::tags::tag_ticket,
        )
        .section("Comments")
        .writes(
            "Comment",
            "Reply to a ticket, with files; by GET without a body: read its replies",
            Any,
            Usual,
            comments::comment,
        )
        .reads(
            "Comments",
            "The replies to a ticket, the newest first",
            Any,
            Usual,
            comments::comments,
        )
        .reads(
            "CommentTemplates",
            "Texts to reply with",
            Any,
            Usual,
            comments::comment_templates,
        )
        .section("Users")
        .writes(
            "CreateUser",
            "Make a user",
            Any,
            Usual,
            users::users::create_user,
        )
        .rights(
            "UpdateUser",
            "Change a user: all that is given, or nothing",
            Any,
            Usual,
            users::users::update_user,
        )
        .rights(
            "DeleteUser",
            "Delete a user",
            Any,
            Usual,
            users::users::delete_user,
        )
        .reads("User", "A user", Any, Usual, users::users::user)
        .writes(
            "SetCustomFieldForUser",
            "Set a custom field of a user",
            Any,
            Usual,
            users::custom_fields::set_custom_field_for_user,
        )
        .reads(
            "UserByEmail",
            "The user of an e-mail address",
            Any,
            Heavy,
            users::users::user_by_email,
        )
        .rights(
            "MergeUsers",
            "Move everything of one user to another, for ever",
            Any,
            Usual,
            users::users::merge_users,
        )
        .reads(
            "UserByUsername",
            "The user of a user name",
            Any,
            Usual,
            users::users::user_by_username,
        )
        .reads(
            "UserCustomFields",
            "The custom fields of a user that have a value",
            Any,
            Usual,
            users::custom_fields::user_custom_fields,
        )
        .reads("Users", "Users, by id", Any, Usual, users::users::users)
        .rights(
            "AddCategoryTechPermission",
            "Make a user a technician of a category",
            Any,
            Usual,
            users::permissions::add_category_tech_permission,
        )
        .rights(
            "RemoveCategoryTechPermission",
            "End that a user is a technician of a category",
            Any,
            Usual,
            users::permissions::remove_category_tech_permission,
        )
        .reads(
            "Companies",
            "All companies",
            Any,
            Usual,
            users::companies::companies,
        )
        .writes(
            "Company",
            "Make a company, or find the one of the name",
            Any,
            Usual,
            users::companies::company,
        )
        .writes(
            "UpdateCompany",
            "Change a company",
            Any,
            Usual,
            users::companies::update_company,
        )
        .reads(
            "Departments",
            "All departments",
            Any,
            Usual,
            users::departments::departments,
        )
        .writes(
            "SetCustomFieldForCompany",
            "Set a custom field of a company",
            Any,
            Usual,
            users::custom_fields::set_custom_field_for_company,
        )
        .reads(
            "CompanyCustomFields",
            "The custom fields of a company that have a value",
            Any,
            Usual,
            users::custom_fields::company_custom_fields,
        )
        .section("Knowledge base")
        .reads(
            "Articles",
            "Articles that the caller sees, with categories and tags",
            Any,
            Usual,
            kb::articles,
        )
        .reads("Article", "An article", Get, Usual, kb::article)
        .writes(
            "Article",
            "Make an article, with files",
            Post,
            Usual,
            kb::create_article,
        )
        .section("Automation rules")
        .reads("Rule", "An automation rule as XML", Any, Usual, rules::rule)
        .writes(
            "DisableRule",
            "Keep a rule from running",
            Any,
            Usual,
            rules::disable_rule,
        )
        .writes(
            "EnableRule",
            "Let a rule run",
            Any,
            Usual,
            rules::enable_rule,
        )
        .section("Custom fields")
        .reads(
            "CustomFields",
            "All custom fields",
            Any,
            Usual,
            custom_fields::custom_fields,
        )
        .section("Assets")
        .reads(
            "Assets",
            "Assets, page by page",
            Any,
            Usual,
            assets::assets::assets,
        )
        .reads("Asset", "An asset", Get, Usual, assets::assets::asset)
        .writes(
            "Asset",
            "Make an asset",
            Post,
            Usual,
            assets::assets::create_asset,
        )
        .writes(
            "SetCustomFieldForAsset",
            "Set a custom field of an asset",
            Any,
            Usual,
            assets::custom_fields::set_custom_field_for_asset,
        )
        .writes(
            "UpdateAsset",
            "Change an asset: all that is given, or nothing",
            Any,
            Usual,
            assets::assets::update_asset,
        )
        .writes(
            "AssignAssetToUser",
            "Give an asset to a user",
            Any,
            Usual,
            assets::assignments::assign_asset_to_user,
        )
        .writes(
            "UnAssignAssetToUser",
            "Take an asset from a user",
            Any,
            Usual,
            assets::assignments::un_assign_asset_to_user,
        )
        .writes(
            "AddAssetToTicket",
            "Say that a ticket is about an asset",
            Any,
            Usual,
            assets::assignments::add_asset_to_ticket,
        )
        .writes(
            "RemoveAssetFromTicket",
            "Say that a ticket is not about an asset",
            Any,
            Usual,
            assets::assignments::remove_asset_from_ticket,
        )
        .writes(
            "EnableAsset",
            "Enable an asset",
            Any,
            Usual,
            assets::assets::enable_asset,
        )
        .writes(
            "DisableAsset",
            "Disable an asset",
            Any,
            Usual,
            assets::assets::disable_asset,
        )
        .section("Newer methods, seen in use")
        .writes(
            "deleteTicket",
            "Delete a ticket, for ever",
            Any,
            Usual,
            tickets::ticket::delete_ticket,
        )
        .reads(
            "Attachments",
            "The files of a ticket",
            Any,
            Usual,
            tickets::files::attachments,
        )
        .reads(
            "Priorities",
            "All priorities",
            Any,
            Usual,
            tickets::categories::priorities,
        )
        .reads(
            "TimeSpentLog",
            "Who spent how much time on a ticket",
            Any,
            Usual,
            tickets::time::time_spent_log,
        )
        .section("Addresses that clients link to")
        .address(
            "/ticket/{id}",
            "A ticket as a page",
            Usual,
            tickets::ticket::ticket_page,
        )
        .address(
            "/file/get",
            "A file, for browsers",
            Usual,
            tickets::files::file_get,
        )
        .address(
            "/file/get/{id}",
            "A file, for browsers",
            Usual,
            tickets::files::file_get,
        )
        .address(
            "/kb/view/{id}",
            "An article as a page",
            Usual,
            kb::page::article_page,
        )
        .address(
            "/user/token",
            "A new API token of the caller",
            Usual,
            general::user_token,
        )
}
