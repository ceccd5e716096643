//! One request with everything that has a say in it, as plain data, and what the engine answers.

use std::sync::Arc;

use policy::{
    Context, Decision, Explanation, Kind, Named, Policies, Policy, PolicyType, Principal, Reason, Request, Value,
};
use serde_json::{Map, Value as Json};

/// A request and the documents that are weighed for it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) caller: Person,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// The account that owns the resource; `None` where it is the caller's.
    pub(crate) owner: Option<String>,
    /// Texts, and lists of texts for multivalued keys.
    pub(crate) context: Map<String, Json>,
    pub(crate) identity: Vec<Json>,
    pub(crate) boundary: Option<Vec<Json>>,
    pub(crate) session: Option<Vec<Json>>,
    /// The policy of the resource, or the trust policy where `trust`.
    pub(crate) resource_policy: Option<Json>,
    pub(crate) trust: bool,
    pub(crate) scps: Vec<Vec<Json>>,
    pub(crate) rcps: Vec<Vec<Json>>,
}

/// Who asks, in texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Person {
    pub(crate) is: Is,
    /// Of a service its name, of a federated caller its provider.
    pub(crate) name: String,
    pub(crate) arn: String,
    /// The role of a session, the user of a federated user.
    pub(crate) parent: String,
    pub(crate) account: String,
    pub(crate) id: String,
    pub(crate) parent_id: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Is {
    #[default]
    Anonymous,
    Root,
    User,
    Session,
    FederatedUser,
    Federated,
    Service,
}

/// The engine's answer: `allowed`, `explicit deny: TYPE` or `implicit: TYPE`. The explanation must agree with it.
pub(crate) fn engine(world: &World) -> String {
    engine_reading(world, Json::to_string)
}

/// The engine's answer, where documents are written by `write`.
pub(crate) fn engine_reading(world: &World, write: impl Fn(&Json) -> String) -> String {
    text(explanation(world, write).decision)
}

/// What the engine says to a request.
pub(crate) fn explained(world: &World) -> Explanation {
    explanation(world, Json::to_string)
}

fn explanation(world: &World, write: impl Fn(&Json) -> String) -> Explanation {
    let named = |name: String, json: &Json, kind| Named { name: name.into(), ..read(&write(json), kind) };
    let all = |documents: &[Json], kind, name: &str| {
        let documents = documents.iter().enumerate();
        documents.map(|(at, json)| named(format!("{name} {at}"), json, kind)).collect::<Vec<Named>>()
    };
    let levels = |levels: &[Vec<Json>], kind, name: &str| {
        let levels = levels.iter().enumerate();
        levels.map(|(at, level)| all(level, kind, &format!("{name} {at}"))).collect::<Vec<_>>()
    };
    let identity = all(&world.identity, Kind::Identity, "identity");
    let boundary = world.boundary.as_ref().map(|list| all(list, Kind::Identity, "boundary"));
    let session = world.session.as_ref().map(|list| all(list, Kind::Session, "session"));
    let of_resource = if world.trust { Kind::Trust } else { Kind::Resource };
    let resource = world.resource_policy.as_ref().map(|json| named("resource 0".to_owned(), json, of_resource));
    let scps = levels(&world.scps, Kind::Identity, "scp");
    let rcps = levels(&world.rcps, Kind::ResourceControl, "rcp");
    let principal = world.caller.principal();
    let context: Context = world.context.iter().map(|(key, value)| (key.clone(), value_of(value))).collect();
    let request = Request {
        principal: &principal,
        action: &world.action,
        resource: &world.resource,
        resource_account: world.owner.as_ref().map(|owner| owner.parse().unwrap()),
        context: &context,
    };
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_deref(),
        session: session.as_deref(),
        resource: resource.as_ref(),
        resource_must_allow: world.trust,
        service_control: &scps,
        resource_control: &rcps,
    };
    let decision = policy::decide(&request, &policies);
    let explanation = policy::explain(&request, &policies);
    assert_eq!(explanation.decision, decision, "the explanation is of another decision");
    assert!(!explanation.to_string().contains('\n'), "the explanation is more than a line");
    if matches!(decision, Decision::Denied(Reason::ExplicitDeny(_))) {
        assert_eq!(explanation.matched.len(), 1, "a deny has its statement");
    }
    explanation
}

/// A caller as the engine knows it, by the name that the tests give it.
pub(crate) fn caller(name: &str) -> Principal {
    Person::called(name).principal()
}

/// A document of the given kind, which must be a good one.
pub(crate) fn parsed(document: &Json, kind: Kind) -> Named {
    read(&document.to_string(), kind)
}

fn read(document: &str, kind: Kind) -> Named {
    let policy = Policy::parse(document, kind).unwrap_or_else(|error| panic!("{error}: {document}"));
    Named { name: "case".into(), policy: Arc::new(policy) }
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => {
            items.iter().map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<String>>().into()
        }
        other => other.to_string().into(),
    }
}

fn text(decision: Decision) -> String {
    let kind = |policy_type| match policy_type {
        PolicyType::Identity => "identity",
        PolicyType::Resource => "resource",
        PolicyType::Boundary => "boundary",
        PolicyType::Session => "session",
        PolicyType::ServiceControl => "scp",
        PolicyType::ResourceControl => "rcp",
        PolicyType::Trust => "trust",
    };
    match decision {
        Decision::Allowed => "allowed".to_owned(),
        Decision::Denied(Reason::ExplicitDeny(policy_type)) => format!("explicit deny: {}", kind(policy_type)),
        Decision::Denied(Reason::Implicit(policy_type)) => format!("implicit: {}", kind(policy_type)),
    }
}

impl World {
    /// The documents of a type, by the first word of the name that explanations give them.
    pub(crate) fn documents_of(&mut self, name: &str) -> Vec<&mut Vec<Json>> {
        match name {
            "identity" => vec![&mut self.identity],
            "boundary" => self.boundary.iter_mut().collect(),
            "session" => self.session.iter_mut().collect(),
            "scp" => self.scps.iter_mut().collect(),
            "rcp" => self.rcps.iter_mut().collect(),
            other => panic!("there are no lists of {other}"),
        }
    }

    /// The document that an explanation names: `identity 0`, `scp 1 0`, `resource 0`.
    pub(crate) fn document(&mut self, name: &str) -> &mut Json {
        let mut words = name.split(' ');
        let kind = words.next().unwrap();
        let places: Vec<usize> = words.map(|place| place.parse().unwrap()).collect();
        if kind == "resource" {
            return self.resource_policy.as_mut().unwrap();
        }
        let level = if places.len() > 1 { places[0] } else { 0 };
        &mut self.documents_of(kind).swap_remove(level)[*places.last().unwrap()]
    }

    /// Every document.
    pub(crate) fn documents(&mut self) -> impl Iterator<Item = &mut Json> {
        let levels = self.scps.iter_mut().chain(&mut self.rcps);
        let lists = levels.chain([&mut self.identity]).chain(&mut self.boundary).chain(&mut self.session);
        lists.flatten().chain(&mut self.resource_policy)
    }
}

impl Person {
    /// The callers of the tests. All but the strangers live in the account that owns the resources.
    pub(crate) fn called(name: &str) -> Self {
        match name {
            "anonymous" => Self::default(),
            "root" => Self::root("111111111111"),
            "user" => Self::user("111111111111", "team/ann", "AIDAANNANNANNANNANNA"),
            "session" => Self::session("111111111111", "app/", "Player", "AROAPLAYERPLAYERPLAY"),
            "federated user" => Self::federated_user("user/team/ann", "AIDAANNANNANNANNANNA"),
            "federated user of root" => Self::federated_user("root", "111111111111"),
            "stranger" => Self::user("222222222222", "bob", "AIDABOBBOBBOBBOBBOBB"),
            "stranger's session" => Self::session("222222222222", "", "Visitor", "AROAVISITORVISITORVI"),
            "stranger's root" => Self::root("222222222222"),
            "cognito" => Self::named(Is::Federated, "cognito-identity.amazonaws.com"),
            "amazon" => Self::named(Is::Federated, "www.amazon.com"),
            "facebook" => Self::named(Is::Federated, "graph.facebook.com"),
            "google" => Self::named(Is::Federated, "accounts.google.com"),
            "oidc" => Self::named(Is::Federated, "arn:aws:iam::111111111111:oidc-provider/login.example.com/x"),
            "saml" => Self::named(Is::Federated, "arn:aws:iam::111111111111:saml-provider/corp"),
            "service" => Self::named(Is::Service, "lambda.amazonaws.com"),
            other => panic!("no caller is called {other}"),
        }
    }

    fn named(is: Is, name: &str) -> Self {
        Self { is, name: name.to_owned(), ..Self::default() }
    }

    fn root(account: &str) -> Self {
        let (arn, account) = (format!("arn:aws:iam::{account}:root"), account.to_owned());
        Self { is: Is::Root, arn, account, ..Self::default() }
    }

    fn user(account: &str, path: &str, id: &str) -> Self {
        let (arn, account) = (format!("arn:aws:iam::{account}:user/{path}"), account.to_owned());
        Self { is: Is::User, arn, account, id: id.to_owned(), ..Self::default() }
    }

    fn session(account: &str, path: &str, role: &str, id: &str) -> Self {
        Self {
            is: Is::Session,
            arn: format!("arn:aws:sts::{account}:assumed-role/{role}/s1"),
            parent: format!("arn:aws:iam::{account}:role/{path}{role}"),
            account: account.to_owned(),
            id: format!("{id}:s1"),
            parent_id: id.to_owned(),
            ..Self::default()
        }
    }

    fn federated_user(user: &str, id: &str) -> Self {
        Self {
            is: Is::FederatedUser,
            arn: "arn:aws:sts::111111111111:federated-user/fay".to_owned(),
            parent: format!("arn:aws:iam::111111111111:{user}"),
            account: "111111111111".to_owned(),
            parent_id: id.to_owned(),
            ..Self::default()
        }
    }

    /// The caller as the engine knows it.
    pub(crate) fn principal(&self) -> Principal {
        let account = || self.account.parse().unwrap();
        let arn = |text: &str| text.parse().unwrap();
        match self.is {
            Is::Anonymous => Principal::Anonymous,
            Is::Root => Principal::Root { account: account() },
            Is::User => Principal::User { arn: arn(&self.arn), account: account(), id: self.id.clone() },
            Is::Session => Principal::Session {
                arn: arn(&self.arn),
                role: arn(&self.parent),
                account: account(),
                role_id: self.parent_id.clone(),
                id: self.id.clone(),
            },
            Is::FederatedUser => Principal::FederatedUser {
                arn: arn(&self.arn),
                user: arn(&self.parent),
                account: account(),
                user_id: self.parent_id.clone(),
            },
            Is::Federated => Principal::Federated { provider: self.name.clone() },
            Is::Service => Principal::Service { name: self.name.clone() },
        }
    }
}
