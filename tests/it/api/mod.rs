mod comments;
mod table;
mod tickets;
mod users;
