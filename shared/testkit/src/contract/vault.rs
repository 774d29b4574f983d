//! The contract of the vault. It says nothing of bytes that were tampered with: KMS refuses them, and the emulator's
//! does not.

use std::sync::Arc;

use domain::Error;
use domain::connection::{Sealed, Tokens};
use domain::id::{ConnectionId, OwnerId};
use domain::ports::Vault;
use domain::secret::Secret;

use crate::contract::{an_owner, connection_id};

/// One vault as two processes reach it: neither remembers what the other did.
pub struct Place {
    /// Where it is sealed.
    pub here: Arc<dyn Vault>,
    /// Where it is opened.
    pub there: Arc<dyn Vault>,
}

/// By whoever sealed them, and by everybody else who asks for this owner and connection.
pub async fn tokens_are_opened_as_they_were_sealed(place: &Place) {
    let (owner, id) = (an_owner(), connection_id(1));
    for refresh in [None, Some(Secret::new("refresh \"🔔\"".into()))] {
        let tokens = Tokens { access: Secret::new("access \"🔔\"".into()), refresh };
        let sealed = place.here.seal(&owner, &id, &tokens).await.unwrap();
        // Twice: what was opened once may be remembered.
        for vault in [&place.here, &place.there, &place.there] {
            assert_eq!(vault.open(&owner, &id, &sealed).await.unwrap(), tokens);
        }
    }
}

/// Not even where they were just opened.
pub async fn nobody_opens_what_was_sealed_for_another_owner(place: &Place) {
    let (owner, id) = (an_owner(), connection_id(1));
    let sealed = sealed_and_opened(place, &owner, &id).await;
    refuse(place, &an_owner(), &id, &sealed).await;
}

/// Of the same owner.
pub async fn nobody_opens_what_was_sealed_for_another_connection(place: &Place) {
    let (owner, id) = (an_owner(), connection_id(1));
    let sealed = sealed_and_opened(place, &owner, &id).await;
    refuse(place, &owner, &connection_id(2), &sealed).await;
}

/// However long it is.
pub async fn what_was_never_sealed_is_refused(place: &Place) {
    for length in [1, 36, 100, 1_000] {
        refuse(place, &an_owner(), &connection_id(1), &Sealed(vec![b'x'; length])).await;
    }
}

async fn sealed_and_opened(place: &Place, owner: &OwnerId, id: &ConnectionId) -> Sealed {
    let tokens = Tokens { access: Secret::new("access".into()), refresh: None };
    let sealed = place.here.seal(owner, id, &tokens).await.unwrap();
    assert_eq!(place.there.open(owner, id, &sealed).await.unwrap(), tokens);
    sealed
}

/// Asking again would not help.
async fn refuse(place: &Place, owner: &OwnerId, id: &ConnectionId, sealed: &Sealed) {
    for vault in [&place.here, &place.there] {
        let opened = vault.open(owner, id, sealed).await;
        assert!(matches!(opened, Err(Error::Broken { .. })), "{opened:?}");
    }
}
