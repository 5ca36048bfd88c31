//! `CreateUser`, User, `UserByEmail`, `UserByUsername`, Users.
