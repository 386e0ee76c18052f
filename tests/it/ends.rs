//! Servers take their data folder or leave it alone, and stop when they are told to.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, copy, sink},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

use crate::server::{self, Server};

/// A server on one article.
struct Serving {
    server: Server,
    home: TempDir,
}

fn serve(home: &Path, listen: &str) -> Command {
    let mut command = server::command();
    command
        .args(["--model", "none", "--listen", listen, "--content"])
        .arg(home.join("content"))
        .arg("--config")
        .arg(home.join("cuecard.toml"))
        .arg("--data")
        .arg(home.join("data"))
        .env_remove("CUECARD_ADMIN_KEY");
    command
}

impl Serving {
    fn start(settings: &str) -> Self {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join("content")).unwrap();
        let article = "# Refund\n\nMoney goes back within five days.\n";
        fs::write(home.path().join("content/refund.md"), article).unwrap();
        fs::write(home.path().join("cuecard.toml"), settings).unwrap();
        let log = home.path().join("log");
        let server = Server::start(&mut serve(home.path(), "127.0.0.1:0"), &log).ready();
        Self { server, home }
    }

    /// A server that waits for an answer which never comes.
    fn waiting() -> Self {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let serving = Self::start(&format!(
            "[generate]\nurl = \"http://{address}/v1\"\nmodel = \"m\"\n"
        ));
        let calls = format!("{}/v1/calls", serving.server.url);
        let call = format!("{calls}/c1");
        let said = json!({"role": "customer", "text": "I want my money back."});
        ureq::post(&calls)
            .send_json(json!({"call_id": "c1"}))
            .unwrap();
        ureq::post(format!("{call}/utterances"))
            .send_json(said)
            .unwrap();
        thread::spawn(move || ureq::post(format!("{call}/summary")).send_json(json!({})));
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let (mut asked, _) = silent.accept().unwrap();
            tell.send(()).unwrap();
            copy(&mut asked, &mut sink())
        });
        told.recv_timeout(Duration::from_secs(10)).unwrap();
        serving
    }
}

#[test]
fn a_data_folder_in_use_gets_no_keys() {
    let serving = Serving::start("");
    for key in ["", "a-key-of-the-environment"] {
        let second = serve(serving.home.path(), "0.0.0.0:0")
            .env("CUECARD_ADMIN_KEY", key)
            .output()
            .unwrap();
        let told = String::from_utf8(second.stderr).unwrap();
        assert!(
            !second.status.success() && told.contains("in use"),
            "{told}"
        );
        assert_eq!(String::from_utf8(second.stdout).unwrap(), "");
    }
    assert!(!serving.home.path().join("data/keys.sqlite").exists());
}

#[cfg(unix)]
#[test]
fn a_server_whose_keys_cannot_be_read_does_not_start() {
    let home = TempDir::new().unwrap();
    fs::create_dir_all(home.path().join("content")).unwrap();
    fs::create_dir_all(home.path().join("data")).unwrap();
    fs::write(home.path().join("cuecard.toml"), "").unwrap();
    let keys = home.path().join("data/keys.sqlite");
    // What nobody can read, root neither.
    std::os::unix::fs::symlink(&keys, &keys).unwrap();
    for listen in ["127.0.0.1:0", "0.0.0.0:0"] {
        let log = home.path().join("log");
        let mut started = serve(home.path(), listen)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        // Its end, or what a server says that has started.
        let mut said = String::new();
        let mut output = BufReader::new(started.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        if !said.is_empty() {
            started.kill().unwrap();
        }
        assert_eq!(started.wait().unwrap().code(), Some(2), "{said}");
        let told = fs::read_to_string(log).unwrap();
        assert!(
            told.contains("keys.sqlite is there and cannot be read"),
            "{told}"
        );
    }
}

#[test]
fn the_end_does_not_wait_for_who_never_answers() {
    let mut server = Serving::waiting().server;
    let begun = Instant::now();
    server.signal();
    assert!(server.wait().success());
    // An answer is waited for longer than this.
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn who_asks_twice_waits_for_nothing() {
    let mut server = Serving::waiting().server;
    server.signal();
    thread::sleep(Duration::from_millis(300));
    server.signal();
    assert!(!server.wait().success());
}
