//! The wire types of tickets.
