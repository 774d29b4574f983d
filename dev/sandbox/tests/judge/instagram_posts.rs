//! Instagram: what a container may hold, and how it becomes a post.

use std::time::Duration;

use sandbox::Options;
use serde_json::{Value, json};

use crate::client::{Answer, Sandbox};
use crate::graph::{MediaHost, Page, jpeg, png};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn make(sandbox: &Sandbox, account: &Page, parameters: &[(&str, &str)]) -> Answer {
    sandbox.own_post(account, "media", parameters).send().await
}

async fn publish(sandbox: &Sandbox, account: &Page, container: &str) -> Answer {
    sandbox.own_post(account, "media_publish", &[("creation_id", container)]).send().await
}

async fn status(sandbox: &Sandbox, account: &Page, container: &str) -> String {
    let look = sandbox.own(&account.token, &format!("/{container}"), &[("fields", "status_code,status,id")]);
    let shown = look.send().await.json();
    assert_eq!(shown["id"], container);
    shown["status_code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_is_made_looked_at_and_published_once() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let url = host.url("/square.jpg?Signature=topsecret");
    let parameters = [("image_url", url.as_str()), ("caption", "Hello #world"), ("alt_text", "A square")];
    let container = make(&sandbox, &account, &parameters).await.id();
    assert_eq!(status(&sandbox, &account, &container).await, "FINISHED");
    let media = publish(&sandbox, &account, &container).await.id();
    let posts = sandbox.posts(&account.id).await;
    assert_eq!(
        (posts[0]["id"].as_str(), posts[0]["platform"].as_str()),
        (Some(media.as_str()), Some("instagram"))
    );
    assert_eq!(
        (posts[0]["text"].as_str(), &posts[0]["media"]),
        (Some("Hello #world"), &json!(["/square.jpg"]))
    );
    assert_eq!(status(&sandbox, &account, &container).await, "PUBLISHED");
    assert_eq!(publish(&sandbox, &account, &container).await.error(), (24, 2_207_008));
    assert_eq!(sandbox.posts(&account.id).await.len(), 1);
    assert!(!sandbox.get("/_control/requests").send().await.body.contains("topsecret"));
}

#[tokio::test]
async fn a_container_that_is_not_ready_cannot_be_published() {
    let host = MediaHost::start().await;
    let options = Options { graph_processing_polls: 2, ..host.options() };
    let sandbox = Sandbox::start_with(options).await;
    let account = sandbox.instagram("ada").await;
    let url = host.url("/video.mp4");
    let container = make(&sandbox, &account, &[("media_type", "REELS"), ("video_url", &url)]).await.id();
    let early = publish(&sandbox, &account, &container).await;
    assert_eq!((early.status, early.error()), (400, (9_007, 2_207_027)));
    for expected in ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"] {
        assert_eq!(status(&sandbox, &account, &container).await, expected);
    }
    let media = publish(&sandbox, &account, &container).await.id();
    let fields = [("fields", "media_product_type,media_type,permalink")];
    let seen = sandbox.own(&account.token, &format!("/{media}"), &fields).send().await.json();
    assert_eq!(
        (seen["media_product_type"].as_str(), seen["media_type"].as_str()),
        (Some("REELS"), Some("VIDEO"))
    );
    assert!(seen["permalink"].as_str().unwrap().starts_with("https://www.instagram.com/reel/"));
}

#[tokio::test]
async fn a_container_expires_after_a_day() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let container = make(&sandbox, &account, &[("image_url", &host.url("/square.jpg"))]).await.id();
    sandbox.clock.advance(DAY);
    assert_eq!(status(&sandbox, &account, &container).await, "EXPIRED");
    assert_eq!(publish(&sandbox, &account, &container).await.error(), (24, 2_207_008));
    assert_eq!(publish(&sandbox, &account, "17").await.error(), (24, 2_207_006));
}

#[tokio::test]
async fn a_picture_that_breaks_a_rule_is_refused() {
    let host = MediaHost::start().await;
    let mut mpo = vec![0xff, 0xd8, 0xff, 0xe2, 0, 6];
    mpo.extend(b"MPF\0");
    mpo.extend(&jpeg(1080, 1080, 100)[2..]);
    host.serve("/picture.png", 200, png());
    host.serve("/several.jpg", 200, mpo);
    host.serve("/tall.jpg", 200, jpeg(1080, 1921, 100));
    host.serve("/wide.jpg", 200, jpeg(1930, 1000, 100));
    host.serve("/large.jpg", 200, jpeg(1080, 1080, (8 << 20) + 1));
    host.serve("/four-to-five.jpg", 200, jpeg(1080, 1350, 100));
    host.serve("/panorama.jpg", 200, jpeg(1080, 566, 100));
    host.serve("/just.jpg", 200, jpeg(1080, 1080, 8 << 20));
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    for (path, error) in [
        ("/picture.png", (36_001, 2_207_005)),
        ("/several.jpg", (36_001, 2_207_005)),
        ("/tall.jpg", (36_003, 2_207_009)),
        ("/wide.jpg", (36_003, 2_207_009)),
        ("/large.jpg", (36_000, 2_207_004)),
        ("/missing.jpg", (9_004, 2_207_052)),
        ("/moved.jpg", (9_004, 2_207_052)),
    ] {
        let answer = make(&sandbox, &account, &[("image_url", &host.url(path))]).await;
        assert_eq!((answer.status, answer.error()), (400, error), "{path}");
    }
    for path in ["/four-to-five.jpg", "/panorama.jpg", "/just.jpg"] {
        make(&sandbox, &account, &[("image_url", &host.url(path))]).await.id();
    }
    let tall = host.url("/tall.jpg");
    make(&sandbox, &account, &[("image_url", &tall), ("media_type", "STORIES")]).await.id();
    let elsewhere = make(&sandbox, &account, &[("image_url", "http://127.0.0.1:1/a.jpg")]).await;
    assert_eq!(elsewhere.error(), (9_004, 2_207_052));
}

#[tokio::test]
async fn a_caption_has_its_limits() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let url = host.url("/square.jpg");
    let with = |caption: String| {
        let (sandbox, account, url) = (&sandbox, &account, url.as_str());
        async move { make(sandbox, account, &[("image_url", url), ("caption", &caption)]).await }
    };
    assert_eq!(with("é".repeat(2_201)).await.error(), (36_004, 2_207_010));
    assert_eq!(with("é".repeat(2_200)).await.status, 200);
    assert_eq!(with("#a ".repeat(31)).await.error(), (100, 2_207_040));
    assert_eq!(with("#a ".repeat(30)).await.status, 200);
    assert_eq!(with("@a ".repeat(21)).await.error(), (100, 2_207_040));
    assert_eq!(with("@a ".repeat(20)).await.status, 200);
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_refused() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let (image, video) = (host.url("/square.jpg"), host.url("/video.mp4"));
    let (image, video) = (image.as_str(), video.as_str());
    let alt = "x".repeat(1_001);
    for (parameters, error) in [
        (vec![("caption", "Only words")], (100, 0)),
        (vec![("image_url", image), ("video_url", video)], (100, 0)),
        (vec![("media_type", "REELS"), ("image_url", image)], (100, 0)),
        (vec![("media_type", "VIDEO"), ("video_url", video)], (100, 2_207_023)),
        (vec![("media_type", "GIF"), ("image_url", image)], (100, 2_207_023)),
        (vec![("is_carousel_item", "true"), ("video_url", video)], (100, 2_207_023)),
        (vec![("is_carousel_item", "true"), ("image_url", image), ("caption", "x")], (100, 0)),
        (vec![("media_type", "STORIES"), ("image_url", image), ("caption", "x")], (100, 0)),
        (vec![("media_type", "REELS"), ("video_url", video), ("alt_text", "x")], (100, 0)),
        (vec![("image_url", image), ("alt_text", alt.as_str())], (100, 0)),
        (vec![("image_url", image), ("is_carousel_item", "perhaps")], (100, 0)),
    ] {
        assert_eq!(make(&sandbox, &account, &parameters).await.error(), error, "{parameters:?}");
    }
    assert!(host.asked().is_empty(), "nothing is fetched for a request that is wrong");
}

#[tokio::test]
async fn a_carousel_has_two_to_ten_ready_items() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let (account, other) = (sandbox.instagram("ada").await, sandbox.instagram("grace").await);
    let (image, video) = (host.url("/square.jpg"), host.url("/video.mp4"));
    let picture = make(&sandbox, &account, &[("is_carousel_item", "true"), ("image_url", &image)]).await.id();
    let moving = [("is_carousel_item", "true"), ("media_type", "VIDEO"), ("video_url", video.as_str())];
    let moving = make(&sandbox, &account, &moving).await.id();
    let foreign = make(&sandbox, &other, &[("is_carousel_item", "true"), ("image_url", &image)]).await.id();
    let single = make(&sandbox, &account, &[("image_url", &image)]).await.id();
    let carousel = |children: String| {
        let (sandbox, account) = (&sandbox, &account);
        async move {
            let parameters = [("media_type", "CAROUSEL"), ("children", &children), ("caption", "Both")];
            make(sandbox, account, &parameters).await
        }
    };
    assert_eq!(carousel(picture.clone()).await.error(), (100, 2_207_028));
    assert_eq!(carousel([picture.as_str(); 11].join(",")).await.error(), (100, 2_207_028));
    assert_eq!(carousel(format!("{picture},{foreign}")).await.error(), (24, 2_207_006));
    assert_eq!(carousel(format!("{picture},{single}")).await.error(), (100, 0));
    let container = carousel(format!("{picture},{moving}")).await.id();
    assert_eq!(publish(&sandbox, &account, &picture).await.error(), (100, 0), "an item alone");
    let media = publish(&sandbox, &account, &container).await.id();
    assert_eq!(sandbox.posts(&account.id).await[0]["media"], json!(["/square.jpg", "/video.mp4"]));
    let kind = sandbox.own(&account.token, &format!("/{media}"), &[("fields", "media_type")]).send().await;
    assert_eq!(kind.json()["media_type"], "CAROUSEL_ALBUM");
    let json = json!({"media_type": "CAROUSEL", "children": [picture, moving]});
    let path = format!("/instagram/v25.0/{}/media", account.id);
    sandbox.post(path).bearer(&account.token).json(&json).send().await.id();
}

#[tokio::test]
async fn a_carousel_waits_for_its_items() {
    let host = MediaHost::start().await;
    let options = Options { graph_processing: Duration::from_secs(60), ..host.options() };
    let sandbox = Sandbox::start_with(options).await;
    let account = sandbox.instagram("ada").await;
    let image = host.url("/square.jpg");
    let item = make(&sandbox, &account, &[("is_carousel_item", "true"), ("image_url", &image)]).await.id();
    let children = format!("{item},{item}");
    let parameters = [("media_type", "CAROUSEL"), ("children", children.as_str())];
    assert_eq!(make(&sandbox, &account, &parameters).await.error(), (9_007, 2_207_027));
    sandbox.clock.advance(Duration::from_secs(61));
    assert_eq!(make(&sandbox, &account, &parameters).await.status, 200);
    sandbox.clock.advance(DAY);
    assert_eq!(make(&sandbox, &account, &parameters).await.error(), (24, 2_207_008));
}

#[tokio::test]
async fn what_is_no_video_ends_in_an_error() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let parameters = [("media_type", "REELS"), ("video_url", &host.url("/square.jpg"))];
    let container = make(&sandbox, &account, &parameters).await.id();
    let look = sandbox.own(&account.token, &format!("/{container}"), &[("fields", "status_code,status")]);
    let shown = look.send().await.json();
    assert_eq!(shown["status_code"], "ERROR");
    assert_eq!(shown["status"], "Error: Media upload has failed with error code 2207026");
    assert_eq!(publish(&sandbox, &account, &container).await.error(), (-1, 2_207_026));
}

#[tokio::test]
async fn the_quota_of_a_day_is_counted_and_can_be_read() {
    let host = MediaHost::start().await;
    let options = Options { instagram_publish_quota: 2, ..host.options() };
    let sandbox = Sandbox::start_with(options).await;
    let account = sandbox.instagram("ada").await;
    let image = host.url("/square.jpg");
    let limit = || async {
        let path = format!("/{}/content_publishing_limit", account.id);
        let answer = sandbox.own(&account.token, &path, &[("fields", "quota_usage,config")]).send().await;
        answer.json()["data"][0].clone()
    };
    assert_eq!(
        limit().await,
        json!({"quota_usage": 0, "config": {"quota_total": 2, "quota_duration": 86_400}})
    );
    let mut containers: Vec<String> = Vec::new();
    for _ in 0..3 {
        containers.push(make(&sandbox, &account, &[("image_url", &image)]).await.id());
    }
    for container in &containers[..2] {
        publish(&sandbox, &account, container).await.id();
    }
    assert_eq!(publish(&sandbox, &account, &containers[2]).await.error(), (9, 2_207_042));
    assert_eq!(limit().await["quota_usage"], 2);
    sandbox.clock.advance(DAY);
    let fresh = make(&sandbox, &account, &[("image_url", &image)]).await.id();
    publish(&sandbox, &account, &fresh).await.id();
}

#[tokio::test]
async fn an_account_makes_four_hundred_containers_in_a_day() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let account = sandbox.instagram("ada").await;
    let image = host.url("/square.jpg");
    for _ in 0..400 {
        make(&sandbox, &account, &[("image_url", &image)]).await.id();
    }
    assert_eq!(make(&sandbox, &account, &[("image_url", &image)]).await.error(), (9, 2_207_042));
    sandbox.clock.advance(DAY);
    make(&sandbox, &account, &[("image_url", &image)]).await.id();
}

#[tokio::test]
async fn the_account_of_a_page_publishes_with_the_pages_token() {
    let host = MediaHost::start().await;
    let sandbox = Sandbox::start_with(host.options()).await;
    let ada = sandbox.facebook("ada").await;
    let (page, other) = (&ada.pages[0], &ada.pages[1]);
    let account = page.instagram.clone().unwrap();
    let image = host.url("/square.jpg");
    let send = |token: &str, edge: &str, parameters: &[(&str, &str)]| {
        sandbox.graph_post(token, &format!("/{account}/{edge}"), parameters).send()
    };
    let container = send(&page.token, "media", &[("image_url", &image)]).await.id();
    assert_eq!(send(&other.token, "media", &[("image_url", &image)]).await.error(), (100, 33));
    let answer = send(&page.token, "media_publish", &[("creation_id", &container)]).await;
    let media = answer.id();
    let usage: Value = serde_json::from_str(answer.header("x-business-use-case-usage").unwrap()).unwrap();
    assert_eq!(usage[&account][0]["type"], "instagram");
    assert_eq!(sandbox.posts(&account).await[0]["id"], media.as_str());
    let linus = sandbox.facebook("linus").await.pages.remove(0);
    assert_eq!(linus.instagram.as_deref(), Some(account.as_str()));
    assert_eq!(send(&linus.token, "media", &[("image_url", &image)]).await.error(), (10, 0), "no task");
    let poor = sandbox.facebook_with("ada", "pages_show_list,instagram_basic").await.pages.remove(0);
    assert_eq!(send(&poor.token, "media", &[("image_url", &image)]).await.error(), (10, 0), "no scope");
    let own = sandbox.instagram("ada").await;
    let crossed = Page { id: account.clone(), ..own };
    assert_eq!(make(&sandbox, &crossed, &[("image_url", &image)]).await.error(), (100, 33), "another login");
}
