//! The files in a `winmail.dat`: what Outlook sends instead of attachments when it takes the receiver for one of its
//! own. Only files are taken out of it; the text of the mail comes beside it.

/// The first four bytes.
const SIGNATURE: u32 = 0x223e_9f78;

/// Attributes that matter: the beginning of a file, its short name, its bytes, its MAPI properties.
const RENDER_DATA: u32 = 0x0006_9002;
const TITLE: u32 = 0x0001_8010;
const DATA: u32 = 0x0006_800f;
const PROPERTIES: u32 = 0x0006_9005;

/// `PR_ATTACH_LONG_FILENAME`, as text of a code page and in UTF-16.
const LONG_NAME: u32 = 0x3707;

/// The most files.
const MOST_FILES: usize = 100;

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TnefFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Reads numbers and pieces from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.long()?).ok()
    }
}

/// The files in it. None: it is no such thing, or holds none.
pub(super) fn files(bytes: &[u8]) -> Option<Vec<TnefFile>> {
    let mut bytes = Bytes(bytes);
    if bytes.long()? != SIGNATURE {
        return None;
    }
    bytes.short()?;
    let mut files: Vec<TnefFile> = vec![];
    // What is cut off in the middle ends it: the files before are whole.
    while let Some((attribute, value)) = attribute(&mut bytes) {
        match attribute {
            RENDER_DATA if files.len() < MOST_FILES => files.push(TnefFile::default()),
            RENDER_DATA => break,
            _ => {}
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        match attribute {
            TITLE if file.name.is_empty() => file.name = name_of(value),
            DATA => file.bytes = value.to_vec(),
            PROPERTIES => {
                if let Some(name) = long_name(value) {
                    file.name = name;
                }
            }
            _ => {}
        }
    }
    files.retain(|file| !file.bytes.is_empty());
    (!files.is_empty()).then_some(files)
}

/// The next attribute: of the mail or of a file, its number, its bytes, a check sum that nobody needs.
fn attribute<'a>(bytes: &mut Bytes<'a>) -> Option<(u32, &'a [u8])> {
    bytes.byte()?;
    let number = bytes.long()?;
    let length = bytes.length()?;
    let value = bytes.take(length)?;
    bytes.short();
    Some((number, value))
}

fn name_of(value: &[u8]) -> String {
    let end = value
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(value.len());
    super::decoding::text(value.get(..end).unwrap_or_default(), None)
}

/// The long name among MAPI properties.
fn long_name(properties: &[u8]) -> Option<String> {
    let mut bytes = Bytes(properties);
    let count = bytes.long()?;
    for _ in 0..count.min(1_000) {
        let kind = bytes.short()?;
        let number = bytes.short()?;
        if number >= 0x8000 {
            skip_name(&mut bytes)?;
        }
        let values = if kind & 0x1000 != 0 || is_of_any_length(kind) {
            bytes.length()?
        } else {
            1
        };
        for _ in 0..values.min(1_000) {
            let value = value(&mut bytes, kind & 0x0fff)?;
            if u32::from(number) == LONG_NAME {
                return Some(match kind & 0x0fff {
                    0x001f => utf16(value),
                    _ => name_of(value),
                });
            }
        }
    }
    None
}

/// A property that has a name instead of a number: a GUID, then a number or a text.
fn skip_name(bytes: &mut Bytes<'_>) -> Option<()> {
    bytes.take(16)?;
    if bytes.long()? == 0 {
        bytes.long()?;
    } else {
        let length = bytes.length()?;
        bytes.take(padded(length)?)?;
    }
    Some(())
}

/// Texts and bytes say their number and length before each of them.
fn is_of_any_length(kind: u16) -> bool {
    matches!(kind & 0x0fff, 0x001e | 0x001f | 0x000d | 0x0102)
}

fn value<'a>(bytes: &mut Bytes<'a>, kind: u16) -> Option<&'a [u8]> {
    let length = match kind {
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
        0x0048 => 16,
        _ if is_of_any_length(kind) => {
            let length = bytes.length()?;
            let value = bytes.take(length)?;
            bytes.take(padded(length)?.checked_sub(length)?)?;
            return Some(value);
        }
        // Shorter ones fill four bytes.
        _ => 4,
    };
    bytes.take(length)
}

/// Up to the next multiple of four.
fn padded(length: usize) -> Option<usize> {
    Some(length.checked_add(3)? / 4 * 4)
}

fn utf16(value: &[u8]) -> String {
    let units = value
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}
