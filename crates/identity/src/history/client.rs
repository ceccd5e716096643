//! One client: what it calls, and what it makes of the answers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use operation::Host;
use store::identities::Login;
use store::records::pools::Pool;
use vocab::{AccountId, IdentityId};

use super::chance::Chance;
use super::faults::Faulty;
use super::judge;
use super::ledger::{Answer, Kind, Ledger, Operation};
use crate::resolve::{self, Voucher};
use crate::{Error, delete_identities, get_id, unlink_developer_identity, unlink_identity};

/// The pool's developer provider.
pub(super) const DEVELOPER: &str = "login.history";
const PUBLIC: [&str; 4] = ["accounts.google.com", "appleid.apple.com", "graph.facebook.com", "www.amazon.com"];
/// So few that clients meet all the time.
const PEOPLE: u64 = 24;
/// The first of them are known to the developer alone.
const DEVELOPERS_OWN: u64 = 6;
/// The developer's users that one person has.
const USERS: u64 = 8;
/// The identities that clients remember.
const REMEMBERED: usize = 96;

/// The identities that some client has heard of.
#[derive(Default)]
pub(super) struct Board {
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    any: Vec<IdentityId>,
    of: HashMap<Login, IdentityId>,
}

/// A client.
pub(super) struct Client {
    pub(super) host: Arc<Host>,
    pub(super) pool: Pool,
    pub(super) faulty: Arc<Faulty>,
    pub(super) chance: Arc<Chance>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) board: Arc<Board>,
}

impl Client {
    /// So many calls, one after the other.
    pub(super) async fn run(self, calls: u64) {
        let mut again = None;
        for _ in 0..calls {
            let kind = again.take().unwrap_or_else(|| self.draw());
            let operation = Operation { number: self.ledger.tick(), kind, faulted: AtomicBool::new(false) };
            let operation = Arc::new(operation);
            self.faulty.begin(&operation);
            let from = operation.number;
            let answer = self.call(&operation.kind, from).await;
            let has_failed = matches!(answer, Err(Error::Internal(_)));
            self.note(&operation, answer, (from, self.ledger.tick()));
            // What failed is asked again, as SDKs do.
            if has_failed && self.chance.below(2) == 0 {
                again = Arc::into_inner(operation).map(|operation| operation.kind);
            }
        }
    }

    async fn call(&self, kind: &Kind, from: u64) -> Result<Option<IdentityId>, Error> {
        let (host, pool) = (&*self.host, &self.pool);
        match kind {
            Kind::Guest => get_id::guest(host, pool).await.map(Some),
            Kind::SignIn { given, logins, by_developer } => {
                let voucher = if *by_developer { Voucher::Developer } else { Voucher::Providers };
                resolve::identity_of(host, pool, given.as_ref(), logins, voucher).await.map(Some)
            }
            Kind::Merge { source, destination } => resolve::merge(host, pool, source, destination).await.map(Some),
            Kind::Unlink { id, proven, providers } => {
                unlink_identity::take_off(host, &id.to_string(), proven, providers).await.map(|()| None)
            }
            Kind::UnlinkUser { id, login } => {
                unlink_developer_identity::take_off(host, pool, &id.to_string(), login).await.map(|()| None)
            }
            Kind::Delete { id } => {
                delete_identities::delete(host, AccountId::ZERO, &id.to_string()).await.map(|()| None)
            }
            Kind::Look => self.look(from).await.map(|()| None),
        }
    }

    /// A page of identities, each as it may be, and none enabled that was disabled before.
    async fn look(&self, from: u64) -> Result<(), Error> {
        let mut after = [0; 16];
        after[0] = u8::try_from(self.chance.below(256)).unwrap_or_default();
        for identity in self.host.identities.of_pool(&self.pool.id, Some(after), 20).await? {
            if let Some(flaw) = judge::flaw(&self.pool, &identity) {
                self.ledger.breaks(format!("{} {flaw}", identity.id));
            }
            if !identity.disabled && self.ledger.was_disabled(identity.id.guid(), from) {
                self.ledger.breaks(format!("{} was disabled and is not any more", identity.id));
            }
        }
        Ok(())
    }

    fn note(&self, operation: &Arc<Operation>, answer: Result<Option<IdentityId>, Error>, during: (u64, u64)) {
        let what = || format!("{} {:?}", operation.number, operation.kind);
        let is_lost = operation.faulted.load(Ordering::SeqCst);
        match answer {
            Ok(Some(identity)) => self.answered(operation, identity, during),
            Ok(None) => {
                if !matches!(operation.kind, Kind::Look) && !self.ledger.has_acted(operation) {
                    self.ledger.breaks(format!("{}: it was acknowledged and did nothing", what()));
                }
            }
            Err(Error::Internal(_)) if is_lost => self.ledger.count("internal errors after a fault"),
            Err(error) => {
                if self.ledger.has_acted(operation) {
                    self.ledger.breaks(format!("{}: it was refused ({error}) and acted", what()));
                }
                match refusal(&operation.kind, &error) {
                    Some(refusal) => self.ledger.count(refusal),
                    None => self.ledger.breaks(format!("{}: it was refused: {error:?}", what())),
                }
            }
        }
    }

    fn answered(&self, operation: &Arc<Operation>, identity: IdentityId, during: (u64, u64)) {
        let logins = match &operation.kind {
            Kind::SignIn { logins, .. } => logins.clone(),
            Kind::Merge { source, destination } => vec![source.clone(), destination.clone()],
            _ => Vec::new(),
        };
        if matches!(operation.kind, Kind::Guest) && !self.ledger.has_acted(operation) {
            self.ledger.breaks(format!("guest {identity} was answered and not made"));
        }
        self.board.hear(&identity, &logins, &self.chance);
        self.ledger.state().answers.push(Answer { identity, logins, during });
    }

    fn draw(&self) -> Kind {
        let person = self.chance.below(PEOPLE);
        match self.chance.below(100) {
            0..7 => Kind::Guest,
            7..37 => Kind::SignIn { given: None, logins: self.logins(person), by_developer: false },
            37..60 => {
                let logins = self.logins(person);
                Kind::SignIn { given: self.given(&logins), logins, by_developer: false }
            }
            60..72 => {
                let person = self.mostly_developers_own(person);
                let mut logins = vec![self.user(person)];
                if person >= DEVELOPERS_OWN && self.chance.below(3) == 0 {
                    logins.extend(self.public(person));
                }
                let given = if self.chance.below(3) == 0 { None } else { self.given(&logins) };
                Kind::SignIn { given, logins, by_developer: true }
            }
            72..82 => {
                let (person, other) = (self.mostly_developers_own(person), self.chance.below(PEOPLE));
                let other = if self.chance.below(2) == 0 { person } else { self.mostly_developers_own(other) };
                Kind::Merge { source: self.user(person), destination: self.user(other) }
            }
            82..91 => {
                let proven = self.logins(person);
                match self.given(&proven) {
                    Some(id) => Kind::Unlink { id, providers: self.providers(&proven), proven },
                    None => Kind::Guest,
                }
            }
            91..95 => {
                let login = self.user(person);
                let id = self.given(std::slice::from_ref(&login));
                id.map_or(Kind::Guest, |id| Kind::UnlinkUser { id, login })
            }
            95..98 => self.board.any(&self.chance).map_or(Kind::Guest, |id| Kind::Delete { id }),
            _ => Kind::Look,
        }
    }

    /// Those whom the developer alone knows come to twenty logins.
    fn mostly_developers_own(&self, person: u64) -> u64 {
        if self.chance.below(2) == 0 { person % DEVELOPERS_OWN } else { person }
    }

    /// One to three logins of different public providers, mostly of one person.
    fn logins(&self, person: u64) -> Vec<Login> {
        let mut logins: Vec<Login> = Vec::new();
        for _ in 0..=self.chance.below(3) {
            let person = if self.chance.below(8) == 0 { self.chance.below(PEOPLE) } else { person };
            logins.extend(self.public(person).filter(|new| logins.iter().all(|own| own.provider != new.provider)));
        }
        logins
    }

    fn public(&self, person: u64) -> Option<Login> {
        let provider = self.chance.one_of(&PUBLIC)?;
        Some(Login { provider: (*provider).to_owned(), subject: format!("person-{person}") })
    }

    fn user(&self, person: u64) -> Login {
        let user = self.chance.below(USERS);
        Login { provider: DEVELOPER.into(), subject: format!("user-{person}-{user}") }
    }

    /// Mostly the provider of one of the logins.
    fn providers(&self, proven: &[Login]) -> Vec<String> {
        let own = self.chance.one_of(proven).map(|login| login.provider.clone());
        let other = self.chance.one_of(&PUBLIC).map(|provider| (*provider).to_owned());
        let mut providers: Vec<String> = own.into_iter().collect();
        providers.extend(other.filter(|_| self.chance.below(4) == 0));
        providers
    }

    /// The identity that somebody was told for one of the logins, or any.
    fn given(&self, logins: &[Login]) -> Option<IdentityId> {
        let own = self.chance.one_of(logins).and_then(|login| self.board.of(login));
        if self.chance.below(3) == 0 { self.board.any(&self.chance) } else { own }
    }
}

impl Board {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, identity: &IdentityId, logins: &[Login], chance: &Chance) {
        let mut heard = self.heard();
        if heard.any.len() >= REMEMBERED {
            let place = usize::try_from(chance.below(u64::try_from(REMEMBERED).unwrap_or(1))).unwrap_or_default();
            heard.any.swap_remove(place);
        }
        heard.any.push(identity.clone());
        for login in logins {
            heard.of.insert(login.clone(), identity.clone());
        }
    }

    fn any(&self, chance: &Chance) -> Option<IdentityId> {
        chance.one_of(&self.heard().any).cloned()
    }

    fn of(&self, login: &Login) -> Option<IdentityId> {
        self.heard().of.get(login).cloned()
    }
}

/// What a refusal is counted as; `None`: this call is never refused so.
fn refusal(kind: &Kind, error: &Error) -> Option<&'static str> {
    match (kind, error) {
        (_, Error::TooManyRequests) => Some("too much at once"),
        (Kind::SignIn { given: Some(_), .. } | Kind::Unlink { .. }, Error::NotAuthorized(text)) => {
            let is_disabled = text.ends_with("is forbidden.");
            Some(if is_disabled { "disabled identities refused" } else { "logins of others refused" })
        }
        (Kind::SignIn { .. } | Kind::Merge { .. }, Error::ResourceConflict(text)) => {
            let is_provider = text.starts_with("The identity already has a login of");
            Some(if is_provider { "second logins of a provider refused" } else { "more than twenty logins refused" })
        }
        (Kind::SignIn { by_developer: true, .. }, Error::DeveloperUserAlreadyRegistered(_)) => {
            Some("users of another identity refused")
        }
        (Kind::Guest | Kind::Look | Kind::SignIn { given: None, .. }, Error::ResourceNotFound(_)) => None,
        (_, Error::ResourceNotFound(_)) => Some("absent ones not found"),
        _ => None,
    }
}
