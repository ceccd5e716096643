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
#[command(after_help = CODES)]
pub enum Policy {
    /// Say what AWS would refuse in policies, and what is probably not meant
    #[command(after_help = CODES)]
    Check(Check),
    /// Say how requests are decided
    #[command(after_help = CODES)]
    Simulate(Simulate),
    /// Say why a request is decided as it is, and which statements decide it
    #[command(after_help = CODES)]
    Explain(Explain),
}

const CODES: &str = "Exit codes: 0 allowed, or clean; 1 denied, or with errors; 2 it could not be told.";

/// Policies to be checked.
#[derive(Debug, Args)]
pub struct Check {
    /// The policies; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What they are for [default: identity; with a Principal trust, bucket or resource, as its elements look]
    #[arg(long)]
    pub kind: Option<PolicyKind>,
    /// The bucket that they are for: other resources are errors
    #[arg(long)]
    pub bucket: Option<String>,
    /// End with 1 where there are warnings
    #[arg(long)]
    pub deny_warnings: bool,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PolicyKind {
    /// Of a user, group or role, inline; a permissions boundary
    Identity,
    /// A customer managed policy
    Managed,
    /// The trust policy of a role
    Trust,
    /// The policy of an S3 bucket
    Bucket,
    /// Passed when a session is made
    Session,
    /// The policy of another resource
    Resource,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
}

/// Requests, and how they are answered.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The request, where it is one.
    #[command(flatten)]
    pub asked: Asked,
    /// Print JSON; without a request, read requests from standard input, one JSON object a line, and answer each
    #[arg(long)]
    pub json: bool,
    /// With requests from standard input: set the condition keys that follow from caller and resource
    #[arg(long, requires = "json", conflicts_with = "Asked")]
    pub fill_context: bool,
}

/// A request to be explained.
#[derive(Debug, Args)]
pub struct Explain {
    /// The request.
    #[command(flatten)]
    pub asked: Asked,
    /// Tell what a server's audit log says about a request instead; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "request_id", conflicts_with = "Asked")]
    pub audit: Option<PathBuf>,
    /// The request in the audit log
    #[arg(value_name = "REQUEST_ID", requires = "audit")]
    pub request_id: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// One request and the policies that decide it.
#[derive(Debug, Args)]
pub struct Asked {
    /// A file with the request and its policies, as a line for `simulate --json`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["principal", "action", "resource", "resource_account",
        "context", "identity", "resource_policy", "boundary", "session", "scp", "rcp"])]
    pub request: Option<PathBuf>,
    /// Who asks: the ARN of a user, root, role, session or federated user, a service, a provider [default: anonymous]
    #[arg(long)]
    pub principal: Option<String>,
    /// What is asked for, such as s3:GetObject
    #[arg(long)]
    pub action: Option<String>,
    /// The ARN of what it is done to [default: *]
    #[arg(long)]
    pub resource: Option<String>,
    /// The account that owns the resource [default: that of its ARN, or the caller's]
    #[arg(long)]
    pub resource_account: Option<String>,
    /// A condition key; more than once for a key with a list of values
    #[arg(long, value_name = "KEY=VALUE")]
    pub context: Vec<String>,
    /// Do not set the condition keys that follow from caller and resource
    #[arg(long)]
    pub exact_context: bool,
    /// A policy of the user, its groups or the role; more than once for more
    #[arg(long, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
    /// The policy of the resource; of a role that is assumed, its trust policy
    #[arg(long, value_name = "FILE")]
    pub resource_policy: Option<PathBuf>,
    /// The permissions boundary
    #[arg(long, value_name = "FILE")]
    pub boundary: Vec<PathBuf>,
    /// A session policy; more than once for more
    #[arg(long, value_name = "FILE")]
    pub session: Vec<PathBuf>,
    /// The service control policies of one level of the organisation, its root first
    #[arg(long, value_name = "FILE,…")]
    pub scp: Vec<String>,
    /// The resource control policies of one level of the organisation, its root first
    #[arg(long, value_name = "FILE,…")]
    pub rcp: Vec<String>,
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
