mod front;
mod postgres;
