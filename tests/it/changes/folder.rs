//! A folder of articles and what editors do to it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::random::Random;

const FOLDERS: &[&str] = &["", "a", "b", "a/deep", "c/d/e"];

const WORDS: &[&str] = &[
    "router",
    "refund",
    "invoice",
    "roaming",
    "fibre",
    "outage",
    "contract",
    "solar",
    "harbour",
    "违约金",
    "退款",
    "宽带",
    "套餐",
    "漫游",
    "路由器",
    "账单",
];

/// A folder of articles in a git work tree.
pub(crate) struct Folder {
    root: tempfile::TempDir,
    commits: Vec<String>,
    log: Vec<String>,
    made: usize,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self {
            root: tempfile::tempdir().unwrap(),
            commits: Vec::new(),
            log: Vec::new(),
            made: 0,
        };
        folder.git(&["init", "--quiet", "--initial-branch=main"]);
        folder
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The last changes, for a failure's message.
    pub(crate) fn log(&self) -> String {
        let from = self.log.len().saturating_sub(30);
        self.log[from..].join("\n")
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=editor",
                "-c",
                "user.email=editor@example.com",
            ])
            .args([
                "-c",
                "commit.gpgsign=false",
                "-c",
                "gc.auto=0",
                "-c",
                "core.autocrlf=false",
            ])
            .args(args)
            .current_dir(self.root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Every article file, relative, ordered.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found: Vec<String> = cuecard::source::scan(self.root())
            .unwrap()
            .files
            .into_iter()
            .map(|file| file.path)
            .collect();
        found.sort();
        found
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.at(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn text(&mut self, random: &mut Random) -> String {
        self.made += 1;
        let mut body = String::new();
        for section in 0..=random.below(3) {
            body.push_str(&format!("\n## Part {section}\n\n"));
            for _ in 0..4 + random.below(30) {
                body.push_str(random.pick(WORDS).unwrap());
                body.push(' ');
            }
            body.push_str(&format!("token{}x{section}.\n", self.made));
        }
        // Some ids are claimed by several files, and now and then an article is for some accounts only.
        let id = match random.below(8) {
            0 => format!("id: shared-{}\n", random.below(3)),
            _ => String::new(),
        };
        let question = match random.below(3) {
            0 => format!("questions: [\"what is token{}\"]\n", self.made),
            _ => String::new(),
        };
        format!("---\ntitle: Title {}\n{id}{question}---\n{body}", self.made)
    }

    pub(crate) fn create(&mut self, random: &mut Random) {
        let folder = random.pick(FOLDERS).unwrap();
        let path = Path::new(folder).join(format!("n{}.md", random.below(40)));
        let text = self.text(random);
        let path = path.to_str().unwrap().to_owned();
        self.write(&path, &text);
        self.log.push(format!("write {path}"));
    }

    /// One random change.
    pub(crate) fn change(&mut self, random: &mut Random) {
        let files = self.files();
        let Some(file) = random.pick(&files).cloned() else {
            return self.create(random);
        };
        match random.below(14) {
            0..=2 => self.create(random),
            3..=4 => {
                let text = self.text(random);
                self.write(&file, &text);
                self.log.push(format!("edit {file}"));
            }
            5 => {
                // As editors do that replace files.
                let text = self.text(random);
                self.write(".swap~", &text);
                fs::rename(self.at(".swap~"), self.at(&file)).unwrap();
                self.log.push(format!("replace {file}"));
            }
            6 => self.rename(&file, random),
            7..=8 => {
                fs::remove_file(self.at(&file)).unwrap();
                self.log.push(format!("delete {file}"));
            }
            9 => self.move_folder(random),
            10 => {
                self.write(&file, "---\ntitle: [\n---\nbroken\n");
                self.log.push(format!("break {file}"));
            }
            11 => self.mend(&files, random),
            12 => self.commit(),
            _ => self.checkout(random),
        }
    }

    fn rename(&mut self, file: &str, random: &mut Random) {
        let to = format!("r{}.md", random.below(40));
        fs::rename(self.at(file), self.at(&to)).unwrap();
        self.log.push(format!("rename {file} to {to}"));
    }

    fn move_folder(&mut self, random: &mut Random) {
        let from = ["a", "b", "c/d"][random.below(3)];
        let to = format!("moved-{}", random.below(3));
        if !self.at(from).is_dir() {
            return;
        }
        if self.at(&to).exists() {
            fs::remove_dir_all(self.at(&to)).unwrap();
        }
        fs::rename(self.at(from), self.at(&to)).unwrap();
        self.log.push(format!("move {from} to {to}"));
    }

    fn mend(&mut self, files: &[String], random: &mut Random) {
        for file in files {
            let text = fs::read_to_string(self.at(file)).unwrap_or_default();
            if text.contains("title: [\n") {
                let text = self.text(random);
                self.write(file, &text);
                self.log.push(format!("mend {file}"));
                return;
            }
        }
    }

    pub(crate) fn commit(&mut self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=a change"]);
        let commit = self.git(&["rev-parse", "HEAD"]);
        self.log.push(format!("commit {commit}"));
        self.commits.push(commit);
    }

    fn checkout(&mut self, random: &mut Random) {
        let Some(commit) = random.pick(&self.commits).cloned() else {
            return self.commit();
        };
        self.git(&["checkout", "--quiet", "--force", "--detach", &commit]);
        if random.below(2) == 0 {
            self.git(&["clean", "--quiet", "-fdx"]);
        }
        self.log.push(format!("checkout {commit}"));
    }
}
