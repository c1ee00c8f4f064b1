//! The sandbox from outside: plugins made of a few lines of text, good ones and hostile ones.
//! Components that a compiler made are tested where they are built.

mod cache;
mod calls;
mod guest;
mod image;
mod load;
mod score;
mod wasi;
