//! `cargo xtask up`: everything, here, until Ctrl-C.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use crate::children::{Run, Trace};
use crate::local::Local;
use crate::needs::Need;
use crate::places::Places;
use crate::ports::Ports;
use crate::stack::Stack;
use crate::tools::{CLOUD, TOOLS};
use crate::{build, down, needs, page};

/// What `up` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Come back when everything is ready, and leave it running; `down` stops it.
    #[arg(long)]
    detach: bool,
    /// Leave the web page out.
    #[arg(long)]
    no_web: bool,
    /// Forget everything stored before.
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    ports: Ports,
}

/// Runs until Ctrl-C, SIGTERM, or something that should run ends by itself.
pub(crate) async fn run(args: Args) -> Result<()> {
    let places = Places::of_up();
    if args.detach {
        return detach(&places, args.fresh).await;
    }
    let began = Instant::now();
    ensure_alone(&places)?;
    let needed: &[Need] = if args.no_web { &[] } else { &[needs::node] };
    needs::ensure_present(needed)?;
    if args.fresh {
        down::forget(&places).await?;
    }
    let mut stop = Stop::listen()?;
    let made = tokio::select! {
        made = prepare(&places, !args.no_web) => made,
        () = stop.asked() => bail!("stopped while building"),
    };
    made?;
    // A stop while starting still ends, in order, what was started: the start goes on in its own task.
    let starting = tokio::spawn(Local::start(places, args.ports, !args.no_web));
    let mut local = starting.await.context("starting panicked")??;
    if stop.was_asked() {
        local.stop().await;
        return Ok(());
    }
    println!("{}", welcome(local.stack(), args.no_web, began.elapsed()));
    let broken = tokio::select! {
        sentence = local.broken() => Some(sentence),
        () = stop.asked() => None,
    };
    println!("Stopping");
    local.stop().await;
    match broken {
        Some(sentence) => bail!("{sentence}"),
        None => Ok(()),
    }
}

/// Tools and binaries, as far as they are not there.
pub(crate) async fn prepare(places: &Places, with_web: bool) -> Result<()> {
    let page = async { if with_web { page::ensure_built(places).await } else { Ok(()) } };
    // Installing waits for the network, compiling for the processor.
    let (cloud, tools, page, built) =
        tokio::join!(CLOUD.ensure(places), TOOLS.ensure(places), page, build::everything(places));
    cloud.and(tools).and(page).and(built)
}

fn ensure_alone(places: &Places) -> Result<()> {
    match Run::read(&places.run_json()).owner.filter(|owner| owner.lives()) {
        Some(owner) => bail!("Belfry is up already (process {}): `cargo xtask down` stops it.", owner.pid),
        None => Ok(()),
    }
}

/// Ctrl-C and SIGTERM, also those that came while nobody waited.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    asked: bool,
}

impl Stop {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            asked: false,
        })
    }

    async fn asked(&mut self) {
        if !self.asked {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
            self.asked = true;
        }
    }

    fn was_asked(&mut self) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        self.asked |= self.interrupt.poll_recv(&mut context).is_ready();
        self.asked |= self.terminate.poll_recv(&mut context).is_ready();
        self.asked
    }
}

/// Starts the same command without `--detach` on its own, shows what it says, and leaves when it is ready.
async fn detach(places: &Places, fresh: bool) -> Result<()> {
    ensure_alone(places)?;
    if fresh {
        // Here and not in the background, because its log lies among what is forgotten.
        down::forget(places).await?;
    }
    let mut stop = Stop::listen()?;
    let log = places.log("up");
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let output = OpenOptions::new().create(true).write(true).truncate(true).open(&log)?;
    let _ = fs::remove_file(places.stack_json());
    let mut child = Command::new(std::env::current_exe()?)
        .args(std::env::args().skip(1).filter(|argument| argument != "--detach" && argument != "--fresh"))
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .context("cannot start in the background")?;
    let mut shown = 0;
    loop {
        // The file is asked first: what is said before it appears is shown in any case.
        let ready = places.stack_json().exists();
        shown = show(&log, shown)?;
        if ready {
            println!("Running in the background (process {}); `cargo xtask down` stops it.", child.id());
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            show(&log, shown)?;
            bail!("It did not come up ({status}); all it said is in {}.", log.display());
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
            () = stop.asked() => {
                Trace::of_child(&child).end().await;
                bail!("Stopped while starting.");
            }
        }
    }
}

/// Copies what a growing file says since `from`; answers where it ends now.
fn show(path: &Path, from: u64) -> Result<u64> {
    let mut file = fs::File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    std::io::stdout().write_all(&text)?;
    Ok(from + text.len() as u64)
}

/// Addresses, and a first thing to try.
fn welcome(stack: &Stack, no_web: bool, took: Duration) -> String {
    let web = if no_web { "not served (--no-web)".to_owned() } else { stack.web_url.clone() };
    format!(
        r#"
Belfry is up ({seconds:.1} s)

  web page   {web}
  API        {api}/v1
  sandbox    {sandbox}   what was published, as it appears
  sign-in    {issuer}
  AWS        {aws}   (region {region}, key and secret "test")

Schedule a post 30 s ahead as alice, then watch the sandbox:

  TOKEN=$(cargo xtask token alice)
  CONNECTION=$(curl -s {api}/v1/connections -H "authorization: Bearer $TOKEN" \
    | python3 -c 'import json,sys; print(json.load(sys.stdin)["connections"][0]["id"])')
  curl -s {api}/v1/posts/schedule -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d "{{
    \"text\": \"Hello from the bell tower, $(date +%T)\",
    \"targets\": [{{\"connectionId\": \"$CONNECTION\"}}],
    \"publishAt\": \"$(date -u -d '+30 seconds' +%Y-%m-%dT%H:%M:%SZ)\"
  }}"

Ctrl-C or `cargo xtask down` stops it; what was stored stays. `cargo xtask logs` shows what functions say.
"#,
        seconds = took.as_secs_f64(),
        api = stack.api_url,
        sandbox = stack.sandbox_url,
        issuer = stack.issuer,
        aws = stack.aws_endpoint,
        region = stack.region,
    )
}
