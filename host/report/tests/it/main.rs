//! What the reports show of a made-up run, and what they keep out.

mod choice;
mod html;
mod layout;
mod pictures;
mod plot;
mod sample;
mod text;
