//! Names of tables, ours and the engine's.
//!
//! A table `game-scores` may be kept as `prod.scores`: one beginning stands for another. What the engine keeps under
//! other beginnings does not exist for us.

/// Which tables an engine keeps, and what it calls them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// How our names of its tables begin.
    pub ours: String,
    /// How it calls that beginning.
    pub theirs: String,
}

impl Names {
    /// The engine's name of a table of ours. `None`: the engine does not keep it.
    pub(super) fn theirs_of(&self, table: &str) -> Option<String> {
        table.strip_prefix(self.ours.as_str()).map(|rest| format!("{}{rest}", self.theirs))
    }

    /// Our name of a table of the engine. `None`: it is none of ours.
    pub(super) fn ours_of(&self, table: &str) -> Option<String> {
        table.strip_prefix(self.theirs.as_str()).map(|rest| format!("{}{rest}", self.ours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_beginning_stands_for_another() {
        let names = Names { ours: "game-".to_owned(), theirs: "prod.".to_owned() };
        assert_eq!(names.theirs_of("game-scores").as_deref(), Some("prod.scores"));
        assert_eq!(names.ours_of("prod.scores").as_deref(), Some("game-scores"));
        assert_eq!(names.theirs_of("prod.scores"), None);
        assert_eq!(names.ours_of("game-scores"), None);
        assert_eq!(names.theirs_of("Game-scores"), None);
    }
}
