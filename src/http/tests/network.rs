//! The server on a real socket: WebSockets, and a shutdown that streams do not delay.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use super::{
    super::{Limits, run},
    bench::Bench,
    fake::FakeService,
};

struct Server {
    bench: Bench,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

async fn serve() -> Server {
    serve_within(|_| {}).await
}

async fn serve_within(set: impl Fn(&mut Limits)) -> Server {
    let bench = Bench::set(
        FakeService::new(),
        &[],
        |settings| set(&mut settings.limits),
    )
    .0;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(run(listener, bench.face.clone(), async move {
        let _ = stopped.await;
    }));
    bench
        .post("/v1/calls", json!({"call_id": "c1", "agent_id": "ann"}))
        .await;
    bench
        .post(
            "/v1/calls/c1/utterances",
            json!({"role": "customer", "text": "cancel my contract"}),
        )
        .await;
    Server {
        bench,
        address,
        stop,
        task,
    }
}

/// Sends a request and reads the head of the answer.
async fn request(server: &Server, lines: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("{lines}\r\nHost: {}\r\n\r\n", server.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(answer).unwrap())
}

const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/// A whole message of a server: opcode and payload (RFC 6455, section 5.2; a server does not mask).
async fn message(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let opcode = stream.read_u8().await.unwrap() & 0x0f;
    let length = match stream.read_u8().await.unwrap() & 0x7f {
        126 => usize::from(stream.read_u16().await.unwrap()),
        127 => usize::try_from(stream.read_u64().await.unwrap()).unwrap(),
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    (opcode, payload)
}

/// The next text message, passing over pings.
async fn text(stream: &mut TcpStream) -> Value {
    loop {
        let (opcode, payload) = timeout(Duration::from_secs(5), message(stream))
            .await
            .unwrap();
        match opcode {
            1 => return serde_json::from_slice(&payload).unwrap(),
            9 => {}
            other => panic!("opcode {other}"),
        }
    }
}

/// The call's events over a WebSocket.
async fn socket(server: &Server) -> TcpStream {
    let upgrade = format!("GET /v1/calls/c1/events/ws HTTP/1.1\r\n{UPGRADE}");
    let (stream, head) = request(server, &upgrade).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_websocket_tells_what_the_stream_tells() {
    let server = serve().await;
    let mut stream = socket(&server).await;
    let first = text(&mut stream).await;
    assert_eq!((&first["id"], &first["event"]), (&json!(1), &json!("card")));
    let card = first["data"]["card_id"].as_str().unwrap().to_owned();

    let (mut resumed, _) = request(
        &server,
        &format!("GET /v1/agents/ann/ws?last_event_id=1 HTTP/1.1\r\n{UPGRADE}"),
    )
    .await;
    server
        .bench
        .post(
            &format!("/v1/calls/c1/cards/{card}/engagement"),
            json!({"type": "opened"}),
        )
        .await;
    for reader in [&mut stream, &mut resumed] {
        loop {
            let told = text(reader).await;
            assert_ne!(told["id"], 1);
            if told["event"] == "card_state" {
                assert_eq!(told["data"]["state"], "opened");
                break;
            }
        }
    }
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beats_are_heard_by_who_asks_for_them_and_no_other_reader() {
    let server = serve().await;
    let beat = json!({"event": "beat", "data": {}});
    for address in ["/v1/calls/c1/events/ws", "/v1/agents/ann/ws"] {
        let upgrade = format!("GET {address}?beats=true HTTP/1.1\r\n{UPGRADE}");
        let (mut stream, _) = request(&server, &upgrade).await;
        while text(&mut stream).await != beat {}
    }
    let (mut quiet, _) = request(
        &server,
        &format!("GET /v1/calls/c1/events/ws HTTP/1.1\r\n{UPGRADE}"),
    )
    .await;
    assert_eq!(text(&mut quiet).await["event"], "card");
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_streams_do_not_hold_up_the_end() {
    let server = serve().await;
    let (mut stream, head) = request(&server, "GET /v1/calls/c1/events HTTP/1.1").await;
    assert!(head.contains("text/event-stream"), "{head}");
    let (_socket, _) = request(
        &server,
        &format!("GET /v1/agents/ann/ws HTTP/1.1\r\n{UPGRADE}"),
    )
    .await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    let begun = Instant::now();
    server.stop.send(()).unwrap();
    timeout(Duration::from_secs(4), server.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(2_500),
        "{:?}",
        begun.elapsed()
    );
    let mut rest = String::new();
    let _ = stream.read_to_string(&mut rest).await;
    assert!(rest.contains("event: card"), "{rest}");
    drop(idle);
}

/// A client's binary message of so many bytes, masked with zeros.
fn frame(length: u16) -> Vec<u8> {
    let mut frame = vec![0x82, 0x80 | 126];
    frame.extend(length.to_be_bytes());
    frame.resize(frame.len() + 4 + usize::from(length), 0);
    frame
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_says_too_much_is_closed() {
    let server = serve().await;
    let mut socket = socket(&server).await;
    let limit = Duration::from_secs(2);
    socket.write_all(&frame(4_096)).await.unwrap();
    assert!(!is_closed_within(&mut socket, limit / 4).await);
    socket.write_all(&frame(4_097)).await.unwrap();
    assert!(is_closed_within(&mut socket, limit).await);
    let (_, head) = request(&server, "GET /healthz HTTP/1.1").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

/// Whether the other side closes within that time.
async fn is_closed_within(stream: &mut TcpStream, limit: Duration) -> bool {
    let mut rest = Vec::new();
    timeout(limit, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_to_ask_loses_their_place() {
    let server = serve_within(|limits| limits.header_secs = 1).await;
    // Nothing at all, a head without an end, and a head that goes on byte by byte.
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    stuck
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        .await
        .unwrap();
    let mut dripping = TcpStream::connect(server.address).await.unwrap();
    let drip = async {
        for _ in 0..30 {
            if dripping.write_all(b"G").await.is_err() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    };
    let limit = Duration::from_millis(2_500);
    let (silent, stuck, dripping) = tokio::join!(
        is_closed_within(&mut silent, limit),
        is_closed_within(&mut stuck, limit),
        drip
    );
    assert!(
        silent && stuck && dripping,
        "silent {silent}, stuck {stuck}, dripping {dripping}"
    );
    let (_, head) = request(&server, "GET /healthz HTTP/1.1").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_the_limit_wait_for_others_to_end() {
    let server = serve_within(|limits| limits.connections = 1).await;
    let (first, _) = request(&server, "GET /healthz HTTP/1.1").await;
    the_next_waits_for(&server, first).await;
    let socket = socket(&server).await;
    the_next_waits_for(&server, socket).await;
}

/// Sends a request over another connection, which is answered when this one has ended, and no sooner.
async fn the_next_waits_for(server: &Server, first: TcpStream) {
    let mut second = TcpStream::connect(server.address).await.unwrap();
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut byte = [0];
    assert!(
        timeout(Duration::from_millis(300), second.read(&mut byte))
            .await
            .is_err()
    );
    drop(first);
    assert_eq!(
        timeout(Duration::from_secs(2), second.read(&mut byte))
            .await
            .unwrap()
            .unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_no_answers_loses_the_connection() {
    let server = serve_within(|limits| (limits.connections, limits.header_secs) = (1, 1)).await;
    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    let ask = format!(
        "GET /assets/app.js HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address
    );
    // More answers than the sockets hold: no more is taken, and then the server hangs up.
    let asked = async { while deaf.write_all(ask.as_bytes()).await.is_ok() {} };
    timeout(Duration::from_secs(20), asked).await.unwrap();
    let (mut next, head) = request(&server, "GET /healthz HTTP/1.1\r\nConnection: close").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    copy(&mut next, &mut sink()).await.unwrap();
}
