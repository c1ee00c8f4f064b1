//! What the commands of the host know beside its files.

/// State that no file holds, so that nobody can forge it.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// What new tokens are drawn from.
    pub seed: Vec<u8>,
    /// Tokens issued so far.
    pub issued: u64,
    /// Processes started so far.
    pub started: u64,
    /// Seconds since 1970 at which watchdog and schedule go on.
    pub resumes: u64,
    /// Names that `platctl` was given and did not know: verb and name.
    pub slips: Vec<(String, String)>,
    /// Services for which an exemption was asked for and refused, since the last look.
    pub denied: Vec<String>,
}
