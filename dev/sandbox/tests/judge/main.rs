//! The sandbox from outside, over real HTTP: what production code and its tests rely on.

// clippy.toml allows it in test functions; what they share is outside of them.
#![allow(clippy::unwrap_used)]

mod client;
mod graph;

mod control;
mod facebook_faults;
mod facebook_oauth;
mod facebook_posts;
mod facebook_videos;
mod faults;
mod instagram_oauth;
mod instagram_posts;
mod instagram_published;
mod keeping;
mod linkedin_comments;
mod linkedin_media;
mod linkedin_oauth;
mod linkedin_posts;
mod linkedin_statistics;
mod x_media;
mod x_oauth;
mod x_posts;
