-- From HTML to words. Punctuation separates words on both sides, so that a part of a mail address, a path or a
-- hyphenated word finds it. The "simple" configuration knows no language: desks write in many.

-- The text of some HTML, words separated by blanks, in lower case. PostgreSQL measures a word before it lower-cases it,
-- and cuts one that grows over 2,047 bytes by that in the middle of a character: words are lower-cased first here,
-- and nobody searches for more than the first hundred characters of one.
create function search_text(html text) returns text
    language sql immutable parallel safe
    return (
        select case when t.words ~ '[^[:space:]]{101}' then regexp_replace(t.words, '([^[:space:]]{100})[^[:space:]]+', '\1', 'g') else t.words end
        from (select translate(
            replace(replace(replace(replace(replace(
                regexp_replace(lower(left(html, 100000)), '<[^>]*>', ' ', 'g'),
                '&nbsp;', ' '), '&lt;', ' '), '&gt;', ' '), '&quot;', ' '), '&amp;', ' '),
            '@._/\:;,+~#=&?%*|^!"''`$()[]{}<>-',
            '                                 ') as words offset 0) t);

-- The words of a subject or of tags, with positions, so that they can be weighted.
create function search_subject(html text) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('simple', search_text(html));

-- The words of a body or comment: each once, without positions, which keeps documents small.
create function search_words(html text) returns tsvector
    language sql immutable parallel safe
    return strip(to_tsvector('simple', search_text(html)));

-- What a person typed: every word must be there, of the last one the beginning is enough. Null: there is no word in it.
create function search_query(typed text) returns tsquery
    language sql immutable parallel safe
    return (nullif(plainto_tsquery('simple', search_text(typed))::text, '') || ':*')::tsquery;

-- A document holds at most a megabyte; words that do not fit are left out rather than refusing the comment.
create function append_words(document tsvector, words tsvector) returns tsvector
    language plpgsql immutable parallel safe
as $$
begin
    return document || words;
exception
    when program_limit_exceeded then
        return document;
end
$$;

create function rebuild_ticket_search(ticket integer) returns void
    language plpgsql
as $$
declare
    everybody tsvector;
    staff tsvector;
    said record;
begin
    select setweight(search_subject(t.subject || ' ' || coalesce(string_agg(g.name, ' '), '')), 'A') || search_words(t.body)
    into everybody
    from tickets t
    left join ticket_tags tt on tt.ticket_id = t.id
    left join tags g on g.id = tt.tag_id
    where t.id = ticket
    group by t.id;
    staff := everybody;
    for said in
        select for_techs_only, search_words(body) as words
        from comments
        where ticket_id = ticket and not is_system
        order by id desc
    loop
        staff := append_words(staff, said.words);
        if not said.for_techs_only then
            everybody := append_words(everybody, said.words);
        end if;
    end loop;
    insert into ticket_search (ticket_id, public_words, staff_words)
    values (ticket, everybody, staff)
    on conflict (ticket_id) do update set public_words = excluded.public_words, staff_words = excluded.staff_words;
end
$$;
