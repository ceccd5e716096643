//! Amazon S3 behind the decision: buckets and objects.
