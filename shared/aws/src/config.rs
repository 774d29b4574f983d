//! The configuration of every SDK client, from the environment that Lambda gives and nothing else.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::SharedCredentialsProvider;
use domain::{Error, Result};

/// The roots of Amazon Trust Services, which sign for AWS's endpoints; the first of them ends in 2037.
///
/// Embedded, because loading the system's store costs a cold start a third of its time, and these alone, because a
/// certificate of anybody else for an AWS endpoint is a lie. All five, as Amazon asks of whoever keeps a store of
/// their own. Not meant for the China regions, which have other certificates.
/// Source: <https://www.amazontrust.com/repository> (read 2026-11-23); the copies are Mozilla's, as Debian ships them.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// The configuration that Lambda's environment gives. There is no default chain: no file, no metadata service.
///
/// Reads `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and if they are there `AWS_SESSION_TOKEN` and
/// `AWS_ENDPOINT_URL`.
///
/// # Errors
/// `Broken`, naming the variable that is missing.
pub fn config_from_env() -> Result<SdkConfig> {
    config_from(|name| std::env::var(name).ok())
}

/// The same configuration, with the variables looked up by `lookup`: for tests and tools.
///
/// # Errors
/// `Broken`, naming the variable that is missing.
pub fn config_from(lookup: impl Fn(&str) -> Option<String>) -> Result<SdkConfig> {
    let optional = |name| present(lookup(name));
    let required = |name| optional(name).ok_or_else(|| missing(name));
    let credentials = Credentials::new(
        required("AWS_ACCESS_KEY_ID")?,
        required("AWS_SECRET_ACCESS_KEY")?,
        optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(required("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client()?)
        .sleep_impl(TokioSleep::new())
        .retry_config(retries())
        .timeout_config(timeouts())
        // Every answer here is small, and the timeouts bound it already.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(optional("AWS_ENDPOINT_URL"));
    Ok(config.build())
}

/// The variable's value.
///
/// # Errors
/// `Broken`, naming the variable, when it is missing or empty.
pub fn required(name: &str) -> Result<String> {
    optional(name).ok_or_else(|| missing(name))
}

/// The variable's value; `None` when it is missing or empty.
pub fn optional(name: &str) -> Option<String> {
    present(std::env::var(name).ok())
}

fn present(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

fn missing(name: &str) -> Error {
    Error::broken("configuration", format!("the environment variable `{name}` is missing or empty"))
}

/// `ring`, because aws-lc, the SDK's default, spends 21 to 25 ms on entropy at the first random byte.
fn http_client() -> Result<aws_smithy_runtime_api::client::http::SharedHttpClient> {
    let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|error| Error::broken("TLS configuration", error))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

/// Three attempts, the second after up to 50 ms: what a neighbour could not do by then waits in a queue better.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(1))
}

/// A warm call takes under 10 ms, so that 3 s without an answer means there is none.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn lambda(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" => "AKID",
            "AWS_SECRET_ACCESS_KEY" => "hunter2",
            "AWS_SESSION_TOKEN" => "",
            _ => return None,
        };
        Some(value.into())
    }

    #[test]
    fn the_configuration_is_what_the_environment_says() {
        let config = config_from(lambda).unwrap();
        assert_eq!(config.region().map(Region::as_ref), Some("eu-central-1"));
        assert_eq!(config.endpoint_url(), None);
        assert!(!format!("{config:?}").contains("hunter2"));
        let local =
            config_from(
                |name| if name == "AWS_ENDPOINT_URL" { Some("http://there".into()) } else { lambda(name) },
            );
        assert_eq!(local.unwrap().endpoint_url(), Some("http://there"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let error = config_from(|asked| lambda(asked).filter(|_| asked != name)).unwrap_err();
            assert!(error.source().is_some_and(|source| source.to_string().contains(name)), "{error:?}");
        }
    }

    #[test]
    fn every_embedded_root_is_a_certificate() {
        assert_eq!(AMAZON_ROOTS.matches("-----BEGIN CERTIFICATE-----").count(), 5);
    }
}
