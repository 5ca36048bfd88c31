mod companies;
mod create_user;
mod custom_fields;
mod delete_user;
mod departments;
mod dto;
mod list;
mod merge_users;
mod permissions;
mod references;
mod update_user;
#[expect(
    clippy::module_inception,
    reason = "the methods about users among the user methods, as in src"
)]
mod users;
