//! The real template on the emulated CloudFormation, deployed only as far as something changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::build::{bootstrap, marks};
use crate::cloud::{Answer, Call, Cloud};
use crate::ports::Ports;
use crate::stack::folder_of;
use crate::tools::hash;

/// The one stack.
pub(crate) const STACK: &str = "belfry";
/// The issuer's one client, and so the audience of its tokens.
pub(crate) const CLIENT_ID: &str = "belfry-web";
const BUCKET: &str = "belfry-packages";
const TEMPLATE: &str = "template.yaml";

/// What the sandbox's applications are called, and their secrets: known to everybody, worth nothing.
const SECRETS: [(&str, &str); 4] = [
    ("/belfry/x/client-secret", "belfry-x-development-secret"),
    ("/belfry/linkedin/client-secret", "belfry-linkedin-development-secret"),
    ("/belfry/facebook/client-secret", "belfry-facebook-development-secret"),
    ("/belfry/instagram/client-secret", "belfry-instagram-development-secret"),
];

/// A deployed stack.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Formation {
    /// By output name.
    pub(crate) outputs: BTreeMap<String, String>,
    /// Type and physical id by logical id.
    pub(crate) resources: BTreeMap<String, (String, String)>,
}

impl Formation {
    /// The HTTP API's id.
    pub(crate) fn api_id(&self) -> Option<&str> {
        self.of_type("AWS::ApiGatewayV2::Api").next().map(|(_, id)| id)
    }

    /// Logical and physical id of every resource of a type.
    pub(crate) fn of_type(&self, wanted: &str) -> impl Iterator<Item = (&str, &str)> {
        let wanted = wanted.to_owned();
        self.resources
            .iter()
            .filter(move |(_, (kind, _))| *kind == wanted)
            .map(|(logical, (_, physical))| (logical.as_str(), physical.as_str()))
    }
}

/// What was deployed last, to tell what changed since.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Deployed {
    template: String,
    functions: BTreeMap<String, String>,
}

/// Brings the stack to what template, parameters and binaries say now, and verifies it.
///
/// # Errors
/// When the template does not deploy, or its routes are not what the emulator serves.
pub(crate) async fn deploy(cloud: &Cloud, ports: &Ports) -> Result<Formation> {
    let parameters = parameters(ports);
    let record = cloud.places().state().join("deployed.json");
    let wanted = Deployed { template: fingerprint(cloud, &parameters)?, functions: marks(cloud.places())? };
    let before: Deployed =
        fs::read(&record).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();

    let (status, formation, routes) = look(cloud).await?;
    let stands = status.as_deref().is_some_and(stands);
    if stands && before == wanted && !routes.is_empty() {
        ensure_routes(cloud, &formation, &routes).await?;
        return Ok(formation);
    }
    let _ = fs::remove_file(&record);
    let formation = if stands && before.template == wanted.template {
        update_functions(cloud, &formation, &changed(&before.functions, &wanted.functions)).await?;
        formation
    } else {
        deploy_template(cloud, status.as_deref(), &parameters, &wanted.functions).await?;
        look(cloud).await?.1
    };
    ensure_routes(cloud, &formation, &routes).await?;
    fs::write(&record, serde_json::to_vec_pretty(&wanted)?)
        .with_context(|| format!("cannot write {}", record.display()))?;
    Ok(formation)
}

/// The parameters that point the template at this machine.
fn parameters(ports: &Ports) -> BTreeMap<&'static str, String> {
    let (sandbox, issuer) = (ports.sandbox_url(), ports.issuer_url());
    BTreeMap::from([
        ("Architecture", architecture().to_owned()),
        ("OidcIssuer", issuer),
        ("OidcAudience", CLIENT_ID.to_owned()),
        ("WebUrl", ports.web_url()),
        ("XAuthorizeUrl", format!("{sandbox}/x")),
        ("XApiUrl", format!("{sandbox}/x")),
        ("LinkedinOauthUrl", format!("{sandbox}/linkedin")),
        ("LinkedinApiUrl", format!("{sandbox}/linkedin")),
        ("FacebookDialogUrl", format!("{sandbox}/facebook")),
        ("FacebookGraphUrl", format!("{sandbox}/facebook")),
        ("InstagramAuthorizeUrl", format!("{sandbox}/instagram")),
        ("InstagramOauthUrl", format!("{sandbox}/instagram")),
        ("InstagramGraphUrl", format!("{sandbox}/instagram")),
        ("CollectMetricsFrom", "linkedin,x,facebook,instagram".to_owned()),
        ("XClientId", "belfry-x".to_owned()),
        ("LinkedinClientId", "belfry-linkedin".to_owned()),
        ("FacebookClientId", "belfry-facebook".to_owned()),
        ("InstagramClientId", "belfry-instagram".to_owned()),
    ])
}

/// This machine's, as Lambda calls it: the binaries were built here.
fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// Changes when the template or a parameter does.
fn fingerprint(cloud: &Cloud, parameters: &BTreeMap<&str, String>) -> Result<String> {
    let path = cloud.places().root().join(TEMPLATE);
    let template = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(fingerprint_of(&template, parameters))
}

fn fingerprint_of(template: &[u8], parameters: &BTreeMap<&str, String>) -> String {
    let mut bytes = template.to_vec();
    for (name, value) in parameters {
        bytes.extend_from_slice(format!("\0{name}={value}").as_bytes());
    }
    hash(&bytes)
}

/// The functions whose binary is another than it was.
fn changed(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> BTreeSet<String> {
    now.iter().filter(|(name, mark)| before.get(*name) != Some(mark)).map(|(name, _)| name.clone()).collect()
}

/// Whether a stack in this status is whole and can be updated.
fn stands(status: &str) -> bool {
    matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE")
}

/// The stack's status and content, and the template's routes; puts the client secrets in place on the way.
async fn look(cloud: &Cloud) -> Result<(Option<String>, Formation, BTreeSet<String>)> {
    let template = cloud.places().root().join(TEMPLATE);
    let mut calls = vec![
        Call::new("cloudformation", "describe_stacks", json!({ "StackName": STACK })),
        Call::new("cloudformation", "describe_stack_resources", json!({ "StackName": STACK })),
        Call::new("template", "routes", json!({ "path": template })),
    ];
    calls.extend(SECRETS.map(|(name, value)| {
        let secret = json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true });
        Call::new("ssm", "put_parameter", secret)
    }));
    let mut answers = cloud.ask(calls).await?.into_iter();
    let mut next = || answers.next().context("an answer is missing");
    let (stacks, resources, routes) = (next()?, next()?, next()?);
    for secret in answers {
        secret.value().context("the client secrets cannot be stored")?;
    }
    let routes = strings(&routes.value()?);
    let Answer::Ok { ok: stacks } = stacks else {
        return Ok((None, Formation::default(), routes));
    };
    let stack = &stacks["Stacks"][0];
    let formation = formation_of(stack, &resources.value()?);
    Ok((stack["StackStatus"].as_str().map(str::to_owned), formation, routes))
}

fn formation_of(stack: &Value, resources: &Value) -> Formation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    Formation {
        outputs: each(&stack["Outputs"])
            .iter()
            .map(|output| (text(&output["OutputKey"]), text(&output["OutputValue"])))
            .collect(),
        resources: each(&resources["StackResources"])
            .iter()
            .map(|resource| {
                let logical = text(&resource["LogicalResourceId"]);
                (logical, (text(&resource["ResourceType"]), text(&resource["PhysicalResourceId"])))
            })
            .collect(),
    }
}

fn strings(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Only new code: the quickest way that is right, three seconds from edit to live.
async fn update_functions(cloud: &Cloud, formation: &Formation, changed: &BTreeSet<String>) -> Result<()> {
    println!("Updating the code of {} functions", changed.len());
    let physical: BTreeMap<String, &str> =
        formation.of_type("AWS::Lambda::Function").map(|(logical, id)| (folder_of(logical), id)).collect();
    let mut calls = Vec::new();
    for name in changed {
        let id = physical.get(name).with_context(|| format!("functions/{name} is not in {TEMPLATE}"))?;
        let code = json!({ "FunctionName": id, "ZipFile": { "$zipped": bootstrap(cloud.places(), name) } });
        calls.push(Call::new("lambda", "update_function_code", code));
    }
    for answer in cloud.ask(calls).await? {
        answer.value().context("new code was refused")?;
    }
    Ok(())
}

/// Package and deploy as on AWS, but only the packages that are new: `sam deploy` and `aws cloudformation package`
/// compress every binary every time, half a minute for what takes three seconds.
async fn deploy_template(
    cloud: &Cloud,
    status: Option<&str>,
    parameters: &BTreeMap<&str, String>,
    marks: &BTreeMap<String, String>,
) -> Result<()> {
    println!("Deploying {TEMPLATE}");
    make_room(cloud, status).await?;
    let keys: BTreeMap<String, String> = marks
        .iter()
        .map(|(name, mark)| (name.clone(), format!("{name}/{}.zip", hash(mark.as_bytes()))))
        .collect();
    upload_packages(cloud, &keys).await?;

    let path = cloud.places().root().join(TEMPLATE);
    let template = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let packaged = cloud.places().state().join("packaged.yaml");
    fs::write(&packaged, packaged_template(&template, &keys)?)?;
    let packaged = packaged.to_str().context("the checkout's path is not UTF-8")?;
    let overrides: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut deploy =
        cloud.aws(&["cloudformation", "deploy", "--template-file", packaged, "--stack-name", STACK]);
    deploy.args(["--s3-bucket", BUCKET, "--s3-prefix", "templates", "--no-fail-on-empty-changeset"]);
    deploy.args(["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--parameter-overrides"]);
    deploy.args(overrides);
    if let Err(error) = quietly(deploy).await {
        bail!("{error}\n{}", failures(cloud).await.unwrap_or_default());
    }
    Ok(())
}

/// The bucket for packages; and away with a stack whose creation failed: it cannot be updated, here as on AWS.
async fn make_room(cloud: &Cloud, status: Option<&str>) -> Result<()> {
    let region = json!({ "LocationConstraint": crate::cloud::REGION });
    let bucket = json!({ "Bucket": BUCKET, "CreateBucketConfiguration": region });
    let mut calls = vec![Call::new("s3", "create_bucket", bucket)];
    if status.is_some_and(|status| !stands(status)) {
        calls.push(Call::new("cloudformation", "delete_stack", json!({ "StackName": STACK })));
    }
    for answer in cloud.ask(calls).await? {
        match answer {
            Answer::Refused { error, text } if error != "BucketAlreadyOwnedByYou" => bail!("{text}"),
            Answer::Refused { .. } | Answer::Ok { .. } => {}
        }
    }
    Ok(())
}

/// Uploads the packages that the bucket does not have and drops those that nothing names any more.
async fn upload_packages(cloud: &Cloud, keys: &BTreeMap<String, String>) -> Result<()> {
    let listed = cloud.ask_one(Call::new("s3", "list_objects_v2", json!({ "Bucket": BUCKET }))).await?;
    let there: BTreeSet<&str> = listed["Contents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|object| object["Key"].as_str())
        .collect();
    let wanted: BTreeSet<&str> = keys.values().map(String::as_str).collect();
    let mut calls: Vec<Call> = keys
        .iter()
        .filter(|(_, key)| !there.contains(key.as_str()))
        .map(|(name, key)| {
            let body = json!({ "$zipped": bootstrap(cloud.places(), name) });
            Call::new("s3", "put_object", json!({ "Bucket": BUCKET, "Key": key, "Body": body }))
        })
        .collect();
    for old in there.difference(&wanted) {
        calls.push(Call::new("s3", "delete_object", json!({ "Bucket": BUCKET, "Key": old })));
    }
    for answer in cloud.ask(calls).await? {
        answer.value().context("a package cannot be stored")?;
    }
    Ok(())
}

/// The template with each `CodeUri: target/lambda/<name>/` pointing at the uploaded package.
fn packaged_template(template: &str, keys: &BTreeMap<String, String>) -> Result<String> {
    let mut packaged = String::with_capacity(template.len() + 4096);
    for line in template.lines() {
        match line.split_once("CodeUri: target/lambda/") {
            Some((before, name)) => {
                let name = name.trim().trim_end_matches('/');
                let key = keys
                    .get(name)
                    .with_context(|| format!("{TEMPLATE} names functions/{name}: there is none"))?;
                packaged.push_str(&format!("{before}CodeUri: s3://{BUCKET}/{key}\n"));
            }
            None => {
                packaged.push_str(line);
                packaged.push('\n');
            }
        }
    }
    Ok(packaged)
}

/// Runs a command and shows its output only if it fails.
async fn quietly(mut command: tokio::process::Command) -> Result<()> {
    let output = command.output().await.context("cannot start the AWS command line")?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{TEMPLATE} does not deploy:\n{}", String::from_utf8_lossy(&said).trim());
    }
    Ok(())
}

/// Why resources failed, as CloudFormation tells it.
async fn failures(cloud: &Cloud) -> Result<String> {
    let events = Call::new("cloudformation", "describe_stack_events", json!({ "StackName": STACK }));
    let events = cloud.ask_one(events).await?;
    let failed = events["StackEvents"].as_array().cloned().unwrap_or_default();
    let lines = failed
        .iter()
        .filter(|event| event["ResourceStatus"].as_str().is_some_and(|status| status.ends_with("FAILED")))
        .map(|event| format!("{}: {}", event["LogicalResourceId"], event["ResourceStatusReason"]));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// The emulator could lose routes without a word (mend 1 of `dev/cloud/mends.py`): every call would be 404.
async fn ensure_routes(cloud: &Cloud, formation: &Formation, wanted: &BTreeSet<String>) -> Result<()> {
    let api = formation.api_id().context("the stack has no HTTP API")?;
    let call = Call::new("apigatewayv2", "get_routes", json!({ "ApiId": api, "MaxResults": "1000" }));
    let routes = cloud.ask_one(call).await?;
    let items = routes["Items"].as_array().cloned().unwrap_or_default();
    let served = items.iter().filter_map(|route| route["RouteKey"].as_str()).map(str::to_owned).collect();
    match route_difference(wanted, &served) {
        None => Ok(()),
        Some(difference) => {
            bail!("The deployed routes are not the template's: {difference}. Try `cargo xtask reset`.")
        }
    }
}

fn route_difference(wanted: &BTreeSet<String>, served: &BTreeSet<String>) -> Option<String> {
    let list = |routes: BTreeSet<&String>| routes.into_iter().cloned().collect::<Vec<_>>().join(", ");
    let (missing, foreign) =
        (list(wanted.difference(served).collect()), list(served.difference(wanted).collect()));
    match (missing.is_empty(), foreign.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("missing {missing}")),
        (true, false) => Some(format!("not in the template {foreign}")),
        (false, false) => Some(format!("missing {missing}; not in the template {foreign}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(name, mark)| (name.to_owned(), mark.to_owned())).collect()
    }

    #[test]
    fn another_port_or_another_template_is_another_deployment() {
        let ports = Ports { aws_port: 1, sandbox_port: 2, issuer_port: 3, web_port: 4 };
        let first = fingerprint_of(b"template", &parameters(&ports));
        assert_eq!(first, fingerprint_of(b"template", &parameters(&ports)));
        assert_ne!(first, fingerprint_of(b"other", &parameters(&ports)));
        assert_ne!(first, fingerprint_of(b"template", &parameters(&Ports { web_port: 5, ..ports })));
    }

    #[test]
    fn only_a_function_with_another_binary_is_updated() {
        let before = map(&[("list-posts", "1"), ("get-post", "1")]);
        let now = map(&[("list-posts", "1"), ("get-post", "2"), ("watch-due", "1")]);
        assert_eq!(changed(&before, &now), set(&["get-post", "watch-due"]));
    }

    #[test]
    fn every_function_gets_its_own_package() {
        let keys = map(&[("get-post", "get-post/1.zip")]);
        let template = "  A:\n      CodeUri: target/lambda/get-post/\n      Timeout: 5\n";
        let packaged = packaged_template(template, &keys).expect("packaged");
        assert_eq!(packaged, "  A:\n      CodeUri: s3://belfry-packages/get-post/1.zip\n      Timeout: 5\n");
        let complaint =
            packaged_template("CodeUri: target/lambda/gone/", &keys).expect_err("none").to_string();
        assert!(complaint.contains("functions/gone"), "{complaint}");
    }

    #[test]
    fn a_lost_route_is_told_by_its_name() {
        let wanted = set(&["GET /v1/posts", "$default"]);
        assert_eq!(route_difference(&wanted, &wanted), None);
        assert_eq!(route_difference(&wanted, &set(&["$default"])).as_deref(), Some("missing GET /v1/posts"));
        assert!(route_difference(&wanted, &set(&[])).is_some());
    }

    #[test]
    fn outputs_and_resources_are_found_by_their_names() {
        let stack = json!({ "Outputs": [{ "OutputKey": "PrepareQueueUrl", "OutputValue": "http://q" }] });
        let resources = json!({ "StackResources": [
            { "LogicalResourceId": "Api", "ResourceType": "AWS::ApiGatewayV2::Api", "PhysicalResourceId": "abc" },
            { "LogicalResourceId": "PostsTable", "ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": "t" },
        ] });
        let formation = formation_of(&stack, &resources);
        assert_eq!(formation.api_id(), Some("abc"));
        assert_eq!(formation.of_type("AWS::DynamoDB::Table").collect::<Vec<_>>(), [("PostsTable", "t")]);
        assert_eq!(formation.outputs["PrepareQueueUrl"], "http://q");
    }
}
