//! The user, group or role whose policies a simulation is about.

use operation::{Access, Call, Need, Visit, managed};
use policy::{Context, Principal};
use store::records::principals::{Group, Permissions, Role, User, named};
use vocab::{AccountId, Arn};

use crate::policies::attachable;
use crate::simulation::sources::{Kind, Source};
use crate::subject::{Entity as Named, Subject};
use crate::{Error, Iam};

/// The entity that a request names by ARN.
pub enum Entity {
    /// A user, there or not.
    User(Subject<User>),
    /// A group, there or not.
    Group(Subject<Group>),
    /// A role, there or not.
    Role(Subject<Role>),
    /// What the ARN names is none of these.
    Other {
        /// The ARN as it was given.
        arn: String,
    },
}

impl Entity {
    /// The entity with this ARN.
    pub async fn of(visit: &Visit<Iam>, arn: Option<&str>) -> Result<Self, Error> {
        let text = arn.unwrap_or_default();
        let Some((account, kind, name)) = parts(text) else {
            crate::callers::admit(visit)?;
            return Ok(Self::Other { arn: text.to_owned() });
        };
        match kind.as_str() {
            "user" => Ok(Self::User(subject(visit, account, &name, text).await?)),
            "group" => Ok(Self::Group(subject(visit, account, &name, text).await?)),
            _ => Ok(Self::Role(subject(visit, account, &name, text).await?)),
        }
    }

    /// The action on the entity.
    pub fn access(&self, action: &'static str) -> Access {
        match self {
            Self::User(user) => user.access(action),
            Self::Group(group) => group.access(action),
            Self::Role(role) => role.access(action),
            Self::Other { arn } if arn.is_empty() => Access::on_any(action),
            Self::Other { arn } => Access::all([Need::on_text(action, arn.as_str())]),
        }
    }

    /// Every identity policy of the entity: its own, and of a user those of its groups.
    pub async fn policies(&self, call: &Call<Iam>) -> Result<Vec<Source>, Error> {
        let mut sources = Vec::new();
        match self {
            Self::User(user) => {
                let user = user.existing()?;
                add(call, &mut sources, "user", &user.name, &user.permissions).await?;
                for name in &user.groups {
                    let group = call.host.configuration.get::<Group>(&named(user.account, name)).await?;
                    if let Some(group) = group {
                        add(call, &mut sources, "group", &group.name, &group.permissions).await?;
                    }
                }
            }
            Self::Group(group) => {
                let group = group.existing()?;
                add(call, &mut sources, "group", &group.name, &group.permissions).await?;
            }
            Self::Role(role) => {
                let role = role.existing()?;
                add(call, &mut sources, "role", &role.name, &role.permissions).await?;
            }
            Self::Other { arn } => return Err(unclear(arn)),
        }
        Ok(sources)
    }

    /// The policy that bounds the entity: `None` where there is none. One that is gone allows nothing.
    pub async fn boundary(&self, call: &Call<Iam>) -> Result<Option<Vec<Source>>, Error> {
        let arn = match self {
            Self::User(user) => user.existing()?.boundary(),
            Self::Role(role) => role.existing()?.boundary(),
            Self::Group(_) | Self::Other { .. } => None,
        };
        match arn {
            None => Ok(None),
            Some(arn) => Ok(Some(managed_policy(call, arn).await?.into_iter().collect())),
        }
    }

    /// Who asks, where the simulation names no caller of its own, with the condition keys that follow from it. A group
    /// asks for nothing itself.
    pub fn caller(&self) -> Result<Option<(Principal, Context)>, Error> {
        let mut context = Context::new();
        let principal = match self {
            Self::User(user) => {
                let user = user.existing()?;
                of_user(&mut context, &user.arn(), user.account, &user.name);
                context.set("aws:userid", user.unique_id.as_str());
                context
                    .extend(user.tags.iter().map(|(key, value)| (format!("aws:PrincipalTag/{key}"), value.as_str())));
                Principal::User { arn: user.arn(), account: user.account, id: user.unique_id.clone() }
            }
            Self::Role(role) => {
                let role = role.existing()?;
                let id = format!("{}:{SESSION}", role.unique_id);
                context.set("aws:PrincipalArn", role.arn().to_string());
                context.set("aws:PrincipalAccount", role.account.to_string());
                context.set("aws:PrincipalType", "AssumedRole");
                context
                    .extend(role.tags.iter().map(|(key, value)| (format!("aws:PrincipalTag/{key}"), value.as_str())));
                Principal::Session {
                    arn: Arn::assumed_role(role.account, &role.name, SESSION),
                    role: role.arn(),
                    account: role.account,
                    role_id: role.unique_id.clone(),
                    id,
                }
            }
            Self::Group(_) | Self::Other { .. } => return Ok(None),
        };
        Ok(Some((principal, context)))
    }
}

/// The condition keys of a user, as far as its ARN tells.
pub fn of_user(context: &mut Context, arn: &Arn, account: AccountId, name: &str) {
    context.set("aws:PrincipalArn", arn.to_string());
    context.set("aws:PrincipalAccount", account.to_string());
    context.set("aws:PrincipalType", "User");
    context.set("aws:username", name);
}

/// Account, type and name in the ARN of a user, group or role.
pub fn parts(text: &str) -> Option<(AccountId, String, String)> {
    let arn: Arn = text.parse().ok()?;
    let (kind, below) = arn.typed_resource()?;
    let name = below.rsplit('/').next().filter(|name| !name.is_empty())?;
    let is_entity = arn.service() == "iam" && arn.region().is_empty() && ["user", "group", "role"].contains(&kind);
    if is_entity { Some((arn.account_id()?, kind.to_owned(), name.to_owned())) } else { None }
}

/// The error of an ARN that names no user, group or role.
pub fn unclear(arn: &str) -> Error {
    Error::InvalidInput(format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."))
}

/// An entity by account and name; the path belongs to its ARN too.
async fn subject<R: Named>(visit: &Visit<Iam>, account: AccountId, name: &str, arn: &str) -> Result<Subject<R>, Error> {
    if account == visit.place.account {
        let found = Subject::gather(visit, name, &named(account, name), || arn.to_owned()).await?;
        if found.arn == arn {
            return Ok(found);
        }
    }
    Subject::gather(visit, name, NOWHERE, || arn.to_owned()).await
}

async fn add(
    call: &Call<Iam>,
    sources: &mut Vec<Source>,
    noun: &'static str,
    name: &str,
    permissions: &Permissions,
) -> Result<(), Error> {
    for (policy, document) in &permissions.inline {
        sources.push(Source {
            id: format!("{noun}_{name}_{policy}"),
            kind: Kind::Inline { noun, holder: name.to_owned(), policy: policy.clone() },
            document: document.clone(),
        });
    }
    for arn in &permissions.attached {
        sources.extend(managed_policy(call, arn).await?);
    }
    Ok(())
}

async fn managed_policy(call: &Call<Iam>, arn: &Arn) -> Result<Option<Source>, Error> {
    let document = managed::document(&call.host, arn.as_str()).await?;
    Ok(document.map(|document| Source {
        id: attachable::path_and_name(arn).1.to_owned(),
        kind: Kind::Managed { arn: arn.clone() },
        document: document.into_owned(),
    }))
}

/// The name of the session that a simulated role is.
const SESSION: &str = "simulation";
/// No record has this id.
const NOWHERE: &str = "";
