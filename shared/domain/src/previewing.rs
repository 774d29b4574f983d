//! What exactly would be sent, what is wrong with it, and what it would cost.

use jiff::Timestamp;

use crate::composition::{self, Prospect};
use crate::content::PostAsk;
use crate::id::{ConnectionId, Entropy, OwnerId};
use crate::input::Field;
use crate::platform::Platform;
use crate::ports::Connections;
use crate::problem::Problem;
use crate::text::{self, Role};
use crate::{Result, attaching};

/// One target as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Where it would go.
    pub connection_id: ConnectionId,
    /// The platform of that connection.
    pub platform: Platform,
    /// What would be sent, byte for byte, in this order.
    pub parts: Vec<Part>,
    /// Why the platform would certainly refuse it, and what is worth knowing; without an error it may go.
    pub problems: Vec<Problem>,
    /// What the platform charges for it, in thousandths of a dollar; `None` where posting is free.
    pub cost_millidollars: Option<u32>,
}

/// One post of a thread, or the whole where there are no threads, or the first comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub role: Role,
    /// The words.
    pub text: String,
    /// How long the platform finds them, in its own unit.
    pub length: usize,
    /// The longest that it takes.
    pub limit: usize,
}

/// What would be sent to each target of `ask`. Nothing is kept.
///
/// # Errors
/// `Invalid` when it cannot be said what would be sent where; what a platform would refuse is in the answer.
pub async fn preview(
    connections: &dyn Connections,
    media: &attaching::Ports<'_>,
    owner: &OwnerId,
    ask: Field<PostAsk>,
    now: Timestamp,
    entropy: Entropy,
) -> Result<Vec<Preview>> {
    let prospects = composition::preview(connections, media, owner, ask, now, entropy.post_id()).await?;
    Ok(prospects.into_iter().map(shown).collect())
}

fn shown(prospect: Prospect) -> Preview {
    let Prospect { connection_id, platform, outgoing, problems } = prospect;
    let cost_millidollars = text::cost_millidollars(platform, &outgoing);
    let part = |role| {
        move |text: String| {
            let (length, limit) = (text::length(platform, &text), text::limit(platform, role));
            Part { role, text, length, limit }
        }
    };
    let posts = outgoing.parts.into_iter().map(part(Role::Post));
    let parts = posts.chain(outgoing.first_comment.map(part(Role::Comment))).collect();
    Preview { connection_id, platform, parts, problems, cost_millidollars }
}
