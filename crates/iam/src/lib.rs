//! AWS Identity and Access Management: roles, users, keys, policies, providers.
