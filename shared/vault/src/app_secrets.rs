//! The secrets of our apps at the platforms, from the parameter store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_ssm::Client;
use domain::platform::Platform;
use domain::ports::ClientSecrets;
use domain::secret::Secret;
use domain::{Error, Result};

use crate::failure::failed;

/// Reads each secret once and keeps it for the life of the process: a new one is seen by new processes.
#[derive(Debug)]
pub struct AppSecrets {
    client: Client,
    /// The parameter of each platform, in the order of [`Platform::ALL`].
    parameters: [String; Platform::ALL.len()],
    known: Mutex<HashMap<String, Secret<String>>>,
}

impl AppSecrets {
    /// Reads the names of the parameters, `X_CLIENT_SECRET_PARAMETER` and so on for each platform.
    ///
    /// A secret of AWS Secrets Manager is read by the name `/aws/reference/secretsmanager/` with the secret's name behind
    /// it. Source: <https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html>
    /// (read 2026-11).
    ///
    /// # Errors
    /// `Broken`, naming the variable that is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        let variable = |platform| match platform {
            Platform::LinkedIn => "LINKEDIN_CLIENT_SECRET_PARAMETER",
            Platform::X => "X_CLIENT_SECRET_PARAMETER",
            Platform::Facebook => "FACEBOOK_CLIENT_SECRET_PARAMETER",
            Platform::Instagram => "INSTAGRAM_CLIENT_SECRET_PARAMETER",
        };
        let mut parameters: [String; Platform::ALL.len()] = Default::default();
        for (parameter, platform) in parameters.iter_mut().zip(Platform::ALL) {
            *parameter = aws::required(variable(platform))?;
        }
        Ok(Self::new(config, parameters))
    }

    /// The parameters of these names, in this account and region, in the order of [`Platform::ALL`].
    pub fn new(config: &aws::SdkConfig, parameters: [String; Platform::ALL.len()]) -> Self {
        Self { client: Client::new(config), parameters, known: Mutex::default() }
    }

    /// The value of the parameter of this name, decrypted.
    ///
    /// # Errors
    /// `Broken`, naming the parameter, when there is none; `Unavailable` when the store does not answer.
    async fn secret(&self, name: &str) -> Result<Secret<String>> {
        if let Some(secret) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(secret.clone());
        }
        let answer =
            self.client.get_parameter().name(name).with_decryption(true).send().await.map_err(|error| {
                match error.as_service_error() {
                    Some(service) if service.is_parameter_not_found() => missing(name),
                    _ => failed("SSM", error),
                }
            })?;
        let value = answer.parameter.and_then(|parameter| parameter.value).ok_or_else(|| missing(name))?;
        let secret = Secret::new(value);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.clone());
        Ok(secret)
    }
}

#[async_trait]
impl ClientSecrets for AppSecrets {
    async fn client_secret(&self, platform: Platform) -> Result<Secret<String>> {
        let known = Platform::ALL.iter().zip(&self.parameters);
        let named = known.filter(|(of, _)| **of == platform).map(|(_, name)| name).next();
        self.secret(named.map(String::as_str).unwrap_or_default()).await
    }
}

fn missing(name: &str) -> Error {
    Error::broken("configuration", format!("there is no parameter `{name}`"))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use serde_json::json;
    use testkit::neighbour::Neighbour;

    use super::*;

    fn secrets(neighbour: &Neighbour) -> AppSecrets {
        let parameters = Platform::ALL.map(|platform| format!("/belfry/{}", platform.name()));
        AppSecrets::new(&aws::config_from(neighbour.environment()).unwrap(), parameters)
    }

    #[tokio::test]
    async fn a_secret_is_read_once_decrypted_and_never_printed() {
        let neighbour = Neighbour::answering([(200, json!({"Parameter": {"Value": "hunter2"}}))]);
        let secrets = secrets(&neighbour);
        for _ in 0..2 {
            assert_eq!(secrets.client_secret(Platform::X).await.unwrap().expose(), "hunter2");
        }
        let requests = neighbour.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].target, "AmazonSSM.GetParameter");
        assert_eq!(requests[0].body, json!({"Name": "/belfry/x", "WithDecryption": true}));
        assert!(!format!("{secrets:?}").contains("hunter2"));
        secrets.client_secret(Platform::LinkedIn).await.unwrap();
        assert_eq!(neighbour.requests()[1].body["Name"], "/belfry/linkedin");
    }

    #[tokio::test]
    async fn a_missing_parameter_is_named() {
        let neighbour = Neighbour::answering([(400, json!({"__type": "ParameterNotFound"}))]);
        let error = secrets(&neighbour).client_secret(Platform::X).await.unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), "there is no parameter `/belfry/x`");
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_is_asked_again_the_next_time() {
        let busy = || (500, json!({"__type": "InternalServerError"}));
        let found = (200, json!({"Parameter": {"Value": "hunter2"}}));
        let neighbour = Neighbour::answering([busy(), busy(), busy(), found]);
        let secrets = secrets(&neighbour);
        let error = secrets.client_secret(Platform::X).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert_eq!(secrets.client_secret(Platform::X).await.unwrap().expose(), "hunter2");
    }
}
