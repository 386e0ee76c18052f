//! Runs of digits in a text, typed or spoken: "4111 1111", "four one double one", "四一一一".
//!
//! Owns what counts as a digit and what may separate the digits of one number. Leaves what a number is to `numbers`.

use crate::text::{
    fold::vanishes,
    numerals::{self, decimal, number_word, usual},
};

/// A digit and the bytes it came from; two digits of one spoken word share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digit {
    pub(super) value: u8,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Begins a group: something stands between it and the digit before.
    pub(super) opens: bool,
}

/// Digits that may be one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) digits: Vec<Digit>,
    /// A plus stands before the first.
    pub(super) plus: bool,
    /// A letter or a money sign touches the first: `E204`, `$25`.
    pub(super) glued: bool,
    /// End of an X that follows the last digit, as in Chinese resident ids.
    pub(super) x_end: Option<usize>,
}

impl Run {
    /// Digits of each group.
    pub(super) fn groups(&self) -> Vec<usize> {
        let mut groups = Vec::new();
        for digit in &self.digits {
            match groups.last_mut() {
                Some(last) if !digit.opens => *last += 1,
                _ => groups.push(1),
            }
        }
        groups
    }
}

/// What a text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// One or two digits, or a repetition of what follows.
    Digits(u8, Option<u8>),
    /// Twenty, thirty: a digit may take the place of its zero.
    Tens(u8),
    /// Double, triple: how often the next digit counts.
    Times(u8),
    /// "Oh": a nought between digits, and nothing elsewhere.
    Oh,
    /// May stand within a number.
    Between,
    /// A dot or a comma: within a number of long groups only.
    Point,
    /// The letter X.
    X,
    /// Ends a number.
    Break,
}

/// Every run of a text, in order.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut reader = Reader::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let end = if c.is_ascii_alphabetic() {
            at + text[at..]
                .find(|c: char| !(c.is_ascii_alphabetic() || c == '\''))
                .unwrap_or(text.len() - at)
        } else {
            at + c.len_utf8()
        };
        let token = if c.is_ascii_alphabetic() {
            word(&text[at..end])
        } else {
            sign(c)
        };
        reader.take(text, token, at, end);
        at = end;
    }
    reader.close();
    reader.done
}

#[derive(Debug, Default)]
struct Reader {
    done: Vec<Run>,
    run: Option<Run>,
    /// What stands between the last digit and here.
    gap: Gap,
    times: u8,
    /// The last digit is the nought of a tens word.
    tens: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Some,
    /// With a point in it.
    Point,
}

impl Reader {
    fn take(&mut self, text: &str, token: Token, start: usize, end: usize) {
        match token {
            Token::Digits(first, second) => {
                self.digit(text, first, start, end, second.is_none());
                if let Some(second) = second {
                    self.glue(second, start, end);
                }
            }
            Token::Tens(tens) => {
                self.digit(text, tens, start, end, false);
                self.glue(0, start, end);
                self.tens = true;
            }
            Token::Times(times) => self.times = times,
            Token::Oh if self.run.is_some() || digit_follows(&text[end..]) => {
                self.digit(text, 0, start, end, true);
            }
            Token::Between | Token::Oh if self.run.is_some() => {
                if self.gap == Gap::None {
                    self.gap = Gap::Some;
                }
            }
            Token::Point if self.run.is_some() => self.gap = Gap::Point,
            Token::X => {
                if let Some(run) = &mut self.run {
                    run.x_end = Some(end);
                }
                self.close();
            }
            // White space before a number, a comma after a word: nothing yet.
            Token::Between | Token::Point => {}
            Token::Oh | Token::Break => {
                self.close();
                self.times = 0;
            }
        }
    }

    fn digit(&mut self, text: &str, value: u8, start: usize, end: usize, fills_tens: bool) {
        // "Twenty three" is 23, not 203.
        if self.tens && fills_tens && value > 0 && self.gap != Gap::None && end - start > 1 {
            self.tens = false;
            self.gap = Gap::None;
            if let Some(last) = self.run.as_mut().and_then(|run| run.digits.last_mut()) {
                last.value = value;
                last.end = end;
                return;
            }
        }
        self.tens = false;
        if self.gap == Gap::Point && !self.point_joins(text, start) {
            self.close();
        }
        let run = self.run.get_or_insert_with(|| {
            let before = text[..start].chars().next_back();
            Run {
                digits: Vec::new(),
                plus: before == Some('+') || before == Some('＋'),
                glued: before
                    .is_some_and(|c| c.is_alphabetic() && c.is_ascii() || "$€£¥￥".contains(c)),
                x_end: None,
            }
        });
        let opens = self.gap != Gap::None || run.digits.is_empty();
        for again in 0..self.times.max(1) {
            run.digits.push(Digit {
                value,
                start,
                end,
                opens: opens && again == 0,
            });
        }
        self.times = 0;
        self.gap = Gap::None;
    }

    /// The second digit of one word.
    fn glue(&mut self, value: u8, start: usize, end: usize) {
        if let Some(run) = &mut self.run {
            run.digits.push(Digit {
                value,
                start,
                end,
                opens: false,
            });
        }
    }

    /// A point joins long groups of typed digits (4111.1111) and anything spoken, never the cents of an amount.
    fn point_joins(&self, text: &str, start: usize) -> bool {
        let Some(last) = self.run.as_ref().and_then(|run| run.digits.last()) else {
            return false;
        };
        let typed = |c: char| decimal(c).is_some();
        let is_spoken = !text[last.start..].starts_with(typed) && !text[start..].starts_with(typed);
        let before = text[..last.end]
            .chars()
            .rev()
            .take_while(|c| typed(*c))
            .count();
        let after = text[start..].chars().take_while(|c| typed(*c)).count();
        let is_comma = text[last.end..start].contains([',', '，', '،', '٬']);
        let least = if is_comma { 4 } else { 3 };
        is_spoken || (before >= least && after >= least)
    }

    fn close(&mut self) {
        self.done.extend(self.run.take());
        self.gap = Gap::None;
        self.tens = false;
    }
}

fn digit_follows(rest: &str) -> bool {
    let word: String = rest
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect();
    word.starts_with(|c: char| decimal(c).is_some())
        || matches!(self::word(&word), Token::Digits(..) | Token::Tens(_))
}

fn sign(c: char) -> Token {
    if let Some(value) = digit(c) {
        return Token::Digits(value, None);
    }
    match c {
        '.' | ',' | '，' | '。' | '،' | '٫' | '٬' => Token::Point,
        '叉' => Token::X,
        c if vanishes(c)
            || c.is_whitespace()
            || "-–—−‐‑_·、()（）…/＋+嗯呃啊然后杠".contains(c) =>
        {
            Token::Between
        }
        _ => Token::Break,
    }
}

fn digit(c: char) -> Option<u8> {
    match c {
        // As they are told apart on the telephone.
        '洞' => Some(0),
        '幺' => Some(1),
        '拐' => Some(7),
        // Of things, never of digits.
        '两' | '兩' => None,
        _ => decimal(c).or_else(|| numerals::digit(usual(c))),
    }
}

fn word(text: &str) -> Token {
    let number = number_word(text).and_then(|number| u8::try_from(number).ok());
    match (number, text.to_ascii_lowercase().as_str()) {
        (Some(ones @ 1..=9), _) => Token::Digits(ones, None),
        (Some(teen @ 10..=19), _) => Token::Digits(1, Some(teen - 10)),
        (Some(tens @ 20..=99), _) => Token::Tens(tens / 10),
        (_, "zero" | "nought" | "naught") => Token::Digits(0, None),
        (_, "niner") => Token::Digits(9, None),
        (_, "fourty") => Token::Tens(4),
        (_, "oh" | "o") => Token::Oh,
        (_, "double") => Token::Times(2),
        (_, "triple" | "treble") => Token::Times(3),
        (
            _,
            "uh" | "um" | "er" | "erm" | "hm" | "mhm" | "then" | "dash" | "hyphen" | "space"
            | "and",
        ) => Token::Between,
        (_, "x") => Token::X,
        _ => Token::Break,
    }
}
