//! Connecting accounts, and looking at them.

use api::view::{BegunView, ConnectionView, ConnectionsView};
use domain::Error;
use domain::connecting::CompleteAsk;
use domain::id::ConnectionId;
use domain::limits::Limit;
use domain::platform::Platform;

use crate::operation::{Operation, operation};

const TAG: &str = "connections";

pub(crate) fn operations() -> Vec<Operation> {
    vec![start_connection(), finish_connection(), list_connections(), get_connection(), remove_connection()]
}

fn start_connection() -> Operation {
    operation(
        TAG,
        "start-connection",
        "POST /v1/connections/{platform}/authorize",
        "Begin to connect an account",
    )
    .says("Takes no body. The state in the URL lives for ten minutes and serves once.")
    .limited(Limit::OAuth)
    .in_path::<Platform>("platform")
    .answers::<BegunView<'_>>(201, "Where to send the person.")
    .refuses([Error::NotFound("platform").into()])
}

fn finish_connection() -> Operation {
    let refused = Error::ConnectionRefused { platform: "X", detail: "the code is unknown or used".into() };
    operation(
        TAG,
        "finish-connection",
        "POST /v1/connections/{platform}/complete",
        "End connecting an account",
    )
    .says("By whoever began it, with what the platform's redirect brought back.")
    .limited(Limit::OAuth)
    .in_path::<Platform>("platform")
    .takes::<CompleteAsk>()
    .answers::<ConnectionsView<'_>>(200, "A connection for each account that the grant opens.")
    .refuses([Error::NotFound("platform").into(), Error::InvalidState.into(), refused.into()])
}

fn list_connections() -> Operation {
    operation(TAG, "list-connections", "GET /v1/connections", "All connections")
        .answers::<ConnectionsView<'_>>(200, "All of them.")
}

fn get_connection() -> Operation {
    operation(TAG, "get-connection", "GET /v1/connections/{id}", "One connection")
        .in_path::<ConnectionId>("id")
        .answers::<ConnectionView<'_>>(200, "The connection.")
        .refuses([Error::NotFound("connection").into()])
}

fn remove_connection() -> Operation {
    operation(TAG, "remove-connection", "DELETE /v1/connections/{id}", "Disconnect an account")
        .says(
            "Its tokens are erased, and revoked at the platform where they can be; what was scheduled on it fails with \
             `connection_removed`.",
        )
        .in_path::<ConnectionId>("id")
        .answers_nothing(204, "Disconnected.")
        .refuses([Error::NotFound("connection").into()])
}
