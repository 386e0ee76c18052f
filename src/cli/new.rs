//! `cuecard new`: a valid skeleton of an article, to be filled in.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Args;

use super::print;
use crate::text;

/// What was typed.
#[derive(Debug, Args)]
pub(super) struct New {
    /// File to write, such as content/en/billing/late-fees.md
    file: PathBuf,
    /// Title; the file's name when not given
    #[arg(long, env = "CUECARD_TITLE")]
    title: Option<String>,
    /// Id; the file's name when not given
    #[arg(long, env = "CUECARD_ID")]
    id: Option<String>,
    /// Language as a BCP 47 tag; that of the title when not given
    #[arg(long, env = "CUECARD_LANG", value_name = "TAG")]
    lang: Option<String>,
    /// Team that answers for it
    #[arg(long, env = "CUECARD_OWNER", default_value = "care-team")]
    owner: String,
    /// Id of the article that it translates
    #[arg(long, env = "CUECARD_TRANSLATION_OF", value_name = "ID")]
    translation_of: Option<String>,
    /// Day of the first review, as 2026-11-22; today when not given
    #[arg(long, env = "CUECARD_TODAY", value_name = "DATE")]
    today: Option<NaiveDate>,
}

impl New {
    /// Writes the file; one that is there is left alone.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let name = self.file.to_string_lossy();
        if !name.ends_with(".md") {
            bail!("{name} is no article: give it the ending .md");
        }
        if self.file.exists() {
            bail!("{name} is there already: edit it, or choose another name");
        }
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        std::fs::write(&self.file, self.skeleton())
            .with_context(|| format!("{name} cannot be written"))?;
        print(&format!("{name}: fill it in, then set `status: published`"))?;
        Ok(ExitCode::SUCCESS)
    }

    fn skeleton(&self) -> String {
        let stem = self.file.file_stem().map_or_else(
            || "article".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let title = self.title.clone().unwrap_or_else(|| {
            let words = stem.replace(['-', '_'], " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        });
        let id = self
            .id
            .clone()
            .unwrap_or_else(|| stem.split_whitespace().collect::<Vec<_>>().join("-"));
        let lang = self
            .lang
            .clone()
            .unwrap_or_else(|| text::detect(&title).to_owned());
        let today = self
            .today
            .unwrap_or_else(|| chrono::Utc::now().date_naive());
        let translation = self
            .translation_of
            .iter()
            .map(|id| format!("translation_of: {}\n", quoted(id)))
            .collect::<String>();
        format!(
            "---\nid: {}\ntitle: {}\nlang: {}\n{translation}summary: \"\"\ntags: []\nproducts: []\naudience: [agent]\nowner: {}\nstatus: draft\n\
             reviewed: {today}\nreview_every: 180d\nquestions: []\nask: []\ntriggers: []\n---\n\
             The answer in two or three sentences, with the number the caller wants.\n\n## Conditions\n\n## Steps\n\n1. First step.\n\n## What to say\n\n\
             One or two sentences, as one would really say them.\n",
            quoted(&id),
            quoted(&title),
            quoted(&lang),
            quoted(&self.owner)
        )
    }
}

/// Text as YAML reads it back, whatever stands in it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{ParseOptions, Status, parse};

    #[test]
    fn a_skeleton_has_nothing_to_find() {
        for (file, title) in [
            ("a/late-fees.md", None),
            ("违约金.md", Some("What: \"a\" # title")),
            ("x y.md", Some("12")),
        ] {
            let new = New {
                file: PathBuf::from(file),
                title: title.map(str::to_owned),
                id: None,
                lang: None,
                owner: "billing-team".to_owned(),
                translation_of: Some("a".to_owned()),
                today: NaiveDate::from_ymd_opt(2026, 11, 22),
            };
            let parsed = parse(file, new.skeleton().as_bytes(), &ParseOptions::default());
            assert_eq!(parsed.diagnostics, [], "{file}");
            let article = parsed.article.unwrap();
            assert_eq!(article.status, Status::Draft);
            assert_eq!(
                article.title,
                title.unwrap_or(if file == "a/late-fees.md" {
                    "Late fees"
                } else {
                    ""
                })
            );
        }
    }
}
