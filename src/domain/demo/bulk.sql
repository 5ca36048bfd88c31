-- Tickets number $1 to $2 in one statement. Everything about a ticket follows from its number, so that two
-- databases are alike. The words of a ticket are put together from those of its sentences, which is what
-- rebuild_ticket_search would come to, many times faster.
with words as materialized (
    select
        array(select search_words(s) from unnest($5::text[]) with ordinality u (s, place) order by place) as openings,
        array(select search_words(s) from unnest($6::text[]) with ordinality u (s, place) order by place) as details,
        array(select search_words(s) from unnest($7::text[]) with ordinality u (s, place) order by place) as answers,
        array(select search_words(s) from unnest($8::text[]) with ordinality u (s, place) order by place) as replies
), numbers as materialized (
    select nextval(pg_get_serial_sequence('tickets', 'id'))::integer as id,
        i,
        abs(hashint4extended(i, 1) % 1000003)::integer as a,
        abs(hashint4extended(i, 2) % 1000003)::integer as b,
        abs(hashint4extended(i, 3) % 1000003)::integer as c,
        -- One a minute.
        timestamptz '2024-01-01 00:00:00Z' + i * interval '1 minute' as created_at
    from generate_series($1::integer, $2::integer) i
), drawn as materialized (
    select id, i, created_at,
        ($3::text[])[1 + a / 7 % cardinality($3)] || ' ' || ($4::text[])[1 + b / 7 % cardinality($4)]
            || ', room ' || (a % 900 + 100) as subject,
        1 + c / 7 % cardinality($5) as opening,
        1 + a / 211 % cardinality($6) as detail,
        1 + b / 211 % cardinality($7) as answer,
        1 + c / 211 % cardinality($8) as reply,
        -- Of ten second comments one is a note among technicians; so is the first one of a new ticket.
        c % 10 = 0 as is_note,
        -- Of twenty tickets one is new, two are in process, the rest is closed.
        case when b % 20 = 0 then 1 when b % 20 in (1, 2) then 2 else 3 end as status_id,
        case when c % 20 = 0 then 2 when c % 20 in (1, 2, 3) then 1 when c % 20 = 4 then -1 else 0 end as priority,
        ($9::integer[])[1 + a % cardinality($9)] as category_id,
        ($10::integer[])[1 + b % cardinality($10)] as technician_id,
        ($11::integer[])[1 + c % cardinality($11)] as customer_id
    from numbers
), made_tickets as (
    insert into tickets (id, subject, body, priority, status_id, category_id, user_id, assigned_to_user_id,
        created_at, updated_at, start_date, resolved_date,
        updated_by_user, updated_by_performer, updated_for_tech_view, last_updated_by_user_id)
    select id, subject,
        '<p>' || ($5::text[])[opening] || ' ' || ($6::text[])[detail] || '</p><p>Reference R' || i || '</p>',
        priority, status_id, category_id, customer_id, case when status_id <> 1 then technician_id end,
        created_at, created_at + interval '2 hours', case when status_id <> 1 then created_at + interval '30 minutes' end,
        case when status_id = 3 then created_at + interval '2 hours' end,
        not is_note, is_note and status_id <> 1, is_note, case when is_note then technician_id else customer_id end
    from drawn
), made_comments as (
    insert into comments (ticket_id, user_id, created_at, body, for_techs_only)
    select id, speaker, created_at + after, said, techs_only
    from drawn
    cross join lateral (
        values
            (technician_id, interval '30 minutes', ($7::text[])[answer], status_id = 1),
            (case when is_note then technician_id else customer_id end, interval '2 hours', ($8::text[])[reply], is_note)
    ) comment (speaker, after, said, techs_only)
), made_subscribers as (
    insert into subscribers (ticket_id, user_id)
    select id, customer_id from drawn
    union all
    select id, technician_id from drawn where status_id <> 1
)
insert into ticket_search (ticket_id, public_words, staff_words)
select id,
    asked
        || case when status_id = 1 then ''::tsvector else answers[answer] end
        || case when is_note then ''::tsvector else replies[reply] end,
    asked || answers[answer] || replies[reply]
from drawn
cross join words
cross join lateral (
    select setweight(search_subject(subject || ' '), 'A') || openings[opening] || details[detail]
        || search_words('Reference R' || i) as asked
    -- Once a ticket, not once a use.
    offset 0
) document
