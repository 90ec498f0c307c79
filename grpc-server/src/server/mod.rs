//! The server: services, limits and health on one listener.

mod admit;
mod around;
mod audited;
mod authority;
mod calls;
mod compression;
mod identify;
mod incoming;
mod pace;
mod socket;
mod workers;

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use peelian::v1::access_service_server::AccessServiceServer;
use peelian::v1::catalogue_service_server::CatalogueServiceServer;
use peelian::v1::coverage_service_server::CoverageServiceServer;
use peelian::v1::observation_service_server::ObservationServiceServer;
use peelian::v1::release_service_server::ReleaseServiceServer;
use peelian::v1::submission_service_server::SubmissionServiceServer;
use peelian_core::Core;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::util::MapRequestLayer;

use self::admit::Admit;
use self::around::AroundLayer;
use self::audited::Audit;
use self::calls::Calls;
use self::compression::{as_asked, compressed};
use self::identify::Identify;
use self::incoming::incoming;
use self::pace::paced;
use crate::admission::Admission;
use crate::audit::AuditLog;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::typed;
use crate::exchange::Exchange;
use crate::identity::Identity;
use crate::limits::{LARGEST_HEADERS, Limits, MOST_RESETS};
use crate::memory::allocator;
use crate::publication::Publication;
use crate::service::{Access, Authority, Catalogue, Coverage, Observations, Releases, Submissions};
use crate::store::SqliteStore;

/// Flow-control window of a stream: large enough that decoding, not the network, sets the speed of a submission.
const STREAM_WINDOW: u32 = 8 << 20;
/// Flow-control window of a connection: two streams at full speed.
const CONNECTION_WINDOW: u32 = 16 << 20;
/// Largest frame: as large as the chunks that clients send.
const FRAME_BYTES: u32 = 1 << 20;

/// Time in which clients without calls may close their connections when the server stops.
const CONNECTIONS_CLOSE: Duration = Duration::from_secs(1);
/// Time in which the write under way is finished when the server stops, even if calls have used up theirs.
const STORE_CLOSES: Duration = Duration::from_secs(2);

/// Time between two looks at the files of TLS.
const LOOK_AT_TLS: Duration = Duration::from_secs(1);

/// Wait before a store that failed is tried again.
const HEAL_AFTER: Duration = Duration::from_secs(1);

/// Services whose health is reported apart from the health of the whole server.
const SERVICES: [&str; 6] = [
    peelian::v1::catalogue_service_server::SERVICE_NAME,
    peelian::v1::submission_service_server::SERVICE_NAME,
    peelian::v1::observation_service_server::SERVICE_NAME,
    peelian::v1::coverage_service_server::SERVICE_NAME,
    peelian::v1::release_service_server::SERVICE_NAME,
    peelian::v1::access_service_server::SERVICE_NAME,
];

/// The task that serves.
type Serving = JoinHandle<Result<(), tonic::transport::Error>>;

/// A server that answers calls.
pub(crate) struct Server {
    address: SocketAddr,
    exchange: Arc<Exchange>,
    publication: Arc<Publication>,
    health: HealthReporter,
    limits: Limits,
    calls: Calls,
    stop: oneshot::Sender<()>,
    serving: Serving,
    audit: Arc<AuditLog>,
    upkeep: [JoinHandle<()>; 4],
}

impl Server {
    /// Starts a server. It answers calls when this returns.
    ///
    /// # Errors
    ///
    /// If the data directory is in use or damaged, if a file of TLS or the tokens cannot be used, or if the address is in use.
    pub(crate) async fn start(config: Config) -> Result<Self, Box<dyn StdError>> {
        say_how_much_memory(&config.limits);
        let core = Arc::new(load_core(config.agencies.as_deref())?);
        let policies = authority::policies(&config, &core)?;
        let store = Arc::new(SqliteStore::open(&config.data_dir).await?);
        let identity = Arc::new(Identity::open(&config.identity, &config.data_dir, Arc::new(SystemClock))?);
        let exchange = Arc::new(Exchange::open(store, core, Arc::new(SystemClock), &config.limits).await?);
        let publication = Arc::new(Publication::open(Arc::clone(&exchange), &config.data_dir, config.limits).await?);
        let listener =
            TcpListener::bind(config.listen).await.map_err(|error| cannot_listen(config.listen, &error))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            // An error means that the sender was dropped, which stops the server too.
            _ = stopped.await;
        };
        let calls = Calls::default();
        let audit = authority::audit(&config, &exchange)?;
        let guard = authority::authority(&exchange, &policies, &audit);
        let layers = (Arc::clone(&identity), Arc::clone(&audit));
        let held = (&exchange, &publication);
        let (health, serving) = serve(held, guard, layers, config.limits, &calls, listener, stopped).await?;
        say_who_may_call(&identity, address, &config.data_dir);
        let tidying = tokio::spawn({
            let exchange = Arc::clone(&exchange);
            async move { exchange.keep_tidy().await }
        });
        let healing = tokio::spawn(keep_health_true(Arc::clone(&exchange), audit.writes(), health.clone()));
        let refreshing = tokio::spawn(keep_tls_current(identity));
        let upkeep = [tidying, healing, refreshing, tokio::spawn(authority::keep_policies(policies))];
        Ok(Self {
            address,
            exchange,
            publication,
            health,
            limits: config.limits,
            calls,
            stop,
            serving,
            audit,
            upkeep,
        })
    }

    /// Address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server: accepts no new calls, finishes those under way, and closes the store. Callers cannot delay it
    /// beyond the limit.
    ///
    /// # Errors
    ///
    /// If serving has failed.
    pub(crate) async fn stop(mut self) -> Result<(), Box<dyn StdError>> {
        tracing::info!("stopping; calls under way are finished first");
        let end = Instant::now() + self.limits.stop;
        let [tidying, healing, refreshing, reading] = self.upkeep;
        reading.abort();
        healing.abort();
        refreshing.abort();
        for service in SERVICES.into_iter().chain([""]) {
            self.health.set_service_status(service, ServingStatus::NotServing).await;
            // This ends the calls that watch the health, after they have told that it is not serving.
            self.health.clear_service_status(service).await;
        }
        self.publication.stop();
        // Sending fails only if serving ended by itself.
        _ = self.stop.send(());
        let calls_ended = async {
            self.calls.ended().await;
            sleep(CONNECTIONS_CLOSE).await;
            // A call can have begun before its client learned that the server stops.
            self.calls.ended().await;
        };
        tokio::select! {
            served = &mut self.serving => served??,
            () = calls_ended => tracing::info!("connections without calls are closed; their clients did not close them"),
            () = tokio::time::sleep_until(end) => tracing::warn!("calls under way took too long and are aborted"),
        }
        tidying.abort();
        if timeout_at(end.max(Instant::now() + STORE_CLOSES), self.exchange.close()).await.is_err() {
            tracing::warn!("the store was not closed in time; everything that was acknowledged is stored");
        }
        // If it cannot be written, it goes on from what is written.
        if timeout_at(Instant::now() + STORE_CLOSES, self.audit.close()).await.is_err() {
            tracing::warn!("the audit log could not be written to its end");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Reports that the server is not healthy while the exchange cannot store, and tries again until it can. Queries are
/// answered all the time, so the other services stay healthy.
async fn keep_health_true(exchange: Arc<Exchange>, mut audited: watch::Receiver<bool>, health: HealthReporter) {
    let mut storing = exchange.storing();
    loop {
        tokio::select! {
            changed = storing.changed() => if changed.is_err() { return },
            // The sender ends with the server.
            changed = audited.changed() => if changed.is_err() { return },
        }
        let stores = *storing.borrow_and_update();
        let works = stores && *audited.borrow_and_update();
        let status = if works { ServingStatus::Serving } else { ServingStatus::NotServing };
        for service in ["", peelian::v1::submission_service_server::SERVICE_NAME] {
            health.set_service_status(service, status).await;
        }
        if !stores {
            tokio::time::sleep(HEAL_AFTER).await;
            if let Err(error) = exchange.heal().await {
                tracing::warn!(%error, "the store still fails; it is tried again");
                storing.mark_changed();
            }
        }
    }
}

/// Reads the files of TLS again when they change.
async fn keep_tls_current(identity: Arc<Identity>) {
    let Some(tls) = identity.tls() else { return };
    let mut due = tokio::time::interval(LOOK_AT_TLS);
    loop {
        due.tick().await;
        tls.refresh();
    }
}

fn cannot_listen(at: SocketAddr, error: &std::io::Error) -> String {
    format!("cannot listen on {at}: {error}. State another address with --listen; port 0 means any free port")
}

/// Says in the log how much memory the process may use, and whether its parts may use more.
fn say_how_much_memory(limits: &Limits) {
    let (memory, parts) = (limits.memory >> 20, limits.memory_of_parts() >> 20);
    if parts > memory {
        tracing::warn!(
            memory_mib = memory,
            parts_mib = parts,
            "the limits of the parts are more than the memory of the process: lower one, or raise memory"
        );
    } else {
        tracing::info!(memory_mib = memory, parts_mib = parts, "memory is limited");
    }
}

/// Says in the log who may call.
fn say_who_may_call(identity: &Identity, address: SocketAddr, data_dir: &Path) {
    let data_dir = data_dir.display();
    match identity.require() {
        Some(require) => {
            tracing::info!(%address, %data_dir, tls = identity.tls().is_some(), ?require, "serving callers that are known");
        }
        None => tracing::info!(
            %address,
            %data_dir,
            "serving every program on this machine without asking who calls: this is for demonstrations and tests"
        ),
    }
}

/// Loads the seeds and the operator's file of agencies.
pub(crate) fn load_core(agencies: Option<&Path>) -> Result<Core, Box<dyn StdError>> {
    let Some(path) = agencies else { return Ok(Core::from_seeds()?) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the file of agencies {} cannot be read: {error}", path.display()))?;
    Ok(Core::with_agencies(Some((&path.display().to_string(), &text)))?)
}

/// Serves the calls that arrive at a listener.
async fn serve(
    (exchange, publication): (&Arc<Exchange>, &Arc<Publication>),
    guard: Arc<Authority>,
    (identity, audit): (Arc<Identity>, Arc<AuditLog>),
    limits: Limits,
    calls: &Calls,
    listener: TcpListener,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Result<(HealthReporter, Serving), Box<dyn StdError>> {
    let (health, health_service) = tonic_health::server::health_reporter();
    for service in SERVICES {
        health.set_service_status(service, ServingStatus::Serving).await;
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(peelian::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let bytes = limits.message_bytes;
    let submissions =
        compressed!(SubmissionServiceServer::new(Submissions::new(Arc::clone(exchange), Arc::clone(&guard), limits)));
    let router = tonic::transport::Server::builder()
        .timeout(limits.call)
        .concurrency_limit_per_connection(usize::try_from(limits.calls_per_connection).unwrap_or(usize::MAX))
        .max_concurrent_streams(limits.calls_per_connection)
        .http2_keepalive_interval(Some(limits.keepalive_interval))
        .http2_keepalive_timeout(Some(limits.keepalive_timeout))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_BYTES)
        .http2_max_header_list_size(LARGEST_HEADERS)
        .http2_max_pending_accept_reset_streams(Some(MOST_RESETS))
        // The layer that records the call gives it its identifier.
        .trace_fn(|request| tracing::info_span!("call", method = request.uri().path(), call = tracing::field::Empty))
        .layer(typed::layer())
        .layer(AroundLayer(Audit(Arc::clone(&audit))))
        .layer(AroundLayer(Identify(Arc::clone(&identity))))
        .layer(AroundLayer(Admit(Arc::new(Admission::new(limits)))))
        .layer(calls.layer())
        .layer(MapRequestLayer::new(move |request| as_asked(paced(request, limits))))
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        // Older tools ask by the name that the service had before it was stable.
        .add_service(reflection().build_v1alpha()?)
        .add_service(submissions.max_decoding_message_size(bytes).max_encoding_message_size(bytes))
        .add_service(compressed!(CatalogueServiceServer::new(Catalogue::new(
            Arc::clone(exchange),
            Arc::clone(&guard)
        ))))
        .add_service(compressed!(ObservationServiceServer::new(Observations::new(
            Arc::clone(exchange),
            Arc::clone(publication),
            Arc::clone(&guard),
            limits,
        ))))
        .add_service(compressed!(CoverageServiceServer::new(Coverage::new(Arc::clone(exchange), Arc::clone(&guard)))))
        .add_service(compressed!(ReleaseServiceServer::new(Releases::new(
            Arc::clone(exchange),
            Arc::clone(publication),
            Arc::clone(&guard),
            limits,
        ))))
        .add_service(compressed!(AccessServiceServer::new(Access::new(
            Arc::clone(exchange),
            Arc::clone(publication),
            guard,
        ))));
    let sockets = incoming(listener, limits.connections, &identity, &audit);
    Ok((health, tokio::spawn(router.serve_with_incoming_shutdown(sockets, stopped))))
}

/// Runs a server's work on the threads that serve. Work that nobody waits for any more does not delay the end.
///
/// # Errors
///
/// Those of the work; if the system cannot start the threads.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Box<dyn StdError>>>) -> Result<T, Box<dyn StdError>> {
    allocator::share_heaps();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("peelian").build()?;
    workers::watch(runtime.handle())?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// Signals to stop: SIGTERM, or SIGINT from Ctrl-C. They are caught from the moment when this is created, not only
/// while they are waited for. So a signal to a server that has just started stops it in order.
pub(crate) struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignal {
    /// Catches the signals.
    ///
    /// # Errors
    ///
    /// If the system refuses to let them be caught.
    pub(crate) fn catch() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
