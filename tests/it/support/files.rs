//! Files of tickets, and what lies on the disk.

use serde_json::Value;

use super::TestApp;
use super::people::Person;

impl TestApp {
    /// Paths of everything below the attachments folder that is a file, temporary ones among them.
    pub(crate) fn stored_files(&self) -> Vec<std::path::PathBuf> {
        let mut folders = vec![self.folder.path().join("attachments")];
        let mut files = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    files.push(entry.path());
                }
            }
        }
        files
    }
}

impl Person<'_> {
    /// Puts a file onto the ticket; the file's id.
    pub(crate) async fn attaches(&self, ticket: i32, name: &str, bytes: impl Into<Vec<u8>>) -> i32 {
        self.post("AttachFile")
            .param("id", ticket)
            .file("uploadFile", name, bytes)
            .await
            .is_done();
        self.newest_file(ticket).await
    }

    /// The id of the newest file of the ticket that he sees.
    pub(crate) async fn newest_file(&self, ticket: i32) -> i32 {
        let files = self.files_of(ticket).await;
        let id = files.last().expect("a file")["FileID"].as_i64().unwrap();
        i32::try_from(id).unwrap()
    }

    /// What he sees of the ticket's files.
    pub(crate) async fn files_of(&self, ticket: i32) -> Vec<Value> {
        let reply = self.get("Attachments").param("id", ticket).await.is_ok();
        reply.json().as_array().unwrap().clone()
    }
}
