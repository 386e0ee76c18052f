//! Forwards messages between a client's stdin and stdout and a running server's `/mcp`, unchanged.
//!
//! So the tools are those that the key gives access to, and the results those that everybody gets. Each request is sent
//! by a thread of its own; only the handshake is waited for, since later requests name the protocol revision that it
//! agreed on.

use std::{
    io::{BufRead, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use ureq::Agent;
use url::Url;

use super::headers::headers;
use crate::outbound;

/// Requests on their way at once; one more waits for its own answer first.
const MAX_ON_THEIR_WAY: usize = 16;

/// How long a server may take to accept a connection, and to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// Codes of JSON-RPC: the server's trouble, what is no message, and a text that is no JSON.
const SERVER_ERROR: i32 = -32_000;
const INVALID_REQUEST: i32 = -32_600;
const PARSE_ERROR: i32 = -32_700;

/// Why messages cannot be forwarded.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// Not an address.
    #[error("{0:?} is no address of a server; write http://127.0.0.1:8080")]
    BadUrl(String),
    /// The client's side.
    #[error("the client's end of stdin or stdout is broken: {0}; start the client again")]
    Client(#[from] std::io::Error),
}

/// Forwards until the client closes its side and every answer has come.
///
/// # Errors
/// When the address is none, or the client cannot be read or written.
pub fn forward(
    url: &str,
    key: Option<&str>,
    mut client: impl BufRead,
    answers: impl Write + Send,
) -> Result<(), ForwardError> {
    let link = Link::new(url, key, answers)?;
    let on_their_way = AtomicUsize::new(0);
    thread::scope(|scope| {
        let mut line = Vec::new();
        while client.read_until(b'\n', &mut line)? > 0 {
            let read = serde_json::from_slice(&line);
            let is_blank = line.trim_ascii().is_empty();
            line.clear();
            let message: Value = match read {
                Ok(message) => message,
                Err(_) if is_blank => continue,
                Err(_) => {
                    let problem = "this is no JSON in UTF-8; send one message a line";
                    link.tell(&failure(Value::Null, PARSE_ERROR, problem))?;
                    continue;
                }
            };
            if message.is_array() {
                let problem = "no batches are taken; send one message a line";
                link.tell(&failure(Value::Null, INVALID_REQUEST, problem))?;
                continue;
            }
            let waits = message["method"] == "initialize"
                || on_their_way.load(Ordering::Relaxed) >= MAX_ON_THEIR_WAY;
            if waits {
                link.pass(&message)?;
                continue;
            }
            on_their_way.fetch_add(1, Ordering::Relaxed);
            let (link, on_their_way) = (&link, &on_their_way);
            scope.spawn(move || {
                // A client that cannot be written to is found out by the loop's own writes, or is gone.
                let _ = link.pass(&message);
                on_their_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
        Ok(())
    })
}

/// The two ends.
struct Link<W> {
    agent: Agent,
    endpoint: String,
    key: Option<String>,
    /// The revision that the handshake agreed on.
    version: Mutex<Option<String>>,
    answers: Mutex<W>,
}

impl<W: Write> Link<W> {
    fn new(url: &str, key: Option<&str>, answers: W) -> Result<Self, ForwardError> {
        let url = url.trim().trim_end_matches('/');
        let address = Url::parse(url)
            .ok()
            .filter(|address| matches!(address.scheme(), "http" | "https"))
            .filter(|_| !url.contains(char::is_whitespace))
            .ok_or_else(|| ForwardError::BadUrl(url.to_owned()))?;
        let endpoint = match url.strip_suffix("/mcp") {
            Some(_) => url.to_owned(),
            None => format!("{url}/mcp"),
        };
        let client = outbound::client(ANSWER_TIMEOUT).timeout_connect(Some(CONNECT_TIMEOUT));
        // What goes to this machine, the key with it, is no proxy's affair.
        let client = match outbound::is_loopback(&address) {
            true => client.proxy(None),
            false => client,
        };
        Ok(Self {
            agent: client.build().new_agent(),
            endpoint,
            // Out of a file it ends with a line feed, which no header takes.
            key: key
                .map(|key| key.trim().to_owned())
                .filter(|key| !key.is_empty()),
            version: Mutex::default(),
            answers: Mutex::new(answers),
        })
    }

    /// Sends a message and tells what comes back.
    fn pass(&self, message: &Value) -> std::io::Result<()> {
        let id = message.get("id").cloned();
        match self.ask(message) {
            Ok(replies) => {
                for reply in &replies {
                    self.learn(reply);
                    self.tell(reply)?;
                }
                Ok(())
            }
            Err(problem) => match id {
                Some(id) => self.tell(&failure(id, SERVER_ERROR, &problem)),
                None => {
                    tracing::warn!(%problem, "a notification did not arrive");
                    Ok(())
                }
            },
        }
    }

    /// The server's messages in reply to one.
    fn ask(&self, message: &Value) -> Result<Vec<Value>, String> {
        let mut request = self
            .agent
            .post(&self.endpoint)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers(message, self.version().as_deref()) {
            request = request.header(name, value);
        }
        let unreachable = |error: ureq::Error| {
            format!(
                "{} does not answer: {error}; start it with `cuecard serve`",
                self.endpoint
            )
        };
        let mut response = request.send(message.to_string()).map_err(unreachable)?;
        let status = response.status().as_u16();
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = response.body_mut().read_to_string().map_err(unreachable)?;
        let said: Option<Value> = serde_json::from_str(&body).ok();
        let mut replies = match &said {
            _ if kind.starts_with("text/event-stream") => events(&body),
            Some(reply) if reply.get("jsonrpc").is_some() => vec![reply.clone()],
            _ => Vec::new(),
        };
        // Who asks waits for an answer; a notification, or the client's own answer, gets none.
        let asked = message.get("id").filter(|_| message["method"].is_string());
        let is_answered = match asked {
            Some(id) => {
                replies.iter_mut().for_each(|reply| claim(reply, id));
                replies.iter().any(|reply| reply.get("id") == Some(id))
            }
            None => (200..300).contains(&status) || !replies.is_empty(),
        };
        if is_answered {
            return Ok(replies);
        }
        match said {
            Some(problem) if problem["detail"].is_string() => Err(format!(
                "{} answered {status}: {}",
                self.endpoint,
                problem["detail"].as_str().unwrap_or_default()
            )),
            _ => Err(format!(
                "{} answered {status} with {kind:?} and without a reply; see whether --url leads to the server itself, \
                 or to a proxy or a sign-in page before it",
                self.endpoint
            )),
        }
    }

    fn version(&self) -> Option<String> {
        self.version
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Remembers the revision that a handshake agreed on.
    fn learn(&self, reply: &Value) {
        if let Some(version) = reply
            .pointer("/result/protocolVersion")
            .and_then(Value::as_str)
        {
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.to_owned());
        }
    }

    fn tell(&self, reply: &Value) -> std::io::Result<()> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(answers, "{reply}")?;
        answers.flush()
    }
}

/// The messages of an event stream.
fn events(body: &str) -> Vec<Value> {
    let mut messages = Vec::new();
    for event in body.replace("\r\n", "\n").split("\n\n") {
        let data: Vec<&str> = event
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(str::trim_start)
            .collect();
        messages.extend(serde_json::from_str::<Value>(&data.join("\n")).ok());
    }
    messages
}

/// An error that names no request is of the one that was sent.
fn claim(reply: &mut Value, id: &Value) {
    if reply["error"].is_object()
        && reply["id"].is_null()
        && let Some(fields) = reply.as_object_mut()
    {
        fields.insert("id".to_owned(), id.clone());
    }
}

fn failure(id: Value, code: i32, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_one_by_one() {
        let body = ": hello\r\n\r\nevent: message\r\ndata: {\"id\":1}\r\n\r\ndata: {\"id\":\ndata: 2}\n\nretry: 5\n\n";
        assert_eq!(events(body), [json!({"id": 1}), json!({"id": 2})]);
    }

    /// A server that answers everything so; its address.
    fn answering(kind: &'static str, body: &'static str) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = [0; 4096];
                let _ = std::io::Read::read(&mut stream, &mut head);
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all((head + body).as_bytes());
            }
        });
        format!("http://{address}")
    }

    #[test]
    fn who_asks_is_answered_whatever_stands_before_the_server() {
        let check = |kind, body, asked: &str, expected: &[&str]| {
            let mut answers = Vec::new();
            let url = answering(kind, body);
            forward(&url, None, asked.as_bytes(), &mut answers).unwrap();
            let said = String::from_utf8(answers).unwrap();
            assert_eq!(said.lines().count(), expected.len().min(1), "{said}");
            for word in expected {
                assert!(said.contains(word), "{said} lacks {word}");
            }
        };
        let list = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}";
        let sign_in = ["\"id\":7", "answered 200", "text/html", "sign-in page"];
        check("text/html", "<html>Sign in</html>", list, &sign_in);
        let empty = ["\"id\":7", "text/event-stream", "without a reply"];
        check("text/event-stream", ": bye\n\n", list, &empty);
        let refused =
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"busy\"}}";
        check("application/json", refused, list, &["\"id\":7", "busy"]);
        let told = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";
        check("text/html", "<html>", told, &[]);
    }

    #[test]
    fn a_line_that_is_no_text_is_refused_and_the_next_is_passed_on() {
        let mut answers = Vec::new();
        let asked = b"{\"id\": \"\xff\"}\n{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}";
        let url = answering(
            "application/json",
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
        );
        forward(&url, None, &asked[..], &mut answers).unwrap();
        let said = String::from_utf8(answers).unwrap();
        assert!(
            said.contains("-32700") && said.contains("\"id\":7"),
            "{said}"
        );
    }

    #[test]
    fn an_unreachable_server_is_told_to_the_client() {
        let mut answers = Vec::new();
        let asked = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}\n\nno json\n";
        forward("http://127.0.0.1:9", None, asked.as_bytes(), &mut answers).unwrap();
        let said = String::from_utf8(answers).unwrap();
        assert!(
            said.contains("\"id\":7") && said.contains("does not answer"),
            "{said}"
        );
        assert!(said.contains("-32700"), "{said}");
        let (mut answers, batch) = (
            Vec::new(),
            "[{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}]\n",
        );
        forward("http://127.0.0.1:9", None, batch.as_bytes(), &mut answers).unwrap();
        let said = String::from_utf8(answers).unwrap();
        assert!(
            said.contains("-32600") && said.contains("no batches"),
            "{said}"
        );
        assert!(forward("localhost:8080", None, "".as_bytes(), Vec::new()).is_err());
    }
}
