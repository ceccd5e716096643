//! Groups of users. Who is in a group stands in the record of the user.

mod add_user_to_group;
mod attach_group_policy;
mod create_group;
mod delete_group;
mod delete_group_policy;
mod detach_group_policy;
mod get_group;
mod get_group_policy;
mod list_attached_group_policies;
mod list_group_policies;
mod list_groups;
mod put_group_policy;
mod remove_user_from_group;
mod update_group;

use operation::Call;
use operation::service::Builder;
use store::Stored;
use store::records::principals::{Group, User};

use crate::{Error, Iam};

/// Adds the operations.
pub fn operations(builder: Builder<Iam>) -> Builder<Iam> {
    builder
        .add_with("CreateGroup", create_group::facts, create_group::access, create_group::run)
        .add_with("GetGroup", get_group::facts, get_group::access, get_group::run)
        .add_with("ListGroups", list_groups::facts, list_groups::access, list_groups::run)
        .add_with("UpdateGroup", update_group::facts, update_group::access, update_group::run)
        .add_with("DeleteGroup", delete_group::facts, delete_group::access, delete_group::run)
        .add_with("AddUserToGroup", add_user_to_group::facts, add_user_to_group::access, add_user_to_group::run)
        .add_with(
            "RemoveUserFromGroup",
            remove_user_from_group::facts,
            remove_user_from_group::access,
            remove_user_from_group::run,
        )
        .add_with("PutGroupPolicy", put_group_policy::facts, put_group_policy::access, put_group_policy::run)
        .add_with("GetGroupPolicy", get_group_policy::facts, get_group_policy::access, get_group_policy::run)
        .add_with(
            "ListGroupPolicies",
            list_group_policies::facts,
            list_group_policies::access,
            list_group_policies::run,
        )
        .add_with(
            "DeleteGroupPolicy",
            delete_group_policy::facts,
            delete_group_policy::access,
            delete_group_policy::run,
        )
        .add_with(
            "AttachGroupPolicy",
            attach_group_policy::facts,
            attach_group_policy::access,
            attach_group_policy::run,
        )
        .add_with(
            "DetachGroupPolicy",
            detach_group_policy::facts,
            detach_group_policy::access,
            detach_group_policy::run,
        )
        .add_with(
            "ListAttachedGroupPolicies",
            list_attached_group_policies::facts,
            list_attached_group_policies::access,
            list_attached_group_policies::run,
        )
}

/// The members of a group, up to date with the store.
pub async fn members(call: &Call<Iam>, group: &Group) -> Result<Vec<Stored<User>>, Error> {
    let users = call.host.configuration.list::<User>(&format!("{}/", group.account)).await?;
    Ok(users.into_iter().filter(|user| is_in(user, group)).collect())
}

/// Whether a user is in a group.
pub fn is_in(user: &User, group: &Group) -> bool {
    user.groups.iter().any(|name| name.eq_ignore_ascii_case(&group.name))
}

/// The error of a name that is taken.
pub fn exists(name: &str) -> Error {
    Error::EntityAlreadyExists(format!("Group with name {name} already exists."))
}
