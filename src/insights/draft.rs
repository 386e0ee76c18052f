//! A draft article file for a gap, to be completed and committed. Pure.

use super::gaps::{Gap, Suggestion};
use crate::text::{one_line, quoted};

/// Maximum questions in the front matter.
const QUESTIONS: usize = 20;

/// Maximum characters of the file name.
const NAME_CHARS: usize = 60;

/// The draft's file name and text. Its status is `draft`: it is not shown until an editor publishes it.
#[must_use]
pub fn draft(gap: &Gap) -> (String, String) {
    let is_chinese = gap.lang.starts_with("zh");
    let name = name(gap);
    let mut page = format!(
        "---\nid: {}\ntitle: {}\nlang: {}\nstatus: draft\n",
        line(&name),
        line(&gap.label),
        line(&gap.lang)
    );
    if let Some(nearest) = &gap.nearest {
        if !nearest.tags.is_empty() {
            let tags: Vec<String> = nearest.tags.iter().map(|tag| line(tag)).collect();
            page.push_str(&format!("tags: [{}]\n", tags.join(", ")));
        }
        if let Some(owner) = &nearest.owner {
            page.push_str(&format!("owner: {}\n", line(owner)));
        }
    }
    page.push_str("questions:\n");
    for query in gap.queries.iter().take(QUESTIONS) {
        page.push_str(&format!("  - {}\n", line(query)));
    }
    page.push_str("---\n\n");
    page.push_str(&note(gap, is_chinese));
    page.push_str(if is_chinese {
        "\n在这里写答案：先写座席可以直接对客户说的话，再写步骤和例外情况。\n"
    } else {
        "\nWrite the answer here: first what to tell the customer, then the steps, then the exceptions.\n"
    });
    (format!("{name}.md"), page)
}

/// Data about the gap, in a comment that readers of the published article do not see.
fn note(gap: &Gap, is_chinese: bool) -> String {
    let (first, last) = (
        gap.first_asked_at.date_naive(),
        gap.last_asked_at.date_naive(),
    );
    let mut lines = vec![if is_chinese {
        format!("被问 {} 次，{first} 至 {last}。", gap.size)
    } else {
        format!("Asked {} times, {first} to {last}.", gap.size)
    }];
    if let Some(nearest) = &gap.nearest {
        let share = (nearest.confidence * 100.0).round();
        lines.push(match (gap.suggestion, is_chinese) {
            (Suggestion::Extend, false) => format!(
                "Consider extending {} instead ({share}% likely to answer).",
                nearest.path
            ),
            (Suggestion::Extend, true) => format!(
                "也可以考虑扩充 {}（能回答的可能性 {share}%）。",
                nearest.path
            ),
            (Suggestion::Write, false) => format!(
                "The nearest article is {} ({share}% likely to answer).",
                nearest.path
            ),
            (Suggestion::Write, true) => format!(
                "最接近的文章是 {}（能回答的可能性 {share}%）。",
                nearest.path
            ),
        });
    }
    lines.extend(
        gap.comments
            .iter()
            .map(|comment| format!("“{}”", one_line(comment))),
    );
    // User input cannot end the comment.
    let text = lines.join("\n").replace("--", "- -").replace('>', "›");
    format!("<!--\n{text}\n-->\n")
}

/// A text as a front matter value.
fn line(text: &str) -> String {
    quoted(&one_line(text))
}

/// A name from the label's Latin words, otherwise from the gap's id.
fn name(gap: &Gap) -> String {
    let mut name = String::new();
    for c in gap.label.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => name.push(c),
            '\'' | '’' => {}
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
        if name.len() >= NAME_CHARS {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.len() < 8 {
        format!("gap-{}", gap.gap_id)
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;
    use crate::{
        article::{Severity, Status, parse},
        insights::gaps::{Nearest, Trend},
    };

    fn gap(label: &str, lang: &str) -> Gap {
        Gap {
            gap_id: "0a1b2c".into(),
            label: label.into(),
            size: 12,
            lang: lang.into(),
            queries: vec![label.into(), "and \"this\": --- {x} # y\n&z".into()],
            trend: Trend::New,
            before: 0,
            by_day: vec![12],
            first_asked_at: DateTime::UNIX_EPOCH,
            last_asked_at: DateTime::UNIX_EPOCH,
            reasons: BTreeMap::new(),
            comments: vec!["nothing on --> this".into()],
            nearest: Some(Nearest {
                article_id: "a".into(),
                title: "A".into(),
                path: "en/a.md".into(),
                url: "/articles/a".into(),
                tags: vec!["billing/refunds".into()],
                owner: Some("team: one".into()),
                confidence: 0.4,
            }),
            suggestion: Suggestion::Extend,
        }
    }

    #[test]
    fn a_draft_is_an_article_without_a_finding_of_error() {
        for (label, lang, name) in [
            ("Can I pay by cheque?", "en", "can-i-pay-by-cheque.md"),
            ("可以用支票付款吗？", "zh-Hans", "gap-0a1b2c.md"),
        ] {
            let (file, text) = draft(&gap(label, lang));
            assert_eq!(file, name);
            let parsed = parse(&file, text.as_bytes());
            let errors: Vec<_> = parsed
                .diagnostics
                .iter()
                .filter(|one| one.severity == Severity::Error)
                .collect();
            assert!(errors.is_empty(), "{errors:?}\n{text}");
            let article = parsed.article.unwrap();
            assert_eq!(
                (article.title.as_str(), article.status),
                (label, Status::Draft)
            );
            assert_eq!(article.questions, [label, "and \"this\": --- {x} # y &z"]);
            assert!(
                article
                    .passages
                    .iter()
                    .all(|passage| !passage.text.contains("12"))
            );
        }
    }
}
