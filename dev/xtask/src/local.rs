//! The whole local cloud as one thing: started in order, ready or not at all, ended in the reverse order.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::Client;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

use crate::children::Children;
use crate::cloud::{Cloud, REGION};
use crate::formation::{self, CLIENT_ID, Formation};
use crate::places::Places;
use crate::ports::Ports;
use crate::stack::{Stack, folder_of, table_of};
use crate::{http, people, web};

/// How long emulator, issuer and sandbox may take until they answer.
const READY: Duration = Duration::from_secs(45);
/// Who is there from the start.
pub(crate) const PEOPLE: [&str; 2] = ["alice", "bob"];

/// A running local cloud.
pub(crate) struct Local {
    places: Places,
    children: Children,
    web: Option<JoinHandle<()>>,
    stack: Stack,
}

impl Local {
    /// Starts everything and answers when all of it is ready; on an error, what was started is ended again.
    ///
    /// # Errors
    /// When something is in the way or does not come up, in a sentence that says what.
    pub(crate) async fn start(places: Places, ports: Ports, with_web: bool) -> Result<Self> {
        let _ = fs::remove_file(places.stack_json());
        let mut children = Children::take_over(places.run_json()).await?;
        let mut web = None;
        match bring_up(&places, &ports, with_web, &mut children, &mut web).await {
            Ok(stack) => Ok(Self { places, children, web, stack }),
            Err(error) => {
                end(children, web).await;
                Err(error)
            }
        }
    }

    /// Addresses and names of what runs.
    pub(crate) fn stack(&self) -> &Stack {
        &self.stack
    }

    /// Waits until something that should run has ended by itself, and tells what.
    pub(crate) async fn broken(&mut self) -> String {
        let mut glance = interval(Duration::from_millis(300));
        loop {
            glance.tick().await;
            if let Some(sentence) = self.children.ended() {
                return sentence;
            }
        }
    }

    /// Ends everything; what was stored stays.
    pub(crate) async fn stop(self) {
        let _ = fs::remove_file(self.places.stack_json());
        end(self.children, self.web).await;
    }
}

async fn end(children: Children, web: Option<JoinHandle<()>>) {
    // The page first, so that nobody calls into what is ending.
    if let Some(web) = web {
        web.abort();
    }
    children.end().await;
}

async fn bring_up(
    places: &Places,
    ports: &Ports,
    with_web: bool,
    children: &mut Children,
    web: &mut Option<JoinHandle<()>>,
) -> Result<Stack> {
    ports.ensure_free(with_web)?;
    let client = http::client()?;
    let cloud = Cloud::new(places, ports);
    start_neighbours(places, ports, children)?;
    // Started last, so ended first: functions still reach the sandbox while they finish.
    children.start("emulator", cloud.command()?, &places.log("emulator"))?;
    wait_until_ready(&client, ports, &cloud, children).await?;

    let formation = formation::deploy(&cloud, ports).await?;
    let stack = describe(ports, &formation)?;
    if with_web {
        *web = Some(web::serve(places, ports, &stack, client.clone()).await?);
    }
    let (first, second) = tokio::join!(
        people::introduce(&client, &stack, PEOPLE[0], &people::LOGINS),
        people::introduce(&client, &stack, PEOPLE[1], &people::LOGINS)
    );
    for made in [first, second] {
        made.context("the ready-made people cannot be made")?;
    }
    if let Some(sentence) = children.ended() {
        bail!("{sentence}");
    }
    stack.write(places.stack_json())?;
    Ok(stack)
}

fn start_neighbours(places: &Places, ports: &Ports, children: &mut Children) -> Result<()> {
    let mut issuer = Command::new(places.binary("issuer"));
    issuer
        .args(["--listen", &format!("127.0.0.1:{}", ports.issuer_port), "--client-id", CLIENT_ID, "--state"])
        .arg(places.state().join("issuer"));
    children.start("issuer", issuer, &places.log("issuer"))?;
    let mut sandbox = Command::new(places.binary("sandbox"));
    sandbox
        .args(["--listen", &format!("127.0.0.1:{}", ports.sandbox_port)])
        .args(["--media-origin", &ports.aws_url(), "--state"])
        .arg(places.state().join("sandbox.json"));
    children.start("sandbox", sandbox, &places.log("sandbox"))
}

async fn wait_until_ready(
    client: &Client,
    ports: &Ports,
    cloud: &Cloud,
    children: &mut Children,
) -> Result<()> {
    let deadline = Instant::now() + READY;
    let wanted = [
        ("issuer", format!("{}/_control/health", ports.issuer_url())),
        ("sandbox", format!("{}/_control/health", ports.sandbox_url())),
        ("emulator", cloud.health_url()),
    ];
    for (name, url) in wanted {
        loop {
            if http::answers(client, &url).await {
                break;
            }
            if let Some(sentence) = children.ended() {
                bail!("{sentence}");
            }
            if Instant::now() >= deadline {
                bail!("the {name} does not answer at {url} after {} s", READY.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
    Ok(())
}

/// What others need to know of the deployed stack.
fn describe(ports: &Ports, formation: &Formation) -> Result<Stack> {
    let api = formation.api_id().context("the stack has no HTTP API")?;
    let output = |name: &str| {
        formation.outputs.get(name).cloned().with_context(|| format!("template.yaml has no output {name}"))
    };
    let named = |kind: &str, name: fn(&str) -> String| -> BTreeMap<String, String> {
        formation.of_type(kind).map(|(logical, id)| (name(logical), id.to_owned())).collect()
    };
    Ok(Stack {
        api_url: format!("{}/_aws/execute-api/{api}", ports.aws_url()),
        web_url: ports.web_url(),
        sandbox_url: ports.sandbox_url(),
        aws_endpoint: ports.aws_url(),
        region: REGION.to_owned(),
        issuer: ports.issuer_url(),
        client_id: CLIENT_ID.to_owned(),
        tables: named("AWS::DynamoDB::Table", table_of),
        queues: BTreeMap::from([
            ("prepare".to_owned(), output("PrepareQueueUrl")?),
            ("publish".to_owned(), output("PublishQueueUrl")?),
            ("deadLetters".to_owned(), output("DeadLettersUrl")?),
            ("outcomes".to_owned(), output("OutcomesQueueUrl")?),
        ]),
        functions: named("AWS::Lambda::Function", folder_of),
    })
}
