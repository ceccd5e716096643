//! Callers, as a text names them, and the condition keys that follow from who they are.

use vocab::{AccountId, Arn};

use crate::check::principal::{is_built_in, is_domain};
use crate::context::{Context, Value};
use crate::principal::Principal;

pub(super) fn read(text: &str, context: &Context) -> Option<Principal> {
    if !text.starts_with("arn:") {
        return read_name(text);
    }
    let arn: Arn = text.parse().ok()?;
    let account = arn.account_id()?;
    if text.contains(['*', '?']) || !arn.region().is_empty() {
        return None;
    }
    if arn.service() == "iam" && arn.resource() == "root" {
        return Some(Principal::Root { account });
    }
    let (kind, name) = arn.typed_resource()?;
    let last = name.rsplit('/').next().filter(|last| !last.is_empty())?.to_owned();
    let user_id = context.get("aws:userid").and_then(Value::single).unwrap_or_default();
    match (arn.service(), kind) {
        ("iam", "user") => {
            let id = if user_id.starts_with("AIDA") { user_id.to_owned() } else { String::new() };
            Some(Principal::User { arn, account, id })
        }
        ("iam", "role") => session(arn, account, &last, NOBODY, user_id),
        ("sts", "assumed-role") => {
            let (role, name) = name.split_once('/').filter(|(role, name)| !role.is_empty() && !name.contains('/'))?;
            session(role_of(account, role, &arn, context)?, account, role, name, user_id)
        }
        ("sts", "federated-user") => {
            // Nobody that a policy could name: whose session it is does not follow from its ARN.
            let user = format!("arn:{}:iam::{account}:user/{NOBODY}", arn.partition()).parse().ok()?;
            Some(Principal::FederatedUser { arn, user, account, user_id: String::new() })
        }
        ("iam", "oidc-provider" | "saml-provider") => Some(Principal::Federated { provider: text.to_owned() }),
        _ => None,
    }
}

/// A name that is no ARN: a service, or an identity provider by its host, with a path or without.
fn read_name(text: &str) -> Option<Principal> {
    let host = text.split('/').next().unwrap_or_default();
    if !is_domain(host) {
        return None;
    }
    if !is_built_in(text) && host == text && (text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn")) {
        return Some(Principal::Service { name: text.to_owned() });
    }
    Some(Principal::Federated { provider: text.to_owned() })
}

fn session(role: Arn, account: AccountId, role_name: &str, name: &str, user_id: &str) -> Option<Principal> {
    let arn = format!("arn:{}:sts::{account}:assumed-role/{role_name}/{name}", role.partition()).parse().ok()?;
    let role_id = user_id.split_once(':').map_or("", |(id, _)| id);
    let (role_id, id) = if role_id.starts_with("AROA") { (role_id, user_id) } else { ("", "") };
    Some(Principal::Session { arn, role, account, role_id: role_id.to_owned(), id: id.to_owned() })
}

/// The role of a session: the context knows its path, if it speaks of the same role.
fn role_of(account: AccountId, name: &str, session: &Arn, context: &Context) -> Option<Arn> {
    let known = context.get("aws:PrincipalArn").and_then(Value::single).and_then(|text| text.parse::<Arn>().ok());
    let same = |arn: &Arn| {
        let path = arn.resource().strip_prefix("role/").and_then(|rest| rest.strip_suffix(name));
        let whole = path.is_some_and(|path| path.is_empty() || path.ends_with('/'));
        arn.service() == "iam" && arn.account_id() == Some(account) && whole
    };
    known.filter(same).or_else(|| format!("arn:{}:iam::{account}:role/{name}", session.partition()).parse().ok())
}

/// The condition keys that say who the caller is.
pub(super) fn keys(principal: &Principal) -> Context {
    let mut keys = Context::new();
    let (kind, arn) = match principal {
        Principal::Anonymous => ("Anonymous", None),
        Principal::Root { .. } => ("Account", principal.arn()),
        Principal::User { .. } => ("User", principal.arn()),
        Principal::Session { role, .. } => ("AssumedRole", Some(role.to_string())),
        Principal::FederatedUser { .. } => ("FederatedUser", principal.arn()),
        Principal::Federated { .. } => return keys,
        Principal::Service { .. } => {
            keys.set("aws:PrincipalIsAWSService", true);
            return keys;
        }
    };
    keys.set("aws:PrincipalType", kind);
    keys.set("aws:PrincipalAccount", principal.account().map_or("anonymous".into(), |account| account.to_string()));
    keys.set_some("aws:PrincipalArn", arn);
    if *principal != Principal::Anonymous {
        keys.set("aws:PrincipalIsAWSService", false);
    }
    match principal {
        Principal::Anonymous => keys.set("aws:userid", "anonymous"),
        Principal::Root { account } => keys.set("aws:userid", account.to_string()),
        Principal::User { arn, .. } => keys.set_some("aws:username", arn.resource().rsplit('/').next()),
        Principal::FederatedUser { arn, account, .. } => {
            let name = arn.typed_resource().map(|(_, name)| format!("{account}:{name}"));
            keys.set_some("aws:userid", name);
        }
        Principal::Session { .. } | Principal::Federated { .. } | Principal::Service { .. } => {}
    }
    keys
}

/// In the place of a name that is not known. No policy can name it as a principal: wildcards are refused there.
const NOBODY: &str = "*";
