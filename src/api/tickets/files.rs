//! Attachment, AttachFile, DeleteFile, Attachments, /File/Get.
