//! Passwords that the command line makes, reads and hashes.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context;

use crate::domain::users;

/// No letter or digit that reads like another one. 32 of them: five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A random password of 100 bits, in groups that can be typed: `k7mwq-…`.
pub(in crate::cli) fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).context("no random bytes")?;
    let mut password = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            password.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte % 32)).copied();
        password.push(char::from(letter.unwrap_or_default()));
    }
    Ok(password)
}

/// One line of standard input, asked for when a person types it.
pub(super) fn read() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        write!(std::io::stderr(), "Password (it is shown while you type): ")?;
    }
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .context("cannot read the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!password.is_empty(), "standard input held no password");
    Ok(password.to_owned())
}

/// The hash of a password. It takes tens of milliseconds, so elsewhere than where requests run.
pub(in crate::cli) async fn hash(password: String) -> anyhow::Result<String> {
    let hashed = tokio::task::spawn_blocking(move || users::password::hash(&password)).await?;
    Ok(hashed?)
}
