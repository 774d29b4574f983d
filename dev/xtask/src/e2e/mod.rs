//! The deployed template from end to end, as a stranger's script would use it: HTTP and nothing else.
//!
//! `visitor` is the stranger, `judge` the sandbox that is asked what really happened, `patience` what waits, `leaks`
//! the search for secrets afterwards.
//! Each other module holds scenarios: functions whose name is the sentence that they show, each with people of its
//! own.

mod analytics;
mod changing;
mod connecting;
mod faults;
mod judge;
mod keeping;
mod leaks;
mod limits;
mod media;
mod owners;
mod paging;
mod patience;
mod refusals;
mod restart;
mod sending;
mod showing;
mod tokens;
mod visitor;

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

pub(crate) use judge::Seen;
pub(crate) use leaks::search as search_for_leaks;
pub(crate) use media::{film_before, uploaded, uploaded_film};
pub(crate) use patience::{ahead, past};
pub(crate) use restart::Waiting;
pub(crate) use visitor::{Account, Visitor, World, answer, scheduled};

use crate::http;
use crate::places::Places;
use crate::stack::Stack;

/// This many busy scenarios at once: more would only wait for each other.
const BUSY_AT_ONCE: usize = 4;
/// No scenario may take longer.
const PATIENCE: Duration = Duration::from_secs(240);

/// What `e2e` takes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only scenarios whose sentence contains this.
    part: Option<String>,
}

/// How one scenario ended.
pub(crate) struct Verdict {
    /// What it shows, as a sentence.
    pub(crate) sentence: String,
    /// From its first request to its end.
    pub(crate) took: Duration,
    /// An error tells what went otherwise.
    pub(crate) outcome: Result<()>,
}

/// The scenarios on the stack that is up.
///
/// # Errors
/// When none is up; what a scenario finds is its verdict.
pub(crate) async fn on_running(args: Args, tell: impl FnMut(&Verdict)) -> Result<()> {
    let stack = Stack::read(Places::of_up().stack_json())?;
    run(&stack, args.part.as_deref(), tell).await
}

/// Walks all scenarios, or those whose sentence contains `part`, and tells of each when it ends.
///
/// Those that wait for minutes begin at once and hardly disturb; the busy ones come next, a few at a time; those
/// that measure punctuality come when the busy ones are over.
///
/// # Errors
/// Only when nothing can be asked at all; what a scenario finds is its verdict.
pub(crate) async fn run(stack: &Stack, part: Option<&str>, tell: impl FnMut(&Verdict)) -> Result<()> {
    // All on one thread: they hardly do anything but wait.
    LocalSet::new().run_until(walk_all(stack, part, tell)).await
}

async fn walk_all(stack: &Stack, part: Option<&str>, mut tell: impl FnMut(&Verdict)) -> Result<()> {
    let world = World::new(http::client()?, stack.clone());
    let wanted = |scenario: &Scenario| part.is_none_or(|part| scenario.sentence().contains(part));
    let (mut slow, mut busy) = (JoinSet::new(), JoinSet::new());
    for scenario in slow_ones().into_iter().filter(&wanted) {
        slow.spawn_local(scenario.walk(world.clone(), None));
    }
    let turns = Arc::new(Semaphore::new(BUSY_AT_ONCE));
    for scenario in busy_ones().into_iter().filter(&wanted) {
        busy.spawn_local(scenario.walk(world.clone(), Some(Arc::clone(&turns))));
    }
    let mut punctual: Vec<Scenario> = punctual_ones().into_iter().filter(&wanted).collect();
    loop {
        if busy.is_empty() {
            for scenario in punctual.drain(..) {
                slow.spawn_local(scenario.walk(world.clone(), None));
            }
        }
        let ended = tokio::select! {
            Some(ended) = busy.join_next() => ended,
            Some(ended) = slow.join_next() => ended,
            else => break,
        };
        tell(&ended.context("a scenario panicked")?);
    }
    Ok(())
}

type Walk = Pin<Box<dyn Future<Output = Result<()>>>>;

#[derive(Clone, Copy)]
struct Scenario {
    name: &'static str,
    begin: fn(World) -> Walk,
}

impl Scenario {
    fn sentence(&self) -> String {
        self.name.replace('_', " ")
    }

    async fn walk(self, world: World, turns: Option<Arc<Semaphore>>) -> Verdict {
        let _turn = match &turns {
            Some(turns) => turns.acquire().await.ok(),
            None => None,
        };
        let began = Instant::now();
        let outcome = tokio::time::timeout(PATIENCE, (self.begin)(world)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("not over after {} s", PATIENCE.as_secs())));
        Verdict { sentence: self.sentence(), took: began.elapsed(), outcome }
    }
}

macro_rules! scenarios {
    ($($module:ident::$name:ident,)*) => {
        vec![$(Scenario { name: stringify!($name), begin: |world| Box::pin($module::$name(world)) },)*]
    };
}

/// Those whose time passes in waiting.
fn slow_ones() -> Vec<Scenario> {
    scenarios![
        faults::a_post_on_x_whose_answer_was_lost_is_settled_as_published_once,
        faults::a_post_of_a_member_whose_answer_was_unreadable_is_settled_as_published_once,
        faults::a_post_of_an_organization_whose_answer_was_lost_is_settled_as_published_once,
        faults::a_thread_whose_second_answer_was_lost_goes_on_when_the_part_is_found,
        limits::whoever_was_refused_passes_when_told_to_come_again_however_often_they_knocked,
    ]
}

/// Those that ask much in a short time.
fn busy_ones() -> Vec<Scenario> {
    scenarios![
        refusals::an_unknown_field_is_refused_by_its_pointer,
        refusals::every_mistake_is_listed_at_once,
        refusals::what_is_no_json_is_refused_before_it_is_read,
        refusals::a_wrong_type_is_named_by_its_pointer,
        refusals::a_time_that_cannot_be_meant_is_refused,
        refusals::targets_that_cannot_be_served_are_refused,
        refusals::what_a_platform_would_refuse_is_refused_before,
        tokens::a_call_without_a_good_token_is_refused,
        tokens::health_and_document_need_no_token,
        tokens::an_unknown_path_is_a_problem,
        connecting::connecting_lists_the_accounts_that_each_login_opens,
        connecting::connecting_again_keeps_the_ids,
        connecting::a_state_serves_once,
        connecting::a_state_of_somebody_else_is_refused_and_stays_good_for_its_owner,
        connecting::a_state_of_another_platform_is_refused,
        connecting::a_state_that_nobody_began_is_refused,
        connecting::a_code_that_the_platform_does_not_know_is_refused,
        paging::pages_follow_each_other_in_order_of_time,
        paging::a_limit_out_of_range_is_refused,
        owners::nobody_sees_or_stops_a_post_of_somebody_else,
        owners::nobody_posts_through_a_connection_of_somebody_else,
        owners::a_cursor_opens_only_the_list_that_gave_it,
        limits::of_eight_callers_racing_for_a_limit_exactly_as_many_pass_as_are_allowed,
        limits::nobody_uses_up_the_limit_of_somebody_else,
        limits::what_is_refused_before_it_is_read_is_not_counted,
        limits::the_document_is_counted_by_address_and_no_header_forges_one,
        changing::a_draft_that_nobody_wants_is_thrown_away,
        changing::the_same_request_under_its_key_makes_one_post,
        changing::a_post_published_everywhere_is_out_on_each_account,
        changing::the_preview_is_what_is_sent,
        changing::what_failed_is_sent_again_when_the_person_says_so,
        changing::a_removed_connection_sends_nothing_and_leaves_the_others_alone,
        media::a_file_goes_straight_to_s3_and_is_ready_then,
        media::a_permission_is_for_this_file_alone,
        media::nobody_sees_or_removes_a_file_of_somebody_else,
        media::a_removed_file_is_gone,
        media::a_file_that_nobody_could_show_is_refused,
        connecting::a_refusal_to_consent_and_a_partial_consent_are_told_apart,
        showing::a_picture_is_shown_on_every_platform_once,
        showing::a_film_is_shown_on_every_platform_once,
        showing::a_text_that_is_too_long_for_x_is_a_numbered_thread,
        showing::a_first_comment_hangs_below_its_post,
        showing::a_thread_that_cannot_be_finished_is_taken_down_when_its_person_wants_it,
        showing::what_a_platform_cannot_show_is_refused_with_the_rule,
        faults::a_version_that_has_ended_holds_up_no_post,
        faults::a_rate_limited_post_says_when_it_is_tried_again_and_can_be_canceled,
        faults::a_text_that_x_had_already_ends_as_failed_with_a_plain_reason,
        keeping::an_idle_connection_is_renewed_once_when_its_time_has_come,
        keeping::an_idle_connection_that_the_platform_ended_calls_for_its_person,
        keeping::a_member_of_linkedin_is_warned_once_before_their_connection_ends,
        analytics::a_summary_shows_what_was_published_and_the_same_event_again_changes_nothing,
        analytics::numbers_of_a_post_are_shown_after_a_collection,
        analytics::an_answer_that_the_caller_has_is_not_sent_again,
        analytics::a_summary_of_days_that_cannot_be_meant_is_refused,
    ]
}

/// Those that measure milliseconds.
fn punctual_ones() -> Vec<Scenario> {
    scenarios![
        sending::a_scheduled_post_appears_at_its_second_once_on_each_account,
        sending::a_text_arrives_as_it_was_typed,
        sending::a_target_may_have_a_text_of_its_own,
        sending::a_post_published_now_is_out_within_seconds,
        sending::a_canceled_post_is_not_sent,
        sending::a_post_far_ahead_can_be_canceled_once,
        changing::a_draft_is_kept_edited_and_sent_when_it_gets_a_time,
        changing::an_edited_post_is_sent_as_it_was_edited_and_only_then,
        changing::a_canceled_post_is_sent_after_all_when_it_gets_a_new_time,
        sending::a_local_time_is_resolved_by_the_rules_of_its_zone,
        faults::a_slow_connection_delays_nobody_else,
    ]
}
