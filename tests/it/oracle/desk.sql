-- A desk of two thousand tickets on which everybody sees something else. Everything follows from the numbers.
insert into companies (name) select 'Company ' || i from generate_series(1, 4) i;
insert into departments (name) select 'Department ' || i from generate_series(1, 3) i;
insert into categories (name, for_techs_only, for_specific_users, disabled) values
    ('Public', false, false, false), ('For technicians', true, false, false), ('For some', false, true, false),
    ('Closed down', false, false, true);
insert into category_companies (category_id, company_id) values (4, 2);
insert into users (username, email, company_id, department_id)
    select 'user' || i, 'user' || i || '@desk.test', 1 + i % 4, 1 + i % 3 from generate_series(1, 40) i;
update users set company_id = 1, department_id = 2 where username in ('customer', 'manager');
update users set company_id = 3, department_id = 1 where username in ('head', 'reader');
update users set is_manager = true where username = 'manager';
update users set is_department_manager = true where username = 'head';
update users set is_admin = true where username = 'administrator';
insert into category_users (category_id, user_id) select 4, id from users where username = 'reader';
insert into category_technicians (category_id, user_id)
    select c, u.id from users u, (values ('technician', 1), ('specialist', 2), ('specialist', 3), ('specialist', 4)) t (name, c)
    where u.username = t.name;

insert into tickets (id, subject, body, category_id, user_id, status_id, priority, assigned_to_user_id, parent_ticket_id,
        updated_by_user, updated_for_tech_view, created_at, updated_at)
    select i, 'Ticket ' || i, 'An elephant', 1 + i % 5,
        (select id from users where username = case when i % 19 = 0 then 'customer' else 'user' || (1 + i % 40) end),
        1 + i % 3, i % 3 - 1, (select id from users where username = 'technician' and i % 7 = 0),
        case when i % 50 = 0 then i - 1 - i % 4 end, i % 4 = 0, i % 6 = 0, now(), now()
    from generate_series(1, 2000) i;
insert into ticket_links (ticket_id, linked_ticket_id) select i, i + 1 + i % 6 from generate_series(1, 1990) i where i % 9 = 0;
insert into subscribers (ticket_id, user_id)
    select i, u.id from generate_series(1, 2000) i, users u where i % 23 = 0 and u.username in ('reader', 'specialist');
insert into comments (ticket_id, user_id, created_at, body, for_techs_only)
    select i, u.id, now(), case when i % 11 = 0 then 'A zebra' else 'A giraffe' end, i % 11 = 0
    from generate_series(1, 2000) i, users u where (i % 11 = 0 or i % 13 = 0) and u.username = 'user1';
select rebuild_ticket_search(id) from tickets;
insert into articles (id, category_id, subject, body, for_techs_only, created_at)
    select i, 1 + i % 5, 'Article ' || i, 'x', i % 2 = 0, now() from generate_series(1, 40) i;
insert into manufacturers (name) values ('m');
insert into suppliers (name) values ('s');
insert into asset_types (name) values ('t');
insert into assets (id, model_name, manufacturer_id, supplier_id, type_id) select i, 'Model ' || i, 1, 1, 1 from generate_series(1, 120) i;
insert into asset_users (asset_id, user_id)
    select i, u.id from generate_series(1, 120) i, users u where i % 10 = 0 and u.username in ('customer', 'reader');
