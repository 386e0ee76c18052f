//! `cuecard mcp`: the same over stdin and stdout, directly on the articles and through a server.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use cuecard::keys::Scope;
use serde_json::{Value, json};

use super::world::{World, ids};

/// A client that started us.
struct Pipe {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    id: u64,
}

impl Pipe {
    fn new(arguments: &[&str]) -> Self {
        Self::within(arguments, &[])
    }

    /// The same with variables of its own.
    fn within(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cuecard"));
        command
            .arg("mcp")
            .args(arguments)
            .args(["--today", "2026-11-22", "--model", "none"])
            .envs(variables.iter().copied());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let mut pipe = Self {
            child,
            input,
            output: BufReader::new(output),
            id: 0,
        };
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let reply = pipe.ask("initialize", params);
        assert_eq!(reply["result"]["protocolVersion"], "2025-06-18", "{reply}");
        pipe.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        pipe
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_ref().unwrap(), "{message}").unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}));
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let reply: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(reply["id"], self.id, "{reply}");
        reply
    }

    fn tools(&mut self) -> Vec<String> {
        ids(
            &self.ask("tools/list", json!({}))["result"]["tools"],
            "name",
        )
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        self.ask("tools/call", params)["result"]["structuredContent"].take()
    }

    /// Closes our side; the child must end by itself.
    fn end(mut self) {
        self.input = None;
        assert!(self.child.wait().unwrap().success());
    }
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn articles_are_served_beside_a_running_server_and_followed() {
    let world = World::new();
    let mut pipe = Pipe::new(&[
        "--content",
        text(&world.content),
        "--data",
        text(&world.data),
    ]);
    assert_eq!(pipe.tools().len(), 8);
    let query = json!({"query": "late order refund", "limit": 10});
    let here = pipe.call("search_knowledge", query.clone());
    let there = world.client(None).give("search_knowledge", query);
    assert_eq!(
        ids(&here["hits"], "article_id"),
        ids(&there["hits"], "article_id")
    );
    assert_eq!(pipe.call("status", json!({}))["articles"], 5);
    pipe.end();
}

#[test]
fn a_key_binds_the_pipe_as_it_binds_the_network() {
    let world = World::new();
    let key = world.key("customer", &[Scope::Search], &["customer"]);
    let mut pipe = Pipe::new(&[
        "--content",
        text(&world.content),
        "--data",
        text(&world.data),
        "--key",
        &key,
    ]);
    assert!(!pipe.tools().contains(&"suggest_for_call".to_owned()));
    assert_eq!(pipe.call("status", json!({}))["articles"], 2);
    pipe.end();
    let status = Command::new(env!("CARGO_BIN_EXE_cuecard"))
        .args([
            "mcp",
            "--content",
            text(&world.content),
            "--data",
            text(&world.data),
            "--key",
            "cue_x",
        ])
        .stderr(Stdio::null())
        .status();
    assert!(!status.unwrap().success());
}

#[test]
fn links_lead_to_where_people_reach_the_page() {
    let world = World::new();
    let folders = [
        "--content",
        text(&world.content),
        "--data",
        text(&world.data),
    ];
    let public = [
        ("CUECARD_PUBLIC_URL", "https://example.com"),
        ("CUECARD_BASE_PATH", "/kb"),
    ];
    let mut pipe = Pipe::within(&folders, &public);
    let said = json!([{"role": "customer", "text": "cancel my contract"}]);
    for (tool, arguments, place) in [
        ("search", json!({"query": "refund"}), "/results/0/url"),
        (
            "search_knowledge",
            json!({"query": "refund"}),
            "/hits/0/url",
        ),
        ("get_article", json!({"article_id": "refund"}), "/url"),
        ("fetch", json!({"id": "refund"}), "/url"),
        ("suggest_for_call", json!({"turns": said}), "/cards/0/url"),
    ] {
        let told = pipe.call(tool, arguments);
        let url = told.pointer(place).and_then(Value::as_str).unwrap();
        assert!(
            url.starts_with("https://example.com/kb/articles/"),
            "{tool}: {url}"
        );
    }
    pipe.end();
}

#[test]
fn a_server_is_reached_through_the_pipe() {
    let world = World::new();
    let key = world.key("customer", &[Scope::Search], &["customer"]);
    // As a file has it.
    let key = format!("{key}\n");
    // Nobody answers there: what goes to this machine goes through no proxy.
    let proxy = ["HTTP_PROXY", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9"));
    let mut pipe = Pipe::within(&["--url", &world.url(), "--key", &key], &proxy);
    assert!(!pipe.tools().contains(&"suggest_for_call".to_owned()));
    let found = pipe.call("search_knowledge", json!({"query": "退款"}));
    assert_eq!(found["hits"][0]["article_id"], "tuikuan");
    pipe.end();
}
