-- Servers keep the rules in memory as long as this stays the same. Never the same twice, on no desk.
create table rules_version (
    only_row boolean not null default true,
    version uuid not null,
    constraint rules_version_pkey primary key (only_row),
    constraint rules_version_only_row_check check (only_row)
);
insert into rules_version (version) values (gen_random_uuid());

create function rules_changed() returns trigger language plpgsql as $$
begin
    update rules_version set version = gen_random_uuid();
    return null;
end
$$;
create trigger rules_changed after insert or update or delete or truncate on rules
    for each statement execute function rules_changed();
