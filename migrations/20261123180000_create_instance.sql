-- What one installation is: its identity, the shared secret of its tokens, its settings.
create table instance (
    id uuid not null default gen_random_uuid(),
    -- One row only.
    singleton boolean not null default true,
    -- Part of the key of API tokens: a change ends every token.
    shared_secret text not null,
    -- Raised with each change of the shared secret, so that an old secret set again revives nothing.
    token_epoch integer not null default 1,
    created_at timestamptz not null default now(),
    constraint instance_pkey primary key (id),
    constraint instance_singleton_key unique (singleton),
    constraint instance_singleton_check check (singleton)
);

create table settings (
    name text not null,
    value jsonb not null,
    updated_at timestamptz not null default now(),
    constraint settings_pkey primary key (name)
);
