-- Who acts when rules do. He is born a tombstone: whatever leaves out deleted users leaves him out, and he has nothing to
-- log in with. Nobody else has a number below one. His user name is one that no person chooses.
insert into users (id, username, first_name, disabled, send_email, created_at, deleted_at)
select -1,
    '(system)' || case when exists (select from users where lower(username) = '(system)') then gen_random_uuid()::text else '' end,
    'System', true, false, now(), now();
