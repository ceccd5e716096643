//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Sign-ins at providers people already have, turned into temporary credentials that S3 and DynamoDB obey.
#[derive(Debug, Parser)]
#[command(name = "daypass", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: everything embedded, with a sample game and an identity provider for development
    Dev {
        /// Settings.
        #[command(flatten)]
        overrides: Overrides,
        /// Serve the development identity provider on an address that is not loopback
        #[arg(long)]
        expose_dev_provider: bool,
    },
    /// Serve, as configured; creates nothing that was not asked for
    Serve {
        /// Settings.
        #[command(flatten)]
        overrides: Overrides,
    },
    /// See it work: the whole story, played by a client against a running server
    Tour {
        /// The server
        #[arg(long, env = "DAYPASS_ENDPOINT", default_value = "http://127.0.0.1:4566")]
        endpoint: String,
    },
    /// Check, try and explain policies, without a server
    Policy {
        /// What to do.
        #[command(subcommand)]
        command: Policy,
    },
    /// Operate a running server or its store
    Admin {
        /// What to do.
        #[command(subcommand)]
        command: Admin,
    },
}

/// What policy authors do.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Decide requests over policies
    Simulate(Simulate),
}

/// Requests, and how they are answered.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Read requests from standard input, one JSON object a line, and answer each with a line
    #[arg(long)]
    pub json: bool,
    /// Set the condition keys that follow from caller and resource, where a request does not
    #[arg(long)]
    pub fill_context: bool,
}

/// What operators do.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Refuse the sessions of an identity, a user or one session from now on
    Revoke {
        /// The server.
        #[command(flatten)]
        server: ServerAccess,
        /// An identity id, such as us-east-1:1234…
        #[arg(long, group = "whom")]
        identity: Option<String>,
        /// A user name
        #[arg(long, group = "whom")]
        user: Option<String>,
        /// A session id, from the audit line
        #[arg(long, group = "whom")]
        session: Option<String>,
    },
    /// Make a new generation of sealing keys; what was sealed before stays good
    RotateKeys {
        /// The server.
        #[command(flatten)]
        server: ServerAccess,
    },
    /// Bring a PostgreSQL store to this version's schema
    Migrate {
        /// The store's URL
        #[arg(long, env = "DAYPASS_STORE")]
        store: String,
    },
}

/// How a running server is reached.
#[derive(Debug, Args)]
pub struct ServerAccess {
    /// The server
    #[arg(long, env = "DAYPASS_ENDPOINT", default_value = "http://127.0.0.1:4566")]
    pub endpoint: String,
    /// The server's region
    #[arg(long, env = "DAYPASS_REGION", default_value = "us-east-1")]
    pub region: String,
    /// An access key that is allowed `daypass:*`
    #[arg(long, env = "AWS_ACCESS_KEY_ID")]
    pub access_key_id: String,
    /// Its secret; give it in the environment, where other users do not see it
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub secret_access_key: String,
}

/// Settings that may be given on the command line or in the environment; they win over the file.
#[derive(Debug, Default, Args)]
pub struct Overrides {
    /// The configuration file
    #[arg(long, env = "DAYPASS_CONFIG")]
    pub config: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1:4566]
    #[arg(long, env = "DAYPASS_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The data folder [default: ./daypass-data]
    #[arg(long, env = "DAYPASS_DATA")]
    pub data: Option<PathBuf>,
    /// A PostgreSQL URL; without it the store is in the data folder
    #[arg(long, env = "DAYPASS_STORE")]
    pub store: Option<String>,
    /// The account [default: 000000000000]
    #[arg(long, env = "DAYPASS_ACCOUNT_ID")]
    pub account_id: Option<String>,
    /// The region [default: us-east-1]
    #[arg(long, env = "DAYPASS_REGION")]
    pub region: Option<String>,
}
