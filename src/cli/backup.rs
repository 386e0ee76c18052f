//! `cuecard backup` and `cuecard restore`: copies the files that cannot be rebuilt, and puts them back.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use indicatif::HumanBytes;

use super::{keys::DataDirArgs, print};
use crate::app::backup::{self, Copied};

/// `cuecard backup`.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Folder to create; it must not exist yet
    #[arg(value_name = "TO_DIR")]
    to: PathBuf,
    #[command(flatten)]
    place: DataDirArgs,
}

impl Backup {
    /// Copies the files, with or without a running server.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let copied = backup::backup(&self.place.data()?, &self.to)?;
        print(&format!("{}:\n{}", self.to.display(), told(&copied)))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// `cuecard restore`.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// Folder that `cuecard backup` wrote
    #[arg(value_name = "FROM_DIR")]
    from: PathBuf,
    #[command(flatten)]
    place: DataDirArgs,
}

impl Restore {
    /// Restores the copies into the data folder of a stopped server.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let data = self.place.data()?;
        let restored = backup::restore(&self.from, &data, chrono::Utc::now())?;
        let mut out = format!("{}:\n{}", data.display(), told(&restored.copied));
        if let Some(before) = restored.before {
            out.push_str(&format!(
                "what was there before is in {}\n",
                before.display()
            ));
        }
        out.push_str("keys revoked and customers erased since the backup are back: revoke and erase them again\n");
        print(&out)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn told(copied: &[Copied]) -> String {
    let line = |one: &Copied| match one.files {
        0 => format!("  {:<15} none to copy\n", one.name),
        1 => format!("  {:<15} {}\n", one.name, HumanBytes(one.bytes)),
        files => format!(
            "  {:<15} {} in {files} files\n",
            one.name,
            HumanBytes(one.bytes)
        ),
    };
    copied.iter().map(line).collect()
}
