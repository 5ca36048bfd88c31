//! UpdateTicket, Close.
