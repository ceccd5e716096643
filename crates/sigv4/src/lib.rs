//! Signature Version 4: sign and verify headers, presigned URLs and chunked bodies.
