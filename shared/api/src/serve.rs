use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use ::tracing::{Instrument, info, info_span};
use futures_util::FutureExt;
use lambda_http::{Error, Request, run, service_fn, tracing};

use crate::{Call, Problem, Reply};

/// Runs one endpoint for as long as Lambda keeps this process.
///
/// `setup` is a future that has not started: the log is on before it is polled, so what it says is not lost. It runs
/// once, in the init phase; `handle` runs once for each request. A handler that panics answers 500 and serves on.
///
/// # Errors
/// Only when the endpoint cannot start; a request that fails is answered, not returned.
pub async fn serve<S, H, Answer>(
    setup: impl Future<Output = domain::Result<S>>,
    handle: H,
) -> Result<(), Error>
where
    S: Send + Sync + 'static,
    H: Fn(Arc<S>, Call) -> Answer,
    Answer: Future<Output = Result<Reply, Problem>> + Send + 'static,
{
    tracing::init_default_subscriber();
    let state = Arc::new(setup.await.inspect_err(|error| {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        ::tracing::error!(error.source = source, "cannot start: {error}");
    })?);
    run(service_fn(|request: Request| {
        let call = Call::from(request);
        let span = info_span!("call", route = call.route());
        let answer = caught(handle(Arc::clone(&state), call));
        let begun = Instant::now();
        async move {
            let reply = match answer.await {
                Ok(reply) => reply,
                Err(problem) => {
                    problem.log();
                    problem.into_reply()
                }
            };
            let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            info!(status = reply.status(), took_ms, "answered {}", reply.status());
            Ok::<_, Error>(reply.into_http())
        }
        .instrument(span)
    }))
    .await
}

/// The answer; 500 when making it panics.
pub(crate) async fn caught(answer: impl Future<Output = Result<Reply, Problem>>) -> Result<Reply, Problem> {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        ::tracing::error!("the handler panicked");
        Err(Problem::panicked())
    })
}
