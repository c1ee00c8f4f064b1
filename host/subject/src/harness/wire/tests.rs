//! Requests in every protocol as data.
