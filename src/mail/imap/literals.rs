//! How long the pieces are that a server announces (`{1234}` at the end of a line): what is announced is made room for before
//! it comes, so an announcement of more than was asked for ends the connection.

/// The most digits of an announced length.
const DIGITS: usize = 10;

/// Reads announcements along with the stream.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// Bytes of the piece that are still to come.
    skip: u64,
    /// The end of the line, as far as it may be an announcement: from the brace on.
    end: Vec<u8>,
}

impl Literals {
    /// The longest piece that these bytes announce.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> u64 {
        let mut longest = 0;
        while let Some((byte, rest)) = bytes.split_first() {
            if self.skip > 0 {
                let skipped = self
                    .skip
                    .min(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                self.skip -= skipped;
                bytes = bytes
                    .get(usize::try_from(skipped).unwrap_or(usize::MAX)..)
                    .unwrap_or_default();
                continue;
            }
            bytes = rest;
            match byte {
                b'{' => self.end = vec![b'{'],
                b'\n' => {
                    self.skip = self.announced();
                    longest = longest.max(self.skip);
                    self.end.clear();
                }
                _ if self.end.is_empty() || self.end.len() > DIGITS + 3 => self.end.clear(),
                byte => self.end.push(*byte),
            }
        }
        longest
    }

    fn announced(&self) -> u64 {
        let digits = self
            .end
            .strip_prefix(b"{")
            .and_then(|end| end.strip_suffix(b"}\r"));
        digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_default()
    }
}
