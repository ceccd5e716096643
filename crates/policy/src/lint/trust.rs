//! Trust policies: whom do they let in?

use super::written::{Document, Item, Statement, Test};
use super::{Code, Warnings};
use crate::condition::{Comparison, Quantifier};
use crate::policy::Kind;

pub(super) fn check(document: &Document<'_>, statement: &Statement<'_>, warnings: &mut Warnings) {
    let Some(who) = &statement.principal else { return };
    if who.names.is_empty() {
        let message = format!("`{}` names nobody", who.member.name);
        warnings.add(Code::EmptyList, who.member.node.place(&who.path), message);
    }
    if document.kind != Kind::Trust || !statement.allow {
        return;
    }
    for (kind, name) in &who.names {
        match *kind {
            "AWS" if name.text == "*" && statement.tests.is_empty() => {
                warnings.add(
                    Code::TrustAnyone,
                    name.place(),
                    "every user and role of every account may assume the role",
                );
            }
            "Federated" => federated(statement, name, warnings),
            _ => {}
        }
        actions(statement, kind, name, warnings);
    }
    statement.tests.iter().for_each(|test| wildcards(test, warnings));
}

fn federated(statement: &Statement<'_>, name: &Item<'_>, warnings: &mut Warnings) {
    let Some(provider) = issuer(name.text) else { return };
    let pins = |claim: &str| statement.pins(&format!("{provider}:{claim}"));
    if provider == COGNITO {
        if !pins("aud") {
            let message = format!("identities of every identity pool get in; ask for `{COGNITO}:aud`");
            warnings.add(Code::CognitoWithoutAud, name.place(), message);
        }
        return;
    }
    let audience = if matches!(provider, "www.amazon.com" | "graph.facebook.com") { "app_id" } else { "aud" };
    if !pins(audience) {
        let message = format!("tokens for every application get in; ask for `{provider}:{audience}`");
        warnings.add(Code::OidcWithoutAud, name.place(), message);
    }
    let shared = SHARED.iter().any(|issuer| provider == *issuer || provider.starts_with(&format!("{issuer}/")));
    if shared && !pins("sub") {
        let message = format!("everybody can get tokens of `{provider}`; ask for `{provider}:sub`");
        warnings.add(Code::OidcWithoutSub, name.place(), message);
    }
}

/// The issuer as condition keys begin with it; `None` for a SAML provider.
fn issuer(name: &str) -> Option<&str> {
    match name.split_once(":oidc-provider/") {
        Some((_, issuer)) => Some(issuer),
        None => (!name.starts_with("arn:")).then_some(name),
    }
}

fn actions(statement: &Statement<'_>, kind: &str, name: &Item<'_>, warnings: &mut Warnings) {
    let own: &[&str] = match kind {
        "Federated" if name.text.contains(":saml-provider/") => &["sts:assumerolewithsaml"],
        "Federated" => &["sts:assumerolewithwebidentity"],
        "AWS" | "Service" => &["sts:assumerole", "sts:setcontext"],
        _ => return,
    };
    let Some(actions) = statement.actions.as_ref() else { return };
    // These go with every way in.
    let extra = ["sts:tagsession", "sts:setsourceidentity"];
    let usable = |item: &Item<'_>| {
        let pattern = item.text.to_ascii_lowercase();
        own.iter().chain(&extra).any(|action| super::glob::matches(&pattern, action))
    };
    if !actions.items.iter().any(usable) {
        let action = own.first().copied().unwrap_or_default();
        let message = format!("`{}` comes in by `{action}` only, which the statement does not allow", name.text);
        warnings.add(Code::PrincipalNotForAction, name.place(), message);
    }
}

/// A wildcard in a claim lets in whoever can get a token that fits.
fn wildcards(test: &Test<'_>, warnings: &mut Warnings) {
    let like = test.operator.comparison == Comparison::StringLike && !test.operator.negated;
    let Some((provider, claim)) = test.key.rsplit_once(':').filter(|_| like) else { return };
    if !CLAIMS.iter().any(|known| known.eq_ignore_ascii_case(claim)) || !provider.contains('.') {
        return;
    }
    let built_in = BUILT_IN.iter().any(|known| known.eq_ignore_ascii_case(provider));
    for value in &test.values {
        let Some(at) = value.text.find(['*', '?']) else { continue };
        // The subjects of other issuers are built of parts, and their ends are often left open.
        let whole_claim = built_in || claim.eq_ignore_ascii_case("aud") || at == 0;
        let any = test.operator.quantifier == Quantifier::All;
        if whole_claim || any {
            let message = format!("`{}` lets in whatever `{}` fits; name the values", value.text, test.key);
            warnings.add(Code::TrustWildcardClaim, value.place(), message);
        }
    }
}

const COGNITO: &str = "cognito-identity.amazonaws.com";
const BUILT_IN: [&str; 4] = [COGNITO, "www.amazon.com", "graph.facebook.com", "accounts.google.com"];
const CLAIMS: [&str; 6] = ["aud", "sub", "amr", "app_id", "user_id", "id"];

/// Issuers whose tokens anybody can get, whatever account they belong to.
const SHARED: [&str; 6] = [
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "agent.buildkite.com",
    "oidc.circleci.com",
    "app.terraform.io",
    "api.bitbucket.org",
];
