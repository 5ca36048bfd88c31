//! The program: arguments only, see [`ferrodesk::cli`].

fn main() {}
