//! The table of one service.

use super::{Key, Presence, names, type_of};

/// A service, with everything a policy can name of it.
#[derive(Debug)]
pub struct Service {
    /// The part before the colon of its actions.
    pub prefix: &'static str,
    /// Its actions.
    pub actions: Vec<Action>,
    /// Its resource types, also those of other services that its actions act on.
    pub resources: Vec<Resource>,
    /// The condition keys that it brings, beside the global ones.
    pub keys: Vec<Key>,
    /// What an action without resource types is decided on: `*`, and in S3 `arn:aws:s3:::*`.
    pub whole: &'static str,
}

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// As AWS writes it, without the service.
    pub name: &'static str,
    /// The names of the resource types that it acts on; empty where it is decided on `*`.
    pub resources: Vec<&'static str>,
    /// The condition keys that it can have, beside the global ones.
    pub keys: Vec<&'static str>,
    /// The name in lower case.
    lower: String,
}

/// A resource type.
#[derive(Debug)]
pub struct Resource {
    /// Its name in AWS's reference.
    pub name: &'static str,
    /// Its ARN: `*` is any run, `{}` any run without a slash.
    pub arn: &'static str,
    keys: Vec<&'static str>,
}

impl Service {
    /// The action with this name, in any case.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// The condition key of the service that `name` means.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.is(name))
    }

    /// The ARNs of the resources that the action acts on.
    pub fn arns_of<'a>(&'a self, action: &'a Action) -> impl Iterator<Item = &'static str> + 'a {
        self.resources.iter().filter(|resource| action.resources.contains(&resource.name)).map(|resource| resource.arn)
    }

    pub(super) fn read(prefix: &'static str, text: &'static str, whole: &'static str) -> Self {
        let mut service = Self { prefix, actions: vec![], resources: vec![], keys: vec![], whole };
        let (mut every, mut sets): (Vec<&str>, Vec<(&str, Vec<&str>)>) = (vec![], vec![]);
        for (head, words) in blocks(text) {
            match *head.as_slice() {
                ["every"] => every = words,
                ["set", name] => sets.push((name, words)),
                ["key", kind] => {
                    let (value, multivalued) = type_of(kind);
                    let key = |name| Key { name, value, multivalued, presence: Presence::Service };
                    service.keys.extend(words.into_iter().map(key));
                }
                ["resource", name, arn] => service.resources.push(Resource { name, arn, keys: words }),
                ["on", ref rest @ ..] => service.add(rest, &words, &every, &sets),
                _ => {}
            }
        }
        service
    }

    fn add(
        &mut self,
        head: &[&'static str],
        names: &[&'static str],
        every: &[&'static str],
        sets: &[(&str, Vec<&'static str>)],
    ) {
        let mut halves = head.splitn(2, |word| *word == ":");
        let types: Vec<&str> = halves.next().unwrap_or_default().iter().copied().filter(|t| *t != "nothing").collect();
        let mut keys = every.to_vec();
        for word in halves.next().unwrap_or_default() {
            match word.strip_prefix('@').and_then(|name| sets.iter().find(|(own, _)| *own == name)) {
                Some((_, set)) => keys.extend(set),
                None => keys.push(word),
            }
        }
        let brought = self.resources.iter().filter(|resource| types.contains(&resource.name));
        keys.extend(brought.flat_map(|resource| &resource.keys));
        let action = |name: &&'static str| {
            let lower = name.to_ascii_lowercase();
            Action { name, resources: types.clone(), keys: keys.clone(), lower }
        };
        self.actions.extend(names.iter().map(action));
    }
}

impl Action {
    /// Whether no resource can be named for it: it is decided on `*`.
    pub fn is_wildcard_only(&self) -> bool {
        self.resources.is_empty()
    }

    /// The name in lower case.
    pub(crate) fn lower(&self) -> &str {
        &self.lower
    }

    /// Whether a request for it can have this condition key of its service, or this `aws:` key about tags.
    pub fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|known| names(known, name))
    }
}

/// The blocks of a table, each with the words of its first line and of the indented lines below it. A first line that
/// ends in a colon goes on in the lines that are indented twice.
fn blocks(text: &'static str) -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    let mut blocks: Vec<(Vec<&str>, Vec<&str>)> = vec![];
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let words = line.split_ascii_whitespace();
        match blocks.last_mut() {
            Some((head, _)) if line.starts_with("        ") => head.extend(words),
            Some((_, body)) if line.starts_with(' ') => body.extend(words),
            Some(_) | None => blocks.push((words.collect(), vec![])),
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{action, federation_keys, global_key, global_keys, is_service, key, service, services};

    #[test]
    fn every_line_of_the_tables_says_something() {
        for service in services() {
            assert!(!service.actions.is_empty(), "{}", service.prefix);
            let mut names = BTreeSet::new();
            for action in &service.actions {
                assert!(names.insert(action.name.to_lowercase()), "{}:{} twice", service.prefix, action.name);
                assert!(action.name.chars().all(|c| c.is_ascii_alphanumeric()), "{}", action.name);
                for name in &action.resources {
                    assert!(service.resources.iter().any(|r| r.name == *name), "no resource type `{name}`");
                }
                for name in &action.keys {
                    let tagged = format!("{name}{}", if name.ends_with('/') { "x" } else { "" });
                    assert!(service.key(&tagged).or(global_key(&tagged)).is_some(), "no key `{name}`");
                }
            }
            for resource in &service.resources {
                assert!(resource.arn.split(':').count() >= 6, "{}", resource.arn);
            }
        }
        let sizes: Vec<usize> = services().iter().map(|service| service.actions.len()).collect();
        assert_eq!(sizes, [180, 79, 26, 19, 16, 190, 2]);
        let text = include_str!("global.txt").lines().filter(|line| line.contains(':') && !line.starts_with('#'));
        assert_eq!(global_keys().len(), text.count());
        let text = include_str!("federation.txt").lines().filter(|line| line.contains(':') && !line.starts_with('#'));
        assert_eq!(federation_keys().len(), text.count());
    }

    #[test]
    fn an_action_has_its_resources_and_keys() {
        let put = action("S3:putobject").unwrap();
        assert!(put.has_key("s3:RequestObjectTag/Team") && !put.has_key("s3:RequestObjectTag/"));
        assert!(put.has_key("s3:tlsversion") && put.has_key("s3:x-amz-grant-read") && !put.has_key("s3:prefix"));
        assert!(put.has_key("aws:ResourceTag/x") && !put.has_key("aws:TagKeys"));
        assert!(service("s3").unwrap().arns_of(put).any(|arn| arn == "arn:*:s3:::{}/*"));
        assert!(action("sts:GetCallerIdentity").unwrap().is_wildcard_only() && !put.is_wildcard_only());
        assert!(action("s3:PutObjects").is_none() && action("ec2:RunInstances").is_none());
        assert!(is_service("ec2") && is_service("DAYPASS") && !is_service("s4"));
        assert!(key("dynamodb:leadingkeys").unwrap().multivalued);
        assert!(key("login.example.com/a:amr").unwrap().multivalued && key("saml:nosuch").is_none());
    }
}
