mod creation;
mod files;
mod list;
mod rights;
mod search;
mod ticket;
mod update;
