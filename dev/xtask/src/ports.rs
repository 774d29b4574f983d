//! Ports: which ones, and who sits on one that is taken.

use std::fs;
use std::net::TcpListener;

use anyhow::{Result, bail};
use clap::Args;

/// The four addresses on loopback.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    /// Where the emulated AWS answers.
    #[arg(long, default_value_t = 4566)]
    pub(crate) aws_port: u16,
    /// Where the stand-in for X and LinkedIn answers.
    #[arg(long, default_value_t = 7080)]
    pub(crate) sandbox_port: u16,
    /// Where people sign in.
    #[arg(long, default_value_t = 7081)]
    pub(crate) issuer_port: u16,
    /// Where the web page is served.
    #[arg(long, default_value_t = 7070)]
    pub(crate) web_port: u16,
}

impl Ports {
    /// Four that are free at this moment.
    pub(crate) fn free() -> Result<Self> {
        // Held together, so that all four differ.
        let held = (0..4).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
        let ports = held.iter().map(|l| Ok(l.local_addr()?.port())).collect::<Result<Vec<_>>>()?;
        let [aws_port, sandbox_port, issuer_port, web_port] = ports[..] else {
            bail!("four ports were asked for");
        };
        Ok(Self { aws_port, sandbox_port, issuer_port, web_port })
    }

    pub(crate) fn aws_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.aws_port)
    }

    pub(crate) fn sandbox_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sandbox_port)
    }

    pub(crate) fn issuer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.issuer_port)
    }

    pub(crate) fn web_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.web_port)
    }

    /// Refuses to start when a port is taken, naming port, flag and holder, all at once.
    ///
    /// # Errors
    /// When at least one port is taken.
    pub(crate) fn ensure_free(&self, web: bool) -> Result<()> {
        let mut wanted = vec![
            ("--aws-port", self.aws_port),
            ("--sandbox-port", self.sandbox_port),
            ("--issuer-port", self.issuer_port),
        ];
        if web {
            wanted.push(("--web-port", self.web_port));
        }
        let taken: Vec<String> = wanted
            .into_iter()
            .filter(|(_, port)| TcpListener::bind(("127.0.0.1", *port)).is_err())
            .map(|(flag, port)| taken_sentence(flag, port, holder(port).as_deref()))
            .collect();
        if !taken.is_empty() {
            bail!("{}", taken.join("\n"));
        }
        Ok(())
    }
}

/// What to tell about a port that is taken.
fn taken_sentence(flag: &str, port: u16, holder: Option<&str>) -> String {
    let by = holder.map(|holder| format!(" by {holder}")).unwrap_or_default();
    format!("Port {port} is taken{by}: stop that, or choose another port with {flag}.")
}

/// The process that listens on a port of this machine, as `name (process 123)`, where the system tells.
fn holder(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    let wanted: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let holds = fs::read_dir(process.path().join("fd")).ok()?.flatten().any(|descriptor| {
            fs::read_link(descriptor.path())
                .is_ok_and(|to| wanted.iter().any(|w| to.as_os_str() == w.as_str()))
        });
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        holds.then(|| format!("{} (process {pid})", name.trim()))
    })
}

/// The socket inodes that listen on `port` in a table like `/proc/net/tcp`.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (_, port_hex) = fields.get(1)?.rsplit_once(':')?;
            let here = u16::from_str_radix(port_hex, 16).ok()? == port;
            (here && *fields.get(3)? == LISTEN).then(|| (*fields.get(9)?).to_owned().into())?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_its_flag_and_its_holder() {
        assert_eq!(
            taken_sentence("--web-port", 7070, Some("node (process 12)")),
            "Port 7070 is taken by node (process 12): stop that, or choose another port with --web-port."
        );
        assert!(taken_sentence("--aws-port", 4566, None).starts_with("Port 4566 is taken: "));
    }

    #[test]
    fn the_holder_of_a_port_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let holder = holder(port).expect("a holder");
        assert!(holder.ends_with(&format!("(process {})", std::process::id())), "{holder}");
    }

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st\n\
             0: 0100007F:11D6 00000000:0000 0A 0:0 00:0 0 0 0 4711 1\n\
             1: 0100007F:11D6 0100007F:9999 01 0:0 00:0 0 0 0 4712 1\n";
        assert_eq!(listening_inodes(table, 4566), ["4711"]);
        assert_eq!(listening_inodes(table, 80), Vec::<String>::new());
    }

    #[test]
    fn every_taken_port_is_named_at_once() {
        let (one, two) = (TcpListener::bind("127.0.0.1:0"), TcpListener::bind("127.0.0.1:0"));
        let port =
            |l: &std::io::Result<TcpListener>| l.as_ref().expect("a port").local_addr().expect("one").port();
        let mut ports = Ports::free().expect("ports");
        (ports.aws_port, ports.web_port) = (port(&one), port(&two));
        let complaint = ports.ensure_free(true).expect_err("both are taken").to_string();
        assert!(complaint.contains("--aws-port") && complaint.contains("--web-port"), "{complaint}");
        assert!(!ports.ensure_free(false).expect_err("one is taken").to_string().contains("--web-port"));
    }
}
