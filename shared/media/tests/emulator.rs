//! The contract of files on the emulator's S3.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use domain::media::Upload;
use media::Bucket;
use reqwest::Method;
use testkit::contract::files::{Place, Sender};
use testkit::emulator;

testkit::files_contract!(place().await);

/// A bucket of the test's own.
async fn place() -> Place {
    let config = aws::config_from(emulator::environment()).unwrap();
    let admin = Client::from_conf(Builder::from(&config).force_path_style(true).build());
    let name = emulator::a_name();
    let region = BucketLocationConstraint::from(config.region().unwrap().as_ref());
    let place = CreateBucketConfiguration::builder().location_constraint(region).build();
    admin.create_bucket().bucket(&name).create_bucket_configuration(place).send().await.unwrap();
    Place { files: Arc::new(Bucket::new(&config, name)), sender: Arc::new(Stranger::new()) }
}

/// Somebody who has a permission and no keys.
struct Stranger(reqwest::Client);

impl Stranger {
    fn new() -> Self {
        // The workspace's reqwest brings no TLS provider of its own; another test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self(reqwest::Client::builder().no_proxy().build().unwrap())
    }
}

#[async_trait]
impl Sender for Stranger {
    async fn send(&self, upload: &Upload, bytes: &[u8]) -> u16 {
        let method = Method::from_bytes(upload.method.as_bytes()).unwrap();
        let mut request = self.0.request(method, upload.url.expose()).body(bytes.to_vec());
        for (name, value) in &upload.headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap().status().as_u16()
    }
}
