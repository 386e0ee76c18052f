//! Anchors: fragments that link to headings, in GitHub's form.

use std::collections::HashMap;

/// Anchors of one article so far.
#[derive(Default)]
pub(super) struct Slugs {
    /// Anchor → copies made of it.
    taken: HashMap<String, usize>,
}

impl Slugs {
    /// The anchor of a heading; `given` is the one its author chose.
    pub(super) fn anchor(&mut self, heading: &str, given: Option<&str>) -> String {
        let wanted = match given.map(|id| id.split_whitespace().collect::<String>()) {
            Some(given) if !given.is_empty() => given,
            _ => slug(heading),
        };
        let mut anchor = wanted.clone();
        while self.taken.contains_key(&anchor) {
            let copies = self.taken.entry(wanted.clone()).or_default();
            *copies += 1;
            anchor = format!("{wanted}-{copies}");
        }
        self.taken.insert(anchor.clone(), 0);
        anchor
    }
}

/// Letters and digits of any script, lower case, with hyphens for spaces.
fn slug(heading: &str) -> String {
    let kept = |c: &char| {
        c.is_alphanumeric()
            || matches!(c, '-' | '_' | ' ')
            || unicode_normalization::char::is_combining_mark(*c)
    };
    let slug: String = heading
        .trim()
        .chars()
        .filter(kept)
        .flat_map(char::to_lowercase)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect();
    if slug.is_empty() {
        "section".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_github() {
        for (heading, anchor) in [
            ("Late orders", "late-orders"),
            ("What's the fee? (EU)", "whats-the-fee-eu"),
            ("违约金 怎么算？", "违约金-怎么算"),
            ("E204 – no signal", "e204--no-signal"),
            ("snake_case & more", "snake_case--more"),
            ("!?", "section"),
        ] {
            assert_eq!(Slugs::default().anchor(heading, None), anchor);
        }
    }

    #[test]
    fn anchors_are_unique() {
        let mut slugs = Slugs::default();
        let anchors: Vec<_> = ["Fee", "Fee", "Fee 1", "Fee-1", "Fee"]
            .iter()
            .map(|h| slugs.anchor(h, None))
            .collect();
        assert_eq!(anchors, ["fee", "fee-1", "fee-1-1", "fee-1-2", "fee-2"]);
        assert_eq!(slugs.anchor("Other", Some("fee")), "fee-3");
        assert_eq!(slugs.anchor("Other", Some("my fee")), "myfee");
    }
}
