//! What `bench/queue` sends to: a mail server and a receiver of webhooks that take everything and count it.
//!
//! usage: sink SMTP-PORT HTTP-PORT. `GET /counts` on the second says how much came: `{"mails":1,"hooks":2}`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Default)]
struct Counts {
    mails: AtomicU64,
    hooks: AtomicU64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut ports = std::env::args()
        .skip(1)
        .filter_map(|port| port.parse::<u16>().ok());
    let (Some(smtp), Some(http)) = (ports.next(), ports.next()) else {
        return Err(std::io::Error::other("usage: sink SMTP-PORT HTTP-PORT"));
    };
    let counts = Arc::new(Counts::default());
    let smtp = TcpListener::bind(("127.0.0.1", smtp)).await?;
    let http = TcpListener::bind(("127.0.0.1", http)).await?;
    loop {
        // A client that hangs up is no matter.
        tokio::select! {
            accepted = smtp.accept() => {
                let (stream, counts) = (accepted?.0, Arc::clone(&counts));
                tokio::spawn(async move { drop(take_mail(stream, &counts).await) });
            }
            accepted = http.accept() => {
                let (stream, counts) = (accepted?.0, Arc::clone(&counts));
                tokio::spawn(async move { drop(take_requests(stream, &counts).await) });
            }
        }
    }
}

async fn take_mail(stream: TcpStream, counts: &Counts) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                loop {
                    line.clear();
                    if stream.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                }
                counts.mails.fetch_add(1, Ordering::Relaxed);
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 well\r\n",
        };
        stream.write_all(answer).await?;
    }
}

async fn take_requests(stream: TcpStream, counts: &Counts) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let asks = line.starts_with("GET /counts");
        let mut length = 0_u64;
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        tokio::io::copy(&mut (&mut stream).take(length), &mut tokio::io::sink()).await?;
        let body = if asks {
            let mails = counts.mails.load(Ordering::Relaxed);
            let hooks = counts.hooks.load(Ordering::Relaxed);
            format!("{{\"mails\":{mails},\"hooks\":{hooks}}}")
        } else {
            counts.hooks.fetch_add(1, Ordering::Relaxed);
            String::new()
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await?;
    }
}
