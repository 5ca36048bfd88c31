-- The stage of every call: what the last one changed is undone, ids are the same each time.
delete from attachments;
delete from comments;
delete from subscribers;
delete from tickets;
delete from tags;
delete from articles;
delete from custom_fields;
delete from assets;
delete from manufacturers;
delete from suppliers;
delete from asset_types;
delete from rules;
delete from outbox;
delete from login_streaks;
delete from category_technicians;
delete from users where username like 'new%';
delete from companies where name like 'New%';
update companies set name = 'ACME', notes = null, email_domains = '{}' where id = 1;
-- Whoever was changed, deleted or merged is back.
update users u
    set username = p.username, email = p.email, password_hash = p.password_hash, first_name = p.first_name,
        last_name = p.last_name, phone = p.phone, is_admin = p.is_admin, is_manager = p.is_manager,
        company_id = p.company_id, disabled = p.disabled, send_email = p.send_email, token_version = p.token_version,
        deleted_at = p.deleted_at
    from people p where p.id = u.id;

insert into category_technicians (user_id, category_id)
    select u.id, c.id from users u, categories c
    where (u.username = 'technician' and c.name in ('General issues', 'Techs only', 'Specific'))
        or (u.username = 'other_technician' and c.name = 'Elsewhere');

insert into tickets (id, subject, body, category_id, user_id, status_id, parent_ticket_id, created_at, updated_at)
    select t.id, 'The printer is on fire', 'Please help', t.category_id, u.id, t.status_id, t.parent, now(), now()
    from users u, (values (1000001, 1, 1, null), (1000002, 1, 3, null), (1000003, 1, 1, 1000001), (1000004, 2, 1, null))
        t (id, category_id, status_id, parent)
    where u.username = 'owner';
insert into ticket_links (ticket_id, linked_ticket_id) values (1000001, 1000002);
select rebuild_ticket_search(id) from tickets;
insert into subscribers (ticket_id, user_id)
    select t.id, u.id from tickets t, users u where u.username in ('owner', 'subscriber', 'reader');
insert into comments (id, ticket_id, user_id, created_at, body, for_techs_only)
    select c.id, 1000001, u.id, now(), 'Hello', c.note
    from users u, (values (2000001, false), (2000002, true)) c (id, note) where u.username = 'owner';
insert into articles (id, category_id, subject, body, for_techs_only, created_at) values
    (3000001, 1, 'Public', 'Hello', false, now()), (3000002, 1, 'For technicians', 'Hello', true, now()),
    (3000003, 4, 'For others', 'Hello', false, now());
insert into rules (id, name, enabled, definition)
    select id, id::text, enabled, '{"trigger": {"type": "closed"}}'
    from (values (6000001, true), (6000002, false)) r (id, enabled);
insert into manufacturers (id, name) values (5100001, 'Apple');
insert into suppliers (id, name) values (5200001, 'none');
insert into asset_types (id, name) values (5300001, 'Laptop');
insert into assets (id, model_name, manufacturer_id, supplier_id, type_id) values
    (5000001, 'Macbook', 5100001, 5200001, 5300001), (5000002, 'Macbook', 5100001, 5200001, 5300001);
insert into asset_users (asset_id, user_id)
    select a.id, u.id from users u, (values (5000001, 'owner'), (5000002, 'reader')) a (id, username)
    where a.username = u.username;
insert into asset_tickets (asset_id, ticket_id) values (5000001, 1000001);

-- Each file has bytes of its own under the name that its id gives.
insert into attachments (id, ticket_id, comment_id, article_id, asset_id, user_id, file_name, content_type, size, sha256, storage_key, created_at)
    select f.id, f.ticket_id, f.comment_id, f.article_id, f.asset_id, u.id, 'a.txt', 'text/plain', 4, '\x00', lpad(f.id::text, 32, '0'), now()
    from users u, (values (4000001, 1000001, null, null, null), (4000002, 1000001, 2000001, null, null),
        (4000003, 1000001, 2000002, null, null), (4000004, null, null, 3000001, null), (4000005, null, null, 3000002, null),
        (4000006, null, null, null, null::int), (4000007, null, null, null, 5000001))
        f (id, ticket_id, comment_id, article_id, asset_id)
    where u.username = 'owner';

-- Fields for everybody, technicians, administrators; of another category; of users, companies and assets.
insert into custom_fields (id, usage, type, name, for_techs_only, for_admins_only, for_all_categories) values
    (7000001, 1, 1, 'Everybody', false, false, true), (7000002, 1, 1, 'Technicians', true, false, true),
    (7000003, 1, 1, 'Administrators', false, true, true), (7000004, 1, 1, 'Elsewhere', false, false, false),
    (7000005, 3, 1, 'Of users', false, false, true), (7000006, 3, 1, 'Of users, for administrators', false, true, true),
    (7000007, 4, 1, 'Of companies', true, false, true), (7000008, 2, 1, 'Of assets', false, false, true);
insert into custom_field_categories (field_id, category_id) values (7000004, 2);
