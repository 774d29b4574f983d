//! What every implementation of a port must do, whether it is memory or a neighbour.
//!
//! A case is a plain `async fn` over the port; each makes an owner of its own, so cases may share a table. The macros
//! make a test of each case:
//! ```text
//! testkit::posts_contract!(MemoryPosts::default());
//! ```

#![allow(clippy::unwrap_used, reason = "a contract is a test, and a test may")]

pub mod analytics;
pub mod client_secrets;
pub mod connections;
pub mod events;
pub mod files;
pub mod gates;
pub mod letterbox;
pub mod media_shelf;
pub mod oauth_states;
pub mod posts;
pub mod queues;
pub mod rate_limits;
pub mod schedules;
pub mod vault;

use domain::id::{ConnectionId, LeaseToken, OwnerId, PostId};
use domain::platform::Platform;
use domain::post::Post;
use domain::target::{Lease, Target};
use jiff::{SignedDuration, Timestamp};

/// Makes a `#[tokio::test]` of every case of the contract of posts. The expression is evaluated in each of them, may
/// await, and yields something that implements `Posts`.
#[macro_export]
macro_rules! posts_contract {
    ($port:expr) => {
        $crate::contract_cases! { posts, $port, [
            a_post_is_found_as_it_was_kept,
            the_same_id_twice_is_refused_with_what_is_there,
            nobody_finds_another_owners_post,
            a_name_that_no_post_can_have_finds_none,
            a_list_is_ordered_by_time_and_then_by_id,
            a_list_begins_at_from_and_ends_before_to,
            a_list_goes_on_after_any_place,
            a_list_shows_one_owner_only,
            a_claim_to_send_takes_the_lease_and_returns_the_whole_post,
            a_claim_to_settle_takes_the_lease_and_counts_the_looks,
            a_claim_is_granted_exactly_when_the_domain_says_so,
            a_claim_needs_the_revision_the_post_and_the_target,
            of_eight_claims_one_is_granted,
            a_record_under_the_lease_writes_the_target_and_nothing_else,
            a_record_without_the_lease_is_refused,
            a_record_of_another_revision_is_refused,
            a_record_moves_the_post_in_the_index_of_due_posts,
            a_preparation_is_written_only_by_whoever_holds_it,
            an_amendment_writes_what_it_touches_and_nothing_else,
            an_amendment_of_what_has_moved_is_refused,
            an_amendment_does_not_undo_what_a_worker_did_meanwhile,
            an_amendment_does_not_undo_a_part_that_was_recorded_meanwhile,
            an_amendment_takes_targets_out_and_puts_targets_in,
            an_amendment_moves_a_draft_to_its_time,
            drafts_come_after_every_time_and_can_be_listed_alone,
            a_post_is_discarded_only_as_it_was_seen,
            of_eight_amendments_one_is_written,
            a_stopped_attempt_is_recorded_under_the_new_revision,
            a_post_is_due_in_one_shard_from_its_time_on,
            due_posts_come_earliest_first,
            a_post_is_rescheduled_only_as_it_was_seen,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of connections; see [`posts_contract`].
#[macro_export]
macro_rules! connections_contract {
    ($port:expr) => {
        $crate::contract_cases! { connections, $port, [
            a_connection_is_found_as_it_was_kept,
            connecting_again_keeps_the_birth_and_counts_the_version,
            nobody_finds_another_owners_connection,
            a_name_that_no_connection_can_have_finds_none,
            those_that_exist_are_found_each_once,
            a_hundred_are_found_at_once,
            a_list_shows_one_owner_ordered_by_id,
            a_refresh_lease_is_held_by_one_at_a_time,
            a_refresh_lease_is_for_the_present_tokens_only,
            of_eight_refreshers_one_gets_the_lease,
            new_tokens_are_stored_under_the_lease,
            the_same_new_tokens_twice_are_stored_once,
            new_tokens_are_not_stored_under_a_lost_lease,
            only_the_present_tokens_can_need_a_reconnect,
            a_renewal_in_flight_lands_although_a_reconnect_was_asked_for,
            only_the_present_tokens_can_be_marked_as_expired,
            the_longest_closing_counts,
            a_connection_is_to_be_kept_in_one_shard_from_its_time_on,
            what_is_to_be_kept_comes_earliest_first,
            upkeep_is_planned_only_as_it_was_seen,
            what_only_its_person_can_mend_is_not_kept,
            a_connection_is_removed_once_and_given_back_as_it_was,
            what_does_not_exist_is_not_made_by_changing_it,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of gates; see [`posts_contract`].
#[macro_export]
macro_rules! gates_contract {
    ($port:expr) => {
        $crate::contract_cases! { gates, $port, [
            a_gate_is_open_until_somebody_closes_it,
            a_gate_opens_by_itself_when_its_time_has_come,
            of_two_closings_the_longer_one_counts,
            a_closed_platform_closes_no_other,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of OAuth states; see [`posts_contract`].
#[macro_export]
macro_rules! oauth_states_contract {
    ($port:expr) => {
        $crate::contract_cases! { oauth_states, $port, [
            a_state_is_consumed_once_and_as_it_was_kept,
            of_fifty_consumers_one_gets_the_state,
            neither_another_owner_nor_another_platform_burns_a_state,
            a_state_is_worth_nothing_from_its_expiry_on,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of rate limits; see [`posts_contract`].
#[macro_export]
macro_rules! rate_limits_contract {
    ($port:expr) => {
        $crate::contract_cases! { rate_limits, $port, [
            as_many_calls_pass_as_are_allowed,
            a_call_passes_when_the_oldest_has_left_the_window,
            a_refused_call_does_not_count,
            a_call_from_before_the_last_one_counts_as_made_with_it,
            one_subject_does_not_touch_another,
            one_limit_does_not_touch_another,
            a_changed_allowance_starts_afresh,
            looking_shows_what_is_left_and_counts_nothing,
            the_smallest_and_the_largest_allowance_work,
            of_eight_callers_at_once_exactly_as_many_calls_pass_as_are_allowed,
            every_call_is_judged_as_by_the_register,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of the media shelf; see [`posts_contract`].
#[macro_export]
macro_rules! media_shelf_contract {
    ($port:expr) => {
        $crate::contract_cases! { media_shelf, $port, [
            a_file_is_found_as_it_was_put,
            nobody_reaches_another_owners_file,
            an_arrival_is_remembered_if_it_was_waited_for,
            a_held_file_is_marked_and_does_not_expire,
            what_has_expired_or_is_being_removed_cannot_be_held,
            eight_posts_hold_one_file_at_once,
            a_released_file_loses_one_mark_and_stays,
            a_file_is_withdrawn_only_as_it_was_seen,
            what_is_forgotten_is_gone,
            no_file_is_made_by_changing_it,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of files, which takes a [`files::Place`]; see
/// [`posts_contract`].
#[macro_export]
macro_rules! files_contract {
    ($port:expr) => {
        $crate::contract_cases! { files, $port, [
            a_file_is_seen_when_it_has_arrived,
            of_a_large_file_the_first_bytes_are_seen,
            a_file_of_another_size_is_refused,
            a_file_without_its_headers_is_refused,
            a_file_is_sent_once,
            a_permission_ends,
            a_kept_file_stays,
            a_deleted_file_is_gone,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of analytics; see [`posts_contract`].
#[macro_export]
macro_rules! analytics_contract {
    ($port:expr) => {
        $crate::contract_cases! { analytics, $port, [
            a_record_is_found_as_it_was_written,
            nobody_finds_another_owners_record,
            all_records_of_a_post_are_found_by_connection,
            what_was_written_since_it_was_read_is_not_overwritten,
            of_eight_writes_one_is_done,
            a_day_is_the_sum_of_its_records,
            a_record_that_moves_to_another_day_leaves_the_first,
            days_are_listed_from_the_first_to_the_last,
            a_record_is_due_in_one_shard_from_its_time_on,
            a_connections_records_are_due_in_the_same_shard_earliest_first,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of queues, which takes a [`queues::Place`]; see
/// [`posts_contract`].
#[macro_export]
macro_rules! queues_contract {
    ($port:expr) => {
        $crate::contract_cases! { queues, $port, [
            a_task_arrives_as_its_json,
            a_task_lands_in_its_own_queue,
            the_same_task_again_is_another_message,
            a_task_is_not_seen_before_its_delay,
            the_longest_delay_is_taken,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of schedules, which takes a [`schedules::Place`]; see
/// [`posts_contract`].
#[macro_export]
macro_rules! schedules_contract {
    ($port:expr) => {
        $crate::contract_cases! { schedules, $port, [
            a_schedule_exists_once_it_is_made,
            a_schedule_rings_at_its_second_and_is_gone,
            the_same_name_again_changes_nothing,
            a_deleted_schedule_is_gone,
            a_deleted_schedule_does_not_ring,
            one_schedule_does_not_touch_another,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of events, which takes an [`events::Place`]; see
/// [`posts_contract`].
#[macro_export]
macro_rules! events_contract {
    ($port:expr) => {
        $crate::contract_cases! { events, $port, [
            an_event_bears_our_name_and_its_kind,
            a_detail_holds_names_and_no_more,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of the vault, which takes a [`vault::Place`]; see
/// [`posts_contract`].
#[macro_export]
macro_rules! vault_contract {
    ($port:expr) => {
        $crate::contract_cases! { vault, $port, [
            tokens_are_opened_as_they_were_sealed,
            nobody_opens_what_was_sealed_for_another_owner,
            nobody_opens_what_was_sealed_for_another_connection,
            what_was_never_sealed_is_refused,
        ] }
    };
}

/// Makes a `#[tokio::test]` of every case of the contract of client secrets, which takes a [`client_secrets::Keeper`];
/// see [`posts_contract`].
#[macro_export]
macro_rules! client_secrets_contract {
    ($port:expr) => {
        $crate::contract_cases! { client_secrets, $port, [
            a_secret_is_found_as_it_is_kept,
            a_secret_that_is_not_there_is_an_error_that_names_none,
        ] }
    };
}

/// What the other macros are made of.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    ($suite:ident, $port:expr, [$($case:ident),* $(,)?]) => {
        $(
            #[tokio::test]
            async fn $case() {
                let port = $port;
                $crate::contract::$suite::$case(&port).await;
            }
        )*
    };
}

/// So many seconds after the morning on which all of this happens.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_796_115_600 + seconds).expect("a time within a few days is a timestamp")
}

fn millisecond() -> SignedDuration {
    SignedDuration::from_millis(1)
}

/// Somebody whom nobody has seen before.
fn an_owner() -> OwnerId {
    OwnerId(format!("owner-{:016x}", fastrand::u64(..)))
}

fn connection_id(number: u32) -> ConnectionId {
    ConnectionId(format!("con_{number:032x}"))
}

fn post_id(number: u32) -> PostId {
    PostId(format!("pst_{number:032x}"))
}

fn a_lease(token: &str, until: Timestamp) -> Lease {
    Lease { token: LeaseToken(token.into()), until }
}

/// A post of somebody new for connections 2 and 1, in this order, at second 0.
fn a_post() -> Post {
    a_post_of(&an_owner(), 1, at(0))
}

fn a_post_of(owner: &OwnerId, number: u32, publish_at: Timestamp) -> Post {
    Post {
        text: "Hello from the bell tower.".into(),
        publish_at: Some(publish_at),
        targets: vec![
            Target::scheduled(connection_id(2), Platform::X, publish_at),
            Target::scheduled(connection_id(1), Platform::LinkedIn, publish_at),
        ],
        revision: 1,
        due_at: Some(publish_at),
        ..Post::blank(owner.clone(), post_id(number), at(-3600))
    }
}

/// A draft for one connection, made at this time, that wishes for second 0.
fn a_draft(owner: &OwnerId, number: u32, made_at: Timestamp) -> Post {
    Post {
        publish_at: Some(at(0)),
        targets: vec![Target::draft(connection_id(2), Platform::X)],
        revision: 1,
        ..Post::blank(owner.clone(), post_id(number), made_at)
    }
}

#[cfg(test)]
mod tests {
    /// A case that no macro names would never run.
    #[test]
    fn every_case_is_listed() {
        let listed = include_str!("mod.rs");
        for suite in [
            include_str!("posts.rs"),
            include_str!("connections.rs"),
            include_str!("gates.rs"),
            include_str!("oauth_states.rs"),
            include_str!("rate_limits.rs"),
            include_str!("media_shelf.rs"),
            include_str!("files.rs"),
            include_str!("analytics.rs"),
            include_str!("queues.rs"),
            include_str!("schedules.rs"),
            include_str!("events.rs"),
            include_str!("vault.rs"),
            include_str!("client_secrets.rs"),
        ] {
            for case in suite.split("pub async fn ").skip(1) {
                let name = case.split('(').next().unwrap();
                assert!(listed.contains(&format!("    {name},\n")), "`{name}` is not listed");
            }
        }
    }
}
