mod events;
mod queue;
mod sweep_attachments;
