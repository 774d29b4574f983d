//! The neighbours that keep secrets: KMS, which seals people's tokens, and the parameter store, which holds the
//! platforms' client secrets. No secret leaves this crate but as `Secret`.

mod app_secrets;
mod failure;
mod token_vault;

pub use app_secrets::AppSecrets;
pub use token_vault::TokenVault;
