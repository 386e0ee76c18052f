//! Servers begin with their data folder, or leave it alone, and end when they are told to.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, copy, sink},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

/// A server on one article.
struct Server {
    child: Child,
    url: String,
    home: TempDir,
}

fn serve(home: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cuecard"));
    command
        .args(["serve", "--model", "none", "--listen", listen, "--content"])
        .arg(home.join("content"))
        .arg("--config")
        .arg(home.join("cuecard.toml"))
        .arg("--data")
        .arg(home.join("data"))
        .env_remove("CUECARD_ADMIN_KEY");
    command
}

impl Server {
    fn start(settings: &str) -> Self {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join("content")).unwrap();
        let article = "# Refund\n\nMoney goes back within five days.\n";
        fs::write(home.path().join("content/refund.md"), article).unwrap();
        fs::write(home.path().join("cuecard.toml"), settings).unwrap();
        let mut child = serve(home.path(), "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(File::create(home.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let url = crate::listening::address(&mut child);
        let server = Self { child, url, home };
        let begun = Instant::now();
        while ureq::get(format!("{}/readyz", server.url)).call().is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "not ready");
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// A server that waits for an answer which never comes.
    fn waiting() -> Self {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let server = Self::start(&format!(
            "[generate]\nurl = \"http://{address}/v1\"\nmodel = \"m\"\n"
        ));
        let calls = format!("{}/v1/calls", server.url);
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
        server
    }

    fn signal(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_data_folder_in_use_gets_no_keys() {
    let server = Server::start("");
    for key in ["", "a-key-of-the-environment"] {
        let second = serve(server.home.path(), "0.0.0.0:0")
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
    assert!(!server.home.path().join("data/keys.sqlite").exists());
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
    let mut server = Server::waiting();
    let begun = Instant::now();
    server.signal();
    assert!(server.child.wait().unwrap().success());
    // An answer is waited for longer than this.
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn who_asks_twice_waits_for_nothing() {
    let mut server = Server::waiting();
    server.signal();
    thread::sleep(Duration::from_millis(300));
    server.signal();
    assert!(!server.child.wait().unwrap().success());
}
