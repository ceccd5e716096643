//! How an engine calls our buckets.

/// A name of ours becomes one of the engine's: a template with `{bucket}` or `{rest}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    prefix: String,
    before: String,
    after: String,
    /// What follows the prefix stands in the template, not the whole name.
    is_rest: bool,
}

impl Default for Names {
    /// The same.
    fn default() -> Self {
        Self { prefix: String::new(), before: String::new(), after: String::new(), is_rest: false }
    }
}

impl Names {
    /// Names of buckets that begin with `prefix`, by a template: `{bucket}` stands for the whole name,
    /// `{rest}` for what follows the prefix. One of them must stand there once, among characters of
    /// bucket names: `None` where that is not so.
    pub fn new(prefix: &str, template: &str) -> Option<Self> {
        let (is_rest, place) = if template.contains("{rest}") { (true, "{rest}") } else { (false, "{bucket}") };
        let (before, after) = template.split_once(place)?;
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        if !before.bytes().chain(after.bytes()).all(fits) {
            return None;
        }
        Some(Self { prefix: prefix.to_owned(), before: before.to_owned(), after: after.to_owned(), is_rest })
    }

    /// The engine's name of a bucket of ours. `None`: it can have none there.
    pub fn theirs(&self, ours: &str) -> Option<String> {
        let rest = ours.strip_prefix(self.prefix.as_str())?;
        let name = format!("{}{}{}", self.before, if self.is_rest { rest } else { ours }, self.after);
        (3..=63).contains(&name.len()).then_some(name)
    }

    /// Whether two buckets of ours, one by these names and one by the others, could be one bucket of an engine.
    pub fn may_meet(&self, others: &Self) -> bool {
        if !self.is_rest && !others.is_rest && self.before == others.before && self.after == others.after {
            return false;
        }
        let begins = |names: &Self| format!("{}{}", names.before, if names.is_rest { "" } else { &names.prefix });
        let (one, two) = (begins(self), begins(others));
        let is_one_beginning = one.starts_with(&two) || two.starts_with(&one);
        is_one_beginning && (self.after.ends_with(&others.after) || others.after.ends_with(&self.after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_meet_are_known() {
        let names = |(prefix, template)| Names::new(prefix, template).unwrap();
        for (one, two, meet) in [
            (("", "{bucket}"), ("game-", "{bucket}"), false),
            (("a-", "x-{rest}"), ("", "y-{rest}"), false),
            (("a-", "{rest}.a"), ("b-", "{rest}.b"), false),
            (("a-", "{bucket}"), ("b-", "{rest}"), true),
            (("", "{bucket}"), ("game-", "{rest}"), true),
            (("", "a-{bucket}"), ("a-", "{bucket}"), true),
            (("a-", "x-{rest}"), ("b-", "x-{rest}"), true),
            (("a-", "x-{rest}"), ("b-", "x-y-{rest}"), true),
        ] {
            let (one, two) = (names(one), names(two));
            assert_eq!((one.may_meet(&two), two.may_meet(&one)), (meet, meet), "{one:?} {two:?}");
        }
    }

    #[test]
    fn names_follow_the_template() {
        assert_eq!(Names::default().theirs("abc").as_deref(), Some("abc"));
        let whole = Names::new("game-", "tenant7-{bucket}").unwrap();
        assert_eq!(whole.theirs("game-x").as_deref(), Some("tenant7-game-x"));
        assert_eq!(whole.theirs("other"), None);
        assert_eq!(whole.theirs(&format!("game-{}", "x".repeat(58))), None);
        let rest = Names::new("game-", "{rest}.old").unwrap();
        assert_eq!(rest.theirs("game-x").as_deref(), Some("x.old"));
        for bad in ["", "fixed", "{bucket}{bucket}", "{rest}{bucket}", "A{bucket}", "a/{bucket}", "../{rest}"] {
            assert_eq!(Names::new("", bad), None, "{bad}");
        }
    }
}
