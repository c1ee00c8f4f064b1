//! A model that answers scorers' questions, behind the same servers as subjects.

use crate::model::server::Call;
use crate::model::{ModelSettings, Shared, chat};
use crate::spec::Provider;
use async_trait::async_trait;
use record::event::Exchange;
use record::result::JudgeClaim;
use std::sync::Arc;
use trial::port::{Fault, Judge};

struct OpenAiJudge(Shared);

/// A judge as its server names it, and as results name it. Its answers are taken as they come: the
/// scorer that asked holds them against its schema, in the run and again in every replay.
///
/// # Errors
/// `Setup` when a setting cannot work. Nothing is sent yet.
pub fn judge(model: &str, settings: ModelSettings) -> Result<(JudgeClaim, Arc<dyn Judge>), Fault> {
    let shared = Shared::new(Provider::OpenAi, model, settings)?;
    let claim = JudgeClaim {
        model: model.to_owned(),
        served: Vec::new(),
        settings: shared.sampling.claims(shared.server.host()),
        spec: format!("openai:{model}"),
    };
    Ok((claim, Arc::new(OpenAiJudge(shared))))
}

#[async_trait]
impl Judge for OpenAiJudge {
    async fn ask(&self, prompt: &str, schema: &str) -> Result<(String, Option<Exchange>), Fault> {
        let Shared { sampling, server } = &self.0;
        let body = chat::question(sampling, prompt, schema)?;
        let replied = server.ask(Call { body, sampling, trial: None, turn: 0 }).await?;
        Ok((replied.reply.text, replied.exchange))
    }
}
