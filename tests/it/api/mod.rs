mod assets;
mod comments;
mod general;
mod table;
mod tickets;
mod users;
