-- What the stage of the permissions lacks for every list to have an item and every filter to find it.
insert into sections (id, name) values (1, 'Sales') on conflict do nothing;
insert into departments (name) values ('Research') on conflict do nothing;
insert into comment_templates (id, name, body) values (1, 'Which app?', 'Which one?') on conflict do nothing;
update categories set section_id = 1 where id = 1;
update users set company_id = 1, department_id = 1 where username = 'owner';
update tickets
    set assigned_to_user_id = (select id from users where username = 'technician'), due_date = now() + interval '1 day'
    where id = 1000001;
insert into subscribers (ticket_id, user_id)
    select 1000001, id from users where username = 'administrator' on conflict do nothing;
insert into tags (id, name) values (8000001, 'red');
insert into ticket_tags (ticket_id, tag_id) values (1000001, 8000001);
insert into article_tags (article_id, tag_id) values (3000001, 8000001);
update assets set company_id = 1;
insert into ticket_field_values (ticket_id, field_id, value) values (1000001, 7000001, 'a');
insert into user_field_values (user_id, field_id, value) select id, 7000005, 'a' from users where username = 'owner';
insert into company_field_values (company_id, field_id, value) values (1, 7000007, 'a');
select rebuild_ticket_search(1000001);
