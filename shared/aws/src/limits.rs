//! The allowances that the environment gives.

use domain::limits::{Allowance, Limit, Rule};
use domain::{Error, Result};

use crate::config::required;

/// The limit with the allowance that its variable gives, such as `LIMIT_PUBLISH`.
///
/// # Errors
/// `Broken`, naming the variable, when it is missing or not a number from 1 to 130.
pub fn rule(limit: Limit) -> Result<Rule> {
    let name = variable(limit);
    Ok(Rule { limit, allowance: allowance(name, &required(name)?)? })
}

fn variable(limit: Limit) -> &'static str {
    match limit {
        Limit::Publish => "LIMIT_PUBLISH",
        Limit::PublishMulti => "LIMIT_PUBLISH_MULTI",
        Limit::Schedule => "LIMIT_SCHEDULE",
        Limit::OAuth => "LIMIT_OAUTH",
        Limit::Analytics => "LIMIT_ANALYTICS",
        Limit::Public => "LIMIT_PUBLIC",
    }
}

fn allowance(name: &str, value: &str) -> Result<Allowance> {
    value.parse().ok().and_then(Allowance::new).ok_or_else(|| {
        let (least, most) = (Allowance::MIN.calls(), Allowance::MAX.calls());
        let wanted = format!("a whole number from {least} to {most}");
        Error::broken("configuration", format!("the environment variable `{name}` is not {wanted}"))
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_allowance_is_a_whole_number_within_its_bounds() {
        for (value, calls) in [("1", 1), ("20", 20), ("130", 130)] {
            assert_eq!(allowance("LIMIT_PUBLISH", value).unwrap().calls(), calls);
        }
        for value in ["0", "131", "-1", "1.5", "many", " 7"] {
            let error = allowance("LIMIT_PUBLISH", value).unwrap_err();
            assert!(error.source().unwrap().to_string().contains("`LIMIT_PUBLISH`"), "{value}");
        }
    }
}
