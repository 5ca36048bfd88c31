mod assets;
mod comments;
mod general;
mod kb;
mod rules;
mod table;
mod tickets;
mod users;
