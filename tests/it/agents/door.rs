//! Authentication of agents, and what they find.

use cuecard::keys::Scope;
use serde_json::{Value, json};

use super::world::World;

fn listing() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
}

#[test]
fn older_and_newest_clients_are_served_without_sessions() {
    let world = World::new();
    let client = world.client(None);
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let reply = client.rpc_initialize(version);
        assert_eq!(reply["result"]["protocolVersion"], version, "{reply}");
        assert_eq!(reply["result"]["serverInfo"]["name"], "cuecard");
    }
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let ask = |method: &str, params: Value, name: Option<&str>| {
        let mut params = params;
        params["_meta"] = meta.clone();
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut headers = vec![
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
        ];
        headers.extend(name.map(|name| ("mcp-name", name)));
        let (status, _, said) = client.post("/mcp", &body, &headers);
        assert_eq!(status, 200, "{method}: {said}");
        said
    };
    let about = ask("server/discover", json!({}), None);
    let versions = about["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")), "{about}");
    assert_eq!(
        ask("tools/list", json!({}), None)["result"]["tools"]
            .as_array()
            .unwrap()
            .len(),
        8
    );
    let status = ask(
        "tools/call",
        json!({"name": "status", "arguments": {}}),
        Some("status"),
    );
    assert_eq!(status["result"]["structuredContent"]["ready"], true);
}

impl super::world::Client {
    fn rpc_initialize(&self, version: &str) -> Value {
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        let (status, _, said) = self.post("/mcp", &body, &[]);
        assert_eq!(status, 200, "{said}");
        said
    }
}

#[test]
fn foreign_pages_and_foreign_names_are_shut_out() {
    let world = World::new();
    let client = world.client(None);
    let check = |headers: &[(&str, &str)], expected: u16| {
        let (status, _, said) = client.post("/mcp", &listing(), headers);
        assert_eq!(status, expected, "{headers:?}: {said}");
    };
    let own = format!("http://{}", world.address);
    check(&[], 200);
    check(&[("origin", own.as_str())], 200);
    check(&[("origin", "https://evil.example")], 403);
    check(&[("origin", "null")], 403);
    check(
        &[
            ("origin", "https://evil.example"),
            ("authorization", "Bearer x"),
        ],
        403,
    );
    check(&[("host", "evil.example")], 403);
    check(&[("host", "localhost:1")], 200);
}

#[test]
fn keys_open_their_own_tools_alone() {
    let world = World::new();
    let keys = [
        ("s", vec![Scope::Search]),
        ("c", vec![Scope::Calls]),
        ("i", vec![Scope::Insights]),
        ("a", vec![Scope::Admin]),
    ]
    .map(|(name, scopes)| world.key(name, &scopes, &[]));
    let tools = |key: &str| {
        let reply = world.client(Some(key)).rpc("tools/list", json!({}));
        super::world::ids(&reply["result"]["tools"], "name")
    };
    let reading = [
        "search_knowledge",
        "get_article",
        "list_topics",
        "report_gap",
        "status",
        "search",
        "fetch",
    ];
    assert_eq!(tools(&keys[0]), reading);
    assert_eq!(tools(&keys[1]), ["suggest_for_call", "status"]);
    assert_eq!(tools(&keys[2]), ["status"]);
    assert_eq!(tools(&keys[3]).len(), 8);

    let caller = world.client(Some(&keys[1]));
    let said = caller.refuse("search_knowledge", json!({"query": "refund"}));
    assert_eq!(said["code"], "forbidden");
    assert_eq!(
        caller.rpc("resources/list", json!({}))["result"]["resources"],
        json!([])
    );
    assert_eq!(
        caller.rpc("prompts/list", json!({}))["result"]["prompts"],
        json!([])
    );
    let refused = caller.rpc(
        "prompts/get",
        json!({"name": "draft_reply", "arguments": {"message": "refund"}}),
    );
    assert!(refused["error"].is_object(), "{refused}");
    let refused = caller.rpc(
        "resources/read",
        json!({"uri": "cuecard://articles/refund"}),
    );
    assert!(refused["error"].is_object(), "{refused}");
}

#[test]
fn without_a_good_key_nothing_is_told_but_where_to_ask() {
    let world = World::new();
    let get = |path: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut response = agent.get(format!("{}{path}", world.url())).call().unwrap();
        let said: Value = response.body_mut().read_json().unwrap();
        (response.status().as_u16(), said)
    };
    let metadata = "/.well-known/oauth-protected-resource/mcp";
    assert_eq!(get(metadata).0, 404);
    world.key("s", &[Scope::Search], &[]);
    for key in [None, Some("cue_guess")] {
        let (status, challenge, said) = world.client(key).post("/mcp", &listing(), &[]);
        assert_eq!(status, 401);
        assert_eq!(said["code"], "unauthorized");
        let expected = format!("resource_metadata=\"{}{metadata}\"", world.url());
        assert!(challenge.contains(&expected), "{challenge}");
    }
    let (status, said) = get(metadata);
    assert_eq!(status, 200);
    assert_eq!(said["resource"], format!("{}/mcp", world.url()));
    assert_eq!(said["bearer_methods_supported"], json!(["header"]));
    assert_eq!(get("/.well-known/oauth-protected-resource").0, 200);
}

#[test]
fn every_refusal_is_a_problem_and_bad_json_is_400() {
    let world = World::new();
    let check = |method: &str, kind: &str, body: &[u8], expected: (u16, &str)| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = format!("{}/mcp", world.url());
        let mut response = match method {
            "GET" => agent.get(url).call().unwrap(),
            _ => agent
                .post(url)
                .header("content-type", kind)
                .header("accept", "application/json, text/event-stream")
                .send(body)
                .unwrap(),
        };
        let media = response.headers()["content-type"].clone();
        let allow = response.headers().get("allow").cloned();
        let said: Value = response.body_mut().read_json().unwrap();
        let told = (response.status().as_u16(), said["code"].as_str().unwrap());
        assert_eq!(told, expected, "{said}");
        assert_eq!(media, "application/problem+json");
        assert_eq!(allow.is_some(), expected.0 == 405);
    };
    let json = "application/json";
    check("POST", json, b"{", (400, "bad_request"));
    check("POST", json, b"{}", (400, "bad_request"));
    check("POST", "text/plain", b"{}", (400, "bad_request"));
    let large = vec![b' '; (1 << 20) + 1];
    check("POST", json, &large, (413, "body_too_large"));
    check("GET", "", b"", (405, "method_not_allowed"));
}

#[test]
fn a_request_has_only_so_many_values() {
    let world = World::new();
    let mut body = listing();
    body["params"] = json!({"_meta": {"a": vec![json!([0]); 10_000]}});
    let (status, _, said) = world.client(None).post("/mcp", &body, &[]);
    assert_eq!(
        (status, &said["code"]),
        (400, &json!("bad_request")),
        "{said}"
    );
}
