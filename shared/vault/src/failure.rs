//! What the failures of KMS and of the parameter store mean to the product.

use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Throttling, timeouts and lost connections are `Unavailable`; a wrong seal, key, name or right is `Broken`.
pub(crate) fn failed<E, R>(neighbour: &'static str, error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    aws::failure(neighbour, error)
}
