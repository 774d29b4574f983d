//! LinkedIn: how people took to posts.

use serde_json::Value;

use crate::client::{Account, Sandbox, encoded};

async fn posted(sandbox: &Sandbox, member: &Account, author: &str, text: &str) -> String {
    let answer = sandbox.linkedin_create(member, author, text).send().await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.header("x-restli-id").unwrap().to_owned()
}

fn statistics(organization: &str, list: &str) -> String {
    let organization = encoded(organization);
    format!(
        "/linkedin/rest/organizationalEntityShareStatistics?q=organizationalEntity&\
         organizationalEntity={organization}&shares={list}"
    )
}

async fn analyst(sandbox: &Sandbox, person: &str) -> Account {
    let code = sandbox.linkedin_code(person, "openid profile w_member_social r_member_postAnalytics").await;
    let tokens = sandbox.linkedin_exchange(&code).send().await.json();
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let me = sandbox.get("/linkedin/v2/userinfo").bearer(&token).send().await.json();
    Account { id: format!("urn:li:person:{}", me["sub"].as_str().unwrap()), token, refresh: None }
}

fn analytics(urn: &str, metric: &str) -> String {
    let entity = format!("(share:{})", encoded(urn));
    format!(
        "/linkedin/rest/memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={metric}&aggregation=TOTAL"
    )
}

#[tokio::test]
async fn an_organizations_numbers_are_the_same_at_every_look_and_zeros_are_left_out() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let mut urns = Vec::new();
    for number in 0..10 {
        urns.push(posted(&sandbox, &ada, &organization, &format!("Number {number}")).await);
    }
    let list = urns.iter().map(|urn| encoded(urn)).collect::<Vec<_>>().join(",");
    let path = statistics(&organization, &format!("List({list})"));
    let first = sandbox.get(&path).linkedin(&ada.token).send().await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json(), sandbox.get(&path).linkedin(&ada.token).send().await.json());
    let body = first.json();
    let elements = body["elements"].as_array().unwrap();
    assert!(!elements.is_empty() && elements.len() <= 10);
    for element in elements {
        assert!(urns.iter().any(|urn| element["share"] == urn.as_str()), "{element}");
        let totals = &element["totalShareStatistics"];
        assert!(totals["impressionCount"].as_i64().unwrap() > 0, "{element}");
    }
}

#[tokio::test]
async fn a_list_must_be_written_as_rest_li_writes_it() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let urn = encoded("urn:li:share:1");
    for list in [urn.clone(), format!("List%28{urn}%29"), "List(urn:li:share:1)".into(), "List(1)".into()] {
        let answer = sandbox.get(statistics(&organization, &list)).linkedin(&ada.token).send().await;
        assert_eq!(answer.status, 400, "{list}");
    }
    let unknown = format!("{}&colour=blue", statistics(&organization, &format!("List({urn})")));
    assert_eq!(sandbox.get(unknown).linkedin(&ada.token).send().await.status, 400);
}

#[tokio::test]
async fn an_organizations_numbers_are_for_its_administrators() {
    let sandbox = Sandbox::start().await;
    let (ada, linus) = (sandbox.linkedin("ada").await, sandbox.linkedin("linus").await);
    let organization = sandbox.organizations(&ada).await.remove(0);
    let path = statistics(&organization, "List(urn%3Ali%3Ashare%3A1)");
    assert_eq!(sandbox.get(&path).linkedin(&ada.token).send().await.status, 200);
    assert_eq!(sandbox.get(&path).linkedin(&linus.token).send().await.status, 403);
    assert_eq!(sandbox.get(&path).linkedin("nonsense").send().await.status, 401);
}

#[tokio::test]
async fn a_members_numbers_take_a_scope_of_their_own_and_a_post_of_their_own() {
    let sandbox = Sandbox::start().await;
    let ada = analyst(&sandbox, "ada").await;
    let urn = posted(&sandbox, &ada, &ada.id, "Mine").await;
    let answer = sandbox.get(analytics(&urn, "IMPRESSION")).linkedin(&ada.token).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.json()["elements"][0]["count"].is_u64(), "{}", answer.body);
    let without = sandbox.linkedin("ada").await;
    assert_eq!(sandbox.get(analytics(&urn, "REACTION")).linkedin(&without.token).send().await.status, 403);
    let grace = analyst(&sandbox, "grace").await;
    assert_eq!(sandbox.get(analytics(&urn, "REACTION")).linkedin(&grace.token).send().await.status, 403);
}

#[tokio::test]
async fn a_metric_is_known_from_its_version_on() {
    let sandbox = Sandbox::start().await;
    let ada = analyst(&sandbox, "ada").await;
    let urn = posted(&sandbox, &ada, &ada.id, "Mine").await;
    let ask = |metric, version| {
        sandbox.get(analytics(&urn, metric)).linkedin(&ada.token).header("linkedin-version", version).send()
    };
    assert_eq!(ask("LINK_CLICKS", "202604").await.status, 200);
    assert_eq!(ask("LINK_CLICKS", "202603").await.status, 400);
    assert_eq!(ask("COMMENT", "202603").await.status, 200);
    assert_eq!(ask("LIKES", "202608").await.status, 400);
}

#[tokio::test]
async fn a_fault_of_metrics_hits_whoever_is_asked_about() {
    let sandbox = Sandbox::start().await;
    let ada = sandbox.linkedin("ada").await;
    let organization = sandbox.organizations(&ada).await.remove(0);
    let fault = serde_json::json!({
        "platform": "linkedin", "account": organization, "operation": "metrics", "kind": "rate_limit",
    });
    assert_eq!(sandbox.post("/_control/faults").json(&fault).send().await.status, 201);
    let path = statistics(&organization, "List(urn%3Ali%3Ashare%3A1)");
    assert_eq!(sandbox.get(&path).linkedin(&ada.token).send().await.status, 429);
    let again = sandbox.get(&path).linkedin(&ada.token).send().await;
    assert_eq!((again.status, &again.json()["elements"]), (200, &Value::Array(Vec::new())));
}
