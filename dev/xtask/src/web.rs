//! Serves the web page, its configuration, and `/v1` as a proxy to the API, so that all of it is one origin.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::{ServeDir, ServeFile};

use crate::page;
use crate::places::Places;
use crate::ports::Ports;
use crate::stack::Stack;

/// API Gateway takes 10 MB.
const BODY_LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// What belongs to one connection and must not be handed on.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

struct Site {
    api_url: String,
    config: Value,
    policy: HeaderValue,
    client: Client,
}

/// Serves until the handle is aborted.
///
/// # Errors
/// When the port cannot be listened on.
pub(crate) async fn serve(
    places: &Places,
    ports: &Ports,
    stack: &Stack,
    client: Client,
) -> Result<JoinHandle<()>> {
    let listener = TcpListener::bind(("127.0.0.1", ports.web_port))
        .await
        .with_context(|| format!("cannot listen on {}", ports.web_port))?;
    let routes = routes(&page::folder(places), stack, client)?;
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            eprintln!("the web page stopped: {error}");
        }
    }))
}

fn routes(folder: &Path, stack: &Stack, client: Client) -> Result<Router> {
    let site = Arc::new(Site {
        api_url: stack.api_url.clone(),
        config: json!({ "issuer": stack.issuer, "clientId": stack.client_id }),
        policy: policy(&stack.issuer, &stack.aws_endpoint).parse().context("an address is no header")?,
        client,
    });
    let page = files(folder).layer(from_fn_with_state(site.clone(), guarded));
    Ok(Router::new()
        .route("/config.json", get(|State(site): State<Arc<Site>>| async move { Json(site.config.clone()) }))
        .route("/v1/{*rest}", any(pass_on))
        .merge(page)
        .with_state(site))
}

/// No script or style but our own files, no request but to ourselves, the issuer and S3 for uploads, no frame around us.
/// Pictures come from the platforms, from S3, and from the person's own files before they are sent; films not from
/// platforms.
fn policy(issuer: &str, files: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' https: {files} blob:; \
         media-src {files} blob:; connect-src 'self' {issuer} {files}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// The page's files, and the page itself at every address that it makes of its own.
fn files(folder: &Path) -> Router<Arc<Site>> {
    Router::new()
        // What is named after its content never changes; and a name that is gone is no page.
        .nest_service("/assets", ServeDir::new(folder.join("assets")))
        .route_service("/bell.svg", ServeFile::new(folder.join("bell.svg")))
        .route_service("/oauth/callback", ServeFile::new(folder.join("callback.html")))
        .fallback_service(ServeFile::new(folder.join("index.html")))
}

async fn guarded(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let is_named_after_content = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let keep = if is_named_after_content { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONTENT_SECURITY_POLICY, site.policy.clone());
    response
}

/// The API's answer as it is, body and status and headers.
async fn pass_on(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let target = parts.uri.path_and_query().map(|path| path.as_str()).unwrap_or_default();
    let asked = site
        .client
        .request(parts.method, format!("{}{target}", site.api_url))
        .headers(handed_on(&parts.headers))
        .body(body)
        .send()
        .await;
    match asked {
        Ok(answer) => {
            let (status, headers) = (answer.status(), handed_on(answer.headers()));
            match answer.bytes().await {
                Ok(bytes) => (status, headers, Body::from(bytes)).into_response(),
                Err(_) => StatusCode::BAD_GATEWAY.into_response(),
            }
        }
        Err(_) => (StatusCode::BAD_GATEWAY, "the API does not answer").into_response(),
    }
}

/// Without what belongs to the connection, and without names and lengths that are about to be others.
fn handed_on(headers: &HeaderMap) -> HeaderMap {
    let stays = |name: &HeaderName| {
        name != header::HOST && name != header::CONTENT_LENGTH && !HOP_BY_HOP.contains(&name.as_str())
    };
    headers
        .iter()
        .filter(|(name, _)| stays(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::http;

    fn stack(api_url: String) -> Stack {
        Stack {
            api_url,
            web_url: "http://127.0.0.1:1".into(),
            sandbox_url: String::new(),
            aws_endpoint: String::new(),
            region: String::new(),
            issuer: "http://127.0.0.1:7081".into(),
            client_id: "belfry-web".into(),
            tables: BTreeMap::new(),
            queues: BTreeMap::new(),
            functions: BTreeMap::new(),
        }
    }

    async fn ask(routes: Router, request: Request) -> (StatusCode, HeaderMap, String) {
        let response = routes.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A page as it is when it is built.
    fn site() -> (tempfile::TempDir, Router) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("assets")).expect("made");
        for name in ["index.html", "callback.html", "bell.svg", "assets/index-1.js"] {
            std::fs::write(folder.path().join(name), name).expect("written");
        }
        let client = http::client().expect("a client");
        let routes = routes(folder.path(), &stack("http://127.0.0.1:1".into()), client).expect("routes");
        (folder, routes)
    }

    #[tokio::test]
    async fn the_page_stands_at_every_address_of_its_own_and_its_files_at_theirs() {
        let (_folder, site) = site();
        let cases = [
            ("/", "index.html"),
            ("/posts/pst_1", "index.html"),
            ("/oauth/callback?code=1", "callback.html"),
            ("/assets/index-1.js", "assets/index-1.js"),
            ("/assets/../../Cargo.toml", ""),
            ("/assets/none.js", ""),
        ];
        for (path, wanted) in cases {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let (_, headers, body) = ask(site.clone(), request).await;
            assert_eq!(body, wanted, "{path}");
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
            assert!(policy.contains("script-src 'self'; style-src 'self';") && !policy.contains("unsafe"));
        }
    }

    #[tokio::test]
    async fn the_configuration_names_the_issuer() {
        let request = Request::get("/config.json").body(Body::empty()).expect("a request");
        let (_folder, site) = site();
        let (_, _, body) = ask(site, request).await;
        let config: Value = serde_json::from_str(&body).expect("json");
        assert_eq!(config, json!({ "issuer": "http://127.0.0.1:7081", "clientId": "belfry-web" }));
    }

    #[tokio::test]
    async fn a_call_is_passed_on_with_path_query_token_and_body() {
        let api = Router::new().fallback(any(|request: Request| async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, 1000).await.unwrap_or_default();
            let token = parts.headers.get("authorization").and_then(|t| t.to_str().ok()).unwrap_or_default();
            let text = format!("{} {} {token} {}", parts.method, parts.uri, String::from_utf8_lossy(&body));
            (StatusCode::CREATED, [("location", "/v1/posts/pst_1")], text)
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/api", listener.local_addr().expect("an address"));
        let served = tokio::spawn(async move { axum::serve(listener, api).await });
        let client = http::client().expect("a client");
        let routes = routes(Path::new("/nowhere"), &stack(url), client).expect("routes");
        let request = Request::post("/v1/posts/schedule?a=b%20c").header("authorization", "Bearer t");
        let (status, headers, body) = ask(routes, request.body(Body::from("{}")).expect("a request")).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(headers["location"], "/v1/posts/pst_1");
        assert_eq!(body, "POST /api/v1/posts/schedule?a=b%20c Bearer t {}");
        served.abort();
    }
}
