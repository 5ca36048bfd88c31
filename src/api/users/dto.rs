//! The wire types of users.
