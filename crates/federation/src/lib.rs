//! Verifies what a provider said: OpenID Connect tokens and social sign-ins.
