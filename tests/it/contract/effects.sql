-- What each method that writes has done when it has answered: true when every parameter of its call had its effect.
-- The values are those of methods.json; {answer} is the bare number it answered.

-- POST Ticket
select exists (select from tickets where id = {answer} and category_id = {public} and subject = 's' and body = 'b' and priority = 1
        and user_id = {bystander} and on_behalf_user_id = {administrator} and origin = 0 and assigned_to_user_id = {technician})
    and (select array_agg(t.name order by t.name) = '{a,b}' from ticket_tags g join tags t on t.id = g.tag_id where g.ticket_id = {answer})
    and exists (select from ticket_field_values where ticket_id = {answer} and field_id = {field} and value = 'x')
    and exists (select from outbox where ticket_id = {answer} and event = 'ticket.created' and payload @> '{"suppressConfirmation": true}');
-- POST UpdateTicket
select exists (select from tickets where id = {ticket} and category_id = {elsewhere} and priority = 1 and created_at = '2024-01-02Z'
        and user_id = {bystander} and due_date = '2030-01-01Z' and assigned_to_user_id = {other_technician} and time_spent_seconds = 60
        and status_id = 2 and subject = 's' and body = 'b')
    and (select array_agg(t.name order by t.name) = '{a,b}' from ticket_tags g join tags t on t.id = g.tag_id where g.ticket_id = {ticket});
-- GET Close
select exists (select from tickets where id = {ticket} and status_id = 3)
    and exists (select from outbox where ticket_id = {ticket} and event = 'ticket.closed' and payload @> '{"suppressNotification": true}');
-- POST SetCustomField
select exists (select from ticket_field_values where ticket_id = {ticket} and field_id = {field} and value = 'x');
-- POST SetCustomFields
select exists (select from ticket_field_values where ticket_id = {ticket} and field_id = {field} and value = 'x');
-- POST AttachFile
select exists (select from attachments where ticket_id = {ticket} and file_name = 'b.txt' and size = 4);
-- GET DeleteFile
select not exists (select from attachments where id = {comment_file});
-- POST AddSubscriber
select exists (select from subscribers where ticket_id = {ticket} and user_id = {bystander});
-- POST RemoveSubscriber
select not exists (select from subscribers where ticket_id = {ticket} and user_id = {reader});
-- GET MergeTickets
select not exists (select from tickets where id = {closed_ticket}) and exists (select from tickets where id = {ticket});
-- GET LinkTickets
select exists (select from ticket_links where ticket_id = {ticket} and linked_ticket_id = {sub_ticket});
-- GET UnlinkTickets
select not exists (select from ticket_links where ticket_id = {ticket} and linked_ticket_id = {closed_ticket});
-- GET AddSubTicket
select exists (select from tickets where id = {closed_ticket} and parent_ticket_id = {ticket});
-- GET RemoveSubTicket
select exists (select from tickets where id = {sub_ticket} and parent_ticket_id is null);
-- POST TagTicket
select exists (select from ticket_tags g join tags t on t.id = g.tag_id where g.ticket_id = {ticket} and t.name = 'blue');
-- POST Comment
select exists (select from comments where id = {answer} and ticket_id = {ticket} and body = 'b' and for_techs_only and is_system
        and user_id = {bystander} and recipient_ids = array[{reader}]);
-- POST CreateUser
select exists (select from users u join companies c on c.id = u.company_id join departments d on d.id = u.department_id
        where u.id = {answer} and u.email = 'new@desk.test' and u.username = 'newcomer' and u.password_hash is not null
            and u.first_name = 'N' and u.last_name = 'B' and u.phone = '1' and u.location = 'l' and c.name = 'New' and d.name = 'New')
    and exists (select from outbox where event = 'user.created' and payload @> '{"userId": {answer}, "sendWelcomeEmail": true}');
-- POST UpdateUser
select exists (select from users u join companies c on c.id = u.company_id join departments d on d.id = u.department_id
        join people before on before.id = u.id
        where u.id = {bystander} and u.username = 'renamed' and u.email = 'new@desk.test' and u.first_name = 'N' and u.last_name = 'B'
            and u.notes = 'n' and u.phone = '1' and u.location = 'l' and d.name = 'New' and u.disabled and c.name = 'New'
            and u.password_hash <> before.password_hash and not u.send_email and u.greeting = 'g' and u.signature = 's'
            and u.out_of_office);
-- POST DeleteUser
select exists (select from users where id = {bystander} and deleted_at is not null);
-- POST SetCustomFieldForUser
select exists (select from user_field_values where user_id = {bystander} and field_id = {user_field} and value = 'x');
-- POST MergeUsers
select exists (select from users where id = {bystander} and deleted_at is not null)
    and exists (select from users where id = {reader} and deleted_at is null);
-- GET AddCategoryTechPermission
select exists (select from category_technicians where user_id = {bystander} and category_id = {public});
-- GET RemoveCategoryTechPermission
select not exists (select from category_technicians where user_id = {technician} and category_id = {public})
    and exists (select from category_technicians where user_id = {technician});
-- POST Company
select exists (select from companies where id = {answer} and name = 'New' and email_domains = '{empire.test,deathstar.test}');
-- POST UpdateCompany
select exists (select from companies where id = {company} and name = 'Renamed' and notes = 'n' and email_domains = '{abc.test,123.test}');
-- POST SetCustomFieldForCompany
select exists (select from company_field_values where company_id = {company} and field_id = {company_field} and value = 'x');
-- POST Article
select exists (select from articles where id = {answer} and category_id = {public} and body = 'b' and subject = 's' and for_techs_only);
-- GET DisableRule
select not enabled from rules where id = {rule};
-- GET EnableRule
select enabled from rules where id = {disabled_rule};
-- POST Asset
select exists (select from assets a join manufacturers m on m.id = a.manufacturer_id join suppliers s on s.id = a.supplier_id
        join asset_types t on t.id = a.type_id
        where a.id < 5000001 and a.model_name = 'm' and m.name = 'new' and t.name = 'new' and s.name = 'new' and a.serial_number = '1'
            and a.location = 'l' and a.comments = 'c' and a.quantity = 2 and a.company_id = {company});
-- POST SetCustomFieldForAsset
select exists (select from asset_field_values where asset_id = {asset} and field_id = {asset_field} and value = 'x');
-- POST UpdateAsset
select exists (select from assets a join manufacturers m on m.id = a.manufacturer_id join suppliers s on s.id = a.supplier_id
        join asset_types t on t.id = a.type_id
        where a.id = {asset} and a.model_name = 'm' and m.name = 'new' and t.name = 'new' and s.name = 'new' and a.serial_number = '1'
            and a.location = 'l' and a.comments = 'c' and a.quantity = 2 and a.company_id = {company});
-- POST AssignAssetToUser
select exists (select from asset_users where asset_id = {asset} and user_id = {bystander});
-- POST UnAssignAssetToUser
select not exists (select from asset_users where asset_id = {asset} and user_id = {owner});
-- POST AddAssetToTicket
select exists (select from asset_tickets where asset_id = {others_asset} and ticket_id = {ticket});
-- POST RemoveAssetFromTicket
select not exists (select from asset_tickets where asset_id = {asset} and ticket_id = {ticket});
-- POST EnableAsset
select not disabled from assets where id = {others_asset};
-- POST DisableAsset
select disabled from assets where id = {asset};
-- POST deleteTicket
select not exists (select from tickets where id = {ticket});
