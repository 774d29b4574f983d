//! Files: declared here, uploaded straight to S3, looked at, removed.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use reqwest::{Body, Method};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::e2e::visitor::{Visitor, World};

/// One white pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
    \0\0\0\nIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\xb18\xf6\x14\0\0\0\0IEND\xaeB`\x82";

/// However large a file is, it has arrived by then.
const SENT: Duration = Duration::from_secs(300);

/// What the API gives whoever wants to upload a file.
#[derive(Clone, Deserialize)]
struct Upload {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
}

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
        "download": null,
    });
    ensure!(waiting == wanted, "another file than {wanted}: {waiting}");
    let (created_at, expires_at) = (instant(&waiting["createdAt"])?, instant(&waiting["expiresAt"])?);
    ensure!(expires_at.duration_since(created_at).as_hours() == 24, "it expires otherwise: {waiting}");
    let sent = send(&world, &upload, PIXEL).await?;
    ensure!(sent == 200, "S3 answered {sent} to the file");
    for _ in 0..2 {
        let ready = look_at(&visitor, &id).await?;
        ensure!(ready["status"] == "ready", "it has arrived, but {}", ready["status"]);
        let url = ready["download"]["url"].as_str().context("it has arrived, but can be read nowhere")?;
        let read = world.client().get(url).timeout(SENT).send().await.context("S3 does not answer")?;
        ensure!(read.headers()["content-type"] == "image/png", "S3 gives out another type");
        ensure!(read.bytes().await? == PIXEL, "S3 gives out another file");
    }
    let again = send(&world, &upload, PIXEL).await?;
    ensure!(again == 412, "S3 answered {again} to the same file again");
    Ok(())
}

pub(crate) async fn a_permission_is_for_this_file_alone(world: World) -> Result<()> {
    let visitor = Visitor::unconnected(&world).await?;
    let (id, upload) = start(&visitor).await?;
    let longer = [PIXEL, b"!"].concat();
    let sent = send(&world, &upload, longer).await?;
    ensure!(sent == 403, "S3 answered {sent} to a longer file");
    let mut html = upload.clone();
    html.headers.insert("content-type".into(), "text/html".into());
    let sent = send(&world, &html, PIXEL).await?;
    ensure!(sent == 403, "S3 answered {sent} to another type");
    for name in upload.headers.keys() {
        let mut without = upload.clone();
        without.headers.remove(name);
        let sent = send(&world, &without, PIXEL).await?;
        ensure!(sent == 403, "S3 answered {sent} to a file without {name}");
    }
    let elsewhere = upload.url.replace(&id, &format!("med_{:032x}", 0));
    let elsewhere = Upload { url: elsewhere, ..upload };
    let sent = send(&world, &elsewhere, PIXEL).await?;
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
    let status = send(&world, &upload, PIXEL).await?;
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

/// Five seconds of nothing, as MP4: what it is, how long it plays, and 100,000 bytes more.
pub(crate) fn film() -> Vec<u8> {
    const REST: u32 = 100_000;
    let mut film = film_before(REST);
    film.extend((0..REST).map(|at| (at % 251) as u8));
    film
}

/// The beginning of such a film, which so many bytes must follow.
pub(crate) fn film_before(rest_bytes: u32) -> Vec<u8> {
    // `ftyp`, then `moov` with a `mvhd` of version 0: times (8 bytes), 1,000 units a second, 5,000 of them.
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".to_vec();
    film.extend(b"\0\0\0\x74moov\0\0\0\x6cmvhd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\xe8\0\0\x13\x88");
    film.extend([0; 0x6c - 8 - 20]);
    film.extend((rest_bytes + 8).to_be_bytes());
    film.extend(b"mdat");
    film
}

/// The pixel, declared and sent; answers its id.
///
/// # Errors
/// When a step is refused.
pub(crate) async fn uploaded(world: &World, visitor: &Visitor) -> Result<String> {
    let (id, upload) = start(visitor).await?;
    let sent = send(world, &upload, PIXEL).await?;
    ensure!(sent == 200, "S3 answered {sent} to the file");
    Ok(id)
}

/// A film, declared and sent; answers its id.
///
/// # Errors
/// When a step is refused.
pub(crate) async fn uploaded_film(
    world: &World,
    visitor: &Visitor,
    size_bytes: usize,
    film: impl Into<Body>,
) -> Result<String> {
    let ask = json!({ "fileName": "bell.mp4", "contentType": "video/mp4", "size": size_bytes });
    let mut started = visitor.post("/v1/media", &ask).await?.expect(201)?;
    let id = started["id"].as_str().context("an upload without an id")?.to_owned();
    let upload = started["upload"].take();
    let mut upload: Upload = serde_json::from_value(upload).context("an upload of another shape")?;
    // Of a film that is made while it is sent nobody else knows the length, which is a part of the permission.
    upload.headers.insert("content-length".to_owned(), size_bytes.to_string());
    let sent = send(world, &upload, film).await?;
    ensure!(sent == 200, "S3 answered {sent} to the film");
    Ok(id)
}

/// Sends these bytes under the permission, as a stranger would; answers the HTTP status.
async fn send(world: &World, upload: &Upload, bytes: impl Into<Body>) -> Result<u16> {
    let method = Method::from_bytes(upload.method.as_bytes())?;
    let mut request = world.client().request(method, &upload.url).body(bytes).timeout(SENT);
    for (name, value) in &upload.headers {
        request = request.header(name, value);
    }
    Ok(request.send().await.context("S3 does not answer")?.status().as_u16())
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
    let mut started = answer.expect(201)?;
    let id = started["id"].as_str().context("an upload without an id")?.to_owned();
    ensure!(location == format!("/v1/media/{id}"), "{id} is said to be at {location}");
    instant(&started["expiresAt"])?;
    let upload = serde_json::from_value(started["upload"].take()).context("an upload of another shape")?;
    Ok((id, upload))
}

async fn look_at(visitor: &Visitor, id: &str) -> Result<Value> {
    visitor.get(&format!("/v1/media/{id}")).await?.expect(200)
}

fn instant(value: &Value) -> Result<Timestamp> {
    value.as_str().unwrap_or_default().parse().with_context(|| format!("{value} is no time"))
}
