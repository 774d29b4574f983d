//! LinkedIn: authorization, tokens, identity and pages.

use std::time::Duration;

use sandbox::Options;
use serde_json::{Value, json};

use crate::client::{
    Account, CALLBACK, CHALLENGE, Call, LINKEDIN_SCOPES, Sandbox, VERIFIER, encoded, linkedin_post, query,
};

fn authorize(replaced: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "belfry-linkedin"),
        ("redirect_uri", CALLBACK),
        ("scope", LINKEDIN_SCOPES),
        ("state", "s-2"),
    ];
    for (name, value) in replaced {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    format!("/linkedin/oauth/v2/authorization?{}", query(&pairs))
}

fn app_call<'a>(sandbox: &'a Sandbox, path: &str, more: &[(&str, &str)]) -> Call<'a> {
    let mut form =
        vec![("client_id", "belfry-linkedin"), ("client_secret", "belfry-linkedin-development-secret")];
    form.extend_from_slice(more);
    sandbox.post(format!("/linkedin/oauth/v2/{path}")).form(&form)
}

#[tokio::test]
async fn a_member_lets_the_app_in() {
    let sandbox = Sandbox::start().await;
    let redirect = sandbox.get(authorize(&[("sandbox_approve", "ada")])).send().await;
    assert_eq!(redirect.redirected("state"), "s-2");
    let answer = sandbox.linkedin_exchange(&redirect.redirected("code")).send().await;
    assert_eq!(answer.status, 200);
    let tokens = answer.json();
    assert_eq!(tokens["expires_in"], 5_184_000);
    assert_eq!(tokens["scope"], LINKEDIN_SCOPES.replace(' ', ","));
    assert_eq!(tokens["access_token"].as_str().unwrap().len(), 500);
    assert!(tokens["refresh_token"].is_null(), "only partners get one");
    let me = sandbox.get("/linkedin/v2/userinfo").bearer(tokens["access_token"].as_str().unwrap());
    let me = me.send().await.json();
    assert_eq!((me["name"].as_str(), me["family_name"].as_str()), (Some("Ada Lovelace"), Some("Lovelace")));
    assert_eq!(me["email"], "ada@example.com");
}

#[tokio::test]
async fn a_challenge_is_checked_when_there_is_one() {
    let sandbox = Sandbox::start().await;
    for (verifier, status) in [(VERIFIER, 200), (CHALLENGE, 400), ("", 400)] {
        let challenge =
            [("code_challenge", CHALLENGE), ("code_challenge_method", "S256"), ("sandbox_approve", "ada")];
        let code = sandbox.get(authorize(&challenge)).send().await.redirected("code");
        let answer = app_call(
            &sandbox,
            "accessToken",
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", verifier),
            ],
        );
        assert_eq!(answer.send().await.status, status, "{verifier}");
    }
}

#[tokio::test]
async fn a_member_who_denies_is_redirected_with_an_error() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.get(authorize(&[("sandbox_deny", "1")])).send().await;
    assert_eq!(answer.redirected("error"), "user_cancelled_authorize");
    assert_eq!(answer.redirected("state"), "s-2");
}

#[tokio::test]
async fn a_wrong_request_gets_a_page() {
    let sandbox = Sandbox::start().await;
    for (wrong, text) in [
        (("client_id", "somebody"), "Client_id doesn&#39;t match"),
        (("redirect_uri", "http://localhost:1/oauth/callback"), "Redirect_uri doesn&#39;t match"),
        (("scope", "openid everything"), "Invalid scope"),
    ] {
        let answer = sandbox.get(authorize(&[("sandbox_approve", "ada"), wrong])).send().await;
        assert_eq!(answer.status, 401, "{wrong:?}");
        assert!(answer.body.contains(text), "{}", answer.body);
    }
    let closed = sandbox.get(authorize(&[("scope", "openid r_member_social")])).send().await;
    assert_eq!(closed.redirected("error"), "unauthorized_scope_error");
}

#[tokio::test]
async fn a_code_works_once_and_for_half_an_hour() {
    let sandbox = Sandbox::start().await;
    let code = sandbox.linkedin_code("ada", LINKEDIN_SCOPES).await;
    assert_eq!(sandbox.linkedin_exchange(&code).send().await.status, 200);
    let again = sandbox.linkedin_exchange(&code).send().await;
    assert_eq!(again.status, 401);
    assert_eq!(
        again.json()["error_description"],
        "Unable to retrieve access token: authorization code not found"
    );
    let code = sandbox.linkedin_code("ada", LINKEDIN_SCOPES).await;
    sandbox.clock.advance(Duration::from_secs(30 * 60));
    let late = sandbox.linkedin_exchange(&code).send().await;
    assert_eq!((late.status, late.json()["error"].as_str()), (400, Some("invalid_redirect_uri")));
}

#[tokio::test]
async fn a_token_call_names_what_is_missing_and_who_is_wrong() {
    let sandbox = Sandbox::start().await;
    let missing =
        sandbox.post("/linkedin/oauth/v2/accessToken").form(&[("grant_type", "refresh_token")]).send().await;
    assert_eq!(missing.status, 400);
    assert_eq!(missing.json()["error_description"], "A required parameter \"client_id\" is missing");
    let form =
        [("client_id", "belfry-linkedin"), ("client_secret", "wrong"), ("grant_type", "refresh_token")];
    let wrong = sandbox.post("/linkedin/oauth/v2/accessToken").form(&form).send().await;
    assert_eq!((wrong.status, wrong.json()["error"].as_str()), (401, Some("invalid_client")));
}

#[tokio::test]
async fn a_partners_refresh_token_stays_and_runs_out() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let sandbox = Sandbox::start_with(Options { linkedin_partner: true, ..Options::default() }).await;
    let token = sandbox.linkedin("ada").await.refresh.unwrap();
    sandbox.clock.advance(DAY * 360);
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let renewed = app_call(&sandbox, "accessToken", &form).send().await.json();
    assert_eq!(renewed["refresh_token"], token.as_str());
    let left = renewed["expires_in"].as_i64().unwrap();
    assert!((431_000..=432_000).contains(&left), "{left}: both end in five days");
    sandbox.clock.advance(DAY * 5);
    let dead = app_call(&sandbox, "accessToken", &form).send().await;
    assert_eq!(dead.status, 400);
    assert_eq!(
        dead.json()["error_description"],
        "The provided authorization grant or refresh token is invalid, expired or revoked"
    );
}

#[tokio::test]
async fn each_dead_token_says_why() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    let refused = |answer: Value| (answer["status"].clone(), answer["serviceErrorCode"].clone());
    let empty = sandbox.get("/linkedin/v2/userinfo").send().await.json();
    assert_eq!(empty["code"], "EMPTY_ACCESS_TOKEN");
    let unknown = sandbox.get("/linkedin/v2/userinfo").bearer("nonsense").send().await.json();
    assert_eq!(refused(unknown), (json!(401), json!(65600)));
    assert_eq!(app_call(&sandbox, "revoke", &[("token", &member.token)]).send().await.status, 200);
    let revoked = sandbox.get("/linkedin/v2/userinfo").bearer(&member.token).send().await.json();
    assert_eq!(refused(revoked), (json!(401), json!(65601)));
    let member = sandbox.linkedin("ada").await;
    sandbox.clock.advance(Duration::from_secs(60 * 24 * 3600));
    let expired = sandbox.get("/linkedin/v2/userinfo").bearer(&member.token).send().await.json();
    assert_eq!(refused(expired), (json!(401), json!(65602)));
}

#[tokio::test]
async fn other_scopes_end_what_was_allowed_before() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    let same = sandbox.linkedin("ada").await;
    assert_eq!(sandbox.get("/linkedin/v2/userinfo").bearer(&member.token).send().await.status, 200);
    let code = sandbox.linkedin_code("ada", "openid profile").await;
    sandbox.linkedin_exchange(&code).send().await;
    for token in [member.token, same.token] {
        let answer = sandbox.get("/linkedin/v2/userinfo").bearer(&token).send().await;
        assert_eq!(answer.json()["serviceErrorCode"], 65601);
    }
}

#[tokio::test]
async fn introspection_tells_the_state_of_a_token() {
    let sandbox = Sandbox::start().await;
    let member = sandbox.linkedin("ada").await;
    let known = app_call(&sandbox, "introspectToken", &[("token", &member.token)]).send().await.json();
    assert_eq!((known["active"].as_bool(), known["status"].as_str()), (Some(true), Some("active")));
    let unknown = app_call(&sandbox, "introspectToken", &[("token", "x")]).send().await;
    assert_eq!((unknown.status, unknown.body.as_str()), (200, r#"{"active":false}"#));
}

#[tokio::test]
async fn ada_administers_two_organizations_and_linus_only_looks_on() {
    let sandbox = Sandbox::start().await;
    let (ada, linus) = (sandbox.linkedin("ada").await, sandbox.linkedin("linus").await);
    let acls = |member: &Account, role: &str| {
        let path = format!(
            "/linkedin/rest/organizationAcls?q=roleAssignee&role={role}&state=APPROVED&start=0&count=100"
        );
        sandbox.get(path).linkedin(&member.token).send()
    };
    let elements = acls(&ada, "ADMINISTRATOR").await.json()["elements"].clone();
    assert_eq!(elements.as_array().unwrap().len(), 2);
    assert_eq!(elements[0]["roleAssignee"], ada.id.as_str());
    assert_eq!(acls(&linus, "ADMINISTRATOR").await.json()["elements"], json!([]));
    let organization = elements[0]["organization"].as_str().unwrap();
    assert_eq!(acls(&linus, "ANALYST").await.json()["elements"][0]["organization"], organization);
    let number = organization.rsplit(':').next().unwrap();
    let page = sandbox
        .get(format!("/linkedin/rest/organizations/{number}"))
        .linkedin(&ada.token)
        .send()
        .await
        .json();
    assert_eq!(page["localizedName"], "Analytical Engines");
    let create = sandbox.linkedin_create(&linus, organization, "May I?").send().await;
    assert_eq!((create.status, create.json()["serviceErrorCode"].as_u64()), (403, Some(100)));
    let own = linkedin_post(&linus.id, "I may.");
    let own = sandbox.post("/linkedin/rest/posts").linkedin(&linus.token).json(&own).send().await;
    assert_eq!(own.status, 201);
    let foreign =
        sandbox.delete(format!("/linkedin/rest/posts/{}", encoded(own.header("x-restli-id").unwrap())));
    assert_eq!(foreign.linkedin(&ada.token).send().await.status, 403);
}
