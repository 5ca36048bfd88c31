-- What the desk depends on (mail servers, mailboxes, receivers of webhooks) and since when it works or does not.
create table conditions (
    -- mail, mailbox.3, webhook.7
    key text not null,
    state text not null,
    -- When it came into this state.
    since timestamptz not null,
    -- Why it fails, or failed last.
    message text,
    last_seen timestamptz not null,
    -- The present failure stands in the log.
    is_logged boolean not null default false,
    -- When a failure was last written into the log: what comes and goes is not logged each time.
    logged_at timestamptz,
    constraint conditions_pkey primary key (key),
    constraint conditions_key_check check (key <> '' and length(key) <= 100),
    constraint conditions_state_check check (state in ('ok', 'failing')),
    constraint conditions_message_check check (length(message) <= 1000)
);
