-- How far the rules that wait for a moment have been looked after.
create table rule_timers (
    rule_id integer not null,
    -- What it waits for: another trigger begins anew.
    awaits text not null,
    -- Moments before it are not its business.
    since timestamptz not null,
    -- Every moment until then has been looked at.
    checked_until timestamptz not null,
    constraint rule_timers_pkey primary key (rule_id),
    constraint rule_timers_rule_id_fkey foreign key (rule_id) references rules (id) on delete cascade
);

-- Each moment of each ticket fires a rule once. It is named by the date it follows from, the due date or that of the
-- last change, so that other business hours do not make another moment of it.
create table rule_firings (
    rule_id integer not null,
    ticket_id integer not null,
    follows_from timestamptz not null,
    fired_at timestamptz not null,
    constraint rule_firings_pkey primary key (ticket_id, rule_id, follows_from),
    constraint rule_firings_rule_id_fkey foreign key (rule_id) references rules (id) on delete cascade,
    constraint rule_firings_ticket_id_fkey foreign key (ticket_id) references tickets (id) on delete cascade
);
create index rule_firings_rule_id_idx on rule_firings (rule_id);
create index rule_firings_fired_at_idx on rule_firings (fired_at);
