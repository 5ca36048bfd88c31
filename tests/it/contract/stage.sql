-- What the stage of the permissions lacks: here every list has an item, every filter finds and misses something, and
-- every key that may be null has a value somewhere.
insert into sections (id, name) values (1, 'Sales') on conflict do nothing;
insert into departments (name) values ('Research') on conflict do nothing;
insert into comment_template_groups (id, name) values (1, 'Questions') on conflict do nothing;
insert into comment_templates (id, name, body, group_id) values (1, 'Which app?', 'Which one?', 1) on conflict do nothing;
update statuses set color = '#336699';
update categories set section_id = 1, from_address = 'sales@desk.test' where id = 1;
update companies set notes = 'Pays late', email_domains = '{acme.test}' where id = 1;
update users
    set company_id = 1, department_id = 1, first_name = 'Ann', last_name = 'Lee', notes = 'Known', location = 'Hall', phone = '7',
        lang = 'en', ip_address = '::1', host_name = 'desk', user_agent = 'curl', avatar_url = 'http://desk.test/a.png',
        signature = 'Bye', greeting = 'Hi', last_seen_at = now(), last_password_change_at = now(), out_of_office = false;
update tickets t
    set assigned_to_user_id = u.id, on_behalf_user_id = u.id, last_updated_by_user_id = u.id, due_date = now() + interval '1 day',
        start_date = now(), resolved_date = now(), time_spent_seconds = 5
    from users u where u.username = 'technician' and t.id in (1000001, 1000003);
insert into subscribers (ticket_id, user_id) select 1000001, id from users where username = 'administrator';
insert into tags (id, name) values (8000001, 'red');
insert into ticket_tags (ticket_id, tag_id) values (1000001, 8000001), (1000003, 8000001);
insert into article_tags (article_id, tag_id) values (3000001, 8000001);
update articles set updated_at = now();
insert into time_spent_log (ticket_id, user_id, status_id, seconds, created_at)
    select 1000001, id, 1, 5, now() from users where username = 'technician';
insert into ticket_integrations values (1000001, 'b', 'j', 'g', 'a', 't', 'v', 'h', 'l', 'c');
insert into assets (id, model_name, manufacturer_id, supplier_id, type_id, disabled)
    select 5000003, model_name, manufacturer_id, supplier_id, type_id, true from assets where id = 5000001;
update assets set company_id = 1, serial_number = 'S', location = 'Hall', comments = 'New', disabled = id <> 5000001;
insert into asset_users (asset_id, user_id) select 5000003, id from users where username = 'owner';
insert into asset_tickets (asset_id, ticket_id) values (5000003, 1000001);
insert into asset_log (asset_id, user_id, created_at, entry)
    select 5000001, id, now(), 'Bought' from users where username = 'technician';
-- A text and a choice for each thing that has fields.
insert into custom_fields (id, usage, type, name) values
    (7000011, 1, 3, 'Colour'), (7000012, 2, 3, 'Colour'), (7000013, 3, 3, 'Colour'), (7000014, 4, 3, 'Colour');
insert into custom_field_options (id, field_id, name) select id + 100000, id, 'Red' from custom_fields where type = 3;
insert into ticket_field_values (ticket_id, field_id, value, option_id) values (1000001, 7000001, 'a', null), (1000001, 7000011, null, 7100011);
insert into asset_field_values (asset_id, field_id, value, option_id) values (5000001, 7000008, 'a', null), (5000001, 7000012, null, 7100012);
insert into user_field_values (user_id, field_id, value, option_id)
    select u.id, f.* from users u, (values (7000005, 'a', null), (7000013, null, 7100013)) f where u.username = 'owner';
insert into company_field_values (company_id, field_id, value, option_id) values (1, 7000007, 'a', null), (1, 7000014, null, 7100014);
select rebuild_ticket_search(id) from tickets;
