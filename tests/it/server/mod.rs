mod cli;
mod configuration;
mod demo;
mod front;
mod postgres;
mod settings;
mod slow_heads;
