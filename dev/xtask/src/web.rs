//! Serves the web page, its configuration, and `/v1` as a proxy to the API, so that all of it is one origin.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

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
    folder: PathBuf,
    api_url: String,
    config: Value,
    policy: String,
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
    let routes = routes(&places.root().join("web"), stack, client);
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            eprintln!("the web page stopped: {error}");
        }
    }))
}

fn routes(folder: &Path, stack: &Stack, client: Client) -> Router {
    let site = Site {
        folder: folder.to_path_buf(),
        api_url: stack.api_url.clone(),
        config: json!({ "issuer": stack.issuer, "clientId": stack.client_id }),
        policy: policy(&stack.issuer, &stack.aws_endpoint),
        client,
    };
    Router::new()
        .route("/config.json", get(|State(site): State<Arc<Site>>| async move { Json(site.config.clone()) }))
        .route("/v1/{*rest}", any(pass_on))
        .fallback(get(file))
        .with_state(Arc::new(site))
}

/// No script but our own files, no request but to ourselves, the issuer and S3 for uploads, no frame around us.
fn policy(issuer: &str, files: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; \
         connect-src 'self' {issuer} {files}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Read anew for each request, so that an edit shows on reload.
async fn file(State(site): State<Arc<Site>>, request: Request) -> Response {
    let Some((name, kind)) = file_of(request.uri().path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(bytes) = tokio::fs::read(site.folder.join(name)).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, site.policy.as_str()),
    ];
    (headers, bytes).into_response()
}

/// The file and its type for a path; nothing outside the folder can be named.
fn file_of(path: &str) -> Option<(&str, &'static str)> {
    let name = match path {
        "/" => "index.html",
        "/oauth/callback" => "callback.html",
        _ => path.strip_prefix('/')?,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if name.starts_with('.') || !name.chars().all(plain) {
        return None;
    }
    let kind = match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    Some((name, kind))
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

    fn site() -> Router {
        let folder = Places::of_up().root().join("web");
        routes(&folder, &stack("http://127.0.0.1:1".into()), http::client().expect("a client"))
    }

    #[test]
    fn only_the_pages_own_files_can_be_named() {
        assert_eq!(file_of("/").map(|(name, _)| name), Some("index.html"));
        assert_eq!(file_of("/oauth/callback").map(|(name, _)| name), Some("callback.html"));
        for path in ["/../Cargo.toml", "/a/b.js", "/.env.js", "/%2e%2e/x.js", "/main.rs", "/none"] {
            assert_eq!(file_of(path), None, "{path}");
        }
    }

    #[tokio::test]
    async fn the_page_runs_no_script_but_its_own() {
        for path in ["/", "/oauth/callback"] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let (status, headers, page) = ask(site(), request).await;
            assert_eq!(status, StatusCode::OK);
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
            assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"));
            assert!(!page.contains("<script>") && !page.contains("style=") && !page.contains("onclick="));
        }
    }

    #[tokio::test]
    async fn the_configuration_names_the_issuer() {
        let request = Request::get("/config.json").body(Body::empty()).expect("a request");
        let (_, _, body) = ask(site(), request).await;
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
        let routes = routes(Path::new("/nowhere"), &stack(url), http::client().expect("a client"));
        let request = Request::post("/v1/posts/schedule?a=b%20c").header("authorization", "Bearer t");
        let (status, headers, body) = ask(routes, request.body(Body::from("{}")).expect("a request")).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(headers["location"], "/v1/posts/pst_1");
        assert_eq!(body, "POST /api/v1/posts/schedule?a=b%20c Bearer t {}");
        served.abort();
    }
}
