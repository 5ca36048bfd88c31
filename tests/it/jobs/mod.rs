mod sweep_attachments;
