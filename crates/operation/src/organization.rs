//! Policies in the manner of an organisation: they grant nothing, and cap what every served account may do and what may
//! be done to its resources, whoever asks: the root user too.

use policy::Named;

/// The policies, a list for every level of the organisation, its root first. At every level something must allow.
#[derive(Debug, Default)]
pub struct Organization {
    /// Service control policies: what callers of the accounts may do.
    pub service_control: Vec<Vec<Named>>,
    /// Resource control policies: what anybody may do to resources of the accounts.
    pub resource_control: Vec<Vec<Named>>,
}

impl Organization {
    /// The resource control policies that have a say about an action: not all services know them.
    pub fn resource_control_of(&self, action: &str) -> &[Vec<Named>] {
        let service = action.split(':').next().unwrap_or_default();
        if GOVERNED.contains(&service) { &self.resource_control } else { &[] }
    }
}

const GOVERNED: [&str; 4] = ["s3", "dynamodb", "cognito-identity", "sts"];
