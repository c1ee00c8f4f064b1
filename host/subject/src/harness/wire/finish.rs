//! Why a model stopped, in one word for all protocols: the words of one are not known to another's
//! clients.

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// It was done, or said nothing of it.
    Done,
    /// It calls.
    Calls,
    /// The limit of tokens or the context.
    Length,
    /// The provider's filter, or the model's own refusal told apart.
    Filter,
}

impl Finish {
    /// What a server's word means. `calls` is whether the reply holds any: some servers say that the
    /// model was done all the same.
    pub(super) fn of(word: &str, calls: bool) -> Self {
        match word {
            "length"
            | "max_tokens"
            | "max_output_tokens"
            | "MAX_TOKENS"
            | "model_context_window_exceeded"
            | "context_length_exceeded"
            | "exceed_context_size_error"
            | "input_token_count_exceeds_maximum" => Self::Length,
            "content_filter"
            | "content_policy_violation"
            | "invalid_prompt"
            | "content_filtering_policy"
            | "refusal"
            | "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "IMAGE_SAFETY" => Self::Filter,
            _ if calls => Self::Calls,
            _ => Self::Done,
        }
    }
}
