//! The tools of the world that a harness has not of its own, such as the search in an agent's notes,
//! offered to it by the Model Context Protocol. <https://modelcontextprotocol.io/specification>

use record::event::{Tool, ToolResult};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt};
use serde_json::Value;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot};

/// A call of one of the world's tools, and where its result goes.
pub(super) struct WorldCall {
    pub(super) answer: oneshot::Sender<Option<ToolResult>>,
    /// JSON text.
    pub(super) arguments: String,
    pub(super) name: String,
}

/// Serves one connection until it ends.
pub(super) async fn serve(
    connection: DuplexStream,
    tools: Arc<[Tool]>,
    calls: mpsc::Sender<WorldCall>,
) {
    let server = Server { calls, tools };
    if let Ok(running) = server.serve(connection).await {
        // It ends with the connection, and why it ended changes nothing.
        let _quit = running.waiting().await;
    }
}

struct Server {
    calls: mpsc::Sender<WorldCall>,
    tools: Arc<[Tool]>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |tool: &Tool| {
            let schema = match serde_json::from_str(&tool.parameters) {
                Ok(Value::Object(schema)) => schema,
                _ => serde_json::Map::new(),
            };
            rmcp::model::Tool::new(tool.name.clone(), tool.description.clone(), Arc::new(schema))
        };
        Ok(ListToolsResult::with_all_items(self.tools.iter().map(tool).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default()).to_string();
        let (answer, answered) = oneshot::channel();
        let call = WorldCall { answer, arguments, name: request.name.into_owned() };
        let over = || ErrorData::internal_error("the session is over", None);
        self.calls.send(call).await.map_err(|_| over())?;
        let result = answered.await.map_err(|_| over())?.ok_or_else(over)?;
        let content = vec![ContentBlock::text(result.content)];
        Ok(if result.is_error {
            CallToolResult::error(content).into()
        } else {
            CallToolResult::success(content).into()
        })
    }
}
