//! Mail out and mail in.

mod sink;
