//! What the failures of SQS, EventBridge and its scheduler mean to the product.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Throttling, timeouts and lost connections are `Unavailable`; a wrong name or missing right is `Broken`.
pub(crate) fn failed<E, R>(neighbour: &'static str, error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    aws::failure(neighbour, error)
}
