//! Parameters that no document names: whoever sends the columns of our tables, or what other products take for a role,
//! changes nothing by it.

use std::collections::BTreeSet;

use ferrodesk::api::table::{Verbs, table};

use super::calls::{SPELLINGS, prepare};
use super::{Method, Parameter, methods};
use crate::permissions::Stage;

/// What an attacker tries besides the names of columns.
const TRIED: [&str; 12] = [
    "isAdmin",
    "IsAdmin",
    "is_admin",
    "isTech",
    "isManager",
    "role",
    "roles",
    "passwordHash",
    "tokenVersion",
    "companyId",
    "createdAt",
    "deleted",
];

/// Other names of documented parameters, which clients send, and what the field notes know besides.
const KNOWN: [&str; 11] = [
    "UpdateCompany companyid",
    "UpdateTicket newcategoryid",
    "UpdateTicket priorityid",
    "UpdateTicket assignedtouserid",
    "UpdateTicket closedate",
    "Ticket priority",
    "SetCustomFieldForUser userid",
    "Comments ticketid",
    "CustomFieldsForCategory id",
    "UserCustomFields userid",
    "Article tags",
];

/// Everything that the methods change, without what differs between two runs: ids of new rows, times.
const STATE: &str = "select concat_ws(E'\\n',
    (select string_agg(concat_ws(',', username, email, is_admin, is_manager, is_department_manager, disabled, send_email,
        token_version, two_factor_enabled, company_id is null, department_id is null, deleted_at is null, notes, lang,
        avatar_url, phone, location, signature, greeting, out_of_office, dark_mode), ';' order by username) from users),
    (select string_agg(concat_ws(',', subject, body, category_id, user_id, assigned_to_user_id, on_behalf_user_id, status_id,
        priority, origin, parent_ticket_id, due_date::date, time_spent_seconds, resolved_date is null, start_date is null,
        updated_by_user, updated_by_performer, updated_for_tech_view), ';' order by id) from tickets),
    (select string_agg(concat_ws(',', ticket_id < 1000000, user_id, body, for_techs_only, is_system, recipient_ids), ';' order by id)
        from comments),
    (select string_agg(concat_ws(',', file_name, content_type, size, user_id, hidden_from_kb, hidden_from_tickets,
        comment_id is null, article_id is null, asset_id is null), ';' order by id) from attachments),
    (select string_agg(concat_ws(',', name, notes, email_domains), ';' order by name) from companies),
    (select string_agg(concat_ws(',', name, for_techs_only, for_specific_users, kb_only, disabled, section_id), ';' order by id)
        from categories),
    (select string_agg(concat_ws(',', subject, body, category_id, for_techs_only, user_id), ';' order by id) from articles),
    (select string_agg(concat_ws(',', name, enabled, definition), ';' order by id) from rules),
    (select string_agg(concat_ws(',', model_name, serial_number, location, comments, quantity, disabled, company_id), ';'
        order by id) from assets),
    (select string_agg(concat_ws(',', category_id, user_id), ';' order by category_id, user_id) from category_technicians),
    (select string_agg(concat_ws(',', ticket_id < 1000000, field_id, value), ';' order by field_id, value) from ticket_field_values),
    (select string_agg(concat_ws(',', name, for_techs_only, for_admins_only), ';' order by id) from custom_fields),
    (select string_agg(concat_ws(',', ticket_id < 1000000, user_id), ';' order by ticket_id < 1000000, user_id) from subscribers),
    (select string_agg(concat_ws(',', ticket_id, name), ';' order by ticket_id, name) from ticket_tags join tags on tags.id = tag_id
        where ticket_id >= 1000000),
    (select string_agg(l::text, ';' order by l) from ticket_links l),
    (select string_agg(u::text, ';' order by u) from asset_users u where asset_id >= 1000000),
    (select string_agg(l::text, ';' order by l) from asset_tickets l where asset_id >= 1000000),
    (select string_agg(shared_secret, ';') from instance))";

fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

impl Method {
    /// It takes a parameter of this name, however spelled; every method may take its object's number as `id`, from its
    /// path.
    fn takes(&self, name: &str) -> bool {
        if name == "id" {
            return true;
        }
        self.parameters
            .iter()
            .any(|known| plain(&known.name) == plain(name))
            || KNOWN.contains(&&*format!("{} {}", self.name, plain(name)))
    }

    /// What the call leaves behind.
    async fn effect(&self, stage: &Stage) -> (String, String) {
        prepare(stage).await;
        let reply = self.call(stage, SPELLINGS[0], "").await;
        let mut connection = stage.app.database.connect().await;
        let rows: String = sqlx::query_scalar(STATE)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        (reply.status.to_string(), rows)
    }
}

/// Every method that the table says writes, by whichever verb the document shows it, has a good call here.
fn methods_that_write() -> Vec<Method> {
    let table = table();
    let mut writing: Vec<_> = table.methods().iter().filter(|one| one.writes).collect();
    let mut known = methods();
    known.retain(|method| {
        table.methods().iter().any(|one| {
            one.writes
                && one.name == method.name
                && match one.verbs {
                    Verbs::Get => method.verb == "GET",
                    Verbs::Post => method.verb == "POST",
                    Verbs::Any => true,
                }
        })
    });
    writing.retain(|one| known.iter().all(|method| method.name != one.name));
    assert!(writing.is_empty(), "without a call: {writing:?}");
    known
}

#[tokio::test]
async fn nothing_undocumented_can_be_written() {
    let stage = Stage::set().await;
    let columns: Vec<String> = sqlx::query_scalar(
        "select distinct column_name::text from information_schema.columns where table_schema = current_schema()",
    )
    .fetch_all(&mut stage.app.database.connect().await)
    .await
    .unwrap();
    let names: BTreeSet<&str> = columns.iter().map(String::as_str).chain(TRIED).collect();
    let mut wrong = vec![];
    for mut method in methods_that_write() {
        let documented = method.effect(&stage).await;
        let undocumented: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| !method.takes(name))
            .collect();
        assert!(undocumented.len() > 100, "{}: nothing to try", method.name);
        let tried = undocumented.into_iter().map(|name| Parameter {
            name: name.to_owned(),
            kind: "string".to_owned(),
            required: false,
            value: "1".to_owned(),
            other: None,
            then: None,
        });
        method.parameters.extend(tried);
        let all = method.effect(&stage).await;
        if all != documented {
            let lines = documented.1.lines().zip(all.1.lines());
            let changed: Vec<_> = lines.filter(|(one, other)| one != other).collect();
            wrong.push(format!(
                "{}: {} {} {changed:#?}",
                method.name, documented.0, all.0
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
