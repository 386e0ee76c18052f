//! `cuecard new`: creates a valid article skeleton to fill in.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Args;

use super::{Dated, print};
use crate::{
    article::{default_id, is_article_path, parse},
    config::Overrides,
    text::{self, quoted},
};

/// The arguments.
#[derive(Debug, Args)]
pub(super) struct New {
    /// File to create, such as content/en/billing/late-fees.md
    file: PathBuf,
    /// Title [default: from the file name]
    #[arg(long, env = "CUECARD_TITLE")]
    title: Option<String>,
    /// Id [default: the file name, with the language appended if the original has that name]
    #[arg(long, env = "CUECARD_ID")]
    id: Option<String>,
    /// Language as a BCP 47 tag [default: from a folder named after a language, otherwise the title's]
    #[arg(long, env = "CUECARD_LANG", value_name = "TAG")]
    lang: Option<String>,
    /// Team that owns the article
    #[arg(long, env = "CUECARD_OWNER", default_value = "care-team")]
    owner: String,
    /// Id of the article that this one translates
    #[arg(long, env = "CUECARD_TRANSLATION_OF", value_name = "ID")]
    translation_of: Option<String>,
    #[command(flatten)]
    dated: Dated,
}

impl New {
    /// Writes the file; an existing file is never overwritten.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let name = self.file.to_string_lossy();
        if !name.ends_with(".md") {
            bail!("{name} is no article: give it the ending .md");
        }
        let path = self.file.file_name().unwrap_or_default().to_string_lossy();
        if !is_article_path(&path) {
            bail!(
                "{path} is never an article: choose a name that is not README and does not begin with . or _"
            );
        }
        let skeleton = self.skeleton(self.dated.read(Overrides::default())?.today());
        let parsed = parse(&path, skeleton.as_bytes());
        if let Some(wrong) = parsed.diagnostics.first() {
            bail!("{}: {}", wrong.message, wrong.help);
        }
        if self.file.exists() {
            bail!("{name} is there already: edit it, or choose another name");
        }
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        std::fs::write(&self.file, skeleton)
            .with_context(|| format!("{name} cannot be written"))?;
        print(&format!("{name}: fill it in, then set `status: published`"))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The language of the innermost folder that is named after one.
    fn folder_lang(&self) -> Option<String> {
        let folders = self.file.parent()?.iter().rev();
        let mut names = folders.map(|name| name.to_string_lossy().into_owned());
        names.find(|name| text::is_known_tag(name))
    }

    fn skeleton(&self, today: NaiveDate) -> String {
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
        let lang = self
            .lang
            .clone()
            .or_else(|| self.folder_lang())
            .unwrap_or_else(|| text::detect(&title).to_owned());
        let id = self.id.clone().unwrap_or_else(|| {
            let id = default_id(&stem);
            match self.translation_of.as_deref() == Some(&id) {
                true => format!("{id}-{lang}"),
                false => id,
            }
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Status;

    fn new(file: PathBuf) -> New {
        New {
            file,
            title: None,
            id: None,
            lang: None,
            owner: "billing-team".to_owned(),
            translation_of: None,
            dated: Dated::default(),
        }
    }

    #[test]
    fn the_first_review_is_today_where_the_editors_are() {
        let day = |offset: &str| {
            let dated = Dated {
                time_zone: Some(offset.to_owned()),
                ..Dated::default()
            };
            dated.read(Overrides::default()).unwrap().today()
        };
        // 26 hours apart: never the same day.
        assert!(day("+14:00") > day("-12:00"));
    }

    #[test]
    fn a_translation_has_an_id_and_a_language_of_its_own() {
        for (file, id, lang) in [
            (
                "content/zh-Hans/late-fees.md",
                "late-fees-zh-Hans",
                "zh-Hans",
            ),
            ("kb/de/tv/gebuehren.md", "gebuehren", "de"),
            ("faq/late-fees.md", "late-fees-en", "en"),
        ] {
            let new = New {
                translation_of: Some("late-fees".to_owned()),
                ..new(PathBuf::from(file))
            };
            let parsed = parse(file, new.skeleton(NaiveDate::default()).as_bytes());
            let article = parsed.article.unwrap();
            assert_eq!((&*article.id, &*article.lang), (id, lang));
        }
    }

    #[test]
    fn what_would_be_no_article_is_not_written() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| new(root.path().join(name));
        let wrong = [
            at("en/_x.md"),
            at("en/README.md"),
            at("en/x.txt"),
            New {
                lang: Some("english".to_owned()),
                ..at("en/x.md")
            },
            New {
                id: Some("a b".to_owned()),
                ..at("en/x.md")
            },
        ];
        for new in wrong {
            assert!(new.run().is_err(), "{new:?}");
            assert!(!root.path().join("en").exists(), "{new:?}");
        }
        at("en/x.md").run().unwrap();
        assert!(root.path().join("en/x.md").is_file());
    }

    #[test]
    fn a_skeleton_has_nothing_to_find() {
        for (file, title) in [
            ("a/late-fees.md", None),
            ("违约金.md", Some("What: \"a\" # title")),
            ("x y.md", Some("12")),
        ] {
            let new = New {
                title: title.map(str::to_owned),
                translation_of: Some("a".to_owned()),
                ..new(PathBuf::from(file))
            };
            let parsed = parse(file, new.skeleton(NaiveDate::default()).as_bytes());
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
