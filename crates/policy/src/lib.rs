//! The IAM policy language: parse, validate, decide, and say why.
