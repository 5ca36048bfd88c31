mod create_user;
mod dto;
mod list;
mod permissions;
#[expect(
    clippy::module_inception,
    reason = "the methods about users among the user methods, as in src"
)]
mod users;
