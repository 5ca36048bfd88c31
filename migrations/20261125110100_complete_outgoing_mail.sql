-- Everything that a mail is made of stands in its row before it is sent for the first time: what is sent again is the
-- same mail.
alter table outgoing_mail
    -- What it is: one of the templates, mail of a rule, a test.
    add column kind text not null default 'test',
    -- Whom it goes to, when he is a user.
    add column user_id integer,
    add column to_name text not null default '',
    -- That of the category; null: the desk's.
    add column from_address text,
    add column from_name text not null default '',
    add column reply_to text,
    -- Of a mail with a secret in it these two are sealed under the instance key, and emptied when it is done with.
    add column text_body text not null default '',
    add column html_body text,
    add column has_secret boolean not null default false,
    -- Message-IDs without angle brackets, as everywhere.
    add column in_reply_to text,
    add column thread text[] not null default '{}',
    add column language text not null default 'en',
    -- Sent along, in this order.
    add column attachment_ids integer[] not null default '{}',
    -- What Auto-Submitted says; an answer that nobody wrote is auto-replied.
    add column auto_submitted text not null default 'auto-generated',
    -- Where whoever does not want such mail any more goes.
    add column unsubscribe_url text,
    add constraint outgoing_mail_user_id_fkey foreign key (user_id) references users (id) on delete set null,
    add constraint outgoing_mail_auto_submitted_check check (auto_submitted in ('no', 'auto-generated', 'auto-replied')),
    -- Each of these is one line of the mail's head.
    add constraint outgoing_mail_lines_check check (
        concat_ws(' ', to_address, to_name, from_address, from_name, reply_to, subject, message_id, in_reply_to, unsubscribe_url,
            array_to_string(thread, ' ')) !~ '[\r\n]');
create index outgoing_mail_user_id_idx on outgoing_mail (user_id) where user_id is not null;
-- How many answers an address got within the hour, and what it got last about a ticket.
create index outgoing_mail_to_address_idx on outgoing_mail (lower(to_address), created_at desc);
