//! The social platforms: OAuth, publishing, reading back, and what their errors mean.
//!
//! `settings` says where the platforms are, `secrets` who knows our client secrets, `social` picks the platform; each
//! platform is a module (`x`, `linkedin`, `facebook`, `instagram`) split into OAuth, publish, media, look, meter and
//! errors. Below them: `graph` speaks Meta's Graph API for the last two, `wire` sends one request and knows whether it
//! left, `fetching` reads files piece by piece on their way to a platform, `grant` reads what every OAuth token endpoint
//! answers, `refusal` builds what the domain decides on. Only this crate knows the vendors' JSON.

mod facebook;
mod instagram;
mod linkedin;
mod secrets;
mod settings;
mod social;
mod x;

mod fetching;
mod grant;
mod graph;
mod refusal;
mod wire;

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod stage;

pub use secrets::NoClientSecrets;
pub use settings::{
    Base, FacebookSettings, InstagramSettings, LinkedInSettings, PostsApi, Settings, XSettings,
};
pub use social::SocialPlatforms;
