//! The Graph API, as far as Facebook and Instagram share it: calls, tokens, refusals, limits, and fetched media.

mod answer;
mod call;
mod caller;
mod fetch;
mod fields;
mod image;
mod numbers;
mod problem;
mod proof;
mod shelf;
mod tokens;
mod usage;

pub(crate) use answer::{listed, respond, shown_time, written};
pub(crate) use call::{Call, path_of};
pub(crate) use caller::{Caller, authenticate, dead, owner_of, subject_of_token};
pub(crate) use fetch::{Fetched, Wanted, fetch};
pub(crate) use fields::Fields;
pub(crate) use image::{Jpeg, format_of, is_video};
pub(crate) use numbers::Numbers;
pub(crate) use problem::{Outcome, Refusal, plain, rate_limited, spam_block};
pub(crate) use shelf::{Container, DAY_MS, Photo, Process, Product, Shelf, State, Video, VideoKind, new_id};
pub(crate) use tokens::{Lifetime, NEVER_MS, mint, page_token};
pub(crate) use usage::{used_percent, with_usage};
