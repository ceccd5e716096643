//! CreateRole: a role with its trust policy. It may do nothing yet.
//!
//! Differences from AWS: paths below `/aws-service-role/` are refused, since there are no
//! service-linked roles.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::principals::{Permissions, Role};
use vocab::{Arn, key_id};

use crate::checks::Checks;
use crate::policies::attachable;
use crate::shapes::{self, Tag};
use crate::subject::ATTEMPTS;
use crate::trust::{self, Names};
use crate::{Error, Iam, callers, permissions, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    role_name: Option<String>,
    assume_role_policy_document: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role: shapes::Role,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let path = input.path.as_deref().unwrap_or("/");
    let arn = Arn::iam(place.account, "role", path, input.role_name.as_deref().unwrap_or_default());
    let make = || {
        let create = vec![Need::on("iam:CreateRole", &arn)];
        let mut needs = permissions::naming_boundary(create, input.permissions_boundary.as_ref());
        if tags::any(input.tags.as_ref()) {
            needs.push(Need::on("iam:TagRole", &arn));
        }
        needs
    };
    Access::all(tags::requested(input.tags.as_ref(), make))
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let path = checks.path("path", input.path);
    let name = checks.role_name(input.role_name);
    let document = checks.document("assumeRolePolicyDocument", input.assume_role_policy_document);
    let description = checks.role_description(input.description);
    let max_session_duration = checks.max_session_duration(input.max_session_duration);
    let boundary = checks.optional_arn("permissionsBoundary", input.permissions_boundary);
    let new_tags = checks.tags(input.tags);
    checks.finish()?;
    if path.starts_with("/aws-service-role/") {
        let text = "The path /aws-service-role/ is reserved for service-linked roles.";
        return Err(Error::InvalidInput(text.into()));
    }
    let role = Role {
        account: call.place.account,
        name,
        path,
        unique_id: key_id::unique_id("AROA", call.place.account, &*call.host.random),
        trust: trust::stored(&call.host, &document).await?,
        description,
        max_session_duration: max_session_duration.unwrap_or(3600),
        permissions: Permissions::default(),
        tags: tags::first(new_tags)?,
        created: call.time,
    };
    let role = insert(&call, role, boundary.as_deref()).await?;
    let names = Names::of(&call.host, [role.trust.as_str()])?;
    Ok(Output {
        role: shapes::Role {
            permissions_boundary: shapes::boundary(&role.permissions),
            tags: shapes::some_tags(&role.tags),
            ..shapes::Role::of(&role, &names)
        },
    })
}

async fn insert(call: &Call<Iam>, mut role: Role, boundary: Option<&str>) -> Result<Role, Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let roles = configuration.list::<Role>(&format!("{}/", call.place.account)).await?;
        if roles.iter().any(|other| other.name.eq_ignore_ascii_case(&role.name)) {
            return Err(Error::EntityAlreadyExists(format!("Role with name {} already exists.", role.name)));
        }
        if roles.len() >= ROLES {
            return Err(Error::LimitExceeded(format!("Cannot exceed quota for RolesPerAccount: {ROLES}")));
        }
        let mut batch = configuration.batch();
        if let Some(boundary) = boundary {
            role.permissions.boundary = Some(attachable::hold_boundary(call, boundary, &mut batch).await?);
        }
        batch.insert(&role)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(role);
        }
    }
    Err(Error::ConcurrentModification)
}

const ROLES: usize = 1000;
