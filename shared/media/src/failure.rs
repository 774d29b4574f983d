//! What S3's failures mean to the product.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Throttling, timeouts and lost connections are `Unavailable`; a missing right is `Broken`.
pub(crate) fn failed<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    aws::failure("S3", error)
}
