//! Listens on loopback and answers, or, when a fault wants it so, closes the connection without an answer.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::gate::Dropped;
use crate::hosts::prefix;
use crate::house::{House, World};
use crate::options::Options;
use crate::platform::Platform;
use crate::{control, facebook, instagram, keeping, linkedin, window, x};

/// How long calls in flight may take to end when the sandbox is told to stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a sandbox could not start or could not save.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sandbox stands in for real platforms with fixed secrets: nobody else may reach it.
    #[error("the sandbox listens on loopback only")]
    NotLoopback,
    /// The state file cannot be read, understood or written.
    #[error("the state file cannot be used")]
    State(#[source] io::Error),
    /// The listener failed.
    #[error("the listener failed")]
    Listener(#[from] io::Error),
}

/// Serves a sandbox on `listener` until the returned future is dropped.
///
/// For tests of other crates: bind `127.0.0.1:0`, keep the address, spawn this, and point production code's
/// base URLs at `http://{address}/x`, `…/linkedin`, `…/facebook` and `…/instagram`. Dropping the future closes every
/// connection; with `options.state` set, what happened is on disk a moment after it happened.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let base = format!("http://{}", listener.local_addr()?);
/// let sandbox = tokio::spawn(sandbox::serve(listener, sandbox::Options::default()));
/// // Talk to {base}/x and {base}/linkedin; arrange faults and look at what arrived below {base}/_control.
/// sandbox.abort();
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`serve_until`].
pub async fn serve(listener: TcpListener, options: Options) -> Result<(), Error> {
    serve_until(listener, options, std::future::pending()).await
}

/// Serves a sandbox on `listener` until `stopped` is ready, then lets calls in flight end and saves.
///
/// # Errors
/// The listener is not on loopback or fails, or the state file cannot be read at the beginning or written at
/// the end.
pub async fn serve_until(
    listener: TcpListener,
    options: Options,
    stopped: impl Future<Output = ()>,
) -> Result<(), Error> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(Error::NotLoopback);
    }
    let world = match &options.state {
        Some(path) => keeping::load(path).map_err(Error::State)?,
        None => World::default(),
    };
    let house = Arc::new(House::new(options, world));
    let router = routes(&house);

    let graceful = GracefulShutdown::new();
    // Tasks end with the set, so nothing outlives this future.
    let mut tasks = JoinSet::new();
    if house.options.state.is_some() {
        tasks.spawn(keeping::keep(Arc::clone(&house)));
    }
    let mut stopped = std::pin::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => tasks.spawn(connection(stream, router.clone(), &graceful)),
                Err(error) => {
                    // Out of file descriptors, say: the listener itself is still good.
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            Some(_) = tasks.join_next() => continue,
        };
    }
    // Calls that a fault made hang never end by themselves.
    let _ended = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
    keeping::save(&house).map_err(Error::State)
}

fn routes(house: &Arc<House>) -> Router {
    Router::new()
        .nest(prefix(Platform::X), x::routes(house))
        .nest(prefix(Platform::LinkedIn), linkedin::routes(house))
        .nest(prefix(Platform::Facebook), facebook::routes(house))
        .nest(prefix(Platform::Instagram), instagram::routes(house))
        .nest("/_control", control::routes(house))
        .merge(window::routes(house))
}

fn connection(
    stream: TcpStream,
    router: Router,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    let _delayed = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| answer(router.clone(), request));
    let serving = graceful.watch(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    async move {
        // A client that leaves and a dropped answer both end here; neither is worth a line.
        let _ended = serving.await;
    }
}

/// An error instead of an answer makes hyper close the connection without a byte.
async fn answer(router: Router, request: hyper::Request<Incoming>) -> Result<Response, Dropped> {
    let response =
        router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never: Infallible| match never {});
    match response.extensions().get::<Dropped>() {
        Some(dropped) => Err(*dropped),
        None => Ok(response),
    }
}
