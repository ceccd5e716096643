//! Whom a document names.

use vocab::{AccountId, Arn};

use crate::document::{Who, Written};
use crate::malformed::Malformed;
use crate::policy::Kind;
use crate::principal::{Element, Name};

/// The principal element of a statement; identity policies have none.
pub(crate) fn read(written: &Written, kind: Kind) -> Result<Option<Element>, Malformed> {
    let Some(choice) = &written.principal else {
        return Ok(None);
    };
    let names = match &choice.value {
        Who::Text(text) if text == "*" && kind != Kind::Trust => vec![Name::Everyone],
        Who::Text(text) => return Err(invalid(kind, "AWS", text)),
        Who::Kinds(kinds) => {
            let names = kinds.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
            names.map(|(name, value)| named(name, value, kind)).collect::<Result<_, _>>()?
        }
    };
    if names.is_empty() {
        return Err(Malformed::MissingField { field: "Principal" });
    }
    if kind == Kind::ResourceControl && names != [Name::Everyone] {
        return Err(Malformed::Syntax);
    }
    Ok(Some(Element { not: choice.not, names }))
}

fn named(name: &str, value: &str, kind: Kind) -> Result<Name, Malformed> {
    match name {
        "AWS" => aws(value).ok_or_else(|| invalid(kind, "AWS", value)),
        "Service" if is_domain(value) && value.contains(".amazonaws.com") => Ok(Name::Service(value.into())),
        "Service" => Err(invalid(kind, "SERVICE", value)),
        "Federated" if is_domain(value) || is_provider(value) => {
            if is_built_in(value) || is_provider(value) {
                Ok(Name::Federated(value.into()))
            } else {
                Err(invalid(kind, "FEDERATED", value))
            }
        }
        "Federated" if kind == Kind::Trust => Err(Malformed::FederatedPrincipal),
        "Federated" => Err(invalid(kind, "FEDERATED", value)),
        // `CanonicalUser` must have become the account that it means before the document comes here.
        "CanonicalUser" => Err(invalid(kind, "CANONICALUSER", value)),
        _ if kind == Kind::Bucket => Err(Malformed::BucketPrincipal),
        _ => Err(Malformed::Syntax),
    }
}

/// An account, a user, a role, one of their sessions, a unique id, or everybody.
fn aws(value: &str) -> Option<Name> {
    if value == "*" {
        return Some(Name::Everyone);
    }
    if let Ok(account) = value.parse::<AccountId>() {
        return Some(Name::Account(account));
    }
    let id = value.len() >= 16 && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if id && (value.starts_with("AROA") || value.starts_with("AIDA")) {
        return Some(Name::Id(value.into()));
    }
    let arn: Arn = value.parse().ok()?;
    let account = arn.account_id()?;
    let rest = arn.resource();
    if arn.service() == "iam" && rest == "root" {
        return Some(Name::Account(account));
    }
    let (kind, name) = arn.typed_resource()?;
    let known = match (arn.service(), kind) {
        ("iam", "user" | "role") | ("sts", "federated-user") => !name.is_empty() && !name.ends_with('/'),
        ("sts", "assumed-role") => {
            name.split_once('/').is_some_and(|(role, session)| !role.is_empty() && !session.is_empty())
        }
        _ => false,
    };
    let whole =
        arn.region().is_empty() && PARTITIONS.contains(&arn.partition()) && !value.contains(['*', '?', '$', ' ']);
    (known && whole).then_some(Name::Arn(arn))
}

/// An identity provider that needs no record in IAM.
pub(crate) fn is_built_in(value: &str) -> bool {
    BUILT_IN.contains(&value)
}

/// The ARN of an identity provider.
fn is_provider(value: &str) -> bool {
    let Ok(arn) = value.parse::<Arn>() else {
        return false;
    };
    let typed = matches!(arn.typed_resource(), Some(("oidc-provider" | "saml-provider", name)) if !name.is_empty());
    let place = arn.service() == "iam" && arn.region().is_empty() && arn.account_id().is_some();
    typed && place && !value.contains(['*', ' ', '$'])
}

pub(crate) fn is_domain(value: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    value.contains('.') && value.split('.').all(label)
}

fn invalid(kind: Kind, name: &str, value: &str) -> Malformed {
    if kind == Kind::Bucket {
        return Malformed::BucketPrincipal;
    }
    Malformed::Principal { kind: name.to_owned(), value: value.to_owned() }
}

const BUILT_IN: [&str; 4] =
    ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];
