//! Amazon Cognito Identity: pools, identities, and their credentials.
