-- One of each thing that refers to a user, for ann; bob has some of the same already. A test fails when a foreign key to
-- users is missing here.
insert into categories (id, name, for_specific_users) values (11, 'Hardware', false), (12, 'Software', false), (13, 'Secret', true);

insert into tickets (id, subject, body, category_id, user_id, on_behalf_user_id, assigned_to_user_id,
        last_updated_by_user_id, status_id, created_at, updated_at)
    select t.id, t.subject, 'Please help', 1, u.id, o.id, a.id, l.id, t.status_id, timestamptz '2020-01-01Z', timestamptz '2020-01-02Z'
    from (values
        (101, 'Submitted by ann', 'ann', null, null, null, 1),
        (102, 'Made by ann for carl', 'carl', 'ann', null, null, 1),
        (103, 'Assigned to ann', 'carl', null, 'ann', null, 2),
        (104, 'Closed by ann', 'carl', null, 'ann', 'ann', 3),
        (105, 'Of bob, for ann', 'bob', null, 'carl', 'ann', 2)
    ) t (id, subject, submitter, on_behalf, assignee, last, status_id)
    join users u on u.username = t.submitter
    left join users o on o.username = t.on_behalf
    left join users a on a.username = t.assignee
    left join users l on l.username = t.last;
select rebuild_ticket_search(id) from tickets;

insert into subscribers (ticket_id, user_id)
    select s.ticket_id, u.id
    from (values (101, 'ann'), (102, 'ann'), (102, 'bob'), (105, 'bob'), (105, 'carl')) s (ticket_id, username)
    join users u using (username);

insert into comments (id, ticket_id, user_id, created_at, body, recipient_ids)
    select 20000001, 101, a.id, timestamptz '2020-01-01Z', 'By ann', null from users a where a.username = 'ann'
    union all
    select 20000002, 102, c.id, timestamptz '2020-01-01Z', 'To both', array[a.id, b.id, c.id]
    from users a, users b, users c where a.username = 'ann' and b.username = 'bob' and c.username = 'carl'
    union all
    select 20000003, 102, c.id, timestamptz '2020-01-01Z', 'To carl', array[c.id] from users c where c.username = 'carl';

insert into time_spent_log (ticket_id, user_id, status_id, seconds, created_at)
    select 103, id, 2, 60, timestamptz '2020-01-01Z' from users where username = 'ann';

insert into articles (id, category_id, user_id, subject, body, created_at)
    select 301, 1, id, 'How to', 'Read', timestamptz '2020-01-01Z' from users where username = 'ann';

insert into manufacturers (id, name) values (1, 'M');
insert into suppliers (id, name) values (1, 'S');
insert into asset_types (id, name) values (1, 'T');
insert into assets (id, model_name, manufacturer_id, supplier_id, type_id) values (401, 'Printer', 1, 1, 1), (402, 'Phone', 1, 1, 1);
insert into asset_users (asset_id, user_id)
    select a.asset_id, u.id from (values (401, 'ann'), (402, 'ann'), (402, 'bob')) a (asset_id, username) join users u using (username);
insert into asset_log (asset_id, user_id, created_at, entry)
    select 401, id, timestamptz '2020-01-01Z', 'Bought' from users where username = 'ann';

insert into category_technicians (category_id, user_id)
    select c.category_id, u.id from (values (11, 'ann'), (12, 'ann'), (12, 'bob')) c (category_id, username) join users u using (username);
insert into category_users (category_id, user_id) select 13, id from users where username = 'ann';

insert into custom_fields (id, usage, type, name) values (501, 3, 1, 'Status'), (502, 3, 1, 'Nickname');
insert into user_field_values (user_id, field_id, value)
    select u.id, v.field_id, v.value
    from (values (501, 'ann', 'Paying'), (502, 'ann', 'Annie'), (502, 'bob', 'Bobby')) v (field_id, username, value)
    join users u using (username);

insert into attachments (id, ticket_id, user_id, file_name, content_type, size, sha256, storage_key, created_at)
    select 601, 101, id, 'a.txt', 'text/plain', 4, '\x00', 'key', timestamptz '2020-01-01Z' from users where username = 'ann';

insert into api_tokens (token_hash, user_id) select '\x01', id from users where username = 'ann';

insert into idempotency_keys (user_id, key, operation, request_hash, created_at)
    select id, 'key', 'CreateSection', '\x01', timestamptz '2020-01-01Z' from users where username = 'ann';

insert into outgoing_mail (created_at, user_id, to_address, subject, message_id, state)
    select timestamptz '2020-01-01Z', id, 'ann@x.test', 'Hello', 'one@x.test', 'sent' from users where username = 'ann';
insert into password_resets (token_hash, user_id, token_version, email, created_at, expires_at)
    select '\x01', id, 1, '', timestamptz '2020-01-01Z', timestamptz '2099-01-01Z' from users where username = 'ann';
