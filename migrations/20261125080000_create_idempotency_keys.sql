-- What was answered to creations that came with an Idempotency-Key, for a day: sent again, they are answered again.
create table idempotency_keys (
    user_id integer not null,
    key text not null,
    operation text not null,
    -- Of the body: the same key with another request is a mistake.
    request_hash bytea not null,
    location text not null default '',
    etag text not null default '',
    body text not null default '',
    created_at timestamptz not null,
    constraint idempotency_keys_pkey primary key (user_id, key),
    constraint idempotency_keys_user_id_fkey foreign key (user_id) references users (id) on delete cascade
);
create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
