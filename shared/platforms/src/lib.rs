//! The social platforms: OAuth, publishing, reading back, and what their errors mean.
//!
//! `settings` says where the platforms are, `secrets` who knows our client secrets, `social` picks the platform; each
//! platform is a module (`x`, `linkedin`) split into OAuth, publish, look, meter and errors. Below them: `wire` sends one
//! request and knows whether it left, `grant` reads what every OAuth token endpoint answers, `refusal` builds what
//! the domain decides on. Only this crate knows the vendors' JSON.

mod linkedin;
mod secrets;
mod settings;
mod social;
mod x;

mod grant;
mod refusal;
mod wire;

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod stage;

pub use secrets::NoClientSecrets;
pub use settings::{Base, LinkedInSettings, PostsApi, Settings, XSettings};
pub use social::SocialPlatforms;
