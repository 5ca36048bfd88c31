-- Servers remember for a second who a caller is and what he may. Whoever changes that, through whatever program,
-- tells them, so that they forget it at once.
create function tell_of_changed_rights() returns trigger language plpgsql as $$
begin
    perform pg_notify('ferrodesk_rights', '');
    return null;
end
$$;
create trigger users_tell_of_changed_rights
    after update of username, email, password_hash, first_name, last_name, department_id, company_id, is_admin, is_manager,
        is_department_manager, disabled, token_version, deleted_at or delete or truncate
    on users for each statement execute function tell_of_changed_rights();
create trigger category_technicians_tell_of_changed_rights after insert or update or delete or truncate
    on category_technicians for each statement execute function tell_of_changed_rights();
create trigger instance_tell_of_changed_rights after update
    on instance for each statement execute function tell_of_changed_rights();
