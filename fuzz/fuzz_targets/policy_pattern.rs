//! Patterns of policies against a matcher that is slow and obvious.
//!
//! The input has three lines: a pattern, the text to match, and the value of `aws:username`. In the pattern `@` stands
//! for `${aws:username}`, `&` for a variable with a default, and `#`, `%`, `!` for `${*}`, `${?}` and `${$}`.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use policy::{Context, Kind, Named, Policies, Policy, Principal, Request, decide};
use serde_json::{Value, json};

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let (pattern, text, user) =
        (lines.next().unwrap_or_default(), lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if input.len() > LONGEST || text.is_empty() || user.is_empty() || pattern.contains(['$', '{', '}']) {
        return;
    }
    let tokens: Vec<Token> = pattern.chars().map(|letter| token(letter, user)).collect();
    let written: String = pattern.chars().map(spelled).collect();
    let place = Place { text, user };

    let wild = matches(&tokens, text);
    place.check("StringLike", condition("StringLike", &written), wild);
    place.check("StringNotLike", condition("StringNotLike", &written), !wild);

    let arn = format!("arn:aws:s3:::{written}");
    let resource = json!({ "Effect": "Allow", "Action": "*", "Resource": arn });
    place.check("Resource", resource, wild);
    let arn_condition = json!({ "ArnLike": { "aws:SourceArn": arn } });
    place.check(
        "ArnLike",
        json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": arn_condition }),
        wild,
    );

    // Without wildcards: a star is a star.
    let plain: String = tokens.iter().map(Token::plain).collect();
    place.check("StringEquals", condition("StringEquals", &written), plain == text);
});

/// A piece of a pattern.
enum Token {
    Any,
    One,
    Text(String),
}

impl Token {
    fn plain(&self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::One => "?".to_owned(),
            Self::Text(text) => text.clone(),
        }
    }
}

fn token(letter: char, user: &str) -> Token {
    match letter {
        '*' => Token::Any,
        '?' => Token::One,
        '@' => Token::Text(user.to_owned()),
        '&' => Token::Text("default".to_owned()),
        '#' => Token::Text("*".to_owned()),
        '%' => Token::Text("?".to_owned()),
        '!' => Token::Text("$".to_owned()),
        other => Token::Text(other.to_string()),
    }
}

fn spelled(letter: char) -> String {
    match letter {
        '@' => "${aws:username}".to_owned(),
        '&' => "${aws:PrincipalTag/none, 'default'}".to_owned(),
        '#' => "${*}".to_owned(),
        '%' => "${?}".to_owned(),
        '!' => "${$}".to_owned(),
        other => other.to_string(),
    }
}

/// Every place in the text that the pattern so far can end at, piece by piece.
fn matches(pattern: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        for start in (0..=text.len()).filter(|start| ends[*start]) {
            match token {
                Token::Any => next[start..].fill(true),
                Token::One if start < text.len() => next[start + 1] = true,
                Token::One => {}
                Token::Text(piece) => {
                    let piece: Vec<char> = piece.chars().collect();
                    if text[start..].starts_with(&piece) {
                        next[start + piece.len()] = true;
                    }
                }
            }
        }
        ends = next;
    }
    ends[text.len()]
}

fn condition(operator: &str, pattern: &str) -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { "aws:UserAgent": pattern } } })
}

struct Place<'a> {
    text: &'a str,
    user: &'a str,
}

impl Place<'_> {
    /// What the engine makes of the statement, held against what the obvious matcher found.
    fn check(&self, what: &str, statement: Value, wanted: bool) {
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        // Not every pattern may stand everywhere.
        let Ok(policy) = Policy::parse(&document, Kind::Identity) else { return };
        let identity = [Named { name: "own".into(), policy: Arc::new(policy) }];
        let resource = format!("arn:aws:s3:::{}", self.text);
        let mut context = Context::new();
        context.set("aws:username", self.user);
        context.set("aws:UserAgent", self.text);
        context.set("aws:SourceArn", resource.as_str());
        let principal = Principal::User {
            arn: "arn:aws:iam::111111111111:user/ann".parse().expect("an ARN"),
            account: "111111111111".parse().expect("an account"),
            id: "AIDAANNANNANNANNANNA".to_owned(),
        };
        let request = Request {
            principal: &principal,
            action: "s3:GetObject",
            resource: &resource,
            resource_account: principal.account(),
            context: &context,
        };
        let seen = decide(&request, &Policies { identity: &identity, ..Policies::default() }).is_allowed();
        assert_eq!(seen, wanted, "{what}: {document} and {:?}", self.text);
    }
}

const LONGEST: usize = 400;
