//! The bucket of files. A file's key is its id; `jpeg/` stands before that of its JPEG form.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use domain::id::MediaId;
use domain::media::{Form, HEAD_BYTES, Head, LINK_LIFETIME, Media, UPLOAD_LIFETIME, Upload};
use domain::ports::Files;
use domain::secret::Secret;
use domain::{Error, Result};
use jiff::Timestamp;

use crate::failure::failed;
use crate::pictures;

/// What a file bears until a post shows it. The bucket's lifecycle deletes what bears it; `template.yaml` says when.
const PENDING: &str = "state=pending";

/// The first bytes are in the same packets as the answer's head, so that waiting longer for them is no use.
const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// The bucket and the client that reaches it.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// Reads `MEDIA_BUCKET`.
    ///
    /// # Errors
    /// `Broken` when it is not set.
    pub fn from_env(config: &aws::SdkConfig) -> Result<Self> {
        Ok(Self::new(config, aws::required("MEDIA_BUCKET")?))
    }

    /// The bucket of this name.
    pub fn new(config: &aws::SdkConfig, name: impl Into<String>) -> Self {
        let config = Builder::from(config)
            // An endpoint of one's own has no host for each bucket.
            .force_path_style(config.endpoint_url().is_some())
            // Else the permission to upload would bear the checksum of no bytes at all.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Self { client: Client::from_conf(config), name: name.into() }
    }
}

#[async_trait]
impl Files for Bucket {
    /// Signed locally: nothing is asked.
    async fn upload(&self, media: &Media, now: Timestamp) -> Result<Upload> {
        let validity = PresigningConfig::builder()
            .start_time(SystemTime::from(now))
            .expires_in(UPLOAD_LIFETIME)
            .build()
            .map_err(|error| Error::broken("presigning", error))?;
        let size_bytes =
            i64::try_from(media.size_bytes).map_err(|error| Error::broken("presigning", error))?;
        let signed = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(&media.id.0)
            .content_type(media.kind.content_type())
            .content_length(size_bytes)
            .if_none_match("*")
            .tagging(PENDING)
            .presigned(validity)
            .await
            .map_err(failed)?;
        // Every client sends the length itself, and a browser lets nobody else do it.
        let headers = signed.headers().filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        Ok(Upload {
            method: signed.method().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            url: Secret::new(signed.uri().to_owned()),
            expires_at: now + UPLOAD_LIFETIME,
        })
    }

    async fn head(&self, id: &MediaId) -> Result<Option<Head>> {
        let asked = self.client.get_object().bucket(&self.name).key(&id.0);
        match asked.range(format!("bytes=0-{}", HEAD_BYTES - 1)).send().await {
            Ok(answer) => read(answer).await.map(Some),
            Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("NoSuchKey") => Ok(None),
                // No range of an empty file can be had.
                Some("InvalidRange") => Ok(Some(Head { size_bytes: 0, bytes: Vec::new() })),
                _ => Err(failed(error)),
            },
        }
    }

    /// Signed locally: nothing is asked.
    async fn link(&self, id: &MediaId, form: Form, now: Timestamp) -> Result<Secret<String>> {
        let validity = PresigningConfig::builder()
            .start_time(SystemTime::from(now))
            .expires_in(LINK_LIFETIME)
            .build()
            .map_err(|error| Error::broken("presigning", error))?;
        let asked = self.client.get_object().bucket(&self.name).key(key(id, form));
        let signed = asked.presigned(validity).await.map_err(failed)?;
        Ok(Secret::new(signed.uri().to_owned()))
    }

    async fn as_jpeg(&self, id: &MediaId) -> Result<Option<u64>> {
        let head = self.client.head_object().bucket(&self.name).key(key(id, Form::Jpeg)).send().await;
        match head {
            Ok(answer) => {
                return Ok(Some(
                    u64::try_from(answer.content_length.unwrap_or_default()).unwrap_or_default(),
                ));
            }
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {}
            Err(error) => return Err(failed(error)),
        }
        let original = self.client.get_object().bucket(&self.name).key(&id.0).send().await.map_err(failed)?;
        let bytes = original.body.collect().await.map_err(|error| Error::unavailable("S3", error))?;
        let Some(jpeg) = pictures::as_jpeg(&bytes.into_bytes()) else { return Ok(None) };
        let size_bytes = jpeg.len() as u64;
        let put = self.client.put_object().bucket(&self.name).key(key(id, Form::Jpeg));
        put.content_type("image/jpeg").body(jpeg.into()).send().await.map_err(failed)?;
        Ok(Some(size_bytes))
    }

    async fn keep(&self, id: &MediaId) -> Result<()> {
        let untag = self.client.delete_object_tagging().bucket(&self.name).key(&id.0);
        match untag.send().await {
            Err(error) if error.code() != Some("NoSuchKey") => Err(failed(error)),
            _ => Ok(()),
        }
    }

    async fn delete(&self, id: &MediaId) -> Result<()> {
        for form in [Form::Jpeg, Form::Original] {
            let delete = self.client.delete_object().bucket(&self.name).key(key(id, form));
            delete.send().await.map_err(failed)?;
        }
        Ok(())
    }
}

/// Where a form of the file is.
fn key(id: &MediaId, form: Form) -> String {
    match form {
        Form::Original => id.0.clone(),
        Form::Jpeg => format!("jpeg/{id}"),
    }
}

/// The whole size stands behind the slash: `bytes 0-1023/52428`.
async fn read(answer: GetObjectOutput) -> Result<Head> {
    let whole = answer.content_range.as_deref().and_then(|range| range.rsplit_once('/'));
    let size_bytes = match whole {
        Some((_, size)) => size.parse().map_err(|error| Error::broken("S3's answer", error))?,
        None => u64::try_from(answer.content_length.unwrap_or_default()).unwrap_or_default(),
    };
    let body = tokio::time::timeout(BODY_TIMEOUT, answer.body.collect()).await;
    let body = body.map_err(|error| Error::unavailable("S3", error))?;
    let mut bytes = body.map_err(|error| Error::unavailable("S3", error))?.into_bytes().to_vec();
    bytes.truncate(HEAD_BYTES);
    Ok(Head { size_bytes, bytes })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::id::OwnerId;
    use domain::media::{MediaKind, MediaStatus};
    use testkit::neighbour::{Neighbour, environment};

    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_second(1_796_112_000).unwrap()
    }

    fn media() -> Media {
        Media {
            owner: OwnerId("alice".into()),
            id: MediaId("med_1".into()),
            file_name: "bell.png".into(),
            kind: MediaKind::Png,
            size_bytes: 70,
            alt_text: None,
            status: MediaStatus::Waiting,
            used_by: Default::default(),
            used_at: None,
            created_at: at(),
            expires_at: None,
        }
    }

    fn bucket(endpoint: Option<&str>) -> Bucket {
        let lookup = environment(endpoint.unwrap_or_default().to_owned());
        Bucket::new(&aws::config_from(lookup).unwrap(), "files")
    }

    #[tokio::test]
    async fn a_permission_is_for_one_file_of_one_type_and_size_once() {
        let upload = bucket(Some("http://127.0.0.1:4566")).upload(&media(), at()).await.unwrap();
        let (address, query) = upload.url.expose().split_once('?').unwrap();
        assert_eq!(address, "http://127.0.0.1:4566/files/med_1");
        let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        assert_eq!(query["X-Amz-Expires"], "900");
        assert_eq!(query["X-Amz-Date"], "20261201T080000Z");
        let signed = "content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-tagging";
        assert_eq!(query["X-Amz-SignedHeaders"], signed);
        assert!(query.keys().all(|name| !name.contains("checksum")), "{:?}", query.keys());
        assert_eq!(upload.method, "PUT");
        let headers: BTreeMap<&str, &str> =
            upload.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let wanted =
            [("content-type", "image/png"), ("if-none-match", "*"), ("x-amz-tagging", "state=pending")];
        assert_eq!(headers, BTreeMap::from(wanted));
        assert_eq!(upload.expires_at, at() + Duration::from_secs(900));
    }

    #[tokio::test]
    async fn on_aws_the_bucket_is_the_host() {
        let upload = bucket(None).upload(&media(), at()).await.unwrap();
        let address = upload.url.expose();
        assert!(address.starts_with("https://files.s3.eu-central-1.amazonaws.com/med_1?"));
    }

    #[tokio::test]
    async fn a_link_is_good_for_an_hour_and_for_one_form_of_one_file() {
        let bucket = bucket(Some("http://127.0.0.1:4566"));
        for (form, path) in [(Form::Original, "med_1"), (Form::Jpeg, "jpeg/med_1")] {
            let link = bucket.link(&media().id, form, at()).await.unwrap();
            let (address, query) = link.expose().split_once('?').unwrap();
            assert_eq!(address, format!("http://127.0.0.1:4566/files/{path}"));
            assert!(query.contains("X-Amz-Expires=3600") && query.contains("X-Amz-Date=20261201T080000Z"));
            assert!(!format!("{link:?}").contains("X-Amz"));
        }
    }

    #[tokio::test]
    async fn nothing_prints_a_permission() {
        let upload = bucket(None).upload(&media(), at()).await.unwrap();
        assert!(!format!("{upload:?}").contains("X-Amz"));
    }

    #[tokio::test]
    async fn without_a_range_the_file_is_as_large_as_the_answer() {
        let neighbour = Neighbour::answering([(200, "x".into())]);
        let bucket = Bucket::new(&aws::config_from(neighbour.environment()).unwrap(), "files");
        let head = bucket.head(&MediaId("med_1".into())).await.unwrap().unwrap();
        assert_eq!(head, Head { size_bytes: 3, bytes: b"\"x\"".to_vec() });
        assert_eq!(neighbour.requests()[0].line, "GET /files/med_1?x-id=GetObject");
    }
}
