//! Amazon DynamoDB behind the decision: tables and items.
