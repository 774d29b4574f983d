//! What exactly would be sent, what is wrong with it, and what it would cost.

use crate::Result;
use crate::composition::{self, Prospect};
use crate::content::PostAsk;
use crate::id::{ConnectionId, OwnerId};
use crate::input::Field;
use crate::platform::Platform;
use crate::ports::Connections;
use crate::text::{self, TextProblem};

/// One target as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Where it would go.
    pub connection_id: ConnectionId,
    /// The platform of that connection.
    pub platform: Platform,
    /// What would be sent, byte for byte, in this order.
    pub parts: Vec<Part>,
    /// Why the platform would certainly refuse it; none means that it may go.
    pub problems: Vec<TextProblem>,
    /// What the platform charges for it, in thousandths of a dollar; `None` where posting is free.
    pub cost_millidollars: Option<u32>,
}

/// One post of a thread, or the whole where there are no threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
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
    owner: &OwnerId,
    ask: Field<PostAsk>,
) -> Result<Vec<Preview>> {
    let prospects = composition::preview(connections, owner, ask).await?;
    Ok(prospects.into_iter().map(shown).collect())
}

fn shown(prospect: Prospect) -> Preview {
    let Prospect { connection_id, platform, outgoing, problems } = prospect;
    let cost_millidollars = text::cost_millidollars(platform, &outgoing);
    let limit = text::limit(platform);
    let part = |text: String| Part { length: text::length(platform, &text), limit, text };
    let parts = outgoing.parts.into_iter().map(part).collect();
    Preview { connection_id, platform, parts, problems, cost_millidollars }
}
