//! Categories, TechsForCategory, Priorities.
