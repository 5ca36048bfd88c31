mod cli;
mod cli_for_scripts;
mod configuration;
mod demo;
mod front;
mod postgres;
mod settings;
mod slow_heads;
