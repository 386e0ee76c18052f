//! Just enough of HTTP/1.1 to send JSON on kept connections and to read server-sent events.

#![allow(dead_code, reason = "each bench takes what it needs")]

use std::{io, sync::Mutex, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    sync::mpsc,
    time::Instant,
};

/// Asks for an answer that is found anew, not one that is remembered.
pub const ANEW: &str = "Cache-Control: no-cache\r\n";

/// One connection.
pub struct Client {
    address: String,
    /// Lines of the head beside those that every request has.
    pub more: &'static str,
    stream: BufReader<TcpStream>,
}

impl Client {
    pub async fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            address: address.to_owned(),
            more: "",
            stream: BufReader::new(stream),
        })
    }

    /// Sends JSON; gives the status and the body.
    pub async fn post(&mut self, path: &str, body: &str) -> io::Result<(u16, String)> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.more,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let (status, length) = head(&mut self.stream).await?;
        let mut bytes = vec![0; length.unwrap_or_default()];
        self.stream.read_exact(&mut bytes).await?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// How long a connection may rest and be used again; the server ends one that rests for 30 seconds.
const MAX_REST: Duration = Duration::from_secs(10);

/// Connections that are used again.
pub struct Clients {
    address: String,
    /// Since when each rests.
    idle: Mutex<Vec<(Instant, Client)>>,
}

impl Clients {
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            idle: Mutex::default(),
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub async fn post(&self, path: &str, body: &str) -> io::Result<(u16, String)> {
        let idle = self.idle.lock().unwrap().pop();
        let mut client = match idle {
            Some((since, client)) if since.elapsed() < MAX_REST => client,
            _ => Client::connect(&self.address).await?,
        };
        let answer = client.post(path, body).await?;
        self.idle.lock().unwrap().push((Instant::now(), client));
        Ok(answer)
    }
}

/// A stream of events.
pub struct Events {
    stream: BufReader<TcpStream>,
}

/// Begins to follow a stream.
pub async fn follow(address: &str, path: &str) -> io::Result<Events> {
    let mut client = Client::connect(address).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
    client.stream.write_all(request.as_bytes()).await?;
    let (status, _) = head(&mut client.stream).await?;
    assert_eq!(status, 200, "{path}");
    Ok(Events {
        stream: client.stream,
    })
}

impl Events {
    /// Tells of every card: its utterance, and when it came.
    pub async fn tell(mut self, tell: mpsc::UnboundedSender<(String, Instant)>) {
        let mut line = String::new();
        let mut is_card = false;
        // Lines of chunked encoding lie between the stream's own; none of them begins like an event's.
        loop {
            line.clear();
            match self.stream.read_line(&mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if let Some(name) = line.strip_prefix("event: ") {
                is_card = name.trim() == "card";
            } else if let Some(data) = line.strip_prefix("data: ").filter(|_| is_card) {
                let at = Instant::now();
                let card: Value = serde_json::from_str(data.trim()).unwrap_or_default();
                if let Some(utterance) = card["trigger"]["utterance_id"].as_str() {
                    let _ = tell.send((utterance.to_owned(), at));
                }
            }
        }
    }
}

/// Reads an answer's head: status, and length where it has one.
async fn head(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, Option<usize>)> {
    let (mut status, mut length, mut line) = (0, None, String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end().to_ascii_lowercase();
        if text.is_empty() {
            return Ok((status, length));
        }
        if let Some(rest) = text.strip_prefix("http/1.1 ") {
            status = rest
                .get(..3)
                .and_then(|code| code.parse().ok())
                .unwrap_or(0);
        } else if let Some(value) = text.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        }
    }
}
