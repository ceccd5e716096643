//! Whole decisions: policies of every type and a request are read, decided and explained; the explanation has the same
//! answer, order counts for nothing, and nothing that only restricts ever permits.
//!
//! The input has blocks between lines of `---`. The first is the request, a name and a value a line; the others are
//! policies, each under a line with its type.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use policy::{Context, Decision, Kind, Named, Policies, Policy, Principal, Request, Value, decide, explain};
use vocab::AccountId;

fuzz_target!(|input: &str| {
    let mut blocks = input.split("\n---\n");
    let asked = Asked::read(blocks.next().unwrap_or_default());
    let mut given = Given::default();
    for block in blocks.take(12) {
        let (kind, document) = block.split_once('\n').unwrap_or_default();
        given.add(kind, document);
    }
    let request = Request {
        principal: &asked.principal,
        action: &asked.action,
        resource: &asked.resource,
        resource_account: asked.account,
        context: &asked.context,
    };
    let decision = decide(&request, &given.policies());
    explained(&request, &given, decision);

    let mut reversed = given.clone();
    reversed.reverse();
    assert_eq!(decide(&request, &reversed.policies()), decision, "the order of policies counts");

    if !decision.is_allowed() {
        for more in given.restricted(&asked.principal) {
            assert!(!decide(&request, &more.policies()).is_allowed(), "a restriction permits");
        }
    }
    let mut denied = given;
    denied.identity.push(policy(DENY_ALL, Kind::Identity).expect("a policy"));
    let all = decide(&request, &denied.policies());
    assert!(!all.is_allowed(), "allowed over a deny of everything");
});

fn explained(request: &Request<'_>, given: &Given, decision: Decision) {
    let explanation = explain(request, &given.policies());
    assert_eq!(explanation.decision, decision, "the explanation decides otherwise");
    assert!(!explanation.to_string().is_empty());
    assert!(serde_json::to_string(&explanation).is_ok());
    if let Decision::Denied(policy::Reason::ExplicitDeny(_)) = decision {
        assert!(!explanation.matched.is_empty(), "an explicit deny without its statement");
    }
}

/// A request that owns its parts.
struct Asked {
    principal: Principal,
    action: String,
    resource: String,
    account: Option<AccountId>,
    context: Context,
}

impl Asked {
    fn read(block: &str) -> Self {
        let mut asked = Self {
            principal: Principal::Anonymous,
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::game/ann/score".to_owned(),
            account: None,
            context: Context::new(),
        };
        for line in block.lines().take(40) {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            match name {
                "principal" => asked.principal = principal(value),
                "action" => asked.action = value.to_owned(),
                "resource" => asked.resource = value.to_owned(),
                "account" => asked.account = value.parse().ok(),
                key => match value.strip_prefix('[') {
                    Some(many) => asked
                        .context
                        .set(key.to_owned(), Value::Many(many.split_terminator('|').map(str::to_owned).collect())),
                    None => asked.context.set(key.to_owned(), value),
                },
            }
        }
        asked
    }
}

fn principal(name: &str) -> Principal {
    let account: AccountId = "111111111111".parse().expect("an account");
    let arn = |text: &str| text.parse().expect("an ARN");
    match name {
        "root" => Principal::Root { account },
        "user" => Principal::User {
            arn: arn("arn:aws:iam::111111111111:user/team/ann"),
            account,
            id: "AIDAANNANNANNANNANNA".to_owned(),
        },
        "session" => Principal::Session {
            arn: arn("arn:aws:sts::111111111111:assumed-role/player/phone"),
            role: arn("arn:aws:iam::111111111111:role/app/player"),
            account,
            role_id: "AROAPLAYERPLAYERPLAYE".to_owned(),
            id: "AROAPLAYERPLAYERPLAYE:phone".to_owned(),
        },
        "federated-user" => Principal::FederatedUser {
            arn: arn("arn:aws:sts::111111111111:federated-user/guest"),
            user: arn("arn:aws:iam::111111111111:user/team/ann"),
            account,
            user_id: "AIDAANNANNANNANNANNA".to_owned(),
        },
        "service" => Principal::Service { name: "s3.amazonaws.com".to_owned() },
        "anonymous" => Principal::Anonymous,
        provider => Principal::Federated { provider: provider.to_owned() },
    }
}

/// Policies that own their parts.
#[derive(Clone, Default)]
struct Given {
    identity: Vec<Named>,
    boundary: Option<Vec<Named>>,
    session: Option<Vec<Named>>,
    resource: Option<Named>,
    must_allow: bool,
    service_control: Vec<Vec<Named>>,
    resource_control: Vec<Vec<Named>>,
}

impl Given {
    fn add(&mut self, kind: &str, document: &str) {
        let read = |kind| policy(document, kind);
        match kind {
            "identity" => self.identity.extend(read(Kind::Identity)),
            "boundary" => self.boundary.get_or_insert_default().extend(read(Kind::Managed)),
            "session" => self.session.get_or_insert_default().extend(read(Kind::Session)),
            "bucket" => self.resource = read(Kind::Bucket),
            "resource" => self.resource = read(Kind::Resource),
            "trust" => (self.resource, self.must_allow) = (read(Kind::Trust), true),
            "scp" => self.service_control.extend(read(Kind::Identity).map(|policy| vec![policy])),
            "rcp" => self.resource_control.extend(read(Kind::ResourceControl).map(|policy| vec![policy])),
            _ => {}
        }
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            resource: self.resource.as_ref(),
            resource_must_allow: self.must_allow,
            service_control: &self.service_control,
            resource_control: &self.resource_control,
        }
    }

    fn reverse(&mut self) {
        self.identity.reverse();
        self.boundary.iter_mut().for_each(|policies| policies.reverse());
        self.session.iter_mut().for_each(|policies| policies.reverse());
    }

    /// The same with something more that only restricts: each identity policy once more as boundary, session policy and
    /// level of service control, and each of these empty.
    fn restricted(&self, principal: &Principal) -> Vec<Self> {
        let mut more = vec![];
        for extra in [self.identity.clone(), vec![]] {
            if self.boundary.is_none() {
                more.push(Self { boundary: Some(extra.clone()), ..self.clone() });
            }
            // A federated user has nothing but what a session policy repeats.
            if self.session.is_none() && !matches!(principal, Principal::FederatedUser { .. }) {
                more.push(Self { session: Some(extra.clone()), ..self.clone() });
            }
            let mut levels = self.service_control.clone();
            levels.push(extra);
            more.push(Self { service_control: levels, ..self.clone() });
        }
        more
    }
}

fn policy(document: &str, kind: Kind) -> Option<Named> {
    let policy = Policy::parse(document, kind).ok()?;
    Some(Named { name: "policy".into(), policy: Arc::new(policy) })
}

const DENY_ALL: &str =
    r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } }"#;
