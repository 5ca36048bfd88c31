mod table;
mod tickets;
mod users;
