//! The neighbour S3: the files that posts show. A browser sends them there itself, under a permission that we sign.

mod bucket;
mod failure;
mod pictures;

pub use bucket::Bucket;
