//! The one error of the product. Every crate turns its own failures into this one.

use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::Quota;

/// A `Result` whose error is the product's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case could not be done. `Display` is what a person may read; the source is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing does not exist, or is not this owner's to see.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The request breaks rules; every one of them is listed.
    #[error("the request breaks {} rule{}", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Invalid(Vec<FieldError>),
    /// A page cursor that this list did not hand out to this owner.
    #[error("the cursor is not one that this list handed out; start again without it")]
    InvalidCursor,
    /// An OAuth state that is unknown, used, expired, or another owner's or platform's.
    #[error("this sign-in is unknown, expired or already used; begin connecting again")]
    InvalidState,
    /// The platform refused to exchange the authorization code, or the person refused consent.
    #[error("{platform} refused the connection: {detail}")]
    ConnectionRefused {
        /// Which platform.
        platform: &'static str,
        /// What it said, shortened and without secrets.
        detail: String,
    },
    /// The person did not consent.
    #[error("{0} was not given permission; begin connecting again, and allow what Belfry asks for")]
    ConsentDenied(&'static str),
    /// The person consented to less than is needed.
    #[error("{platform} was not allowed to: {}; begin connecting again, and allow all of it", .scopes.join(", "))]
    MissingScopes {
        /// Which platform.
        platform: &'static str,
        /// What is missing, in its own words.
        scopes: Vec<String>,
    },
    /// The login works, and opens no account that Belfry can publish to.
    #[error("{0} opened no account that can be published to")]
    NoAccounts(&'static str),
    /// Some target is published, on its way, or of unknown outcome: the post can no longer be edited.
    #[error("the post has started: what is published or on its way can no longer be edited")]
    AlreadyStarted,
    /// The post is not as the caller saw it last.
    #[error("the post has changed since you read it; read it again and repeat your change")]
    RevisionMismatch,
    /// Nothing of the post can be sent again.
    #[error("nothing to retry: no target failed or needs attention")]
    NothingToRetry,
    /// Some target may be live already.
    #[error("this may be live already: look at the account first, then repeat with `confirmDuplicate`")]
    MayDuplicate,
    /// The same idempotency key came with another request.
    #[error("this idempotency key was used for another request; choose a new one")]
    IdempotencyKeyReused,
    /// Every target is published, in flight or ended already.
    #[error("nothing to cancel: every target is published, in flight or ended")]
    NothingToCancel,
    /// The caller has used up a rate limit.
    #[error("{0}")]
    RateLimited(Quota),
    /// A post that still exists shows this file.
    #[error("a post still shows this file; it can be removed when no post does")]
    MediaInUse,
    /// A neighbour (DynamoDB, SQS, KMS, a platform) failed; trying again may help.
    #[error("temporarily unavailable, try again")]
    Unavailable {
        /// Name of the neighbour, for the log.
        neighbour: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something stored or configured cannot be read; trying again will not help.
    #[error("something went wrong on our side")]
    Broken {
        /// What is broken, for the log.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// One broken rule of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the request body, or the name of a query parameter.
    #[schema(example = "/targets/0/connectionId")]
    pub pointer: String,
    /// Stable, snake_case.
    #[schema(pattern = "^[a-z_]+$", example = "unknown_connection")]
    pub code: &'static str,
    /// What is wrong and what to do, for a person.
    pub detail: String,
}

impl FieldError {
    /// A broken rule at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into() }
    }
}

impl Error {
    /// Wraps what a neighbour said when the same call may succeed later.
    pub fn unavailable(
        neighbour: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { neighbour, source: source.into() }
    }

    /// Wraps what cannot be mended by trying again.
    pub fn broken(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken { what, source: source.into() }
    }
}
