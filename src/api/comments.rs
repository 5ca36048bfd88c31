//! Comments: Comment, Comments.
