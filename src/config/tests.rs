//! What a configuration may contain, and how mistakes in it are reported.

use super::*;

#[test]
fn the_default_file_has_every_key_of_calls_as_the_code_has_it() {
    let written: serde_json::Value = Figment::from(Toml::string(DEFAULT))
        .extract_inner("calls")
        .unwrap();
    let own = serde_json::to_value(crate::live::Policy::default()).unwrap();
    assert_eq!(written, own);
}

#[test]
fn a_branch_or_a_folder_of_no_repository_is_refused() {
    let read = |text: &str| read(text).map(drop);
    for key in ["git_branch", "git_folder"] {
        let alone = format!("{key} = \"x\"");
        let refused = read(&alone).unwrap_err();
        assert!(
            refused.contains(key) && refused.contains("source"),
            "{refused}"
        );
        let with = format!("{alone}\ngit_url = \"https://git.example.com/a.git\"");
        assert_eq!(read(&with), Ok(()));
    }
    assert_eq!(read(""), Ok(()));
}

#[test]
fn numbers_by_which_nothing_happens_are_refused() {
    let check = |text: &str, key: &str| {
        let refused = read(text).map(drop).unwrap_err();
        assert!(refused.contains(key), "{refused}");
    };
    check("git_poll_secs = 1", "git_poll_secs must be");
    for key in ["cards_per_call", "cards_per_minute", "cards_per_turn"] {
        check(&format!("[calls]\n{key} = 0"), &format!("{key} is 0"));
    }
}

fn read(text: &str) -> Result<Config, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Config::read(Some(file.path()), &Overrides::default()).map_err(|error| error.to_string())
}

#[test]
fn mistakes_are_told_by_the_names_in_the_file() {
    let told = |text: &str, name: &str| {
        let error = read(text).unwrap_err();
        assert!(error.contains(&format!("\"{name}\"")), "{error}");
    };
    told("[limits]\nrate = \"x\"\n", "limits.rate");
    told("today = \"soon\"\n", "today");
    told("foo = 1\n", "foo");
}

#[test]
fn a_day_may_be_text_or_a_date_of_toml() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 22);
    for text in ["today = 2026-11-22\n", "today = \"2026-11-22\"\n"] {
        assert_eq!(read(text).unwrap().today, day, "{text}");
    }
}

#[test]
fn the_address_is_read_whatever_else_is_wrong() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "listen = \"127.0.0.1:9\"\nbase_path = \"/kb\"\ngit_branch = \"x\"\n";
    std::fs::write(file.path(), text).unwrap();
    let address = |overrides| Config::address(Some(file.path()), &overrides).unwrap();
    let (listen, base_path) = address(Overrides::default());
    assert_eq!(
        (listen.as_str(), base_path.as_str()),
        ("127.0.0.1:9", "/kb")
    );
    let (listen, _) = address(Overrides {
        listen: Some("[::1]:8".to_owned()),
        ..Overrides::default()
    });
    assert_eq!(listen, "[::1]:8");
}

#[test]
fn pages_of_others_are_named_by_their_origins() {
    let lists =
        "cors_origins = [\"*\", \"https://A.example/\"]\nframe_parents = [\"https://b.example\"]\n";
    let network = read(lists).unwrap().network;
    assert_eq!(network.cors_origins, ["*", "https://a.example"]);
    assert_eq!(network.frame_parents, ["https://b.example"]);
    for key in ["cors_origins", "frame_parents"] {
        let refused = read(&format!("{key} = [\"https://b.example/x\"]")).unwrap_err();
        assert!(
            refused.contains(key) && refused.contains("no origin"),
            "{refused}"
        );
    }
}

#[test]
fn the_data_folder_is_read_whatever_else_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cuecard.toml");
    std::fs::write(&file, "data = \"/var/lib/kb\"\nlisten = \"nowhere\"\n").unwrap();
    let overrides = Overrides::default();
    assert!(Config::read(Some(&file), &overrides).is_err());
    let data = Config::data(Some(&file), &overrides).unwrap();
    assert_eq!(data, std::path::Path::new("/var/lib/kb"));
}
