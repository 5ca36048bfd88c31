//! What is wrong with a desk file, and where.

use serde::Serialize;

/// One mistake. Lines and columns are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mistake {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
    /// What is wrong there, without a full stop.
    pub message: String,
}

impl Mistake {
    /// `desk.yaml:12:5: …`
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        format!("{file}:{}:{}: {}", self.line, self.column, self.message)
    }
}
