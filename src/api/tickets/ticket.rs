//! Ticket, Ticket (POST), deleteTicket, /Ticket/{id}.
