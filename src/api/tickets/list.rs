//! Tickets, Search, Stats.
