//! The contract of connections.

use domain::connection::{Account, AccountKind, Connection, ConnectionStatus, Renewal, Sealed};
use domain::id::{ConnectionId, LeaseToken, OwnerId};
use domain::platform::Platform;
use domain::ports::{Connections, KEEP_SHARDS, KeepKey};
use domain::upkeep::{Chore, Upkeep};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::contract::{a_lease, an_owner, at, connection_id, millisecond};

/// Every field survives, in every shape that it may have.
pub async fn a_connection_is_found_as_it_was_kept(connections: &dyn Connections) {
    let owner = an_owner();
    let full = a_connection(&owner, 1);
    let mut bare = a_connection(&owner, 2);
    bare.platform = Platform::X;
    bare.account = Account { kind: AccountKind::Person, handle: None, avatar_url: None, ..bare.account };
    bare.status = ConnectionStatus::NeedsReconnect;
    bare.scopes = vec![];
    bare.sealed = Sealed((0..=255).collect());
    bare.expires_at = None;
    bare.upkeep = None;
    for connection in [full, bare] {
        assert_eq!(connections.connect(&connection).await.unwrap(), connection);
        assert_eq!(find(connections, &connection).await, connection);
    }
}

/// Account, tokens, scopes and upkeep are new, gate and lease are gone.
pub async fn connecting_again_keeps_the_birth_and_counts_the_version(connections: &dyn Connections) {
    let first = kept(connections).await;
    connections.close(&first.owner, &first.id, at(99)).await.unwrap();
    assert!(
        connections.lease_refresh(&first.owner, &first.id, 1, at(0), &a_lease("a", at(30))).await.unwrap()
    );
    assert!(connections.needs_reconnect(&first.owner, &first.id, 1).await.unwrap());
    let mut again = first.clone();
    again.account.display_name = "Alicia".into();
    again.account.handle = None;
    again.scopes = vec!["less".into()];
    again.sealed = Sealed(vec![7]);
    again.expires_at = None;
    again.upkeep = Some(Upkeep { at: at(9), chore: Chore::Renew });
    again.created_at = at(1000);
    let wanted = Connection { token_version: 2, created_at: first.created_at, ..again.clone() };
    assert_eq!(connections.connect(&again).await.unwrap(), wanted);
    assert_eq!(find(connections, &first).await, wanted);
    assert_eq!(connections.connect(&again).await.unwrap().token_version, 3);
}

/// Neither alone nor among others.
pub async fn nobody_finds_another_owners_connection(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let other = an_owner();
    assert_eq!(connections.find(&other, &connection.id).await.unwrap(), None);
    assert_eq!(connections.find_all(&other, std::slice::from_ref(&connection.id)).await.unwrap(), []);
    assert_eq!(connections.list(&other).await.unwrap(), []);
}

/// Whoever calls may name anything, also beside one that exists.
pub async fn a_name_that_no_connection_can_have_finds_none(connections: &dyn Connections) {
    let connection = kept(connections).await;
    for name in [String::new(), "a".repeat(1025), "é".repeat(513)] {
        let ids = [ConnectionId(name), connection.id.clone()];
        assert_eq!(connections.find(&connection.owner, &ids[0]).await.unwrap(), None);
        let found = connections.find_all(&connection.owner, &ids).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&connection));
    }
}

/// Asking twice for one, or for one that is not there, is no mistake.
pub async fn those_that_exist_are_found_each_once(connections: &dyn Connections) {
    let owner = an_owner();
    for number in [1, 2, 3] {
        connections.connect(&a_connection(&owner, number)).await.unwrap();
    }
    let ids = [1, 3, 9, 3].map(connection_id);
    let mut found = connections.find_all(&owner, &ids).await.unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(found, [a_connection(&owner, 1), a_connection(&owner, 3)]);
    assert_eq!(connections.find_all(&owner, &[]).await.unwrap(), []);
}

/// The most that may be asked for.
pub async fn a_hundred_are_found_at_once(connections: &dyn Connections) {
    let owner = an_owner();
    for number in 0..100 {
        connections.connect(&a_connection(&owner, number)).await.unwrap();
    }
    let ids: Vec<_> = (0..100).map(connection_id).collect();
    assert_eq!(connections.find_all(&owner, &ids).await.unwrap().len(), 100);
    assert_eq!(connections.list(&owner).await.unwrap().len(), 100);
}

/// By id, whatever the order in which they were made.
pub async fn a_list_shows_one_owner_ordered_by_id(connections: &dyn Connections) {
    let (owner, other) = (an_owner(), an_owner());
    for number in [3, 1, 2] {
        connections.connect(&a_connection(&owner, number)).await.unwrap();
        connections.connect(&a_connection(&other, number)).await.unwrap();
    }
    let wanted = [1, 2, 3].map(|number| a_connection(&owner, number));
    assert_eq!(connections.list(&owner).await.unwrap(), wanted);
}

/// Until it runs out.
pub async fn a_refresh_lease_is_held_by_one_at_a_time(connections: &dyn Connections) {
    let Connection { owner, id, .. } = &kept(connections).await;
    let (first, second) = (a_lease("first", at(30)), a_lease("second", at(60)));
    assert!(connections.lease_refresh(owner, id, 1, at(0), &first).await.unwrap());
    assert!(!connections.lease_refresh(owner, id, 1, at(30) - millisecond(), &second).await.unwrap());
    let held = connections.find(owner, id).await.unwrap().unwrap().refresh_lease;
    assert_eq!(held, Some(first));
    assert!(connections.lease_refresh(owner, id, 1, at(30), &second).await.unwrap());
    let held = connections.find(owner, id).await.unwrap().unwrap().refresh_lease;
    assert_eq!(held, Some(second));
}

/// Whoever read older tokens finds that there are new ones.
pub async fn a_refresh_lease_is_for_the_present_tokens_only(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let lease = a_lease("a", at(30));
    for version in [0, 2] {
        let taken =
            connections.lease_refresh(&connection.owner, &connection.id, version, at(0), &lease).await;
        assert!(!taken.unwrap());
    }
    assert_eq!(find(connections, &connection).await, connection);
}

/// X accepts each refresh token once.
pub async fn of_eight_refreshers_one_gets_the_lease(connections: &dyn Connections) {
    let Connection { owner, id, .. } = &kept(connections).await;
    let leases: Vec<_> = (0..8).map(|racer| a_lease(&format!("racer-{racer}"), at(30))).collect();
    let taken =
        join_all(leases.iter().map(|lease| connections.lease_refresh(owner, id, 1, at(0), lease))).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap()).count(), 1);
}

/// The version counts up and the lease is given back.
pub async fn new_tokens_are_stored_under_the_lease(connections: &dyn Connections) {
    let connection = kept(connections).await;
    for (version, expires_at) in [(1, Some(at(7200))), (2, None)] {
        let lease = a_lease(&format!("lease-{version}"), at(30));
        let taken =
            connections.lease_refresh(&connection.owner, &connection.id, version, at(0), &lease).await;
        assert!(taken.unwrap());
        let renewal = Renewal { expires_at, ..renewal(&connection, &lease.token.0) };
        let wanted = Connection {
            sealed: renewal.sealed.clone(),
            token_version: version + 1,
            expires_at,
            upkeep: renewal.upkeep,
            ..connection.clone()
        };
        assert_eq!(connections.renew(&renewal).await.unwrap(), Some(wanted.clone()));
        assert_eq!(find(connections, &connection).await, wanted);
    }
}

/// A client repeats a request whose answer was lost, and finds its own work.
pub async fn the_same_new_tokens_twice_are_stored_once(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let (owner, id) = (&connection.owner, &connection.id);
    assert!(connections.lease_refresh(owner, id, 1, at(0), &a_lease("lease", at(30))).await.unwrap());
    let renewal = renewal(&connection, "lease");
    let first = connections.renew(&renewal).await.unwrap().unwrap();
    assert_eq!(connections.renew(&renewal).await.unwrap(), Some(first.clone()));
    assert_eq!(find(connections, &connection).await, first);
}

/// Neither under another lease, nor under none, nor after connecting again.
pub async fn new_tokens_are_not_stored_under_a_lost_lease(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let Connection { owner, id, .. } = &connection;
    assert_eq!(connections.renew(&renewal(&connection, "none")).await.unwrap(), None);
    assert!(connections.lease_refresh(owner, id, 1, at(0), &a_lease("old", at(30))).await.unwrap());
    assert!(connections.lease_refresh(owner, id, 1, at(30), &a_lease("new", at(60))).await.unwrap());
    assert_eq!(connections.renew(&renewal(&connection, "old")).await.unwrap(), None);
    let again = connections.connect(&connection).await.unwrap();
    assert_eq!(connections.renew(&renewal(&connection, "new")).await.unwrap(), None);
    assert_eq!(find(connections, &connection).await, again);
}

/// A refusal of older tokens says nothing about the present ones.
pub async fn only_the_present_tokens_can_need_a_reconnect(connections: &dyn Connections) {
    let connection = kept(connections).await;
    for version in [0, 2] {
        assert!(!connections.needs_reconnect(&connection.owner, &connection.id, version).await.unwrap());
    }
    assert_eq!(find(connections, &connection).await, connection);
    assert!(connections.needs_reconnect(&connection.owner, &connection.id, 1).await.unwrap());
    let wanted = Connection { status: ConnectionStatus::NeedsReconnect, upkeep: None, ..connection.clone() };
    assert_eq!(find(connections, &connection).await, wanted);
}

/// The new pair is the only one that the platform still takes: losing it would disconnect the person.
pub async fn a_renewal_in_flight_lands_although_a_reconnect_was_asked_for(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let Connection { owner, id, .. } = &connection;
    assert!(connections.lease_refresh(owner, id, 1, at(0), &a_lease("a", at(30))).await.unwrap());
    assert!(connections.needs_reconnect(owner, id, 1).await.unwrap());
    let renewed =
        connections.renew(&renewal(&connection, "a")).await.unwrap().expect("the lease is still ours");
    assert_eq!((renewed.status, renewed.token_version), (ConnectionStatus::Active, 2));
    assert!(renewed.upkeep.is_some());
}

/// Nobody hears of it when there are newer ones.
pub async fn only_the_present_tokens_can_be_marked_as_expired(connections: &dyn Connections) {
    let connection = kept(connections).await;
    connections.expire(&connection.owner, &connection.id, 2, at(5)).await.unwrap();
    assert_eq!(find(connections, &connection).await, connection);
    connections.expire(&connection.owner, &connection.id, 1, at(5)).await.unwrap();
    let wanted = Connection { expires_at: Some(at(5)), ..connection.clone() };
    assert_eq!(find(connections, &connection).await, wanted);
}

/// Two workers may be sent away at once, for different times.
pub async fn the_longest_closing_counts(connections: &dyn Connections) {
    let connection = kept(connections).await;
    for (until, wanted) in [(60, 60), (30, 60), (90, 90)] {
        connections.close(&connection.owner, &connection.id, at(until)).await.unwrap();
        assert_eq!(find(connections, &connection).await.closed_until, Some(at(wanted)));
    }
}

/// Another owner's of the same name stays.
pub async fn a_connection_is_removed_once_and_given_back_as_it_was(connections: &dyn Connections) {
    let (owner, other) = (an_owner(), an_owner());
    let connection = a_connection(&owner, 1);
    connections.connect(&connection).await.unwrap();
    connections.connect(&a_connection(&other, 1)).await.unwrap();
    assert_eq!(connections.remove(&owner, &connection.id).await.unwrap(), Some(connection.clone()));
    assert_eq!(connections.remove(&owner, &connection.id).await.unwrap(), None);
    assert_eq!(connections.find(&owner, &connection.id).await.unwrap(), None);
    assert!(connections.find(&other, &connection.id).await.unwrap().is_some());
}

/// From the millisecond on, and as long as there is something to be done.
pub async fn a_connection_is_to_be_kept_in_one_shard_from_its_time_on(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let Connection { owner, id, .. } = &connection;
    assert_eq!(to_keep(connections, owner, at(1800)).await, []);
    assert_eq!(to_keep(connections, owner, at(1800) + millisecond()).await, std::slice::from_ref(id));
    assert!(connections.plan_upkeep(&connection, None).await.unwrap());
    assert_eq!(to_keep(connections, owner, at(9000)).await, []);
    assert_eq!(find(connections, &connection).await, Connection { upkeep: None, ..connection });
}

/// By when it was to be done, whoever owns it.
pub async fn what_is_to_be_kept_comes_earliest_first(connections: &dyn Connections) {
    let (owner, id) = (an_owner(), connection_id(1));
    let mut owners = vec![owner.clone()];
    for second in [3, 1, 2] {
        let another = an_owner();
        let upkeep = Some(Upkeep { at: at(second), chore: Chore::Renew });
        connections.connect(&Connection { upkeep, ..a_connection(&another, 1) }).await.unwrap();
        owners.push(another);
    }
    for shard in 0..KEEP_SHARDS {
        let found = connections.to_keep(shard, at(3)).await.unwrap();
        let found: Vec<_> = found.into_iter().filter(|key| owners.contains(&key.owner)).collect();
        let wanted = [2, 3, 1].map(|place: usize| owners[place].clone());
        let wanted = wanted.map(|owner| KeepKey { owner, connection: id.clone() });
        assert!(found.is_empty() || found == wanted, "shard {shard} has {found:?}");
    }
}

/// Of two that see the same one goes on, and new tokens have an upkeep of their own.
pub async fn upkeep_is_planned_only_as_it_was_seen(connections: &dyn Connections) {
    let first = kept(connections).await;
    let later = Some(Upkeep { at: at(5000), chore: Chore::Warn });
    assert!(connections.plan_upkeep(&first, later).await.unwrap());
    assert!(!connections.plan_upkeep(&first, None).await.unwrap());
    let second = Connection { upkeep: later, ..first };
    assert_eq!(find(connections, &second).await, second);
    let again = connections.connect(&second).await.unwrap();
    assert!(!connections.plan_upkeep(&second, None).await.unwrap());
    assert_eq!(find(connections, &second).await, again);
    assert!(connections.plan_upkeep(&again, None).await.unwrap());
    let without = Connection { upkeep: None, ..again };
    assert!(connections.plan_upkeep(&without, later).await.unwrap());
}

/// Neither while its person is called for, nor after it was removed.
pub async fn what_only_its_person_can_mend_is_not_kept(connections: &dyn Connections) {
    let connection = kept(connections).await;
    let Connection { owner, id, .. } = &connection;
    assert!(connections.needs_reconnect(owner, id, 1).await.unwrap());
    assert_eq!(to_keep(connections, owner, at(9000)).await, []);
    connections.connect(&connection).await.unwrap();
    assert_eq!(to_keep(connections, owner, at(9000)).await, std::slice::from_ref(id));
    connections.remove(owner, id).await.unwrap();
    assert_eq!(to_keep(connections, owner, at(9000)).await, []);
}

/// A connection that was removed stays removed.
pub async fn what_does_not_exist_is_not_made_by_changing_it(connections: &dyn Connections) {
    let ghost = a_connection(&an_owner(), 1);
    let Connection { owner, id, .. } = &ghost;
    assert!(!connections.lease_refresh(owner, id, 1, at(0), &a_lease("a", at(30))).await.unwrap());
    assert_eq!(connections.renew(&renewal(&ghost, "a")).await.unwrap(), None);
    assert!(!connections.needs_reconnect(owner, id, 1).await.unwrap());
    assert!(!connections.plan_upkeep(&ghost, None).await.unwrap());
    connections.expire(owner, id, 1, at(5)).await.unwrap();
    connections.close(owner, id, at(5)).await.unwrap();
    assert_eq!(connections.find(owner, id).await.unwrap(), None);
}

async fn kept(connections: &dyn Connections) -> Connection {
    connections.connect(&a_connection(&an_owner(), 1)).await.unwrap()
}

/// What this owner has to be kept, in all shards.
async fn to_keep(connections: &dyn Connections, owner: &OwnerId, now: Timestamp) -> Vec<ConnectionId> {
    let mut found = Vec::new();
    for shard in 0..KEEP_SHARDS {
        found.extend(connections.to_keep(shard, now).await.unwrap());
    }
    found.into_iter().filter(|key| key.owner == *owner).map(|key| key.connection).collect()
}

async fn find(connections: &dyn Connections, connection: &Connection) -> Connection {
    connections.find(&connection.owner, &connection.id).await.unwrap().expect("it was kept")
}

fn renewal(connection: &Connection, lease: &str) -> Renewal {
    Renewal {
        owner: connection.owner.clone(),
        id: connection.id.clone(),
        lease: LeaseToken(lease.into()),
        sealed: Sealed(format!("renewed under {lease}").into_bytes()),
        expires_at: Some(at(7200)),
        upkeep: Some(Upkeep { at: at(3600), chore: Chore::Renew }),
    }
}

fn a_connection(owner: &OwnerId, number: u32) -> Connection {
    Connection {
        owner: owner.clone(),
        id: connection_id(number),
        platform: Platform::LinkedIn,
        account: Account {
            id: format!("urn:li:organization:{number}"),
            login: Platform::LinkedIn,
            kind: AccountKind::Organization,
            display_name: "Alice & Söhne".into(),
            handle: Some("alice".into()),
            avatar_url: Some("https://example.com/alice.png".into()),
        },
        status: ConnectionStatus::Active,
        scopes: vec!["w_member_social".into(), "r_basicprofile".into()],
        sealed: Sealed(vec![0, 1, 255]),
        token_version: 1,
        expires_at: Some(at(3600) + millisecond()),
        closed_until: None,
        refresh_lease: None,
        upkeep: Some(Upkeep { at: at(1800) + millisecond(), chore: Chore::Warn }),
        created_at: at(-60) + millisecond(),
    }
}
