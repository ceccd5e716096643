//! Listens; routes, authenticates, gathers the policies, writes the reply and the audit line.
