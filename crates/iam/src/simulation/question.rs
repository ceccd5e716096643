//! What a simulation asks: the members that both operations share, and what they mean together.

use policy::{Context, Named, Principal, catalogue};
use vocab::{AccountId, Arn};

use crate::Error;
use crate::checks::Checks;
use crate::simulation::circumstances::{self, ContextEntry};
use crate::simulation::entity;
use crate::simulation::sources::{Kind, Source, Sources};

/// The members that both operations have.
pub struct Members {
    pub policy_input_list: Option<Vec<String>>,
    pub permissions_boundary_policy_input_list: Option<Vec<String>>,
    pub action_names: Option<Vec<String>>,
    pub resource_arns: Option<Vec<String>>,
    pub resource_policy: Option<String>,
    pub resource_owner: Option<String>,
    pub caller_arn: Option<String>,
    pub context_entries: Option<Vec<ContextEntry>>,
    pub resource_handling_option: Option<String>,
}

/// What holds whatever the request says: the policies and the caller that an entity brings with it.
#[derive(Default)]
pub struct Given {
    /// Its identity policies.
    pub identity: Vec<Source>,
    /// Its permissions boundary.
    pub boundary: Option<Vec<Source>>,
    /// The service control policies, a list a level.
    pub service_control: Vec<Vec<Source>>,
    /// Who asks, with the condition keys that follow from it.
    pub caller: Option<(Principal, Context)>,
}

/// A simulation that may be run.
pub struct Question {
    pub sources: Sources,
    pub identity: Vec<Named>,
    pub boundary: Option<Vec<Named>>,
    pub resource_policy: Option<Named>,
    pub service_control: Vec<Vec<Named>>,
    pub principal: Principal,
    /// The account of the principal.
    pub account: AccountId,
    /// The owner of resources whose ARN does not say it.
    pub owner: AccountId,
    pub context: Context,
    pub actions: Vec<String>,
    pub resources: Vec<String>,
}

impl Members {
    /// Holds the members against their constraints.
    pub fn check(&self, checks: &mut Checks) {
        checks.documents("policyInputList", self.policy_input_list.as_deref().unwrap_or_default());
        let boundary = self.permissions_boundary_policy_input_list.as_deref();
        checks.documents("permissionsBoundaryPolicyInputList", boundary.unwrap_or_default());
        checks.required_list("actionNames", self.action_names.clone());
        checks.items("actionNames", self.action_names.as_deref().unwrap_or_default(), 3, 128);
        checks.items("resourceArns", self.resource_arns.as_deref().unwrap_or_default(), 1, 2048);
        if let Some(policy) = &self.resource_policy {
            checks.document("resourcePolicy", Some(policy.clone()));
        }
        for (path, text, most) in [
            ("resourceOwner", &self.resource_owner, 2048),
            ("callerArn", &self.caller_arn, 2048),
            ("resourceHandlingOption", &self.resource_handling_option, 64),
        ] {
            if let Some(text) = text {
                checks.length(path, text, 1, most);
            }
        }
        circumstances::check(checks, self.context_entries.as_deref().unwrap_or_default());
    }

    /// What the members ask, of the policies and the caller that hold in any case. `account` is the one that simulates.
    pub fn ask(self, given: Given, account: AccountId) -> Result<Question, Error> {
        let actions = self.action_names.unwrap_or_default();
        actions.iter().try_for_each(|action| check_action(action))?;
        let resources = self.resource_arns.filter(|arns| !arns.is_empty()).unwrap_or_else(|| vec!["*".to_owned()]);
        resources.iter().try_for_each(|resource| check_resource(resource))?;
        if actions.len().saturating_mul(resources.len()) > MOST_PAIRS {
            return Err(invalid(format!("A simulation has at most {MOST_PAIRS} pairs of an action and a resource.")));
        }
        if let Some(option) = &self.resource_handling_option {
            check_handling(option, &resources)?;
        }
        let caller = match &self.caller_arn {
            Some(arn) => Some(caller(arn)?),
            None => given.caller,
        };
        let has_caller = matches!(caller, Some((Principal::User { .. }, _)));
        let (principal, mut context) = caller.unwrap_or_else(|| nobody(account));
        let account = principal.account().unwrap_or(account);
        circumstances::set(&mut context, self.context_entries.unwrap_or_default())?;
        let owner = self.resource_owner.as_deref().map_or(Ok(account), owner)?;

        let mut sources = Sources::default();
        let mut identity = given.identity;
        identity.extend(inputs("PolicyInputList", self.policy_input_list));
        let identity = sources.compile_all(identity, policy::Kind::Identity)?;
        let boundary = inputs(BOUNDARY, self.permissions_boundary_policy_input_list);
        if boundary.len() > 1 {
            return Err(invalid("The list of Permissions Boundary policies cannot exceed 1 items.".to_owned()));
        }
        let boundary = if boundary.is_empty() { given.boundary } else { Some(boundary) };
        let boundary = boundary.map(|sources_of| sources.compile_all(sources_of, policy::Kind::Identity));
        let levels = given.service_control.into_iter();
        let service_control = levels.map(|level| sources.compile_all(level, policy::Kind::Identity));
        let service_control = service_control.collect::<Result<_, _>>()?;
        let resource_policy = match self.resource_policy {
            None => None,
            Some(_) if !has_caller => {
                return Err(invalid("Invalid caller - Caller cannot be null or empty.".to_owned()));
            }
            Some(document) => Some(resource_policy(&mut sources, document, &resources)?),
        };
        Ok(Question {
            sources,
            identity,
            boundary: boundary.transpose()?,
            resource_policy,
            service_control,
            principal,
            account,
            owner,
            context,
            actions,
            resources,
        })
    }
}

/// The documents of a list of the request.
pub fn inputs(list: &str, documents: Option<Vec<String>>) -> Vec<Source> {
    let documents = documents.unwrap_or_default().into_iter().enumerate();
    documents.map(|(index, document)| Source::input(list, index, document)).collect()
}

/// The policy that every simulated resource has.
fn resource_policy(sources: &mut Sources, document: String, resources: &[String]) -> Result<Named, Error> {
    for resource in resources {
        let arn: Option<Arn> = resource.parse().ok();
        let arn = arn.ok_or_else(|| entity::unclear(resource))?;
        // A trust policy must allow whatever else does: to take it for any other policy would answer wrongly.
        if arn.service() == "iam" && matches!(arn.typed_resource(), Some(("role", _))) {
            return Err(invalid("Simulation of resource-based policies isn't supported for IAM roles.".to_owned()));
        }
    }
    let source = Source { id: "ResourcePolicy".to_owned(), kind: Kind::Resource, document };
    sources.compile(source, policy::Kind::Resource)
}

/// `service:Action` of a service that exists; and where the service is served here, an action that it has.
fn check_action(action: &str) -> Result<(), Error> {
    let exists = action.split_once(':').is_some_and(|(service, name)| {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match catalogue::service(service) {
            Some(service) => service.action(name).is_some(),
            None => is_name && catalogue::is_service(service),
        }
    });
    if exists { Ok(()) } else { Err(invalid(format!("Invalid Entity Action: {action}"))) }
}

/// An ARN, or `*` for all resources.
fn check_resource(resource: &str) -> Result<(), Error> {
    match resource {
        "*" => Ok(()),
        resource if resource.parse::<Arn>().is_ok() => Ok(()),
        resource => Err(invalid(format!("ResourceNames are not in a valid ARN format: {resource}."))),
    }
}

/// Whether the resources that a scenario of EC2 needs are all there.
fn check_handling(option: &str, resources: &[String]) -> Result<(), Error> {
    let scenario = SCENARIOS.iter().find(|(name, _)| *name == option);
    let (_, needed) = scenario.ok_or_else(|| invalid(format!("Invalid Resource Handling Option: {option}")))?;
    let arns: Vec<Arn> = resources.iter().filter_map(|resource| resource.parse().ok()).collect();
    let has = |kind: &str| {
        let of_kind = |arn: &Arn| arn.service() == "ec2" && arn.typed_resource().is_some_and(|(own, _)| own == kind);
        arns.iter().any(of_kind)
    };
    match needed.iter().find(|kind| !has(kind)) {
        None => Ok(()),
        Some(kind) => Err(invalid(format!("The scenario {option} needs a resource of the type {kind}."))),
    }
}

/// A user, named by ARN alone: whether there is one, and what tags it has, is not this caller's to learn.
fn caller(arn: &str) -> Result<(Principal, Context), Error> {
    let wrong = || invalid("Invalid caller - Caller must be an IAM user in this context.".to_owned());
    let (account, kind, name) = entity::parts(arn).ok_or_else(wrong)?;
    let parsed: Arn = arn.parse().map_err(|_| wrong())?;
    if kind != "user" {
        return Err(wrong());
    }
    let mut context = Context::new();
    entity::of_user(&mut context, &parsed, account, &name);
    Ok((Principal::User { arn: parsed, account, id: String::new() }, context))
}

/// A caller of the account of whom nothing is known.
fn nobody(account: AccountId) -> (Principal, Context) {
    let mut context = Context::new();
    context.set("aws:PrincipalAccount", account.to_string());
    (Principal::User { arn: Arn::iam(account, "user", "/", "simulation"), account, id: String::new() }, context)
}

/// `arn:aws:iam::ACCOUNT:root`.
fn owner(text: &str) -> Result<AccountId, Error> {
    let arn: Option<Arn> = text.parse().ok();
    let account = arn.filter(|arn| arn.service() == "iam" && arn.resource() == "root").and_then(|arn| arn.account_id());
    account.ok_or_else(|| invalid("Invalid Resource Owner.".to_owned()))
}

fn invalid(text: String) -> Error {
    Error::InvalidInput(text)
}

const BOUNDARY: &str = "PermissionsBoundaryPolicyInputList";
/// Only a page of them is evaluated at a time; but each is numbered.
const MOST_PAIRS: usize = 100_000;
/// The scenarios of EC2, with the types of resources that each needs.
const SCENARIOS: [(&str, &[&str]); 4] = [
    ("EC2-VPC-InstanceStore", &["instance", "image", "security-group", "network-interface"]),
    ("EC2-VPC-InstanceStore-Subnet", &["instance", "image", "security-group", "network-interface", "subnet"]),
    ("EC2-VPC-EBS", &["instance", "image", "security-group", "network-interface", "volume"]),
    ("EC2-VPC-EBS-Subnet", &["instance", "image", "security-group", "network-interface", "subnet", "volume"]),
];
