-- What happened before there was anybody to tell is told to nobody.
truncate outbox;
alter table outbox
    -- In the order of the commits, without gaps; null until the relay has told of it.
    add column position bigint,
    -- By which rules it was caused; null: by a person or a program outside.
    add column chain jsonb,
    -- When rules, mail and webhooks were worked out.
    add column handled_at timestamptz;
create unique index outbox_position_key on outbox (position) where position is not null;
create index outbox_untold_idx on outbox (id) where position is null;

-- The last position given. Whoever locks the row is the relay.
create table outbox_relay (
    only_row boolean not null default true,
    last_position bigint not null default 0,
    constraint outbox_relay_pkey primary key (only_row),
    constraint outbox_relay_only_row_check check (only_row)
);
insert into outbox_relay default values;
