//! The text of a mail as it comes after DATA, by the letter of RFC 5321: lines end with CR LF, and the only end is a line
//! of one dot. What a bare CR or LF may pretend (the end, another command, another mail) is no end here; a mail that
//! holds any is refused.

/// Where the reading is within a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Begin,
    Dot,
    DotCr,
    Text,
    Cr,
}

/// Reads a mail byte by byte.
#[derive(Debug)]
pub(super) struct Data {
    at: At,
    limit: usize,
    /// What came, without the dots that were put before others; no more than the limit.
    pub(super) mail: Vec<u8>,
    /// How much came.
    pub(super) size: usize,
    /// It holds a CR without LF or an LF without CR.
    pub(super) is_broken: bool,
}

impl Data {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            at: At::Begin,
            limit,
            mail: vec![],
            size: 0,
            is_broken: false,
        }
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.size > self.limit
    }

    /// Take bytes up to the end of the mail. The number of those taken; none when the end has not come.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        for (place, byte) in bytes.iter().enumerate() {
            if self.take_one(*byte) {
                return Some(place + 1);
            }
        }
        None
    }

    /// True: this was the last byte.
    fn take_one(&mut self, byte: u8) -> bool {
        match (self.at, byte) {
            (At::DotCr, b'\n') => return true,
            (At::Begin, b'.') => self.at = At::Dot,
            (At::Dot, b'\r') => self.at = At::DotCr,
            // The dot before it was put there.
            (At::Dot, b'.') => self.push(b'.', At::Text),
            (At::DotCr, byte) => {
                self.is_broken = true;
                self.push(b'\r', At::Text);
                return self.take_one(byte);
            }
            (At::Cr, b'\n') => self.push(b'\n', At::Begin),
            (At::Cr, b'\r') => {
                self.is_broken = true;
                self.push(b'\r', At::Cr);
            }
            (_, b'\r') => self.push(b'\r', At::Cr),
            (at, byte) => {
                if at == At::Cr || byte == b'\n' {
                    self.is_broken = true;
                }
                self.push(byte, At::Text);
            }
        }
        false
    }

    fn push(&mut self, byte: u8, at: At) {
        self.at = at;
        self.size = self.size.saturating_add(1);
        if self.size <= self.limit {
            self.mail.push(byte);
        }
    }
}
