//! Misbehaviour on demand: what the next matching calls will suffer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::platform::Platform;

/// What a call does, as faults name it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Create,
    Read,
    Upload,
    Status,
    Token,
    Refresh,
    Delete,
    Comment,
    Metrics,
}

/// How a call suffers. `_before` stands for "nothing was done", `_after` for "it was done all the same".
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Done at once, answered after `delayMs`.
    Delay,
    HangBefore,
    HangAfter,
    DropBefore,
    DropAfter,
    StatusBefore,
    StatusAfter,
    /// Done, and answered with a 2xx whose body cannot be read.
    GarbageAfter,
    /// The platform's own 429.
    RateLimit,
    /// X: 402, for the whole app.
    CreditsDepleted,
    /// Meta: code 368 on Facebook, 4/2207051 on Instagram.
    SpamBlock,
    /// LinkedIn: 426.
    VersionSunset,
    /// What is looked at is, and stays, in progress for as long as the fault lasts.
    ProcessingStall,
    /// What is looked at has failed for good.
    ProcessingFail,
    /// The same text is accepted again.
    DuplicateWindow,
}

/// The body of `POST /_control/faults`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewFault {
    platform: String,
    #[serde(default)]
    account: Option<String>,
    operation: Operation,
    kind: Kind,
    /// How many calls suffer: 1 unless told, `null` for all.
    #[serde(default = "once")]
    count: Option<u32>,
    #[serde(default)]
    delay_ms: Option<u64>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    retry_after_seconds: Option<u64>,
    /// LinkedIn: the one version that `version_sunset` refuses; any unless told.
    #[serde(default)]
    version: Option<String>,
}

/// One fault that waits for its calls.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    id: u64,
    platform: Platform,
    account: Option<String>,
    operation: Operation,
    /// How the call suffers.
    pub(crate) kind: Kind,
    left: Option<u32>,
    /// For how long `delay` holds the answer back.
    pub(crate) delay: Duration,
    /// What `status_*` answer; 503 unless told.
    pub(crate) status: u16,
    /// What the platform says about coming back.
    pub(crate) retry_after_seconds: Option<u64>,
    /// Only calls that ask for this version suffer.
    version: Option<String>,
}

/// All faults, oldest first: the first that matches is the one a call suffers.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
    made: u64,
}

impl Faults {
    /// Adds a fault and returns its id, or a sentence that says what is wrong with it.
    pub(crate) fn add(&mut self, asked: NewFault) -> Result<String, String> {
        let platform = Platform::named(&asked.platform)
            .ok_or_else(|| format!("platform `{}` is not played here", asked.platform))?;
        fits(platform, &asked)?;
        self.made += 1;
        self.waiting.push(Fault {
            id: self.made,
            platform,
            account: asked.account,
            operation: asked.operation,
            kind: asked.kind,
            left: asked.count,
            delay: Duration::from_millis(asked.delay_ms.unwrap_or_default()),
            status: asked.status.unwrap_or(503),
            retry_after_seconds: asked.retry_after_seconds,
            version: asked.version,
        });
        Ok(format!("fault-{}", self.made))
    }

    /// The fault that this call suffers, counted.
    pub(crate) fn take(
        &mut self,
        platform: Platform,
        account: Option<&str>,
        operation: Operation,
        version: Option<&str>,
    ) -> Option<Fault> {
        let index = self.waiting.iter().position(|fault| {
            fault.platform == platform
                && fault.operation == operation
                && (fault.account.is_none() || fault.account.as_deref() == account)
                && (fault.version.is_none() || fault.version.as_deref() == version)
        })?;
        let fault = &mut self.waiting[index];
        let taken = fault.clone();
        if let Some(left) = &mut fault.left {
            *left -= 1;
            if *left == 0 {
                self.waiting.remove(index);
            }
        }
        tracing::info!(fault.id = taken.id, kind = ?taken.kind, "a call suffers fault {}", taken.id);
        Some(taken)
    }

    /// No more faults.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}

// `serde` calls it for a missing `count`; a `null` stays `None`, which means all.
fn once() -> Option<u32> {
    Some(1)
}

fn fits(platform: Platform, asked: &NewFault) -> Result<(), String> {
    if asked.count == Some(0) {
        return Err("count must be at least 1, or null for all".to_owned());
    }
    if asked.status.is_some_and(|status| !(200..=599).contains(&status)) {
        return Err("status must be within 200 and 599".to_owned());
    }
    if let Some(version) = &asked.version {
        if asked.kind != Kind::VersionSunset {
            return Err("version goes with the kind version_sunset".to_owned());
        }
        if version.len() != 6 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("version must be a year and a month, such as 202608".to_owned());
        }
    }
    match asked.kind {
        Kind::Delay if asked.delay_ms.is_none() => Err("delay needs delayMs".to_owned()),
        Kind::SpamBlock if !is_meta(platform) => Err("spam_block is Facebook's and Instagram's".to_owned()),
        Kind::ProcessingStall | Kind::ProcessingFail if asked.operation != Operation::Status => {
            Err("processing_stall and processing_fail go with the operation status".to_owned())
        }
        Kind::CreditsDepleted if platform != Platform::X => Err("credits_depleted is X's".to_owned()),
        Kind::VersionSunset if platform != Platform::LinkedIn => {
            Err("version_sunset is LinkedIn's".to_owned())
        }
        Kind::DuplicateWindow if asked.operation != Operation::Create => {
            Err("duplicate_window goes with the operation create".to_owned())
        }
        Kind::Delay
        | Kind::HangBefore
        | Kind::HangAfter
        | Kind::DropBefore
        | Kind::DropAfter
        | Kind::StatusBefore
        | Kind::StatusAfter
        | Kind::GarbageAfter
        | Kind::RateLimit
        | Kind::CreditsDepleted
        | Kind::VersionSunset
        | Kind::SpamBlock
        | Kind::ProcessingStall
        | Kind::ProcessingFail
        | Kind::DuplicateWindow => Ok(()),
    }
}

fn is_meta(platform: Platform) -> bool {
    match platform {
        Platform::X | Platform::LinkedIn => false,
        Platform::Facebook | Platform::Instagram => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> NewFault {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_fault_is_suffered_once_unless_told_otherwise() {
        let mut faults = Faults::default();
        faults.add(fault(r#"{"platform":"x","operation":"create","kind":"drop_after"}"#)).unwrap();
        assert!(faults.take(Platform::X, Some("1"), Operation::Create, None).is_some());
        assert!(faults.take(Platform::X, Some("1"), Operation::Create, None).is_none());
    }

    #[test]
    fn a_count_of_null_never_ends() {
        let mut faults = Faults::default();
        faults
            .add(fault(r#"{"platform":"x","operation":"create","kind":"rate_limit","count":null}"#))
            .unwrap();
        for _ in 0..3 {
            assert!(faults.take(Platform::X, None, Operation::Create, None).is_some());
        }
    }

    #[test]
    fn a_fault_of_one_account_spares_the_others() {
        let mut faults = Faults::default();
        faults
            .add(fault(r#"{"platform":"x","account":"7","operation":"read","kind":"hang_before"}"#))
            .unwrap();
        assert!(faults.take(Platform::X, Some("8"), Operation::Read, None).is_none());
        assert!(faults.take(Platform::LinkedIn, Some("7"), Operation::Read, None).is_none());
        assert!(faults.take(Platform::X, Some("7"), Operation::Create, None).is_none());
        assert!(faults.take(Platform::X, Some("7"), Operation::Read, None).is_some());
    }

    #[test]
    fn a_fault_of_one_version_spares_the_others() {
        let mut faults = Faults::default();
        let sunset = r#"{"platform":"linkedin","operation":"create","kind":"version_sunset","version":"202608","count":null}"#;
        faults.add(fault(sunset)).unwrap();
        for (version, suffers) in [(Some("202607"), false), (None, false), (Some("202608"), true)] {
            let taken = faults.take(Platform::LinkedIn, None, Operation::Create, version);
            assert_eq!(taken.is_some(), suffers, "{version:?}");
        }
    }

    #[test]
    fn a_kind_of_another_platform_is_refused() {
        let mut faults = Faults::default();
        for wrong in [
            r#"{"platform":"threads","operation":"create","kind":"delay","delayMs":1}"#,
            r#"{"platform":"facebook","operation":"create","kind":"processing_fail"}"#,
            r#"{"platform":"x","operation":"create","kind":"spam_block"}"#,
            r#"{"platform":"x","operation":"create","kind":"version_sunset"}"#,
            r#"{"platform":"linkedin","operation":"create","kind":"credits_depleted"}"#,
            r#"{"platform":"linkedin","operation":"create","kind":"rate_limit","version":"202608"}"#,
            r#"{"platform":"linkedin","operation":"create","kind":"version_sunset","version":"soon"}"#,
            r#"{"platform":"x","operation":"upload","kind":"processing_fail"}"#,
        ] {
            assert!(faults.add(fault(wrong)).is_err(), "{wrong}");
        }
    }
}
