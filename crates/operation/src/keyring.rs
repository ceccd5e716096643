//! Keys that seal: the master key for what is stored, the keyring for what is handed out.
//!
//! One root secret per generation; each purpose has its own key, derived by HKDF, and its label in
//! the associated data, so a token of one kind is never one of another (`design.md`, section 4).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use store::records::keys::{Generation, Sealed};
use store::{Configuration, Outcome, Record, Stored};
use vocab::{Clock, Random, Secret, Timestamp};
use zeroize::Zeroizing;

/// What a sealed token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Session tokens of temporary credentials.
    Session,
    /// Tokens that continue a listing.
    Page,
    /// Sync session tokens.
    Sync,
    /// Encoded authorization messages.
    AuthorizationMessage,
}

/// Why a token was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token was not made here, for this purpose and this holder; or it was altered.
    #[error("token was not sealed here for this use")]
    NotOurs,
    /// There is no generation to seal with.
    #[error("keyring is empty")]
    Empty,
    /// The newest generation is not in use yet.
    #[error("keys were rotated less than a minute ago")]
    TooSoon,
    /// A stored key cannot be opened with this master key.
    #[error("stored key `{0}` cannot be opened: the master key is another one")]
    WrongMasterKey(String),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The key that seals what is stored. It comes from outside the store.
pub struct MasterKey {
    key: LessSafeKey,
    random: Arc<dyn Random>,
}

impl MasterKey {
    /// The master key with these 32 bytes.
    pub fn new(bytes: &[u8; 32], random: Arc<dyn Random>) -> Result<Self, Error> {
        Ok(Self { key: sealing_key(bytes)?, random })
    }

    /// Seals a secret for the record `row`, and for no other.
    pub fn seal(&self, row: &str, secret: &Secret) -> Result<Sealed, Error> {
        let sealed = seal(&self.key, &*self.random, row.as_bytes(), secret.expose().as_bytes())?;
        Ok(Sealed(BASE64_STANDARD.encode(sealed)))
    }

    /// Opens what was sealed for the record `row`.
    pub fn open(&self, row: &str, sealed: &Sealed) -> Result<Secret, Error> {
        let wrong = || Error::WrongMasterKey(row.to_owned());
        let sealed = BASE64_STANDARD.decode(&sealed.0).map_err(|_| wrong())?;
        let plain = open(&self.key, row.as_bytes(), &sealed).map_err(|_| wrong())?;
        Ok(Secret::new(std::str::from_utf8(&plain).map_err(|_| wrong())?))
    }
}

/// The generations of sealing keys.
pub struct Keyring {
    configuration: Arc<Configuration>,
    master: Arc<MasterKey>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    generations: ArcSwap<BTreeMap<u32, Keys>>,
}

#[derive(Clone)]
struct Keys {
    published: Timestamp,
    by_purpose: Arc<[LessSafeKey; 4]>,
}

impl Keyring {
    /// The keyring of a store; makes the first generation where there is none.
    pub async fn open_in(
        configuration: Arc<Configuration>,
        master: Arc<MasterKey>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Error> {
        let generations = ArcSwap::from_pointee(BTreeMap::new());
        let keyring = Self { configuration, master, clock, random, generations };
        keyring.reload()?;
        if keyring.generations.load().is_empty() {
            // Another node may make the first one at the same time: then both load that one.
            keyring.publish(1).await?;
        }
        Ok(keyring)
    }

    /// Seals `plain` for a purpose and a holder (an access key id, a dataset …).
    pub fn seal(&self, purpose: Purpose, holder: &str, plain: &[u8]) -> Result<String, Error> {
        let generations = self.generations.load();
        let usable_since = self.clock.now() - USED_AFTER;
        let newest_usable = generations.iter().rev().find(|(_, keys)| keys.published <= usable_since);
        let (number, keys) = newest_usable.or(generations.first_key_value()).ok_or(Error::Empty)?;
        let header = header(*number);
        let aad = associated_data(&header, purpose, holder);
        let mut token = header.to_vec();
        token.extend(seal(keys.of(purpose), &*self.random, &aad, plain)?);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(token))
    }

    /// Opens what was sealed for this purpose and holder. A generation that this node does not know
    /// yet causes one re-read, shared by all who ask.
    pub async fn open(&self, purpose: Purpose, holder: &str, token: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        if token.len() > LONGEST_TOKEN {
            return Err(Error::NotOurs);
        }
        let token = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::NotOurs)?;
        let (header, sealed) = token.split_first_chunk::<HEADER>().ok_or(Error::NotOurs)?;
        let [FORMAT, number @ ..] = *header else { return Err(Error::NotOurs) };
        let keys = self.generation(u32::from_be_bytes(number)).await?.ok_or(Error::NotOurs)?;
        open(keys.of(purpose), &associated_data(header, purpose, holder), sealed)
    }

    /// Publishes a new generation. It seals 60 s later, when every node knows it; until then there is no other.
    pub async fn rotate(&self) -> Result<(), Error> {
        let newest = self.generations.load().last_key_value().map(|(number, keys)| (*number, keys.published));
        match newest {
            Some((_, published)) if self.clock.now() < published + USED_AFTER => Err(Error::TooSoon),
            Some((number, _)) => self.publish(number + 1).await,
            None => self.publish(1).await,
        }
    }

    /// Rotates when the newest generation is older than `period`, and forgets generations whose last
    /// token has expired.
    pub async fn maintain(&self, period: Duration) -> Result<(), Error> {
        self.reload()?;
        let now = self.clock.now();
        let newest = self.generations.load().last_key_value().map(|(_, keys)| keys.published);
        if newest.is_none_or(|published| published + period <= now) {
            self.rotate().await?;
        }
        let held: Vec<Stored<Generation>> = self.configuration.held("")?;
        for pair in held.windows(2) {
            let [old, next] = pair else { continue };
            if next.published + USED_AFTER + KEPT_FOR <= now {
                let mut batch = self.configuration.batch();
                batch.delete(old);
                self.configuration.commit(batch).await?;
            }
        }
        self.reload()
    }

    async fn generation(&self, number: u32) -> Result<Option<Keys>, Error> {
        if let Some(keys) = self.generations.load().get(&number) {
            return Ok(Some(keys.clone()));
        }
        self.configuration.refresh().await?;
        self.reload()?;
        Ok(self.generations.load().get(&number).cloned())
    }

    async fn publish(&self, number: u32) -> Result<(), Error> {
        let root = Secret::new(BASE64_STANDARD.encode(self.random.bytes::<32>()));
        let mut generation = Generation { number, root: Sealed(String::new()), published: self.clock.now() };
        generation.root = self.master.seal(&row_of(&generation), &root)?;
        let mut batch = self.configuration.batch();
        batch.insert(&generation)?;
        // A conflict means that another node published it first.
        let (Outcome::Committed | Outcome::Conflict(_)) = self.configuration.commit(batch).await?;
        self.reload()
    }

    fn reload(&self) -> Result<(), Error> {
        let known = self.generations.load();
        let mut generations = BTreeMap::new();
        for generation in self.configuration.held::<Generation>("")? {
            let keys = match known.get(&generation.number) {
                Some(keys) => keys.clone(),
                None => {
                    let root = self.master.open(&row_of(&generation), &generation.root)?;
                    Keys::derive(&root, generation.published)?
                }
            };
            generations.insert(generation.number, keys);
        }
        self.generations.store(Arc::new(generations));
        Ok(())
    }
}

impl Keys {
    fn derive(root: &Secret, published: Timestamp) -> Result<Self, Error> {
        let root = Zeroizing::new(BASE64_STANDARD.decode(root.expose()).map_err(|_| Error::NotOurs)?);
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"daypass keyring").extract(&root);
        let key = |purpose: Purpose| {
            let info = [purpose.label()];
            let okm = secret.expand(&info, hkdf::HKDF_SHA256).map_err(|_| Error::NotOurs)?;
            let mut bytes = Zeroizing::new([0; 32]);
            okm.fill(bytes.as_mut_slice()).map_err(|_| Error::NotOurs)?;
            sealing_key(&bytes)
        };
        let by_purpose =
            [key(Purpose::Session)?, key(Purpose::Page)?, key(Purpose::Sync)?, key(Purpose::AuthorizationMessage)?];
        Ok(Self { published, by_purpose: Arc::new(by_purpose) })
    }

    fn of(&self, purpose: Purpose) -> &LessSafeKey {
        let [session, page, sync, message] = &*self.by_purpose;
        match purpose {
            Purpose::Session => session,
            Purpose::Page => page,
            Purpose::Sync => sync,
            Purpose::AuthorizationMessage => message,
        }
    }
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"session",
            Self::Page => b"page",
            Self::Sync => b"sync",
            Self::AuthorizationMessage => b"authorization message",
        }
    }
}

fn row_of(generation: &Generation) -> String {
    format!("{}/{}", Generation::KIND, generation.id())
}

fn header(generation: u32) -> [u8; HEADER] {
    let [a, b, c, d] = generation.to_be_bytes();
    [FORMAT, a, b, c, d]
}

/// Label and holder are length-prefixed, so that no two pairs read alike.
fn associated_data(header: &[u8; HEADER], purpose: Purpose, holder: &str) -> Vec<u8> {
    let label = purpose.label();
    let length = u8::try_from(label.len()).unwrap_or(u8::MAX);
    [header.as_slice(), &[length], label, holder.as_bytes()].concat()
}

fn sealing_key(bytes: &[u8; 32]) -> Result<LessSafeKey, Error> {
    UnboundKey::new(&AES_256_GCM_SIV, bytes).map(LessSafeKey::new).map_err(|_| Error::NotOurs)
}

/// Nonce, then ciphertext and tag.
fn seal(key: &LessSafeKey, random: &dyn Random, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce: [u8; NONCE_LEN] = random.bytes();
    let mut sealed = plain.to_vec();
    let fits = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed);
    fits.map_err(|_| Error::NotOurs)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &LessSafeKey, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Error::NotOurs)?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let opened = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), plain.as_mut_slice());
    let length = opened.map_err(|_| Error::NotOurs)?.len();
    plain.truncate(length);
    Ok(plain)
}

/// A generation is used when every node has had time to read it.
const USED_AFTER: Duration = Duration::from_secs(60);
/// The longest session lives 36 h; a little more for clocks that differ.
const KEPT_FOR: Duration = Duration::from_secs(36 * 3600 + 900);
const FORMAT: u8 = 1;
const HEADER: usize = 5;
const LONGEST_TOKEN: usize = 16 * 1024;
