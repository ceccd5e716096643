//! Where managed policies are used: attached, or as a boundary.

use std::collections::HashMap;

use operation::Call;
use store::Stored;
use store::records::principals::{Group, Permissions, Role, User};

use crate::{Error, Iam};

/// Everything of an account that may hold policies.
pub struct Holders {
    /// Users.
    pub users: Vec<Stored<User>>,
    /// Groups.
    pub groups: Vec<Stored<Group>>,
    /// Roles.
    pub roles: Vec<Stored<Role>>,
}

/// How often each policy is attached, and how often it is a boundary, by ARN.
pub struct Usage(HashMap<String, (usize, usize)>);

impl Holders {
    /// The holders of the caller's account, up to date with the store.
    pub async fn of(call: &Call<Iam>) -> Result<Self, Error> {
        let configuration = &call.host.configuration;
        let prefix = format!("{}/", call.place.account);
        let users = configuration.list(&prefix).await?;
        Ok(Self { users, groups: configuration.held(&prefix)?, roles: configuration.held(&prefix)? })
    }

    /// What they use.
    pub fn usage(&self) -> Usage {
        let users = self.users.iter().map(|user| &user.permissions);
        let groups = self.groups.iter().map(|group| &group.permissions);
        let roles = self.roles.iter().map(|role| &role.permissions);
        let mut usage: HashMap<String, (usize, usize)> = HashMap::new();
        for Permissions { attached, boundary, .. } in users.chain(groups).chain(roles) {
            for arn in attached {
                usage.entry(arn.to_string()).or_default().0 += 1;
            }
            if let Some(arn) = boundary {
                usage.entry(arn.to_string()).or_default().1 += 1;
            }
        }
        Usage(usage)
    }
}

impl Usage {
    /// What the caller's account uses.
    pub async fn of(call: &Call<Iam>) -> Result<Self, Error> {
        Ok(Holders::of(call).await?.usage())
    }

    /// How often this policy is attached, and how often it is a boundary.
    pub fn counts(&self, arn: &str) -> (usize, usize) {
        self.0.get(arn).copied().unwrap_or_default()
    }
}
