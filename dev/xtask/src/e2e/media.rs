//! Files: declared here, uploaded straight to S3, looked at, removed.

use std::sync::Arc;

use ::media::Bucket;
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use domain::media::Upload;
use domain::secret::Secret;
use jiff::Timestamp;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use testkit::contract::files::{self, Place, Sender};

use crate::cloud::{Answer, Call, Cloud};
use crate::e2e::visitor::{Visitor, World};
use crate::places::Places;

/// One white pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
    \0\0\0\nIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\xb18\xf6\x14\0\0\0\0IEND\xaeB`\x82";
/// A bucket for the contract alone, open to nobody but the emulator's own root.
const CONTRACT_BUCKET: &str = "belfry-e2e-files";

pub(crate) async fn a_file_goes_straight_to_s3_and_is_ready_then(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let (id, upload) = start(&visitor).await?;
    let waiting = look_at(&visitor, &id).await?;
    let wanted = json!({
        "id": id,
        "fileName": "pixel.png",
        "contentType": "image/png",
        "size": PIXEL.len(),
        "altText": "One white pixel",
        "status": "waiting",
        "createdAt": waiting["createdAt"],
        "expiresAt": waiting["expiresAt"],
    });
    ensure!(waiting == wanted, "another file than {wanted}: {waiting}");
    let (created_at, expires_at) = (instant(&waiting["createdAt"])?, instant(&waiting["expiresAt"])?);
    ensure!(expires_at.duration_since(created_at).as_hours() == 24, "it expires otherwise: {waiting}");
    let stranger = Stranger(world.client().clone());
    let sent = stranger.send(&upload, PIXEL).await;
    ensure!(sent == 200, "S3 answered {sent} to the file");
    for _ in 0..2 {
        let ready = look_at(&visitor, &id).await?;
        ensure!(ready["status"] == "ready", "it has arrived, but {ready}");
    }
    let again = stranger.send(&upload, PIXEL).await;
    ensure!(again == 412, "S3 answered {again} to the same file again");
    Ok(())
}

pub(crate) async fn a_permission_is_for_this_file_alone(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let (id, upload) = start(&visitor).await?;
    let stranger = Stranger(world.client().clone());
    let longer = [PIXEL, b"!"].concat();
    let sent = stranger.send(&upload, &longer).await;
    ensure!(sent == 403, "S3 answered {sent} to a longer file");
    let mut html = upload.clone();
    for (name, value) in &mut html.headers {
        if name == "content-type" {
            *value = "text/html".into();
        }
    }
    let sent = stranger.send(&html, PIXEL).await;
    ensure!(sent == 403, "S3 answered {sent} to another type");
    for left_out in 0..upload.headers.len() {
        let mut without = upload.clone();
        let (name, _) = without.headers.remove(left_out);
        let sent = stranger.send(&without, PIXEL).await;
        ensure!(sent == 403, "S3 answered {sent} to a file without {name}");
    }
    let elsewhere = upload.url.expose().replace(&id, &format!("med_{:032x}", 0));
    let elsewhere = Upload { url: Secret::new(elsewhere), ..upload.clone() };
    let sent = stranger.send(&elsewhere, PIXEL).await;
    ensure!(sent == 403, "S3 answered {sent} to a file under another name");
    let waiting = look_at(&visitor, &id).await?;
    ensure!(waiting["status"] == "waiting", "nothing has arrived, but {waiting}");
    Ok(())
}

pub(crate) async fn nobody_sees_or_removes_a_file_of_somebody_else(world: World) -> Result<()> {
    let (owner, other) = (Visitor::unconnected(&world).await?, Visitor::unconnected(&world).await?);
    let (id, _) = start(&owner).await?;
    let path = format!("/v1/media/{id}");
    other.get(&path).await?.expect_problem(404, "not_found")?;
    other.delete(&path).await?.expect_problem(404, "not_found")?;
    look_at(&owner, &id).await.map(drop)
}

pub(crate) async fn a_removed_file_is_gone(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let (never_sent, _) = start(&visitor).await?;
    let (sent, upload) = start(&visitor).await?;
    let status = Stranger(world.client().clone()).send(&upload, PIXEL).await;
    ensure!(status == 200, "S3 answered {status} to the file");
    for id in [never_sent, sent] {
        let path = format!("/v1/media/{id}");
        visitor.delete(&path).await?.expect(204)?;
        visitor.get(&path).await?.expect_problem(404, "not_found")?;
        visitor.delete(&path).await?.expect_problem(404, "not_found")?;
    }
    Ok(())
}

pub(crate) async fn a_file_that_nobody_could_show_is_refused(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let refused = async |body: Value, wanted: &[(&str, &str)]| {
        let answer = visitor.post("/v1/media", &body).await?;
        answer.expect_mistakes(wanted).with_context(|| body.to_string())
    };
    let missing = [("/fileName", "required"), ("/contentType", "required"), ("/size", "required")];
    refused(json!({}), &missing).await?;
    let wrong = json!({ "fileName": 1, "contentType": [], "size": "5", "altText": {}, "colour": "red" });
    let mistakes = [
        ("/fileName", "wrong_type"),
        ("/contentType", "wrong_type"),
        ("/size", "wrong_type"),
        ("/altText", "wrong_type"),
        ("/colour", "unknown_field"),
    ];
    refused(wrong, &mistakes).await?;
    let bad = json!({
        "fileName": "../bell\u{7}.png",
        "contentType": "image/svg+xml",
        "size": 0,
        "altText": "a".repeat(1_001),
    });
    let mistakes = [
        ("/fileName", "invalid_file_name"),
        ("/contentType", "unknown_content_type"),
        ("/size", "file_empty"),
        ("/altText", "alt_text_too_long"),
    ];
    refused(bad, &mistakes).await?;
    let largest = [
        ("image/jpeg", 5_000_000_u64),
        ("image/png", 5_000_000),
        ("image/webp", 5_000_000),
        ("image/gif", 15_000_000),
        ("video/mp4", 500_000_000),
        ("application/pdf", 100_000_000),
    ];
    for (kind, size) in largest {
        let file = |size| json!({ "fileName": "a", "contentType": kind, "size": size });
        visitor.post("/v1/media", &file(size)).await?.expect(201)?;
        refused(file(size + 1), &[("/size", "file_too_large")]).await?;
    }
    Ok(())
}

/// What the tests of attaching believe of S3, asked of the emulator's.
pub(crate) async fn the_files_on_s3_keep_the_contract(world: World) -> Result<()> {
    let stack = world.stack();
    let cloud = Cloud::at(&Places::of_up(), &stack.aws_endpoint);
    let place = json!({ "LocationConstraint": stack.region });
    let made = json!({ "Bucket": CONTRACT_BUCKET, "CreateBucketConfiguration": place });
    match cloud.ask(vec![Call::new("s3", "create_bucket", made)]).await?.pop() {
        Some(Answer::Refused { error, .. }) if error == "BucketAlreadyOwnedByYou" => {}
        answer => drop(answer.context("ask.py gave no answer")?.value()?),
    }
    let config = aws::config_from(|name| match name {
        "AWS_REGION" => Some(stack.region.clone()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".into()),
        "AWS_ENDPOINT_URL" => Some(stack.aws_endpoint.clone()),
        _ => None,
    })?;
    let files = Arc::new(Bucket::new(&config, CONTRACT_BUCKET));
    let place = Place { files, sender: Arc::new(Stranger(world.client().clone())) };
    // A case that does not hold panics, and its panic names the place.
    let walked = tokio::task::spawn_local(async move {
        files::a_file_is_seen_when_it_has_arrived(&place).await;
        files::of_a_large_file_the_first_bytes_are_seen(&place).await;
        files::a_file_of_another_size_is_refused(&place).await;
        files::a_file_without_its_headers_is_refused(&place).await;
        files::a_file_is_sent_once(&place).await;
        files::a_permission_ends(&place).await;
        files::a_kept_file_stays(&place).await;
        files::a_deleted_file_is_gone(&place).await;
    });
    walked.await.context("S3 does otherwise than memory")
}

/// A stranger with a permission.
struct Stranger(Client);

#[async_trait]
impl Sender for Stranger {
    async fn send(&self, upload: &Upload, bytes: &[u8]) -> u16 {
        let method = Method::from_bytes(upload.method.as_bytes()).unwrap_or_default();
        let mut request = self.0.request(method, upload.url.expose()).body(bytes.to_vec());
        for (name, value) in &upload.headers {
            request = request.header(name, value);
        }
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }
}

/// Declares the pixel; answers its id and the permission to upload it.
async fn start(visitor: &Visitor) -> Result<(String, Upload)> {
    let ask = json!({
        "fileName": "pixel.png",
        "contentType": "image/png",
        "size": PIXEL.len(),
        "altText": "One white pixel",
    });
    let answer = visitor.post("/v1/media", &ask).await?;
    let location = answer.header("location").unwrap_or_default().to_owned();
    let started = answer.expect(201)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).context("a text is missing");
    let id = text(&started["id"])?;
    ensure!(location == format!("/v1/media/{id}"), "{id} is said to be at {location}");
    let headers = started["upload"]["headers"].as_object().context("no headers")?;
    let upload = Upload {
        method: text(&started["upload"]["method"])?,
        url: Secret::new(text(&started["upload"]["url"])?),
        headers: headers
            .iter()
            .map(|(name, value)| Ok((name.clone(), text(value)?)))
            .collect::<Result<_>>()?,
        expires_at: instant(&started["expiresAt"])?,
    };
    Ok((id, upload))
}

async fn look_at(visitor: &Visitor, id: &str) -> Result<Value> {
    visitor.get(&format!("/v1/media/{id}")).await?.expect(200)
}

fn instant(value: &Value) -> Result<Timestamp> {
    value.as_str().unwrap_or_default().parse().with_context(|| format!("{value} is no time"))
}
