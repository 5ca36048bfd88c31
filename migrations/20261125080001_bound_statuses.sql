-- Who may give a ticket a status, and in which categories; nothing listed: everybody, everywhere.
alter table statuses
    add column roles text[] not null default '{}',
    add constraint statuses_roles_check check (roles <@ array['administrator', 'technician', 'customer']);

create table status_categories (
    status_id integer not null,
    category_id integer not null,
    constraint status_categories_pkey primary key (status_id, category_id),
    constraint status_categories_status_id_fkey foreign key (status_id) references statuses (id) on delete cascade,
    constraint status_categories_category_id_fkey foreign key (category_id) references categories (id) on delete cascade
);
create index status_categories_category_id_idx on status_categories (category_id);
