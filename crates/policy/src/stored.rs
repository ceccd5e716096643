//! Documents as they are stored: what counts towards their size, and whom they name.

use crate::json::Json;

/// The size of a document as the quotas count it: characters without white space.
pub fn counted_size(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

/// The document with some of the AWS principals of its statements replaced: unique ids for the ARNs of users and roles
/// when it is stored, the ARNs again when it is shown. `replace` says what a name becomes, `None` leaves it alone.
/// `None` where nothing was replaced, so the text can be kept as it was written; or where it is no document at all.
pub fn map_principals(document: &str, mut replace: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut json = Json::parse(document)?;
    let mut replaced = false;
    let mut name = |value: &mut Json| {
        if let Json::Text(text) = value
            && let Some(other) = replace(text)
        {
            *text = other;
            replaced = true;
        }
    };
    for statement in items(member(&mut json, "Statement")?) {
        for element in ["Principal", "NotPrincipal"] {
            let named = member(statement, element).and_then(|principal| member(principal, "AWS"));
            named.into_iter().flat_map(items).for_each(&mut name);
        }
    }
    if replaced { serde_json::to_string(&json).ok() } else { None }
}

fn member<'a>(value: &'a mut Json, name: &str) -> Option<&'a mut Json> {
    match value {
        Json::Object(members) => members.iter_mut().find(|(own, _)| own == name).map(|(_, value)| value),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => None,
    }
}

/// The items of a list; anything else is its own only item.
fn items(value: &mut Json) -> &mut [Json] {
    match value {
        Json::List(items) => items,
        one => std::slice::from_mut(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(counted_size("{ \"a b\":\n\t1 }"), 8);
    }

    #[test]
    fn names_are_replaced_where_a_principal_stands_and_nowhere_else() {
        let document =
            r#"{"Statement":[{"Sid":"x","Principal":{"AWS":["x","y"],"Service":"x"}},{"NotPrincipal":{"AWS":"x"}}]}"#;
        let mapped = map_principals(document, |name| (name == "x").then(|| "AROAX".to_owned())).unwrap();
        assert_eq!(
            mapped,
            r#"{"Statement":[{"Sid":"x","Principal":{"AWS":["AROAX","y"],"Service":"x"}},{"NotPrincipal":{"AWS":"AROAX"}}]}"#
        );
        assert_eq!(map_principals(document, |_| None), None);
        assert_eq!(map_principals("[", |_| None), None);
        let one = map_principals(r#"{"Statement":{"Principal":{"AWS":"x"}}}"#, |_| Some("y".to_owned()));
        assert_eq!(one.as_deref(), Some(r#"{"Statement":{"Principal":{"AWS":"y"}}}"#));
    }
}
