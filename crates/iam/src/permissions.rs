//! What users, roles and groups hold: inline policies, attached policies, a boundary.

use operation::{Call, Need};
use store::records::principals::{Group, Permissions, Role, User};
use store::{Outcome, Stored};
use vocab::Arn;

use crate::paging::{Page, Paged};
use crate::policies::attachable;
use crate::shapes::Attached;
use crate::subject::{ATTEMPTS, Entity, Subject};
use crate::{Error, Iam, documents};

/// What holds permissions.
pub trait Holder: Entity {
    /// What it is called: `role`.
    const NOUN: &'static str;

    /// The quota on attached policies.
    const ATTACHED_QUOTA: &'static str;

    /// How large its inline policies may be, together.
    const INLINE_BYTES: usize;

    /// What it holds.
    fn permissions(&self) -> &Permissions;

    /// What it holds, to be changed.
    fn permissions_mut(&mut self) -> &mut Permissions;
}

/// Creates or replaces an inline policy.
pub async fn put_inline<H: Holder>(
    call: &Call<Iam>,
    holder: &Subject<H>,
    policy: &str,
    document: &str,
) -> Result<(), Error> {
    holder.existing()?;
    documents::inline(document)?;
    holder
        .change(call, |new| {
            let inline = &mut new.permissions_mut().inline;
            // Names ignore case; the newer spelling stays.
            inline.retain(|name, _| !name.eq_ignore_ascii_case(policy));
            inline.insert(policy.to_owned(), document.to_owned());
            if documents::total_size(inline) > H::INLINE_BYTES {
                let (most, noun, name) = (H::INLINE_BYTES, H::NOUN, &holder.name);
                let text = format!("Maximum policy size of {most} bytes exceeded for {noun} {name}");
                return Err(Error::LimitExceeded(text));
            }
            Ok(())
        })
        .await
}

/// The name and document of an inline policy.
pub fn inline<H: Holder>(holder: &Subject<H>, policy: &str) -> Result<(String, String), Error> {
    let inline = &holder.existing()?.permissions().inline;
    let found = inline.iter().find(|(name, _)| name.eq_ignore_ascii_case(policy));
    let (name, document) = found.ok_or_else(|| no_inline::<H>(policy))?;
    Ok((name.clone(), document.clone()))
}

/// Deletes an inline policy.
pub async fn delete_inline<H: Holder>(call: &Call<Iam>, holder: &Subject<H>, policy: &str) -> Result<(), Error> {
    holder
        .change(call, |new| {
            let inline = &mut new.permissions_mut().inline;
            let before = inline.len();
            inline.retain(|name, _| !name.eq_ignore_ascii_case(policy));
            if inline.len() == before { Err(no_inline::<H>(policy)) } else { Ok(()) }
        })
        .await
}

/// A page of the names of the inline policies.
pub async fn inline_names<H: Holder>(
    call: &Call<Iam>,
    operation: &str,
    holder: &Subject<H>,
    page: Page,
) -> Result<Paged<String>, Error> {
    let names = holder.existing()?.permissions().inline.keys();
    page.of(call, operation, names.map(|name| (name.clone(), name.clone()))).await
}

/// Attaches a managed policy; attaching it again changes nothing.
pub async fn attach<H: Holder>(call: &Call<Iam>, holder: &Subject<H>, policy: &str) -> Result<(), Error> {
    holder.existing()?;
    let arn = attachable::arn(policy)?;
    let missing = || Error::NoSuchEntity(format!("Policy {policy} does not exist or is not attachable."));
    bind(call, holder, &arn, missing, |permissions| {
        if permissions.attached.contains(&arn) {
            return Ok(());
        }
        permissions.attached.push(arn.clone());
        if permissions.attached.len() > ATTACHED {
            return Err(Error::LimitExceeded(format!("Cannot exceed quota for {}: {ATTACHED}", H::ATTACHED_QUOTA)));
        }
        Ok(())
    })
    .await
}

/// Detaches a managed policy.
pub async fn detach<H: Holder>(call: &Call<Iam>, holder: &Subject<H>, policy: &str) -> Result<(), Error> {
    holder.existing()?;
    let arn = attachable::arn(policy)?;
    holder
        .change(call, |new| {
            let attached = &mut new.permissions_mut().attached;
            let before = attached.len();
            attached.retain(|own| *own != arn);
            if attached.len() == before {
                return Err(Error::NoSuchEntity(format!("Policy {policy} was not found.")));
            }
            Ok(())
        })
        .await
}

/// A page of the attached policies whose path begins with `prefix`.
pub async fn attached<H: Holder>(
    call: &Call<Iam>,
    operation: &str,
    holder: &Subject<H>,
    prefix: &str,
    page: Page,
) -> Result<Paged<Attached>, Error> {
    let attached = holder.existing()?.permissions().attached.iter();
    let below = attached.filter(|arn| attachable::path_and_name(arn).0.starts_with(prefix));
    page.of_places(call, operation, below.map(shown).collect::<Vec<_>>()).await
}

/// Sets the boundary.
pub async fn bound<H: Holder>(call: &Call<Iam>, holder: &Subject<H>, boundary: &str) -> Result<(), Error> {
    holder.existing()?;
    let arn = attachable::boundary(call, boundary).await?;
    bind(
        call,
        holder,
        &arn,
        || attachable::no_boundary(boundary),
        |permissions| {
            permissions.boundary = Some(arn.clone());
            Ok(())
        },
    )
    .await
}

/// Removes the boundary.
pub async fn unbound<H: Holder>(call: &Call<Iam>, holder: &Subject<H>) -> Result<(), Error> {
    holder
        .change(call, |new| {
            let boundary = new.permissions_mut().boundary.take();
            let (noun, name) = (H::NOUN, &holder.name);
            let missing = || Error::NoSuchEntity(format!("The permissions boundary of {noun} {name} cannot be found."));
            boundary.map(drop).ok_or_else(missing)
        })
        .await
}

/// What must be gone before the holder can be deleted.
pub fn nothing_left(permissions: &Permissions) -> Result<(), Error> {
    if !permissions.attached.is_empty() {
        return Err(Error::DeleteConflict("Cannot delete entity, must detach all policies first."));
    }
    if !permissions.inline.is_empty() {
        return Err(Error::DeleteConflict("Cannot delete entity, must delete policies first."));
    }
    Ok(())
}

/// The needs with the managed policy that is attached or detached.
pub fn naming_policy(needs: Vec<Need>, policy: Option<&String>) -> Vec<Need> {
    with(needs, "iam:PolicyARN", policy)
}

/// The needs with the boundary that is asked for.
pub fn naming_boundary(needs: Vec<Need>, boundary: Option<&String>) -> Vec<Need> {
    with(needs, "iam:PermissionsBoundary", boundary)
}

/// An attached policy, as answers show it.
pub fn shown(arn: &Arn) -> Attached {
    Attached { policy_name: attachable::path_and_name(arn).1.to_owned(), policy_arn: arn.clone() }
}

fn with(needs: Vec<Need>, key: &'static str, value: Option<&String>) -> Vec<Need> {
    match value {
        Some(value) => needs.into_iter().map(|need| need.with(key, value.as_str())).collect(),
        None => needs,
    }
}

/// Changes permissions so that they name a policy. The policy is written too, as it is: deleting it
/// at the same time then fails, or this does.
async fn bind<H: Holder>(
    call: &Call<Iam>,
    holder: &Subject<H>,
    arn: &Arn,
    missing: impl Fn() -> Error,
    change: impl Fn(&mut Permissions) -> Result<(), Error>,
) -> Result<(), Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let old: Stored<H> = holder.current(call).await?;
        let policy = attachable::find(call, arn.as_str()).await?.ok_or_else(&missing)?;
        let mut new = H::clone(&old);
        change(new.permissions_mut())?;
        let mut batch = configuration.batch();
        batch.replace(&old, &new)?;
        policy.hold(&mut batch)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

fn no_inline<H: Holder>(policy: &str) -> Error {
    Error::NoSuchEntity(format!("The {} policy with name {policy} cannot be found.", H::NOUN))
}

impl Holder for Role {
    const NOUN: &'static str = "role";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerRole";
    const INLINE_BYTES: usize = 10_240;

    fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn permissions_mut(&mut self) -> &mut Permissions {
        &mut self.permissions
    }
}

impl Holder for User {
    const NOUN: &'static str = "user";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerUser";
    const INLINE_BYTES: usize = 2048;

    fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn permissions_mut(&mut self) -> &mut Permissions {
        &mut self.permissions
    }
}

impl Holder for Group {
    const NOUN: &'static str = "group";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerGroup";
    const INLINE_BYTES: usize = 5120;

    fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn permissions_mut(&mut self) -> &mut Permissions {
        &mut self.permissions
    }
}

const ATTACHED: usize = 10;
