//! TagTicket.
