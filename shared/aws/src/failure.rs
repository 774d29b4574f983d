//! What an SDK's failure means to the product.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::Error;

/// The answers that stay the same however often one asks.
const HOPELESS: [&str; 17] = [
    "AccessDenied",
    "AccessDeniedException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "DisabledException",
    "IncorrectKeyException",
    "InvalidCiphertextException",
    "InvalidKeyUsageException",
    "InvalidParameterValue",
    "InvalidSignatureException",
    "KMSInvalidStateException",
    "NoSuchBucket",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "SerializationException",
    "UnrecognizedClientException",
    "ValidationException",
];

/// The product's error for a failed call to `neighbour`: `Broken` when asking again cannot help, else `Unavailable`.
///
/// Says the code and the message, or how the connection failed, and never the body: items and tokens travel there.
pub fn failure<E, R>(neighbour: &'static str, error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
    R: std::fmt::Debug,
{
    let answer = match &error {
        SdkError::ServiceError(answer) => answer,
        // The request could not even be written.
        SdkError::ConstructionFailure(_) => return Error::broken(neighbour, chain(&error)),
        // `SdkError` is not ours and may grow; so far these are the ways in which a connection fails.
        _ => return Error::unavailable(neighbour, chain(&error)),
    };
    let code = answer.err().code().unwrap_or("no code");
    let text = format!("{code}: {}", answer.err().message().unwrap_or("no message"));
    if HOPELESS.contains(&code) {
        Error::broken(neighbour, text)
    } else {
        Error::unavailable(neighbour, text)
    }
}

fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::Client;
    use serde_json::json;
    use testkit::neighbour::{Neighbour, environment};

    use super::*;

    async fn ask(config: &aws_types::SdkConfig) -> Error {
        let error = Client::new(config).describe_key().key_id("k").send().await.unwrap_err();
        failure("KMS", error)
    }

    #[tokio::test]
    async fn what_asking_again_cannot_help_is_broken_and_the_rest_is_unavailable() {
        let answers = [
            (400, "AccessDeniedException", false),
            (400, "NotFoundException", false),
            (400, "ThrottlingException", true),
            (500, "KMSInternalException", true),
        ];
        for (status, code, is_unavailable) in answers {
            let body = json!({"__type": code, "message": "no", "secret": "hunter2"});
            let neighbour = Neighbour::answering([(status, body)]);
            let error = ask(&crate::config_from(neighbour.environment()).unwrap()).await;
            assert_eq!(matches!(error, Error::Unavailable { .. }), is_unavailable, "{error:?}");
            assert_eq!(matches!(error, Error::Broken { .. }), !is_unavailable, "{error:?}");
            assert_eq!(error.source().unwrap().to_string(), format!("{code}: no"));
            let asked = neighbour.requests().len();
            assert_eq!(asked, if is_unavailable { 3 } else { 1 }, "{code} was asked {asked} times");
        }
    }

    /// Port 1 refuses, but first the embedded roots are loaded: one that cannot be read would panic.
    #[tokio::test]
    async fn a_connection_that_is_refused_is_unavailable() {
        for endpoint in ["http://127.0.0.1:1", "https://127.0.0.1:1"] {
            let error = ask(&crate::config_from(environment(endpoint.into())).unwrap()).await;
            assert!(matches!(error, Error::Unavailable { neighbour: "KMS", .. }), "{error:?}");
        }
    }
}
