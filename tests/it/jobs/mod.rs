mod events;
mod sweep_attachments;
