//! What DynamoDB's failures mean to the product.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Throttling, timeouts and lost connections are `Unavailable`; a wrong table or missing right is `Broken`.
pub(crate) fn failed<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    aws::failure("DynamoDB", error)
}
