//! The entity that an operation is about, as it was when its access was decided.

use std::collections::BTreeMap;

use operation::{Access, Call, Caller, Need, Visit};
use store::records::principals::{Group, ManagedPolicy, Role, User, named};
use store::records::providers::{OidcProvider, SamlProvider};
use store::{Outcome, Record, Stored};
use vocab::Arn;

use crate::tags::variants;
use crate::{Error, Iam, callers};

/// What has an ARN, and facts that decisions rest on.
pub trait Entity: Record + Clone {
    /// The prefixes of the condition keys under which decisions see its tags.
    const TAG_KEYS: &'static [&'static str];

    /// Its ARN.
    fn arn(&self) -> Arn;

    /// Its tags.
    fn tags(&self) -> &BTreeMap<String, String>;

    /// Its permissions boundary.
    fn boundary(&self) -> Option<&Arn>;

    /// The error of operations on one that is not there; `name` is what the request named it by.
    fn missing(name: &str) -> Error;
}

/// An entity that a request names, whether it exists or not.
pub struct Subject<R> {
    /// How the request named it.
    pub name: String,
    /// Its ARN; where it does not exist, the one it would have.
    pub arn: String,
    found: Option<Stored<R>>,
}

impl<R: Entity> Subject<R> {
    /// The entity that is stored under `id`, up to date with the store. `arn` is made where there is
    /// none. Strangers find nothing: they are refused before it matters.
    pub async fn gather(visit: &Visit<Iam>, name: &str, id: &str, arn: impl FnOnce() -> String) -> Result<Self, Error> {
        callers::admit(visit)?;
        let found = match visit.caller {
            Caller::Anonymous => None,
            Caller::Root { .. } | Caller::User { .. } | Caller::Session { .. } => {
                visit.host.configuration.refresh().await?;
                visit.host.configuration.peek::<R>(id)?
            }
        };
        let arn = found.as_ref().map_or_else(arn, |found| found.arn().to_string());
        Ok(Self { name: name.to_owned(), arn, found })
    }

    /// An entity that does not exist, named by its ARN.
    pub fn absent(arn: &str) -> Self {
        Self { name: arn.to_owned(), arn: arn.to_owned(), found: None }
    }

    /// What is asked of the policies: the action on this entity, which shows its tags. Where tag
    /// keys differ in case alone, decisions could see one of them only: so each is asked about.
    pub fn needs(&self, action: &'static str) -> Vec<Need> {
        let none = BTreeMap::new();
        let tags = self.found.as_ref().map_or(&none, |found| found.tags());
        let of_variant = |variant: Vec<(&str, &str)>| {
            let mut need = Need::on_text(action, self.arn.as_str());
            for (key, value) in variant {
                for prefix in R::TAG_KEYS {
                    need = need.with(format!("{prefix}/{key}"), value);
                }
            }
            need
        };
        variants(tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))).into_iter().map(of_variant).collect()
    }

    /// As [`Subject::needs`], with the boundary it has now.
    pub fn needs_bounded(&self, action: &'static str) -> Vec<Need> {
        let boundary = self.found.as_ref().and_then(|found| found.boundary());
        let bounded = |need: Need| match boundary {
            Some(arn) => need.with("iam:PermissionsBoundary", arn.as_str()),
            None => need,
        };
        self.needs(action).into_iter().map(bounded).collect()
    }

    /// The action on this entity, and nothing else.
    pub fn access(&self, action: &'static str) -> Access {
        Access::all(self.needs(action))
    }

    /// The entity, if it exists.
    pub fn found(&self) -> Option<&Stored<R>> {
        self.found.as_ref()
    }

    /// The entity, or the error of its kind.
    pub fn existing(&self) -> Result<&Stored<R>, Error> {
        self.found.as_ref().ok_or_else(|| R::missing(&self.name))
    }

    /// The entity as it is now. What the decision saw of it must still be true, or somebody else
    /// would be changed than the caller was allowed to.
    pub async fn current(&self, call: &Call<Iam>) -> Result<Stored<R>, Error> {
        let decided = self.existing()?;
        let now = call.host.configuration.get::<R>(&decided.id()).await?.ok_or_else(|| R::missing(&self.name))?;
        let same = now.version == decided.version
            || (now.arn() == decided.arn() && now.tags() == decided.tags() && now.boundary() == decided.boundary());
        if same { Ok(now) } else { Err(Error::ConcurrentModification) }
    }

    /// Changes the entity in one atomic step. `change` may be called many times.
    pub async fn change(
        &self,
        call: &Call<Iam>,
        mut change: impl FnMut(&mut R) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let old = self.current(call).await?;
            let mut new = R::clone(&old);
            change(&mut new)?;
            let mut batch = call.host.configuration.batch();
            batch.replace(&old, &new)?;
            if call.host.configuration.commit(batch).await? == Outcome::Committed {
                return Ok(());
            }
        }
        Err(Error::ConcurrentModification)
    }
}

/// An entity whose name is unique in its account ignoring case.
pub async fn by_name<R: Entity>(visit: &Visit<Iam>, name: Option<&str>) -> Result<Subject<R>, Error> {
    let name = name.unwrap_or_default();
    let account = visit.place.account;
    Subject::gather(visit, name, &named(account, name), || Arn::iam(account, R::KIND, "/", name).to_string()).await
}

impl Entity for Role {
    const TAG_KEYS: &'static [&'static str] = &["aws:ResourceTag", "iam:ResourceTag"];

    fn arn(&self) -> Arn {
        self.arn()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn boundary(&self) -> Option<&Arn> {
        self.permissions.boundary.as_ref()
    }

    fn missing(name: &str) -> Error {
        Error::NoSuchEntity(format!("The role with name {name} cannot be found."))
    }
}

impl Entity for User {
    const TAG_KEYS: &'static [&'static str] = &["aws:ResourceTag", "iam:ResourceTag"];

    fn arn(&self) -> Arn {
        self.arn()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn boundary(&self) -> Option<&Arn> {
        self.permissions.boundary.as_ref()
    }

    fn missing(name: &str) -> Error {
        Error::NoSuchEntity(format!("The user with name {name} cannot be found."))
    }
}

impl Entity for Group {
    const TAG_KEYS: &'static [&'static str] = &[];

    fn arn(&self) -> Arn {
        self.arn()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        &NONE
    }

    fn boundary(&self) -> Option<&Arn> {
        None
    }

    fn missing(name: &str) -> Error {
        Error::NoSuchEntity(format!("The group with name {name} cannot be found."))
    }
}

impl Entity for ManagedPolicy {
    const TAG_KEYS: &'static [&'static str] = &["aws:ResourceTag"];

    fn arn(&self) -> Arn {
        self.arn()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn boundary(&self) -> Option<&Arn> {
        None
    }

    fn missing(name: &str) -> Error {
        Error::NoSuchEntity(format!("Policy {name} was not found."))
    }
}

impl Entity for OidcProvider {
    const TAG_KEYS: &'static [&'static str] = &["aws:ResourceTag"];

    fn arn(&self) -> Arn {
        self.arn()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn boundary(&self) -> Option<&Arn> {
        None
    }

    fn missing(name: &str) -> Error {
        Error::NoSuchEntity(format!("OpenIDConnect Provider not found for arn {name}"))
    }
}

impl Entity for SamlProvider {
    const TAG_KEYS: &'static [&'static str] = &["aws:ResourceTag"];

    fn arn(&self) -> Arn {
        self.arn()
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn boundary(&self) -> Option<&Arn> {
        None
    }

    fn missing(name: &str) -> Error {
        Error::NoSuchEntity(format!("Manifest not found for arn {name}"))
    }
}

/// How often a change is tried against others who change the same entity.
pub const ATTEMPTS: usize = 100;
