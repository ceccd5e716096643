//! Patterns against patterns, as texts.

/// Whether a text matches a pattern of `*` and `?`. Both in one case.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from, mut star) = (0, 0, None);
    while let Some(byte) = text.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(own) if own == byte || *own == b'?' => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((last, seen)) => {
                    at = last + 1;
                    from = seen + 1;
                    star = Some((last, from));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'*'))
}

/// Whether everything that `narrow` matches is matched by `wide`. May say no where that is hard to see.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    // A `?` of the wide one would take a star of the narrow one for a single character.
    wide == narrow || (matches(wide, narrow) && !(wide.contains('?') && narrow.contains('*')))
}

/// Whether some ARN is matched by both: a pattern of a policy, and the ARN of a resource type (`*` any run, `{}` any run
/// without a slash). What stands in `${…}` may be anything.
pub(super) fn meet(pattern: &str, template: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let mut parts = parts(pattern).into_iter();
    template.splitn(6, ':').all(|wanted| match parts.next() {
        Some(part) => overlap(&tokens(part), &tokens(wanted)),
        None => true,
    })
}

/// The text cut at its first five colons outside of `${…}`.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (vec![], 0, 0_u32);
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '{' if before == '$' => depth = 1,
            '}' => depth = 0,
            ':' if depth == 0 && parts.len() < 5 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
        before = character;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    One(char),
    Any,
    Run,
    /// A run without a slash.
    Name,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if let Some(inside) = rest.strip_prefix("${") {
            (Token::Run, inside.find('}').map_or(rest.len(), |end| end + 3))
        } else if rest.starts_with("{}") {
            (Token::Name, 2)
        } else {
            let token = match first {
                '*' => Token::Run,
                '?' => Token::Any,
                other => Token::One(other),
            };
            (token, first.len_utf8())
        };
        if token != Token::Run || tokens.last() != Some(&Token::Run) {
            tokens.push(token);
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// Walks both patterns at once, each pair of places at most once.
fn overlap(left: &[Token], right: &[Token]) -> bool {
    let width = right.len() + 1;
    let mut seen = vec![false; (left.len() + 1) * width];
    let mut open = vec![(0, 0)];
    while let Some((a, b)) = open.pop() {
        match seen.get_mut(a * width + b) {
            Some(visited) if !*visited => *visited = true,
            _ => continue,
        }
        if a == left.len() && b == right.len() {
            return true;
        }
        let (one, other) = (left.get(a).copied(), right.get(b).copied());
        let is_run = |token| matches!(token, Some(Token::Run | Token::Name));
        if is_run(one) {
            open.push((a + 1, b));
        }
        if is_run(other) {
            open.push((a, b + 1));
        }
        if let (Some(one), Some(other)) = (one, other)
            && share(one, other)
        {
            let next = |at, token| if is_run(Some(token)) { at } else { at + 1 };
            open.push((next(a, one), next(b, other)));
        }
    }
    false
}

/// Whether the two have a character in common.
fn share(left: Token, right: Token) -> bool {
    match (left, right) {
        (Token::One(left), Token::One(right)) => left == right,
        (Token::One(character), Token::Name) | (Token::Name, Token::One(character)) => character != '/',
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_where_an_arn_matches_both() {
        let bucket = "arn:*:s3:::{}";
        let object = "arn:*:s3:::{}/*";
        assert!(meet("arn:aws:s3:::b", bucket) && !meet("arn:aws:s3:::b", object));
        assert!(!meet("arn:aws:s3:::b/*", bucket) && meet("arn:aws:s3:::b/${aws:username}/*", object));
        assert!(meet("arn:aws:s3:::b*", bucket) && meet("arn:aws:s3:::b*", object) && meet("arn:aws:s3", object));
        assert!(meet("arn:aws:s3:::${aws:username}", object) && meet("*", bucket));
        let index = "arn:*:dynamodb:*:*:table/{}/index/{}";
        assert!(meet("arn:aws:dynamodb:*:*:table/T*", index) && !meet("arn:aws:dynamodb:*:*:table/T", index));
        assert!(meet("arn:aws:dynamodb:*:*:table/T/index/?", index) && !meet("arn:aws:sqs:*:*:*", index));
    }

    #[test]
    fn matching_and_covering() {
        assert!(matches("get*t", "getobject") && matches("*", "") && !matches("get?", "get"));
        assert!(matches("*a*b*", "xxaxxbxx") && !matches("*a*b", "xxaxxbxx"));
        assert!(covers("s3:*", "s3:get*") && covers("s3:get?", "s3:get?") && !covers("s3:get?", "s3:get*"));
        assert!(!covers("s3:get*", "s3:*") && covers("*", "?*") && !covers("?", "*"));
        let stars = "*a".repeat(2_000);
        assert!(!matches(&stars, &"a".repeat(1_000)));
    }
}
