//! `POST /v2/assets?action=registerUpload`: where the older way to share puts its images and videos.
//!
//! As `learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin` describes it
//! (read 2026-09).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::house::House;
use crate::linkedin::author::Author;
use crate::linkedin::body::parse;
use crate::linkedin::calls::{Style, guarded};
use crate::linkedin::media::{address, register};
use crate::linkedin::problem::{Refusal, respond};
use crate::linkedin::read::Parameters;
use crate::media::Kind;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Register {
    register_upload_request: Registered,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Registered {
    owner: String,
    recipes: Vec<String>,
    service_relationships: Vec<Relationship>,
    #[serde(default)]
    supported_upload_mechanism: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Relationship {
    relationship_type: String,
    identifier: String,
}

/// 200 with the asset's URN and the address for its bytes.
pub(crate) async fn register_upload(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    guarded(&house, &headers, Style::Unversioned, |world, caller| {
        Parameters::parse(query.as_deref()).expect("action", "registerUpload")?;
        let asked = parse::<Register>(&body)?.register_upload_request;
        Author::parse("/owner", &asked.owner)?.check_writing(caller, "assets.ACTION-registerUpload")?;
        let kind = asked.kind()?;
        let (number, secret) = register(&house, world, caller, (kind, "digitalmediaAsset", &asked.owner), 0);
        let asset = format!("urn:li:digitalmediaAsset:{number}");
        let value = json!({
            "asset": asset,
            "mediaArtifact": format!("urn:li:digitalmediaMediaArtifact:({asset},uploaded)"),
            "uploadMechanism": {"com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest": {
                "uploadUrl": address(&headers, &format!("asset/{number}/0"), &secret)?,
                "headers": {},
            }},
        });
        Ok(respond(StatusCode::OK, &json!({"value": value})))
    })
}

impl Registered {
    fn kind(&self) -> Result<Kind, Refusal> {
        let owned = matches!(self.service_relationships.as_slice(), [only]
            if only.relationship_type == "OWNER" && only.identifier == "urn:li:userGeneratedContent");
        if !owned {
            return Err(Refusal::value("/serviceRelationships", "must be OWNER of userGeneratedContent"));
        }
        if self.supported_upload_mechanism.iter().any(|how| how != "SYNCHRONOUS_UPLOAD") {
            return Err(Refusal::value("/supportedUploadMechanism", "must be SYNCHRONOUS_UPLOAD"));
        }
        match self.recipes.as_slice() {
            [recipe] if recipe == "urn:li:digitalmediaRecipe:feedshare-image" => Ok(Kind::Image),
            [recipe] if recipe == "urn:li:digitalmediaRecipe:feedshare-video" => Ok(Kind::Video),
            _ => Err(Refusal::value("/recipes", "must be feedshare-image or feedshare-video")),
        }
    }
}
