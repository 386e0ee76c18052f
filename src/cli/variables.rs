//! Warns about environment variables that look like settings but that nothing reads.

use clap::Command;

use crate::config;

/// The prefix of all variables.
const PREFIX: &str = "CUECARD_";

/// Variables without a flag.
const OTHERS: [&str; 4] = [
    "CUECARD_ADMIN_KEY",
    "CUECARD_GENERATE_KEY",
    "CUECARD_LOG",
    "CUECARD_LOG_FORMAT",
];

/// Edit distance from which on a name is not a misspelling of another.
const FAR: usize = 3;

/// Warnings about variables that are set: those that are only keys of the configuration file, and those that are nearly
/// another name. Any other name may be the operator's own, for a secret.
pub(super) fn ignored(command: &Command, set: impl Iterator<Item = String>) -> Vec<String> {
    let mut known = OTHERS.map(str::to_owned).to_vec();
    add(&mut known, command);
    let in_file: Vec<(String, String)> = config::names()
        .into_iter()
        .map(|key| (variable(&key), key))
        .collect();
    let strangers = set.filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    strangers
        .filter_map(|name| {
            if let Some((_, key)) = in_file.iter().find(|(variable, _)| *variable == name) {
                return Some(format!(
                    "{name} is ignored: `{key}` belongs into the configuration file (CUECARD_CONFIG)"
                ));
            }
            let apart = known.iter().map(|one| (strsim::osa_distance(&name, one), one));
            let (_, meant) = apart.filter(|(edits, _)| *edits < FAR).min()?;
            Some(format!("{name} is ignored: is {meant} meant?"))
        })
        .collect()
}

/// Adds the variables of a command's flags.
fn add(known: &mut Vec<String>, command: &Command) {
    let names = command.get_arguments().filter_map(|flag| flag.get_env());
    known.extend(names.map(|name| name.to_string_lossy().into_owned()));
    for one in command.get_subcommands() {
        add(known, one);
    }
}

/// The variable name of a configuration key.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn whoever_sets_what_nobody_reads_is_told() {
        let told = |name: &str| ignored(&Cli::command(), [name.to_owned()].into_iter());
        for (name, advice) in [
            ("CUECARD_FRAME_PARENTS", "`frame_parents`"),
            ("CUECARD_LIMITS_RATE", "`limits.rate`"),
            ("CUECARD_CALLS_VIEW_TURNS", "`calls.view.turns`"),
            ("CUECARD_GITURL", "CUECARD_GIT_URL"),
            ("CUECARD_ADMINKEY", "CUECARD_ADMIN_KEY"),
        ] {
            let said = told(name);
            assert!(said.len() == 1 && said[0].contains(advice), "{said:?}");
        }
        for name in [
            "CUECARD_GIT_URL",
            "CUECARD_CONFIG",
            "CUECARD_CRM_TOKEN",
            "PATH",
        ] {
            assert_eq!(told(name), [""; 0], "{name}");
        }
    }
}
