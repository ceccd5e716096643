//! Condition keys: do they exist, and do the actions have them?

use super::actions::{distance, find};
use super::written::{Document, Element, Statement, Test};
use super::{Code, Warnings};
use crate::catalogue::{self, Action, Key, Presence};
use crate::places::Place;
use crate::policy::Kind;

/// Warns where a key does not exist, or where no request has it; the key, where it is one.
pub(super) fn known(document: &Document<'_>, name: &str, place: Place, warnings: &mut Warnings) -> Option<Key> {
    let found = catalogue::key(name);
    let Some(key) = found else {
        unknown(name, place, warnings);
        return None;
    };
    match key.presence {
        Presence::Never => {
            let message = format!("no request to this server has `{name}`");
            warnings.add(Code::KeyNotServed, place, message);
        }
        Presence::Trust if document.kind != Kind::Trust => {
            let message = format!("only the trust policy of the role sees `{name}`; no request of its sessions has it");
            warnings.add(Code::KeyNeverPresent, place, message);
        }
        _ => {}
    }
    Some(key)
}

fn unknown(name: &str, place: Place, warnings: &mut Warnings) {
    let prefix = name.split(':').next().unwrap_or_default();
    let hint = |names: &mut dyn Iterator<Item = &'static str>| {
        let lower = name.to_ascii_lowercase();
        let near = names.map(|known| (distance(&lower, &known.to_ascii_lowercase()), known)).min();
        near.filter(|(steps, _)| *steps <= 3).map(|(_, known)| format!("; is `{known}` meant?")).unwrap_or_default()
    };
    if prefix.eq_ignore_ascii_case("aws") {
        let hint = hint(&mut catalogue::global_keys().iter().map(|key| key.name));
        return warnings.add(Code::UnknownGlobalKey, place, format!("there is no global key `{name}`{hint}"));
    }
    let (message, described) = match catalogue::service(prefix) {
        Some(service) => (hint(&mut service.keys.iter().map(|key| key.name)), true),
        None => (String::new(), !catalogue::is_service(prefix)),
    };
    if described {
        warnings.add(Code::UnknownConditionKey, place, format!("there is no condition key `{name}`{message}"));
    }
}

/// Warns where actions of the statement never have the key.
pub(super) fn present(statement: &Statement<'_>, test: &Test<'_>, key: &Key, warnings: &mut Warnings) {
    let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.not) else { return };
    if key.presence != Presence::Service {
        return;
    }
    let Some((with, without)) = sorted(actions, test.key) else { return };
    let message = if with == 0 {
        format!("no action of the statement ever has `{}`", test.key)
    } else if statement.allow && test.needs_its_key() && !without.is_empty() {
        let names = without.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        format!("{names} never has `{}`, so the statement does not allow it", test.key)
    } else {
        return;
    };
    warnings.add(Code::KeyNeverPresent, test.place(), message);
}

/// How many actions have the key, and which that are written out have it not. `None` where that cannot be known.
fn sorted<'a>(actions: &Element<'a>, key: &str) -> Option<(usize, Vec<&'a str>)> {
    let (mut with, mut without) = (0, vec![]);
    for item in &actions.items {
        match find(item.text)? {
            Ok((_, matched)) => {
                let has = matched.iter().filter(|action: &&&Action| action.has_key(key)).count();
                with += has;
                if has == 0 {
                    without.push(item.text);
                }
            }
            Err(_) => return None,
        }
    }
    Some((with, without))
}
