//! AWS Security Token Service: sessions in exchange for proof.
