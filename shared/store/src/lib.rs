//! The neighbour DynamoDB: what is kept, in which shape, and under which conditions it changes.
//!
//! One struct for each table, so that a function holds only what it may touch. The `*_item` modules know the shape of
//! an item; beside them stands what may be done with it; `change` writes expressions.
//!
//! | table | hash, range | indexes |
//! |---|---|---|
//! | posts | `owner` S, `postId` S | `calendar`: `owner` S, `calendarAt` S, all attributes; `due`: `shard` N, `dueAt` S, keys only |
//! | connections | `owner` S, `connectionId` S | `keep`: `shard` N, `keepAt` S, keys only |
//! | gates | `platform` S | TTL on `ttl` |
//! | media | `owner` S, `mediaId` S | TTL on `ttl` |
//! | OAuth states | `state` S | TTL on `ttl` |
//! | rate limits | `subject` S, `limit` S (`publish#20`) | TTL on `ttl` |
//! | analytics | `owner` S, `item` S | `collect`: `shard` N, `collectAt` S, keys only |

mod analytics;
mod analytics_item;
mod change;
mod connection_item;
mod connections;
mod failure;
mod gates;
mod media;
mod oauth_states;
mod post_item;
mod posts;
mod rate_limit_item;
mod rate_limits;
#[cfg(test)]
mod shape;

pub use analytics::AnalyticsStore;
pub use connections::ConnectionStore;
pub use gates::GateStore;
pub use media::MediaStore;
pub use oauth_states::OAuthStateStore;
pub use posts::PostStore;
pub use rate_limits::RateLimitStore;
