//! What an operator sets: where changes are told, and where functions are asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use upstream::Server;
use vocab::Secret;

/// Everything that can be set.
#[derive(Clone)]
pub struct Settings {
    /// Whether no other process can serve the store.
    pub is_alone: bool,
    /// The event streams that devices open.
    pub event_streams: EventStreams,
    /// Where announcements to devices are posted.
    pub push: Option<Hook>,
    /// Where the streams of pools end.
    pub streams: Option<Sink>,
    /// A file for what could not be delivered.
    pub dead_letters: Option<PathBuf>,
    /// Where functions are invoked.
    pub functions: Option<Functions>,
}

/// How many event streams there may be, and how often a silent one shows that it lives.
#[derive(Debug, Clone, Copy)]
pub struct EventStreams {
    /// Of all identities; 0: none.
    pub total: usize,
    /// Of one identity.
    pub per_identity: usize,
    /// The longest silence.
    pub heartbeat: Duration,
}

/// A web hook.
#[derive(Clone)]
pub struct Hook {
    /// The server.
    pub server: Arc<Server>,
    /// The path below the server's address, and its query.
    pub target: (String, String),
    /// What bodies are signed with.
    pub key: Secret,
    /// How long it is tried before a message is given up.
    pub give_up_after: Duration,
}

/// Where streams end.
#[derive(Clone)]
pub enum Sink {
    /// A web hook.
    Hook(Hook),
    /// Files in a folder, each begun when the one before has so many bytes.
    Files(PathBuf, u64),
}

/// A server that speaks the Invoke API of AWS Lambda.
#[derive(Clone)]
pub struct Functions {
    /// The server.
    pub server: Arc<Server>,
    /// The name that every function has there, where it is not its ARN.
    pub name: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            is_alone: true,
            event_streams: EventStreams::default(),
            push: None,
            streams: None,
            dead_letters: None,
            functions: None,
        }
    }
}

impl Default for EventStreams {
    fn default() -> Self {
        Self { total: 20_000, per_identity: 32, heartbeat: Duration::from_secs(20) }
    }
}
