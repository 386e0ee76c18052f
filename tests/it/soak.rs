//! 10,000 utterances with card numbers, typed and spoken in English and Chinese, and what is left of them: nothing, in the
//! data folder, the log, the metrics, the reports and the summaries.

use std::{collections::BTreeSet, fs, path::Path, thread, time::Duration};

use aho_corasick::AhoCorasick;
use serde_json::{Value, json};

use crate::{
    random::Random,
    server::{self, Server},
};

const UTTERANCES: usize = 10_000;
const PER_CALL: usize = 100;
const CLIENTS: usize = 4;

/// A card number: sixteen digits of which the last is right.
fn card(dice: &mut Random) -> String {
    let first = ["4", "51", "55", "2221", "6011"][dice.below(5)];
    let mut digits = first.to_owned();
    while digits.len() < 15 {
        digits.push(char::from(b'0' + dice.below(10) as u8));
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| match (at % 2, u32::from(byte - b'0')) {
            (0, digit) if digit > 4 => digit * 2 - 9,
            (0, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    digits + &((10 - sum % 10) % 10).to_string()
}

fn spoken(number: &str, names: [&str; 10], between: &str) -> String {
    let names: Vec<&str> = number
        .bytes()
        .map(|byte| names[usize::from(byte - b'0')])
        .collect();
    names.join(between)
}

const ENGLISH: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];
const CHINESE: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// A number as somebody says or types it.
fn said(number: &str, way: usize) -> String {
    let groups = |between: &str| {
        let groups: Vec<&str> = (0..4).map(|at| &number[at * 4..at * 4 + 4]).collect();
        groups.join(between)
    };
    match way % 6 {
        0 => number.to_owned(),
        1 => groups(" "),
        2 => groups("-"),
        3 => spoken(number, ENGLISH, " "),
        4 => spoken(number, CHINESE, ""),
        _ => spoken(number, CHINESE, " "),
    }
}

fn sentence(number: &str, at: usize) -> String {
    let number = said(number, at);
    match at % 4 {
        0 => format!("My card number is {number}, is there a fee to cancel my contract?"),
        1 => format!("I paid with {number} yesterday. How do I get my money back?"),
        2 => format!("我的卡号是{number}，为什么多扣了钱？"),
        _ => format!("{number}, that is the card, do you need the code 123 too?"),
    }
}

fn start(data: &Path, log: &Path) -> Server {
    let mut command = server::command();
    command
        .args(["--content", "content", "--model", "none", "--data"])
        .arg(data)
        .env("CUECARD_LOG", "debug");
    Server::start(&mut command, log).ready()
}

fn post(agent: &ureq::Agent, url: &str, body: &Value) -> Value {
    let mut answer = agent
        .post(url)
        .send_json(body)
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    answer.body_mut().read_json().unwrap_or_default()
}

/// One client's calls; what their summaries say.
fn talk(url: &str, numbers: &[String], client: usize) -> String {
    let agent = ureq::Agent::new_with_defaults();
    let mut summaries = String::new();
    for (at, numbers) in numbers.chunks(PER_CALL).enumerate() {
        // Names that callers choose may hold one too.
        let call_id = format!("call {client} {at} {}", numbers[0]);
        let open = json!({"call_id": call_id, "customer_id": numbers[1], "agent_id": numbers[2], "account": {"plan": numbers[3]}});
        post(&agent, &format!("{url}/v1/calls"), &open);
        let call = format!("{url}/v1/calls/{}", call_id.replace(' ', "%20"));
        for (at, number) in numbers.iter().enumerate() {
            let text = sentence(number, at);
            let mut heard = post(
                &agent,
                &format!("{call}/utterances"),
                &json!({"role": "customer", "text": text}),
            );
            for card in heard["cards"].as_array_mut().unwrap() {
                let comment = json!({"type": "rated", "rating": "not_helpful", "comment": text});
                post(
                    &agent,
                    &format!(
                        "{call}/cards/{}/engagement",
                        card["card_id"].as_str().unwrap()
                    ),
                    &comment,
                );
            }
            if at % 10 == 0 {
                let found = post(&agent, &format!("{url}/v1/search"), &json!({"query": text}));
                post(
                    &agent,
                    &format!("{url}/v1/gaps"),
                    &json!({"query": text, "comment": text, "query_id": found["query_id"]}),
                );
            }
        }
        let summary = post(&agent, &format!("{call}/end"), &json!({})).to_string();
        // The call's name is the caller's own, and comes back as it was.
        summaries += &summary.replace(&call_id, "");
    }
    summaries
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The planted numbers in a text, typed or spoken, whatever stands between their digits.
struct Sieve {
    typed: AhoCorasick,
    english: AhoCorasick,
    chinese: AhoCorasick,
}

impl Sieve {
    fn new(numbers: &[String]) -> Self {
        let of =
            |form: &dyn Fn(&String) -> String| AhoCorasick::new(numbers.iter().map(form)).unwrap();
        Self {
            typed: of(&String::clone),
            english: of(&|number| spoken(number, ENGLISH, "")),
            chinese: of(&|number| spoken(number, CHINESE, "")),
        }
    }

    fn catches(&self, bytes: &[u8]) -> bool {
        let keep =
            |wanted: fn(&u8) -> bool| bytes.iter().copied().filter(wanted).collect::<Vec<u8>>();
        let no_space = bytes
            .iter()
            .copied()
            .filter(|byte| *byte != b' ')
            .collect::<Vec<u8>>();
        self.typed.is_match(&keep(u8::is_ascii_digit))
            || self
                .english
                .is_match(&keep(u8::is_ascii_alphabetic).to_ascii_lowercase())
            || self.chinese.is_match(&no_space)
    }
}

#[test]
fn no_card_number_is_left_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let mut dice = Random(7);
    let numbers: BTreeSet<String> = std::iter::repeat_with(|| card(&mut dice))
        .take(UTTERANCES)
        .collect();
    let numbers: Vec<String> = numbers.into_iter().collect();
    assert!(numbers.len() > UTTERANCES - 10);
    let sieve = Sieve::new(&numbers);
    for (way, number) in numbers.iter().take(6).enumerate() {
        let text = said(number, way);
        assert!(
            sieve.catches(text.as_bytes()),
            "the sieve has a hole: {text}"
        );
    }

    let mut server = start(&data, &log);
    let share = numbers.len().div_ceil(CLIENTS);
    let summaries: String = thread::scope(|scope| {
        let url = &server.url;
        let clients: Vec<_> = numbers
            .chunks(share)
            .enumerate()
            .map(|(client, numbers)| scope.spawn(move || talk(url, numbers, client)))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    // Insights lag by two seconds at most.
    thread::sleep(Duration::from_secs(2));
    let read = |path: &str| {
        ureq::get(format!("{}{path}", server.url))
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    };
    let reports = [
        "/metrics",
        "/v1/insights/summary",
        "/v1/insights/gaps",
        "/v1/insights/articles",
        "/v1/insights/demand",
    ]
    .map(read);
    server.signal();
    server.wait();

    assert!(!sieve.catches(summaries.as_bytes()), "summaries");
    for report in &reports {
        assert!(!sieve.catches(report.as_bytes()), "{report}");
    }
    assert!(
        reports[2].contains("[card]"),
        "the reports must be about what was said: {}",
        reports[2]
    );
    let kept = files(folder.path());
    for name in ["log", "insights.sqlite"] {
        assert!(
            kept.iter().any(|file| file.ends_with(name)),
            "{name} is not among {kept:?}"
        );
    }
    assert!(
        kept.iter()
            .any(|file| file.extension().is_some_and(|ending| ending == "jsonl")),
        "no audit log"
    );
    for file in kept {
        assert!(
            !sieve.catches(&fs::read(&file).unwrap()),
            "{}",
            file.display()
        );
    }
}
