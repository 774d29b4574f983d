//! What the authorization of every platform has in common: apps, people's consent, codes and tokens.

mod apps;
mod consent;
mod grants;
mod pkce;
mod secret;

pub(crate) use apps::App;
pub(crate) use consent::{Asked, Decision, page_of_refusal, redirect, settle};
pub(crate) use grants::{Ended, Grant, Grants, NewToken, Token, TokenFault};
pub(crate) use pkce::Challenge;
pub(crate) use secret::draw;
