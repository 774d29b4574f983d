//! Who calls, and whose the things are that a call names.

use jiff::Timestamp;

use crate::graph::call::Call;
use crate::graph::problem::Refusal;
use crate::graph::proof::proof;
use crate::house::{House, World};
use crate::oauth::{Grant, Token};
use crate::pages::PageRole;
use crate::people::Person;
use crate::platform::Platform;

/// Somebody whose token is good.
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) scopes: Vec<String>,
    pub(crate) declined: Vec<String>,
    /// The Page that the token speaks for, if it is a Page's.
    pub(crate) page: Option<String>,
    pub(crate) token: String,
    pub(crate) now_ms: i64,
}

impl Caller {
    /// Whether the person allowed that.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }

    /// The role at the Page for which this token may act.
    ///
    /// # Errors
    /// 100/33 for another's Page, 190/2069032 for a token that is the user's.
    pub(crate) fn role_at(&self, method: &str, page: &str) -> Result<PageRole, Refusal> {
        let role = self.person.page(page).ok_or_else(|| Refusal::gone(method, page))?;
        match &self.page {
            Some(own) if own == page => Ok(role),
            Some(_) => Err(Refusal::gone(method, page)),
            None => Err(Refusal::sub(190, 2_069_032, "User Access Token Is Not Supported")
                .saying("A Page access token is required for this call for the new Pages experience.")),
        }
    }
}

/// The caller of a call, whose token and proof were looked at.
///
/// # Errors
/// 2500 without a token, 190 with a dead one, 100 with a missing or wrong proof.
pub(crate) fn authenticate(
    house: &House,
    world: &World,
    platform: Platform,
    call: &Call,
) -> Result<Caller, Refusal> {
    let token = call.token().ok_or_else(|| {
        Refusal::query("An active access token must be used to query information about the current user.")
    })?;
    let now_ms = house.now_ms();
    let (grant, known) = world
        .grants
        .known(platform, token)
        .ok_or_else(|| Refusal::new(190, "Invalid OAuth access token - Cannot parse access token"))?;
    if let Some(refusal) = dead(house, grant, known, now_ms) {
        return Err(refusal);
    }
    check_proof(house, platform, call, token)?;
    let person =
        Person::named(&grant.person).ok_or_else(|| Refusal::new(190, "Invalid OAuth access token."))?;
    Ok(Caller {
        person,
        scopes: grant.scopes.clone(),
        declined: grant.declined.clone(),
        page: known.page.clone(),
        token: token.to_owned(),
        now_ms,
    })
}

/// Why a known token is no longer good: 190 with its subcode.
pub(crate) fn dead(house: &House, grant: &Grant, token: &Token, now_ms: i64) -> Option<Refusal> {
    if grant.password_changed {
        let why = "Error validating access token: The session has been invalidated because the user changed \
                   their password or Facebook has changed the session for security reasons.";
        return Some(Refusal::sub(190, 460, why));
    }
    if grant.revoked || token.revoked {
        let app = house.app(grant.platform).client_id;
        let why = format!("Error validating access token: The user has not authorized application {app}.");
        return Some(Refusal::sub(190, 458, why));
    }
    if token.expires_at_ms <= now_ms {
        let shown = |at_ms| {
            let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
            at.strftime("%A, %d-%b-%y %H:%M:%S UTC").to_string()
        };
        let why = format!(
            "Error validating access token: Session has expired on {}. The current time is {}.",
            shown(token.expires_at_ms),
            shown(now_ms)
        );
        return Some(Refusal::sub(190, 463, why));
    }
    None
}

fn check_proof(house: &House, platform: Platform, call: &Call, token: &str) -> Result<(), Refusal> {
    // Only Facebook's app can be set to require it, and uploads to rupload carry the token alone.
    let required = platform == Platform::Facebook
        && house.options.appsecret_proof_required
        && call.path.first().is_none_or(|first| first != "video-upload");
    match call.find("appsecret_proof") {
        Some(given) if given == proof(house.app(platform).secret, token) => Ok(()),
        Some(_) => Err(Refusal::parameter("Invalid appsecret_proof provided in the API argument")
            .of_type("GraphMethodException")),
        None if required => {
            Err(Refusal::parameter("API calls from the server require an appsecret_proof argument")
                .of_type("GraphMethodException"))
        }
        None => Ok(()),
    }
}

/// The account a token speaks for, whatever its state.
pub(crate) fn subject_of_token(world: &World, platform: Platform, token: &str) -> Option<String> {
    let (grant, known) = world.grants.known(platform, token)?;
    let person = Person::named(&grant.person)?;
    match platform {
        Platform::Instagram => Some(person.instagram().id),
        Platform::Facebook | Platform::X | Platform::LinkedIn => {
            Some(known.page.clone().unwrap_or_else(|| person.facebook_id()))
        }
    }
}

/// Whose that is: an account itself, or something that an account has here.
pub(crate) fn owner_of(world: &World, id: &str) -> Option<(Platform, String)> {
    let shelf = &world.shelf;
    if let Some(container) = shelf.containers.get(id) {
        return Some((Platform::Instagram, container.account.clone()));
    }
    let page = shelf.videos.get(id).map(|video| &video.page);
    if let Some(page) = page.or_else(|| shelf.photos.get(id).map(|photo| &photo.page)) {
        return Some((Platform::Facebook, page.clone()));
    }
    for platform in [Platform::Instagram, Platform::Facebook] {
        if !world.people_of(platform, id).is_empty() {
            return Some((platform, id.to_owned()));
        }
        if let Some(post) = world.posts.find(platform, id) {
            // A comment belongs to what it stands under.
            let parent = post.reply_to.as_deref().and_then(|parent| world.posts.find(platform, parent));
            return Some((platform, parent.unwrap_or(post).account.clone()));
        }
    }
    None
}
