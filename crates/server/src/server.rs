//! A server: everything a request meets on its way, put together once.

use std::io;
use std::sync::Arc;

use operation::{Host, Service};
use tokio::sync::{Semaphore, watch};

use crate::admission::Admission;
use crate::audit::Audit;
use crate::authenticate::Authenticator;
use crate::listen::{self, Handler, Peer};
use crate::meters::Meters;
use crate::room::Room;
use crate::route::Services;
use crate::settings::Settings;
use crate::site::Site;
use crate::standing::Standings;
use crate::tls::Acceptor;
use crate::unsent::Unsent;
use crate::{housekeeping, meters, respond};

/// A server that is ready to listen.
pub struct Server {
    pub(crate) settings: Settings,
    pub(crate) host: Arc<Host>,
    pub(crate) services: Services,
    pub(crate) sites: Vec<Arc<dyn Site>>,
    pub(crate) authenticator: Authenticator,
    pub(crate) standings: Arc<Standings>,
    pub(crate) audit: Audit,
    pub(crate) meters: Meters,
    /// Room for bodies.
    pub(crate) room: Room,
    pub(crate) unsent: Arc<Unsent>,
    /// Who may keep an answer open: so many of one address.
    pub(crate) lasting: Arc<Admission>,
    /// Whether answers that last have to end.
    pub(crate) closing: watch::Sender<bool>,
}

/// What a server is made of.
pub struct Parts {
    /// How it is set up.
    pub settings: Settings,
    /// Stores, keys, clock.
    pub host: Arc<Host>,
    /// The services.
    pub services: Vec<Service>,
    /// Pages of the server itself, below the reserved paths.
    pub sites: Vec<Arc<dyn Site>>,
}

/// A server that listens. It stops when it is told to.
pub struct Listening {
    /// The address of the API, with the port it got.
    pub address: std::net::SocketAddr,
    host: Arc<Host>,
    tls: Option<Acceptor>,
    stop: watch::Sender<bool>,
    closing: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Server {
    /// Puts a server together; opens the audit sink.
    pub fn new(parts: Parts) -> io::Result<Arc<Self>> {
        meters::install();
        let Parts { settings, host, services, sites } = parts;
        let audit = Audit::open(&settings.audit)?;
        let room = Room::new(settings.bounds.bodies, settings.bounds.document);
        let unsent = Unsent::new(settings.bounds.bodies, settings.bounds.document);
        let lasting = Admission::new(Semaphore::MAX_PERMITS, settings.bounds.connections_per_address, &[]);
        Ok(Arc::new(Self {
            settings,
            host,
            meters: Meters::new(&services),
            services: Services::new(services),
            sites,
            authenticator: Authenticator::default(),
            standings: Arc::default(),
            audit,
            room,
            unsent,
            lasting,
            closing: watch::Sender::new(false),
        }))
    }

    /// Binds the addresses and serves in the background.
    pub fn listen(self: &Arc<Self>) -> io::Result<Listening> {
        let tls = self.settings.tls.as_ref().map(Acceptor::open).transpose()?;
        let (stop, stopped) = watch::channel(false);
        let listener = listen::bind(self.settings.listen)?;
        let address = listener.local_addr()?;
        let mut tasks = vec![self.serve_on(listener, tls.clone(), false, stopped.clone())];
        if let Some(admin) = self.settings.admin_listen {
            tasks.push(self.serve_on(listen::bind(admin)?, None, true, stopped.clone()));
        }
        tasks.push(tokio::spawn(housekeeping::run(self.clone(), tls.clone(), stopped)));
        let closing = self.closing.clone();
        Ok(Listening { address, host: self.host.clone(), tls, stop, closing, tasks })
    }

    fn serve_on(
        self: &Arc<Self>,
        listener: tokio::net::TcpListener,
        tls: Option<Acceptor>,
        is_admin: bool,
        mut stopped: watch::Receiver<bool>,
    ) -> tokio::task::JoinHandle<()> {
        let server = self.clone();
        let handler: Handler = {
            let server = self.clone();
            Arc::new(move |request, peer: Peer| Box::pin(respond::respond(server.clone(), request, peer)))
        };
        tokio::spawn(async move {
            let stop = async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            let Settings { bounds, trusted_proxies, .. } = &server.settings;
            let admission = Admission::new(bounds.connections, bounds.connections_per_address, trusted_proxies);
            listen::serve(listener, tls, bounds, admission, is_admin, handler, stop).await;
        })
    }
}

impl Listening {
    /// Reads the certificate again if its files changed. It happens every few seconds anyway.
    pub fn reload_certificate(&self) {
        self.tls.iter().for_each(Acceptor::reload);
    }

    /// Lets running requests end, writes down the last uses that they were, then returns.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.closing.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
        housekeeping::stamps(&self.host).await;
    }
}
