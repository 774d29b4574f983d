//! The contract of OAuth states.

use domain::connection::OAuthState;
use domain::platform::Platform;
use domain::ports::OAuthStates;
use domain::secret::Secret;
use futures_util::future::join_all;

use crate::contract::{an_owner, at, millisecond};

/// With and without a verifier.
pub async fn a_state_is_consumed_once_and_as_it_was_kept(states: &dyn OAuthStates) {
    let bare = OAuthState { platform: Platform::LinkedIn, verifier: None, ..a_state() };
    for state in [a_state(), bare] {
        states.begin(&state).await.unwrap();
        let consume = || states.consume(&state.state, &state.owner, state.platform, at(0));
        assert_eq!(consume().await.unwrap().as_ref(), Some(&state));
        assert_eq!(consume().await.unwrap(), None);
    }
}

/// However many tabs the person has open.
pub async fn of_fifty_consumers_one_gets_the_state(states: &dyn OAuthStates) {
    let state = a_state();
    states.begin(&state).await.unwrap();
    let consumed =
        join_all((0..50).map(|_| states.consume(&state.state, &state.owner, state.platform, at(0)))).await;
    assert_eq!(consumed.into_iter().filter(|state| state.as_ref().unwrap().is_some()).count(), 1);
}

/// The person can still come home.
pub async fn neither_another_owner_nor_another_platform_burns_a_state(states: &dyn OAuthStates) {
    let state = a_state();
    states.begin(&state).await.unwrap();
    assert_eq!(states.consume(&state.state, &an_owner(), state.platform, at(0)).await.unwrap(), None);
    assert_eq!(states.consume(&state.state, &state.owner, Platform::LinkedIn, at(0)).await.unwrap(), None);
    assert_eq!(states.consume("unknown", &state.owner, state.platform, at(0)).await.unwrap(), None);
    let consumed = states.consume(&state.state, &state.owner, state.platform, at(0)).await.unwrap();
    assert_eq!(consumed, Some(state));
}

/// To the millisecond, however long the table keeps it.
pub async fn a_state_is_worth_nothing_from_its_expiry_on(states: &dyn OAuthStates) {
    let state = a_state();
    states.begin(&state).await.unwrap();
    let consume = |now| states.consume(&state.state, &state.owner, state.platform, now);
    assert_eq!(consume(state.expires_at).await.unwrap(), None);
    assert_eq!(consume(state.expires_at - millisecond()).await.unwrap(), Some(state.clone()));
}

fn a_state() -> OAuthState {
    OAuthState {
        state: format!("state-{:016x}", fastrand::u64(..)),
        owner: an_owner(),
        platform: Platform::X,
        verifier: Some(Secret::new("verifier".into())),
        expires_at: at(600) + millisecond(),
    }
}
