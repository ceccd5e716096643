//! Constraint violations of one request: all of them, each with its member's path.

use std::fmt;

/// The violations found so far. Operations collect every one before they answer, as the real
/// services do; the texts are AWS's (`spec/cognito-identity.md`, section 2.1).
#[derive(Debug, Default)]
pub struct Violations {
    texts: Vec<String>,
    /// IAM leaves the offending value out.
    hides_values: bool,
}

impl Violations {
    /// None yet; texts name the offending value.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet; texts do not name the offending value (IAM).
    pub fn without_values() -> Self {
        Self { texts: Vec::new(), hides_values: true }
    }

    /// The member must be there.
    pub fn required<T>(&mut self, path: &str, value: Option<&T>) -> &mut Self {
        if value.is_none() {
            self.add_null(path);
        }
        self
    }

    /// The text's length in characters lies within the bounds.
    pub fn length(&mut self, path: &str, value: &str, least: usize, most: usize) -> &mut Self {
        let length = value.chars().count();
        if length < least {
            self.add(path, value, &format!("Member must have length greater than or equal to {least}"));
        }
        if length > most {
            self.add(path, value, &format!("Member must have length less than or equal to {most}"));
        }
        self
    }

    /// The number of elements lies within the bounds.
    pub fn count(&mut self, path: &str, count: usize, least: usize, most: usize) -> &mut Self {
        if count < least {
            self.add(path, "", &format!("Member must have length greater than or equal to {least}"));
        }
        if count > most {
            self.add(path, "", &format!("Member must have length less than or equal to {most}"));
        }
        self
    }

    /// Every character satisfies `allowed`; `pattern` is the regular expression of the model.
    pub fn pattern(&mut self, path: &str, value: &str, pattern: &str, allowed: impl Fn(char) -> bool) -> &mut Self {
        self.satisfies(path, value, pattern, value.chars().all(allowed))
    }

    /// The text satisfies the regular expression of the model, as the caller found out.
    pub fn satisfies(&mut self, path: &str, value: &str, pattern: &str, satisfied: bool) -> &mut Self {
        if !satisfied {
            self.add(path, value, &format!("Member must satisfy regular expression pattern: {pattern}"));
        }
        self
    }

    /// The number lies within the bounds.
    pub fn range(&mut self, path: &str, value: i64, least: i64, most: i64) -> &mut Self {
        if value < least {
            self.add(path, &value.to_string(), &format!("Member must have value greater than or equal to {least}"));
        }
        if value > most {
            self.add(path, &value.to_string(), &format!("Member must have value less than or equal to {most}"));
        }
        self
    }

    /// The text is one of these.
    pub fn one_of(&mut self, path: &str, value: &str, allowed: &[&str]) -> &mut Self {
        if !allowed.contains(&value) {
            self.add(path, value, &format!("Member must satisfy enum value set: [{}]", allowed.join(", ")));
        }
        self
    }

    /// Adds a violation in the caller's words.
    pub fn add(&mut self, path: &str, value: &str, tail: &str) -> &mut Self {
        let shown = if self.hides_values { String::new() } else { format!(" '{}'", shortened(value)) };
        self.push(|| format!("Value{shown} at '{path}' failed to satisfy constraint: {tail}"))
    }

    /// `Ok` where there is none. The error is turned into the service's own by its `From`.
    pub fn finish(self) -> Result<(), Violations> {
        if self.texts.is_empty() { Ok(()) } else { Err(self) }
    }

    fn add_null(&mut self, path: &str) {
        let shown = if self.hides_values { "" } else { " null" };
        self.push(|| format!("Value{shown} at '{path}' failed to satisfy constraint: Member must not be null"));
    }

    fn push(&mut self, text: impl FnOnce() -> String) -> &mut Self {
        if self.texts.len() < MOST_TOLD {
            self.texts.push(text());
        }
        self
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.texts.len() == 1 { "error" } else { "errors" };
        write!(f, "{} validation {noun} detected: {}", self.texts.len(), self.texts.join("; "))
    }
}

/// Long values would only fill the answer.
fn shortened(value: &str) -> String {
    value.chars().take(LONGEST_SHOWN).collect()
}

const LONGEST_SHOWN: usize = 200;
/// A list of many bad members would make an answer many times as long as the request.
const MOST_TOLD: usize = 100;

/// Whether the character is of the class `\w`.
pub fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_does_not_grow_with_the_number_of_bad_members() {
        let mut violations = Violations::new();
        for _ in 0..1_000_000 {
            violations.length("list", "", 1, 128).required::<String>("list", None);
        }
        assert!(violations.finish().unwrap_err().to_string().len() < 20_000);
    }

    #[test]
    fn every_violation_is_told() {
        let mut violations = Violations::new();
        violations.length("name", "", 1, 5).range("maxResults", 61, 1, 60);
        let text = violations.finish().unwrap_err().to_string();
        assert_eq!(
            text,
            "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must have length \
             greater than or equal to 1; Value '61' at 'maxResults' failed to satisfy constraint: Member must have \
             value less than or equal to 60"
        );
    }
}
