//! LinkedIn: posts, little text, header rules, read-back, comments and the day's quota.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Sandbox, encoded, linkedin_post};

#[tokio::test]
async fn a_post_is_created_with_an_empty_body_and_its_urn_in_a_header() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let answer = sandbox.linkedin_create(&ada, &ada.id, "Hello").send().await;
    assert_eq!((answer.status, answer.body.as_str()), (201, ""));
    let urn = answer.header("x-restli-id").unwrap();
    let posts = sandbox.posts(&ada.id).await;
    assert_eq!(posts[0]["id"], urn);
    assert_eq!(
        (posts[0]["platform"].as_str(), posts[0]["visibility"].as_str()),
        (Some("linkedin"), Some("PUBLIC"))
    );
    let number: i64 = urn.strip_prefix("urn:li:share:").unwrap().parse().unwrap();
    assert_eq!(number >> 22, posts[0]["acceptedAt"].as_i64().unwrap());
}

#[tokio::test]
async fn the_headers_must_be_right() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let call = || sandbox.linkedin_create(&ada, &ada.id, "Hello");
    let missing = call().without("linkedin-version").send().await;
    assert_eq!((missing.status, missing.json()["code"].as_str()), (400, Some("VERSION_MISSING")));
    for old in ["202507", "202612", "soon"] {
        let answer = call().header("linkedin-version", old).send().await;
        assert_eq!(answer.status, 426);
        let message = format!("Requested version {old}01 is not active");
        assert_eq!(answer.json(), json!({"status": 426, "code": "NONEXISTENT_VERSION", "message": message}));
    }
    assert_eq!(call().without("x-restli-protocol-version").send().await.status, 400);
    assert_eq!(call().header("x-restli-protocol-version", "1.0.0").send().await.status, 400);
    assert_eq!(call().header("linkedin-version", "202611").send().await.status, 201);
}

#[tokio::test]
async fn an_unescaped_reserved_character_cuts_the_text_silently() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let cut = sandbox.linkedin_create(&ada, &ada.id, "It costs (about) 5").send().await;
    assert_eq!(cut.status, 201);
    let whole = sandbox.linkedin_create(&ada, &ada.id, r"It costs \(about\) 5 #money").send().await;
    assert_eq!(whole.status, 201);
    let texts: Vec<Value> = sandbox.posts(&ada.id).await.iter().map(|post| post["text"].clone()).collect();
    assert_eq!(texts, ["It costs ", "It costs (about) 5 #money"]);
    let window = sandbox.get("/feed").send().await.body;
    assert!(window.contains("It costs (about) 5</pre>"), "the window shows what was sent");
}

#[tokio::test]
async fn a_duplicate_is_refused_under_the_name_of_the_live_post() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let first = sandbox.linkedin_create(&ada, &ada.id, "Twice").send().await;
    let urn = first.header("x-restli-id").unwrap();
    let again = sandbox.linkedin_create(&ada, &ada.id, "Twice").send().await;
    assert_eq!(again.status, 422);
    assert_eq!(
        again.json(),
        json!({
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": format!(
                "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"
            ),
            "errorDetails": {"inputErrors": [
                {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
            ]},
            "status": 422,
        })
    );
    let organization = &sandbox.organizations(&ada).await[0];
    assert_eq!(sandbox.linkedin_create(&ada, organization, "Twice").send().await.status, 201);
    sandbox.delete(format!("/linkedin/rest/posts/{}", encoded(urn))).linkedin(&ada.token).send().await;
    assert_eq!(sandbox.linkedin_create(&ada, &ada.id, "Twice").send().await.status, 201);
}

#[tokio::test]
async fn what_is_wrong_with_a_body_has_its_code() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let changed = |field: &str, value: Value| {
        let mut body = linkedin_post(&ada.id, "Hello");
        body[field] = value;
        body
    };
    let mut without = linkedin_post(&ada.id, "Hello");
    without.as_object_mut().unwrap().remove("distribution");
    let mut connections = linkedin_post(&organization, "Hello");
    connections["visibility"] = json!("CONNECTIONS");
    let media = |id: &str| json!({"media": {"id": id, "altText": "A bell"}});
    for (body, status, code) in [
        (without, 400, "MISSING_FIELD"),
        (changed("extra", json!(1)), 422, "UNPROCESSABLE_ENTITY"),
        (changed("author", json!("ada")), 400, "INVALID_URN_ID"),
        (changed("author", json!("urn:li:share:1")), 400, "INVALID_URN_TYPE"),
        (changed("author", json!("urn:li:person:other")), 403, "ACCESS_DENIED"),
        (changed("author", json!("urn:li:organization:1")), 403, "ACCESS_DENIED"),
        (changed("lifecycleState", json!("DRAFT")), 400, "INVALID_VALUE_FOR_FIELD"),
        (changed("visibility", json!("FRIENDS")), 400, "INVALID_VALUE_FOR_FIELD"),
        (changed("commentary", json!("a".repeat(3_001))), 400, "FIELD_LENGTH_TOO_LONG"),
        (changed("commentary", json!("")), 400, "INVALID_VALUE_BLANK_FIELD"),
        (changed("content", json!({})), 400, "INVALID_VALUE_FOR_FIELD"),
        (changed("content", media("urn:li:image:1")), 400, "INVALID_IMAGE_ID"),
        (changed("content", media("urn:li:share:1")), 400, "INVALID_URN_TYPE"),
        (changed("content", json!({"article": {"source": "example", "title": "A"}})), 400, "INVALID_URL"),
        (connections, 400, "INVALID_VALUE_FOR_FIELD"),
    ] {
        let answer = sandbox.post("/linkedin/rest/posts").linkedin(&ada.token).json(&body).send().await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{body}");
    }
    let broken = sandbox.post("/linkedin/rest/posts").linkedin(&ada.token).text("{").send().await;
    assert_eq!(broken.json()["message"], "Request body could not be converted to data map");
    let long = format!("{}{}", r"\(".repeat(1_500), "b".repeat(1_500));
    assert_eq!(
        sandbox.linkedin_create(&ada, &ada.id, &long).send().await.status,
        201,
        "escapes do not count"
    );
    let article = json!({"article": {"source": "https://example.com", "title": "A"}});
    let article = changed("content", article);
    let answer = sandbox.post("/linkedin/rest/posts").linkedin(&ada.token).json(&article).send().await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn an_organizations_posts_can_be_read_and_a_members_cannot() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(1);
    let mut urns = Vec::new();
    for author in [&ada.id, &organization] {
        let answer = sandbox.linkedin_create(&ada, author, "Read \\(me\\)").send().await;
        urns.push(answer.header("x-restli-id").unwrap().to_owned());
    }
    let one = |urn: &str| {
        let path = format!("/linkedin/rest/posts/{}?viewContext=AUTHOR", encoded(urn));
        sandbox.get(path).linkedin(&ada.token).send()
    };
    let list = |author: &str| {
        let path = format!("/linkedin/rest/posts?q=author&author={}&count=10&start=0", encoded(author));
        sandbox.get(path).linkedin(&ada.token).header("x-restli-method", "FINDER").send()
    };
    assert_eq!(one(&urns[0]).await.status, 403);
    assert_eq!(list(&ada.id).await.status, 403);
    assert_eq!(one(&urns[1]).await.json()["commentary"], "Read \\(me\\)");
    let listed = list(&organization).await.json();
    assert_eq!(listed["paging"]["total"], 1);
    assert_eq!(listed["elements"][0]["id"], urns[1].as_str());
    assert!(listed["elements"][0]["createdAt"].is_i64());
    assert_eq!(one("urn:li:share:1").await.status, 404);
}

#[tokio::test]
async fn a_urn_with_bare_colons_is_refused_in_a_path_and_in_a_query() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    for path in
        ["/linkedin/rest/posts/urn:li:share:1", "/linkedin/rest/posts?q=author&author=urn:li:organization:1"]
    {
        let call = sandbox.get(path).linkedin(&ada.token).header("x-restli-method", "FINDER");
        let answer = call.send().await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (400, Some("ILLEGAL_ARGUMENT")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn deleting_twice_is_as_good_as_once() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let answer = sandbox.linkedin_create(&ada, &ada.id, "Gone soon").send().await;
    let path = format!("/linkedin/rest/posts/{}", encoded(answer.header("x-restli-id").unwrap()));
    for _ in 0..2 {
        let answer = sandbox.delete(path.as_str()).linkedin(&ada.token).send().await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    }
    assert!(sandbox.posts(&ada.id).await[0]["deletedAt"].is_i64());
}

#[tokio::test]
async fn the_older_way_takes_plain_text_and_no_version() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let body = json!({
        "author": ada.id,
        "lifecycleState": "PUBLISHED",
        "specificContent": {"com.linkedin.ugc.ShareContent": {
            "shareCommentary": {"text": "Plain (text)"},
            "shareMediaCategory": "NONE",
        }},
        "visibility": {"com.linkedin.ugc.MemberNetworkVisibility": "CONNECTIONS"},
    });
    let call = || sandbox.post("/linkedin/v2/ugcPosts").bearer(&ada.token).json(&body);
    assert_eq!(call().send().await.status, 400, "the protocol's header is required");
    let answer = call().header("x-restli-protocol-version", "2.0.0").send().await;
    assert_eq!(answer.status, 201);
    assert!(answer.header("x-restli-id").unwrap().starts_with("urn:li:ugcPost:"));
    let posts = sandbox.posts(&ada.id).await;
    assert_eq!(
        (posts[0]["text"].as_str(), posts[0]["visibility"].as_str()),
        (Some("Plain (text)"), Some("CONNECTIONS"))
    );
}

#[tokio::test]
async fn a_comment_stands_under_its_post() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let post = sandbox.linkedin_create(&ada, &organization, "First").send().await;
    let urn = post.header("x-restli-id").unwrap();
    let path = format!("/linkedin/rest/socialActions/{}/comments", encoded(urn));
    let comment = |object: &str, text: &str| {
        let body = json!({"actor": organization, "object": object, "message": {"text": text}});
        sandbox.post(path.as_str()).linkedin(&ada.token).json(&body).send()
    };
    assert_eq!(comment("urn:li:share:1", "Hi").await.status, 400);
    assert_eq!(comment(urn, &"a".repeat(1_251)).await.status, 400);
    let answer = comment(urn, "The link").await;
    assert_eq!(answer.status, 201);
    let id = answer.header("x-restli-id").unwrap();
    assert!(answer.json()["commentUrn"].as_str().unwrap().ends_with(&format!(",{id})")));
    assert_eq!(sandbox.posts(&organization).await[1]["replyTo"], urn);
    let summary = sandbox.get(format!("/linkedin/rest/socialActions/{}", encoded(urn)));
    let summary = summary.linkedin(&ada.token).send().await.json();
    assert_eq!(summary["commentsSummary"]["totalFirstLevelComments"], 1);
    let delete = sandbox.delete(format!("{path}/{id}")).linkedin(&ada.token).send().await;
    assert_eq!(delete.status, 204);
}

#[tokio::test]
async fn the_day_has_a_hundred_and_fifty_calls() {
    let sandbox = Sandbox::start().await;
    // One call was made to learn the member's id.
    let member = sandbox.linkedin("busy").await;
    let call = || sandbox.get("/linkedin/v2/userinfo").bearer(&member.token).send();
    for _ in 0..149 {
        assert_eq!(call().await.status, 200);
    }
    let refused = call().await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["code"], "TOO_MANY_REQUESTS");
    assert!(refused.header("retry-after").is_none());
    assert!(!refused.headers.keys().any(|name| name.as_str().contains("limit")));
    sandbox.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(call().await.status, 200);
}
