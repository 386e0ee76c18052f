//! The weekly digest: one page of Markdown for a team lead. Pure.

use super::{
    articles::{ArticleInsight, ArticlesReport, Flag},
    demand::DemandReport,
    gaps::{GapsReport, Suggestion},
    summary::SummaryReport,
};
use crate::text::{markdown_escaped, one_line};

/// Maximum lines of each list.
const LINES: usize = 8;

/// The texts of a digest in one language.
struct Words {
    title: &'static str,
    numbers: &'static str,
    gaps: &'static str,
    spikes: &'static str,
    articles: &'static str,
    topics: &'static str,
    nothing: &'static str,
    write: &'static str,
    extend: &'static str,
}

const ENGLISH: Words = Words {
    title: "What callers asked",
    numbers: "In numbers",
    gaps: "Questions without an article",
    spikes: "More than usual",
    articles: "Articles to look at",
    topics: "Topics",
    nothing: "Nothing.",
    write: "write an article",
    extend: "extend",
};

const CHINESE: Words = Words {
    title: "客户问了什么",
    numbers: "数据概览",
    gaps: "没有文章的问题",
    spikes: "比平时多",
    articles: "需要查看的文章",
    topics: "主题",
    nothing: "无。",
    write: "写一篇文章",
    extend: "扩充",
};

/// Combines the reports of one period.
#[must_use]
pub fn digest(
    summary: &SummaryReport,
    gaps: &GapsReport,
    articles: &ArticlesReport,
    demand: &DemandReport,
    is_chinese: bool,
) -> String {
    let words = if is_chinese { &CHINESE } else { &ENGLISH };
    let (first, last) = (summary.by_day.first(), summary.by_day.last());
    let day =
        |day: Option<&super::DayNumbers>| day.map_or_else(String::new, |day| day.day.to_string());
    let mut page = format!("# {}, {} – {}\n", words.title, day(first), day(last));
    let mut section = |heading: &str, lines: Vec<String>| {
        page.push_str(&format!("\n## {heading}\n\n"));
        if lines.is_empty() {
            page.push_str(&format!("{}\n", words.nothing));
        }
        for line in lines.into_iter().take(LINES) {
            page.push_str(&format!("- {line}\n"));
        }
    };
    section(words.numbers, numbers(summary, is_chinese));
    let gap_lines = gaps.gaps.iter().map(|gap| {
        let what = match (&gap.nearest, gap.suggestion) {
            (Some(nearest), Suggestion::Extend) => format!("{} `{}`", words.extend, nearest.path),
            _ => words.write.to_owned(),
        };
        format!("**{}** ×{}: {what}", plain(&gap.label), gap.size)
    });
    section(words.gaps, gap_lines.collect());
    let spikes = demand
        .spikes
        .iter()
        .map(|spike| match (spike.factor, is_chinese) {
            (Some(factor), false) => format!(
                "{} ×{factor:.1} since {} ({} questions)",
                plain(&spike.tag),
                spike.since,
                spike.count
            ),
            (None, false) => format!(
                "{}: new since {} ({} questions)",
                plain(&spike.tag),
                spike.since,
                spike.count
            ),
            (Some(factor), true) => format!(
                "{}：自 {} 起 ×{factor:.1}（{} 个问题）",
                plain(&spike.tag),
                spike.since,
                spike.count
            ),
            (None, true) => format!(
                "{}：自 {} 起新出现（{} 个问题）",
                plain(&spike.tag),
                spike.since,
                spike.count
            ),
        });
    section(words.spikes, spikes.collect());
    let flagged = articles
        .articles
        .iter()
        .filter_map(|article| flagged(article, is_chinese));
    section(words.articles, flagged.collect());
    let topics = demand.topics.iter().map(|topic| match topic.change {
        Some(change) => format!("{}: {} (×{change:.1})", plain(&topic.tag), topic.count),
        None => format!("{}: {}", plain(&topic.tag), topic.count),
    });
    section(words.topics, topics.collect());
    page
}

fn numbers(report: &SummaryReport, is_chinese: bool) -> Vec<String> {
    let (now, before) = (&report.numbers, &report.before);
    let line = |english: &str, chinese: &str, value: u64, before: u64| {
        if is_chinese {
            format!("{chinese}：{value}（之前 {before}）")
        } else {
            format!("{english}: {value} (before: {before})")
        }
    };
    let mut lines = vec![
        line("Questions", "问题", now.searches, before.searches),
        line(
            "of them answered",
            "其中已回答",
            now.answered,
            before.answered,
        ),
        line("Calls", "通话", now.calls, before.calls),
        line(
            "of them with a useful card",
            "其中有帮助的卡片",
            now.calls_with_useful_card,
            before.calls_with_useful_card,
        ),
        line("Cards", "卡片", now.cards, before.cards),
        line(
            "of them sent away",
            "其中被忽略",
            now.cards_dismissed,
            before.cards_dismissed,
        ),
    ];
    if let Some(seconds) = now.first_useful_card_s {
        lines.push(if is_chinese {
            format!("首张有用卡片（中位数）：{seconds:.0} 秒")
        } else {
            format!("Time to the first useful card (median): {seconds:.0} s")
        });
    }
    lines
}

/// The most important issue of an article; None if its only issue is that it was never shown.
fn flagged(article: &ArticleInsight, is_chinese: bool) -> Option<String> {
    let flag = article
        .flags
        .first()
        .filter(|flag| **flag != Flag::NeverShown)?;
    let worst = article
        .triggers
        .first()
        .map_or((0, 0), |one| (one.dismissed, one.shown));
    let why = match (flag, is_chinese) {
        (Flag::StaleAndUsed, false) => format!("review overdue, shown {} times", article.shown),
        (Flag::StaleAndUsed, true) => format!("逾期未审，显示 {} 次", article.shown),
        (Flag::WrongTrigger, false) => {
            format!("a trigger was dismissed {} of {} times", worst.0, worst.1)
        }
        (Flag::WrongTrigger, true) => format!("触发器 {} 次中被忽略 {} 次", worst.1, worst.0),
        (Flag::Conflict, false) => "contradicts another passage".to_owned(),
        (Flag::Conflict, true) => "与其他段落矛盾".to_owned(),
        (Flag::NotHelpful, false) => format!(
            "not helpful {} of {}",
            article.not_helpful,
            article.not_helpful + article.helpful
        ),
        (Flag::NotHelpful, true) => format!(
            "{} 条评价中 {} 条没有帮助",
            article.not_helpful + article.helpful,
            article.not_helpful
        ),
        (Flag::NeverShown, _) => return None,
    };
    let name = article.title.as_deref().unwrap_or(&article.article_id);
    let path = article.path.as_deref().unwrap_or_default();
    Some(format!("**{}** (`{path}`): {why}", plain(name)))
}

/// User input as one line without markup.
fn plain(text: &str) -> String {
    markdown_escaped(&one_line(text))
}
