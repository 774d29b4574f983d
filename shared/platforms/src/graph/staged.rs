//! For tests: what a post shows, and what the stage answers.

use domain::id::MediaId;
use domain::media::MediaKind;
use domain::ports::Source;
use domain::post::Attachment;
use domain::secret::Secret;
use domain::target::{MediaPlacement, Options};

use crate::stage::{Act, answer};

/// The `appsecret_proof` of the stage's token under Facebook's secret.
pub(crate) const PROOF: &str = "9d71bac9e8945bad58887e29f7a95a2903431e6a27f1998b28ae202be4596dca";

/// A file, by its kind and what it shows.
pub(crate) fn file(kind: MediaKind, alt_text: Option<&str>) -> Attachment {
    Attachment {
        media_id: MediaId("med_1".into()),
        alt_text: alt_text.map(str::to_owned),
        file_name: "file".into(),
        kind,
        size_bytes: 1_000,
        pixels: None,
    }
}

/// Where the file of this name can be read.
pub(crate) fn source(kind: MediaKind, name: &str) -> Source {
    let link = Secret::new(format!("https://files.example/{name}?X-Amz-Signature=s1gned"));
    Source { kind, size_bytes: 1_000, link }
}

/// [`source`]'s link as a form carries it.
pub(crate) fn in_a_form(name: &str) -> String {
    format!("https%3A%2F%2Ffiles.example%2F{name}%3FX-Amz-Signature%3Ds1gned")
}

pub(crate) fn placed(media_kind: MediaPlacement) -> Options {
    Options { media_kind: Some(media_kind), ..Options::default() }
}

pub(crate) fn say(status: u16, body: &str) -> Act {
    Act::Say(answer(status, &[("content-type", "application/json")], body))
}

/// A refusal with these numbers; no sub-code when it is 0.
pub(crate) fn refuse(code: i64, subcode: i64) -> Act {
    say(
        400,
        &format!(
            r#"{{"error":{{"message":"no","type":"OAuthException","code":{code},"error_subcode":{subcode}}}}}"#
        ),
    )
}

/// The first line of each request.
pub(crate) fn lines(requests: &[String]) -> Vec<&str> {
    requests.iter().filter_map(|request| request.lines().next()).collect()
}

/// What follows the headers of each request.
pub(crate) fn bodies(requests: &[String]) -> Vec<&str> {
    requests.iter().filter_map(|request| Some(request.split_once("\n\n")?.1)).collect()
}
