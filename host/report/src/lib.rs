//! What people read of a run: a terminal's text and one HTML file. Strings in, strings out.
//!
//! Everything but ids and numbers is untrusted here: a subject, a world or a scorer wrote it.
//! [`visible`] makes it harmless to a terminal, and the HTML template escapes it.

pub mod choice;
pub mod compare;
mod groups;
pub mod html;
pub mod layout;
pub mod plot;
pub mod text;
mod transcript;
pub mod visible;
