//! The server under load: one that runs, or one that is started for it and ends with it.

#![allow(dead_code, reason = "each bench takes what it needs")]

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{Instant, sleep},
};

use super::client::Client;

/// How long a server may take until every passage has its vector.
const READY: Duration = Duration::from_secs(300);

pub struct Server {
    pub address: String,
    child: Option<Child>,
    // A data folder of its own lives as long as the server.
    data: Option<tempfile::TempDir>,
}

impl Server {
    pub async fn start(url: Option<&str>, binary: &Path, content: &Path) -> Self {
        if let Some(url) = url {
            let address = url.trim_start_matches("http://").trim_end_matches('/');
            return Self {
                address: address.to_owned(),
                child: None,
                data: None,
            };
        }
        let data = tempfile::tempdir().unwrap();
        let mut server = Self::start_on(binary, content, data.path()).await;
        server.data = Some(data);
        server.wait_for_vectors().await;
        server
    }

    /// Starts one on a data folder; it accepts requests, and may not be ready yet.
    pub async fn start_on(binary: &Path, content: &Path, data: &Path) -> Self {
        let mut child = Command::new(binary)
            .arg("serve")
            .arg("--content")
            .arg(content)
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap_or_default();
        let address = line
            .strip_prefix("cuecard listening on http://")
            .unwrap_or_else(|| panic!("the server says {line:?}"))
            .to_owned();
        Self {
            address,
            child: Some(child),
            data: None,
        }
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) {
        if let Some(mut child) = self.child.take()
            && let Some(process) = child.id()
        {
            let asked = Command::new("kill").arg(process.to_string()).status().await;
            assert!(asked.is_ok_and(|status| status.success()));
            child.wait().await.unwrap();
        }
    }

    pub async fn wait_for_vectors(&self) {
        self.wait_for_vectors_within(READY).await;
    }

    pub async fn wait_for_vectors_within(&self, limit: Duration) {
        let until = Instant::now() + limit;
        let body = r#"{"query":"contract","limit":1}"#;
        loop {
            let mut client = Client::connect(&self.address).await.unwrap();
            let answer = client.post("/v1/search", body).await.unwrap();
            if answer.0 == 200 && !answer.1.contains("embedding_in_progress") {
                return;
            }
            assert!(Instant::now() < until, "not ready: {}", answer.1);
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// Waits until it computes nothing any more: articles are compared with each other after a start.
    pub async fn wait_until_idle(&self) {
        let spent = || self.usage().map_or(0.0, |(_, seconds)| seconds);
        let mut before = spent();
        loop {
            sleep(Duration::from_secs(1)).await;
            let now = spent();
            if now - before < 0.1 {
                return;
            }
            before = now;
        }
    }

    /// Resident memory in MB and processor seconds, of a server that was started here.
    pub fn usage(&self) -> Option<(u64, f64)> {
        let process = self.child.as_ref()?.id()?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().ok()?;
        let times = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // After the name in brackets: user and system time are the 12th and 13th, in hundredths of a second.
        let fields: Vec<&str> = times.rsplit(") ").next()?.split(' ').collect();
        let ticks: f64 =
            fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some((kilobytes / 1024, ticks / 100.0))
    }
}
