//! The store on anything that speaks PostgreSQL.
