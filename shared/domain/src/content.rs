//! What a request says of a post, as far as it can be read.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::id::{ConnectionId, MediaId};
use crate::input::{Field, Mistakes, Unknown};
use crate::post::{Attachment, LatePolicy, Post};
use crate::target::{
    Link, LinkWire, MediaPlacement, OnThreadFailure, Options, ReplySettings, ThreadNumbering, Visibility,
};
use crate::{Result, attaching};

/// A post goes to at most this many connections.
pub const MAX_TARGETS: usize = 20;

/// A post is scheduled at least this far ahead.
pub const MIN_AHEAD: Duration = Duration::from_secs(10);

/// A post is scheduled at most this far ahead: 366 days.
pub const MAX_AHEAD: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The longest late policy: a week.
pub const MAX_LATE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// At most this many files go out with a post: LinkedIn takes 20, the others fewer.
pub const MAX_MEDIA: usize = 20;

/// The longest description of a file, in characters.
pub const MAX_ALT_CHARS: usize = 1_000;

/// The body of every request that makes, changes or previews a post. Which fields it needs, each use case says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostAsk {
    /// May be left out when every target has its own. A line that holds only `---` begins a new part.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100_000, example = "Hello from the bell tower.")]
    text: Field<String>,
    /// Files that go out with the words, each at most once.
    #[serde(default)]
    #[schema(value_type = Option<Vec<MediaAsk>>, max_items = 20)]
    media: Field<Vec<Field<MediaAsk>>>,
    /// Connections, each at most once.
    #[serde(default)]
    #[schema(value_type = Option<Vec<TargetAsk>>, max_items = 20)]
    targets: Field<Vec<Field<TargetAsk>>>,
    /// An instant with an offset, or a local time together with `timeZone`; 10 seconds to 366 days ahead.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2026-12-01T09:00:00")]
    publish_at: Field<String>,
    /// An IANA time zone.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    time_zone: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<LatePolicyAsk>)]
    late_policy: Field<LatePolicyAsk>,
    /// Only in an edit of a draft: it stays one, and its time is a wish that schedules nothing.
    #[serde(default)]
    #[schema(value_type = Option<StatusAsk>)]
    status: Field<StatusAsk>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What a post shall stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum StatusAsk {
    /// What waits for the person to give it a time.
    Draft,
}

/// One file that shall go out with a post.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MediaAsk {
    #[serde(default)]
    #[schema(value_type = MediaId, required)]
    media_id: Field<String>,
    /// What it shows, for people who cannot see it; the file's own when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1_000, example = "A bell")]
    alt_text: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// One connection that a post shall go to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TargetAsk {
    #[serde(default)]
    #[schema(value_type = ConnectionId, required)]
    connection_id: Field<String>,
    /// Words for this target alone.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100_000)]
    text: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<OptionsAsk>)]
    options: Field<OptionsAsk>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What a platform offers beyond the text; an option of another platform is refused.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OptionsAsk {
    #[serde(default)]
    #[schema(value_type = Option<Visibility>)]
    visibility: Field<Visibility>,
    /// LinkedIn and Facebook.
    #[serde(default)]
    #[schema(value_type = Option<LinkWire>)]
    link: Field<LinkWire>,
    /// LinkedIn, Facebook and Instagram: a comment by the author, right after the post.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 8_000)]
    first_comment: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<ReplySettings>)]
    reply_settings: Field<ReplySettings>,
    #[serde(default)]
    #[schema(value_type = Option<ThreadNumbering>)]
    thread_numbering: Field<ThreadNumbering>,
    #[serde(default)]
    #[schema(value_type = Option<OnThreadFailure>)]
    on_thread_failure: Field<OnThreadFailure>,
    /// Facebook and Instagram.
    #[serde(default)]
    #[schema(value_type = Option<MediaPlacement>)]
    media_kind: Field<MediaPlacement>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What shall become of a target that is late before its first attempt.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LatePolicyAsk {
    #[serde(default)]
    #[schema(value_type = LateMode, required)]
    mode: Field<LateMode>,
    /// Only with `skip`, and needed there: how late it may be sent.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 604_800, example = 900)]
    after_seconds: Field<u32>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Late is better than never, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum LateMode {
    /// It is sent however late it is.
    Publish,
    /// It is not sent when it is too late.
    Skip,
}

/// What one target asks for, as far as it could be read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) pointer: String,
    pub(crate) connection: ConnectionId,
    pub(crate) text: Option<String>,
    pub(crate) options: Options,
}

/// What one file asks for, as far as it could be read.
#[derive(Clone, Debug)]
pub(crate) struct WantedFile {
    /// To its id.
    pub(crate) pointer: String,
    pub(crate) media_id: MediaId,
    pub(crate) alt_text: Option<String>,
}

/// A body as far as it could be read, and what is wrong with it so far.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) text: Field<String>,
    pub(crate) media: Option<Vec<WantedFile>>,
    pub(crate) targets: Option<Vec<Wanted>>,
    pub(crate) publish_at: Option<String>,
    pub(crate) time_zone: Option<(String, TimeZone)>,
    pub(crate) late_policy: Option<LatePolicy>,
    /// Whether it shall stay a draft.
    pub(crate) stays_draft: bool,
    /// Whether nothing was said of targets at all.
    pub(crate) lacks_targets: bool,
    /// How many were asked for, also such as cannot be read.
    pub(crate) asked_targets: Option<usize>,
    /// What is there and cannot be read need not be asked for again.
    pub(crate) is_time_unreadable: bool,
    pub(crate) mistakes: Mistakes,
}

/// Reads a body as far as it can be read.
///
/// # Errors
/// `Invalid` when it is no object: there is nothing more to find in it then.
pub(crate) fn read(ask: Field<PostAsk>) -> Result<Content> {
    let mut content = read_edit(ask)?;
    if content.stays_draft {
        let detail = "only an edit of a draft has a status; remove this field";
        content.mistakes.add("/status", "unknown_field", detail);
    }
    Ok(content)
}

/// The same for an edit, which may say that a draft stays one.
///
/// # Errors
/// `Invalid` when it is no object.
pub(crate) fn read_edit(ask: Field<PostAsk>) -> Result<Content> {
    let mut mistakes = Mistakes::default();
    let Some(ask) = ask.required("", &mut mistakes) else {
        mistakes.into_result()?;
        unreachable!("an absent body is a mistake")
    };
    mistakes.unknown("", &ask.unknown);
    let asked_targets = match &ask.targets {
        Field::Value(targets) => Some(targets.len()),
        Field::Missing | Field::Wrong(_) => None,
    };
    let lacks_targets = matches!(ask.targets, Field::Missing);
    let is_time_unreadable = matches!(ask.publish_at, Field::Wrong(_));
    let time_zone =
        ask.time_zone.optional("/timeZone", &mut mistakes).and_then(|name| zone(name, &mut mistakes));
    let publish_at = ask.publish_at.optional("/publishAt", &mut mistakes);
    let late_policy = ask.late_policy.optional("/latePolicy", &mut mistakes);
    let late_policy = late_policy.and_then(|ask| late_policy_of(ask, &mut mistakes));
    let stays_draft = ask.status.optional("/status", &mut mistakes).is_some();
    let media = ask.media.optional("/media", &mut mistakes).map(|asks| media(asks, &mut mistakes));
    let targets = ask.targets.optional("/targets", &mut mistakes);
    let targets = targets.map(|asks| targets_of(asks, &mut mistakes));
    Ok(Content {
        text: ask.text,
        media,
        targets,
        publish_at,
        time_zone,
        late_policy,
        stays_draft,
        lacks_targets,
        asked_targets,
        is_time_unreadable,
        mistakes,
    })
}

impl Content {
    /// So many targets must be named.
    pub(crate) fn require_targets(&mut self, count: RangeInclusive<usize>) {
        if self.lacks_targets {
            self.mistakes.add("/targets", "required", "this field is required");
        }
        self.count_targets(count);
    }

    /// So many targets must be named, if any are.
    pub(crate) fn count_targets(&mut self, count: RangeInclusive<usize>) {
        let (min, max) = count.into_inner();
        let Some(named) = self.asked_targets else { return };
        if named < min {
            let detail = match min {
                1 => "name at least one connection to publish to".into(),
                _ => format!("name at least {min} connections; publish to a single one at /v1/posts/publish"),
            };
            self.mistakes.add("/targets", "too_few_targets", detail);
        }
        if named > max {
            let detail = format!("{named} targets are more than the {max} allowed here");
            self.mistakes.add("/targets", "too_many_targets", detail);
            self.targets = Some(Vec::new());
        }
    }

    /// Files that the post does not show yet, each with the pointer to its id.
    pub(crate) fn new_media(&self, before: &Post) -> Vec<(String, MediaId)> {
        let is_new = |id: &MediaId| before.media.iter().all(|shown| shown.media_id != *id);
        let wanted = self.media.iter().flatten().filter(|file| is_new(&file.media_id));
        wanted.map(|file| (file.pointer.clone(), file.media_id.clone())).collect()
    }

    /// What the post shows from now on: files that it does not show yet are looked into, and one without a description
    /// here brings its own.
    pub(crate) async fn attachments(
        &mut self,
        media: &attaching::Ports<'_>,
        before: &Post,
        now: Timestamp,
    ) -> Result<Vec<Attachment>> {
        let Some(wanted) = &self.media else { return Ok(before.media.clone()) };
        let new = self.new_media(before);
        let found = attaching::check(media, &before.owner, &new, &mut self.mistakes, now).await?;
        let attached = wanted.iter().filter_map(|file| {
            if let Some(shown) = before.media.iter().find(|shown| shown.media_id == file.media_id) {
                return Some(Attachment { alt_text: file.alt_text.clone(), ..shown.clone() });
            }
            let found = found.iter().find(|found| found.media_id == file.media_id)?.clone();
            Some(Attachment { alt_text: file.alt_text.clone().or(found.alt_text), ..found })
        });
        Ok(attached.collect())
    }

    /// The instant that the body asks for, in its own zone or else in the one that the post has already.
    pub(crate) fn instant(&mut self, known_zone: Option<&str>, now: Timestamp) -> Option<Timestamp> {
        let wish = self.publish_at.as_deref()?;
        let known_zone = known_zone.and_then(|name| TimeZone::get(name).ok());
        let zone = self.time_zone.as_ref().map(|(_, zone)| zone).or(known_zone.as_ref());
        instant(wish, zone, &mut self.mistakes).inspect(|at| check_distance(*at, now, &mut self.mistakes))
    }
}

fn targets_of(asks: Vec<Field<TargetAsk>>, mistakes: &mut Mistakes) -> Vec<Wanted> {
    if asks.len() > MAX_TARGETS {
        // Said by whoever counts them; each one's mistakes would only hide that.
        return Vec::new();
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    for (index, ask) in asks.into_iter().enumerate() {
        let pointer = format!("/targets/{index}");
        let Some(ask) = ask.required(&pointer, mistakes) else { continue };
        mistakes.unknown(&pointer, &ask.unknown);
        let text = ask.text.optional(&format!("{pointer}/text"), mistakes);
        let options = options(ask.options, &format!("{pointer}/options"), mistakes);
        let at = format!("{pointer}/connectionId");
        let Some(connection) = ask.connection_id.required(&at, mistakes).map(ConnectionId) else { continue };
        if wanted.iter().any(|other| other.connection == connection) {
            mistakes.add(at, "duplicate_target", "this connection is named twice; name it once");
            continue;
        }
        wanted.push(Wanted { pointer, connection, text, options });
    }
    wanted
}

fn media(asks: Vec<Field<MediaAsk>>, mistakes: &mut Mistakes) -> Vec<WantedFile> {
    if asks.len() > MAX_MEDIA {
        let detail = format!("{} files are more than the {MAX_MEDIA} allowed", asks.len());
        mistakes.add("/media", "too_many_media", detail);
        return Vec::new();
    }
    let mut media: Vec<WantedFile> = Vec::new();
    for (index, ask) in asks.into_iter().enumerate() {
        let pointer = format!("/media/{index}");
        let Some(ask) = ask.required(&pointer, mistakes) else { continue };
        mistakes.unknown(&pointer, &ask.unknown);
        let alt_text = ask.alt_text.optional(&format!("{pointer}/altText"), mistakes);
        if alt_text.as_ref().is_some_and(|text| text.chars().count() > MAX_ALT_CHARS) {
            let detail = format!("a description has at most {MAX_ALT_CHARS} characters; shorten it");
            mistakes.add(format!("{pointer}/altText"), "alt_text_too_long", detail);
        }
        let at = format!("{pointer}/mediaId");
        let Some(media_id) = ask.media_id.required(&at, mistakes).map(MediaId) else { continue };
        if media.iter().any(|other| other.media_id == media_id) {
            mistakes.add(at, "duplicate_media", "this file is named twice; name it once");
            continue;
        }
        media.push(WantedFile { pointer: at, media_id, alt_text });
    }
    media
}

fn late_policy_of(ask: LatePolicyAsk, mistakes: &mut Mistakes) -> Option<LatePolicy> {
    mistakes.unknown("/latePolicy", &ask.unknown);
    let mode = ask.mode.required("/latePolicy/mode", mistakes);
    let at = "/latePolicy/afterSeconds";
    let after = match mode {
        Some(LateMode::Skip) => ask.after_seconds.required(at, mistakes),
        Some(LateMode::Publish) | None => ask.after_seconds.optional(at, mistakes),
    };
    if after.is_some_and(|seconds| seconds == 0 || Duration::from_secs(seconds.into()) > MAX_LATE) {
        let detail = format!("this must be from 1 to {} seconds", MAX_LATE.as_secs());
        mistakes.add(at, "out_of_range", detail);
    }
    match (mode?, after) {
        (LateMode::Publish, None) => Some(LatePolicy::Publish),
        (LateMode::Publish, Some(_)) => {
            mistakes.add(at, "unknown_field", "only the mode skip has this field; remove it");
            None
        }
        (LateMode::Skip, after) => after.map(|after_seconds| LatePolicy::Skip { after_seconds }),
    }
}

fn options(ask: Field<OptionsAsk>, pointer: &str, mistakes: &mut Mistakes) -> Options {
    let Some(ask) = ask.optional(pointer, mistakes) else { return Options::default() };
    mistakes.unknown(pointer, &ask.unknown);
    let at = |name: &str| format!("{pointer}/{name}");
    Options {
        visibility: ask.visibility.optional(&at("visibility"), mistakes),
        link: ask.link.optional(&at("link"), mistakes).map(Link::from),
        first_comment: ask.first_comment.optional(&at("firstComment"), mistakes),
        reply_settings: ask.reply_settings.optional(&at("replySettings"), mistakes),
        thread_numbering: ask.thread_numbering.optional(&at("threadNumbering"), mistakes),
        on_thread_failure: ask.on_thread_failure.optional(&at("onThreadFailure"), mistakes),
        media_kind: ask.media_kind.optional(&at("mediaKind"), mistakes),
    }
}

fn zone(name: String, mistakes: &mut Mistakes) -> Option<(String, TimeZone)> {
    match TimeZone::get(&name) {
        Ok(zone) => Some((name, zone)),
        Err(_) => {
            let detail = "not an IANA time zone; write one such as Europe/Berlin";
            mistakes.add("/timeZone", "unknown_time_zone", detail);
            None
        }
    }
}

/// The instant that a person means: one with an offset, or a local time by the rules of the zone on that day.
fn instant(wish: &str, zone: Option<&TimeZone>, mistakes: &mut Mistakes) -> Option<Timestamp> {
    let mut wrong = |code, detail: &str| {
        mistakes.add("/publishAt", code, detail);
        None
    };
    let instant = if let Ok(instant) = wish.parse::<Timestamp>() {
        instant
    } else if let Ok(local) = wish.parse::<DateTime>() {
        let Some(zone) = zone else {
            return wrong(
                "time_zone_required",
                "a local time needs timeZone beside it, or an offset such as Z or +01:00",
            );
        };
        match zone.to_ambiguous_timestamp(local).unambiguous() {
            Ok(instant) => instant,
            Err(_) => {
                let detail = "the clocks change then, so this local time does not exist or exists twice; give it an offset such as +01:00";
                return wrong("ambiguous_local_time", detail);
            }
        }
    } else {
        return wrong("invalid_time", "not a time; write one such as 2026-12-01T09:00:00Z");
    };
    instant.round(Unit::Millisecond).ok().or_else(|| wrong("invalid_time", "this time lies out of range"))
}

fn check_distance(at: Timestamp, now: Timestamp, mistakes: &mut Mistakes) {
    if at < now + MIN_AHEAD {
        let detail = "the time must lie at least 10 seconds ahead; choose a later one, or publish now";
        mistakes.add("/publishAt", "publish_at_in_past", detail);
    } else if at > now + MAX_AHEAD {
        mistakes.add("/publishAt", "publish_at_too_far", "the time must lie at most 366 days ahead");
    }
}
