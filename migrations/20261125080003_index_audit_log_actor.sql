-- no-transaction
create index concurrently if not exists audit_log_actor_user_id_id_idx on audit_log (actor_user_id, id desc);
