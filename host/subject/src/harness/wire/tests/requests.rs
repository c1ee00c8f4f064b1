//! Requests of the shapes that harnesses send.

use super::*;

#[track_caller]
fn check(protocol: Provider, body: &str, expected: &[&str]) {
    let conversation = read(&asked(protocol, body)).unwrap();
    let outline = outline(&conversation);
    assert_eq!(outline.lines().collect::<Vec<_>>(), expected);
}

#[track_caller]
fn check_error(protocol: Provider, body: &str, expected: &str) {
    assert_eq!(read(&asked(protocol, body)).unwrap_err().to_string(), expected);
}

#[test]
fn gemini_cli_asks() {
    // A first message of two parts, an id of the client's own, results as objects.
    check(
        Provider::Google,
        r#"{"systemInstruction":{"role":"user","parts":[{"text":"You help."}]},
        "contents":[
            {"role":"user","parts":[{"text":"Context."},{"text":"Do it."}]},
            {"role":"model","parts":[{"text":"Hm.","thought":true},{"text":"On it."},
                {"functionCall":{"id":"ls_1_0","name":"ls","args":{"z":1,"a":2}},"thoughtSignature":"s"},
                {"functionCall":{"name":"sh","args":{}}},{"functionCall":{"name":"sh"}}]},
            {"role":"user","parts":[
                {"functionResponse":{"name":"sh","response":{"error":"no"}}},
                {"functionResponse":{"id":"ls_1_0","name":"ls","response":{"output":"a b"}}},
                {"functionResponse":{"name":"sh","response":{"x":1,"output":"y"},"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}},
                {"text":"Go on."},{"inlineData":{"mimeType":"application/pdf","data":""}}]}],
        "tools":[{"functionDeclarations":[
            {"name":"ls","description":"d","parametersJsonSchema":{"type":"object","b":1,"a":2}},
            {"name":"sh","parameters":{"type":"OBJECT","properties":{"type":{"type":"STRING"}}}},{"name":"none"}]}],
        "generationConfig":{"temperature":1,"maxOutputTokens":9}}"#,
        &[
            r#"system "You help.""#,
            r#"tool ls {"type":"object","b":1,"a":2}"#,
            r#"tool sh {"properties":{"type":{"type":"string"}},"type":"object"}"#,
            "tool none {}",
            r#"user "Context.\n\nDo it.""#,
            r#"said "On it." thought "Hm." ls_1_0=ls({"z":1,"a":2}) call-0-1=sh({}) call-0-2=sh({})"#,
            r#"ls_1_0 gave "a b""#,
            r#"call-0-1 failed "no""#,
            r#"call-0-2 gave "{\"x\":1,\"output\":\"y\"}\n[image]""#,
            r#"user "Go on.\n\n[file]""#,
            "limit 9",
        ],
    );
}

#[test]
fn opencode_and_qwen_code_ask() {
    // Contents as texts and as parts, results in another order, one missing, one of nothing.
    check(
        Provider::OpenAi,
        r#"{"model":"m1","max_tokens":8192,"stream":true,"messages":[
            {"role":"system","content":"You help."},{"role":"developer","content":[{"type":"text","text":"Well."}]},
            {"role":"user","content":[{"type":"text","text":"Context."},{"type":"image_url","image_url":{"url":"data:"}},{"type":"text","text":"Do it."}]},
            {"role":"user","content":"Now."},
            {"role":"assistant","content":null,"reasoning_content":"Hm.","tool_calls":[
                {"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"z\": 1"}},
                {"id":"c2","type":"function","function":{"name":"read","arguments":""}},
                {"id":"c3","type":"custom","custom":{"name":"patch","input":"+ a"}}]},
            {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"},{"type":"text","text":"lines"}]},
            {"role":"tool","tool_call_id":"c1","content":"one"},
            {"role":"tool","tool_call_id":"gone","content":"stray"},
            {"role":"system","content":"Be brief."},
            {"role":"assistant","content":"Yes."},{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]}],
        "tools":[{"type":"function","function":{"name":"bash","description":"d","parameters":{"type":"object"}}}],
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"b":1,"a":2}}}}"#,
        &[
            r#"system "You help.\n\nWell.""#,
            r#"tool bash {"type":"object"}"#,
            r#"user "Context.\n\n[image]\n\nDo it.""#,
            r#"user "Now.""#,
            r#"said "" thought "Hm." c1=bash({"z": 1) c2=read() c3=patch(+ a)"#,
            r#"c1 gave "one""#,
            r#"c2 gave "two\nlines""#,
            r#"c3 failed "No result.""#,
            r#"user "stray""#,
            r#"user "Be brief.""#,
            r#"said "Yes.No.""#,
            r#"schema {"b":1,"a":2}"#,
            "limit 8192",
        ],
    );
}

#[test]
fn responses_clients_ask() {
    check(
        Provider::OpenAiResponses,
        r#"{"model":"m","instructions":"You help.","store":false,"input":[
            {"role":"developer","content":"Well."},
            {"type":"message","role":"user","content":[{"type":"input_text","text":"Do it."},{"type":"input_file","file_id":"f"}]},
            {"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"e"},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"On it."}]},
            {"type":"function_call","call_id":"c1","name":"sh","arguments":"{}"},
            {"type":"custom_tool_call","call_id":"c2","name":"patch","input":"+ a"},
            {"type":"web_search_call","id":"w"},
            {"type":"function_call_output","call_id":"c1","output":"one"},
            {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"}]}],
        "tools":[{"type":"function","name":"sh","description":"d","parameters":{"type":"object"},"strict":false}],
        "text":{"format":{"type":"json_object"}},"max_output_tokens":5}"#,
        &[
            r#"system "You help.\n\nWell.""#,
            r#"tool sh {"type":"object"}"#,
            r#"user "Do it.\n\n[file]""#,
            r#"said "On it." thought "Hm." c1=sh({}) c2=patch(+ a)"#,
            r#"c1 gave "one""#,
            r#"c2 gave "two""#,
            "schema {}",
            "limit 5",
        ],
    );
    check(Provider::OpenAiResponses, r#"{"input":"Hi."}"#, &["system \"\"", "user \"Hi.\""]);
}

#[test]
fn messages_clients_ask() {
    check(
        Provider::Anthropic,
        r#"{"model":"m","max_tokens":7,"system":[{"type":"text","text":"You"},{"type":"text","text":"help."}],"messages":[
            {"role":"user","content":"Do it."},
            {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"redacted_thinking","data":"x"},
                {"type":"text","text":"On it."},{"type":"tool_use","id":"t1","name":"sh","input":{"z":1,"a":2}},{"type":"tool_use","id":"t2","name":"sh","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"no"},{"type":"image","source":{}}]},
                {"type":"tool_result","tool_use_id":"t1"},{"type":"text","text":"Go on."},{"type":"document","source":{"type":"text","data":"a page"}}]},
            {"role":"assistant","content":"I beg"}],
        "tools":[{"name":"sh","description":"d","input_schema":{"type":"object","b":1,"a":2}}],
        "output_config":{"format":{"type":"json_schema","schema":{"a":2}}}}"#,
        &[
            r#"system "You\n\nhelp.""#,
            r#"tool sh {"type":"object","b":1,"a":2}"#,
            r#"user "Do it.""#,
            r#"said "On it." thought "Hm." t1=sh({"z":1,"a":2}) t2=sh({})"#,
            r#"t1 gave """#,
            r#"t2 failed "no\n[image]""#,
            r#"user "Go on.\n\na page""#,
            r#"said "I beg""#,
            r#"schema {"a":2}"#,
            "limit 7",
        ],
    );
}

#[test]
fn what_only_a_provider_knows_is_refused() {
    check_error(Provider::OpenAi, "[]", "body: expected a JSON object");
    check_error(Provider::OpenAi, "{}", "messages: expected a list");
    check_error(Provider::OpenAi, r#"{"messages":[1]}"#, "messages: expected objects");
    check_error(Provider::OpenAi, r#"{"messages":[{"role":"x"}]}"#, "messages[].role: found \"x\"");
    check_error(Provider::Google, r#"{"contents":{}}"#, "contents: expected a list");
    check_error(Provider::Anthropic, r#"{"messages":"x"}"#, "messages: expected a list");
    check_error(Provider::OpenAiResponses, "{}", "input: expected a text or a list");
    let kept = "refers to what a provider's server kept; expected the whole input";
    for field in ["previous_response_id", "conversation", "prompt"] {
        let body = format!("{{\"input\":\"x\",\"{field}\":\"r\"}}");
        check_error(Provider::OpenAiResponses, &body, &format!("{field}: {kept}"));
    }
    check_error(
        Provider::OpenAiResponses,
        r#"{"input":[{"type":"item_reference","id":"i"}]}"#,
        "input[].item_reference: refers to what a provider's server kept; expected the item itself",
    );
}

#[test]
fn a_conversation_tells_who_asks_what() {
    let body = r#"{"messages":[{"role":"user","content":"Do it."},{"role":"assistant","content":"a"},
        {"role":"user","content":"More."}],"tools":[{"type":"function","function":{"name":"b"}},
        {"type":"function","function":{"name":"a"}}]}"#;
    let conversation = read(&asked(Provider::OpenAi, body)).unwrap();
    assert_eq!(conversation.tools().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(conversation.user_texts().collect::<Vec<_>>(), ["Do it.", "More."]);
    assert_eq!(conversation.user_texts().next(), Some("Do it."));
}

#[test]
fn tools_of_the_providers_server_are_withheld() {
    #[track_caller]
    fn check(protocol: Provider, body: &str, taken: &[&str], left: &str) {
        let mut asked = asked(protocol, body);
        assert_eq!(withhold(&mut asked), taken);
        assert_eq!(String::from_utf8(asked.body).unwrap(), left);
    }
    check(
        Provider::Google,
        r#"{"tools":[{"functionDeclarations":[{"name":"f","x":1.0}],"googleSearch":{}},{"url_context":{}},{"codeExecution":{}}],"a":1}"#,
        &["googleSearch", "url_context", "codeExecution"],
        r#"{"tools":[{"functionDeclarations":[{"name":"f","x":1.0}]}],"a":1}"#,
    );
    check(
        Provider::Google,
        r#"{"tools":[{"google_search":{}}],"toolConfig":{}}"#,
        &["google_search"],
        "{}",
    );
    check(
        Provider::OpenAi,
        r#"{"tools":[{"type":"web_search"},{"type":"function","function":{"name":"f"}}],"tool_choice":"auto","web_search_options":{},"plugins":[]}"#,
        &["web_search", "web_search_options", "plugins"],
        r#"{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto"}"#,
    );
    check(
        Provider::OpenAiResponses,
        r#"{"tools":[{"type":"web_search_preview"},{"type":"file_search"},{"type":"code_interpreter"},{"type":"computer_use_preview"},{"type":"mcp"},{"type":"image_generation"}],"tool_choice":"auto","b":2}"#,
        &[
            "web_search_preview",
            "file_search",
            "code_interpreter",
            "computer_use_preview",
            "mcp",
            "image_generation",
        ],
        r#"{"b":2}"#,
    );
    check(
        Provider::Anthropic,
        r#"{"tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"f"},{"type":"custom","name":"g"},{"type":"bash_20250124","name":"bash"}],"mcp_servers":[{}]}"#,
        &["web_search_20250305", "bash_20250124", "mcp_servers"],
        r#"{"tools":[{"name":"f"},{"type":"custom","name":"g"}]}"#,
    );
    let untouched = r#"{ "tools": [ {"name":"f"} ] }"#;
    check(Provider::Anthropic, untouched, &[], untouched);
}

#[test]
fn requests_find_their_way() {
    #[track_caller]
    fn check(
        method: &str,
        path: &str,
        body: &str,
        expected: Result<(&str, &str, bool), (u16, &str)>,
    ) {
        let found = route(method, path, body.into());
        match (&found, expected) {
            (Route::Call(asked), Ok((protocol, model, stream))) => {
                let found = (asked.protocol.as_str(), asked.model.as_str(), asked.stream);
                assert_eq!(found, (protocol, model, stream));
                assert_eq!(asked.body, body.as_bytes());
            }
            (Route::Other(response), Err((status, body))) => {
                assert_eq!(response.status, status);
                assert_eq!(String::from_utf8_lossy(&response.bytes), body);
            }
            _ => panic!("{found:?}"),
        }
    }
    let google = "/v1beta/models/gemini-3-pro";
    check(
        "POST",
        &format!("{google}:generateContent"),
        "{}",
        Ok(("google", "gemini-3-pro", false)),
    );
    check(
        "POST",
        &format!("{google}:streamGenerateContent?alt=sse"),
        "x",
        Ok(("google", "gemini-3-pro", true)),
    );
    let body = r#"{"model":"m1","stream":true}"#;
    check("POST", "/v1/chat/completions", body, Ok(("openai", "m1", true)));
    check("POST", "/responses/", r#"{"model":"m2"}"#, Ok(("openai-responses", "m2", false)));
    check("POST", "/v1/messages?beta=true", body, Ok(("anthropic", "m1", true)));
    check("POST", "/v1/messages", "no JSON", Ok(("anthropic", "", false)));
    check("POST", &format!("{google}:countTokens"), "12345", Err((200, r#"{"totalTokens":2}"#)));
    check("POST", "/v1/messages/count_tokens", "1234", Err((200, r#"{"input_tokens":1}"#)));
    let list = r#"{"data":[],"first_id":null,"has_more":false,"last_id":null,"models":[],"object":"list"}"#;
    check("GET", "/v1/models", "", Err((200, list)));
    let no = |what: &str| {
        format!(
            r#"{{"error":{{"code":null,"message":"no {what} here","param":null,"type":"invalid_request_error"}}}}"#
        )
    };
    check("GET", "/v1/responses", "", Err((404, &no("GET /v1/responses"))));
    check("POST", "/v1/embeddings", "", Err((404, &no("POST /v1/embeddings"))));
    let error = |code: u16, state: &str, message: &str| {
        format!(r#"{{"error":{{"code":{code},"message":"{message}","status":"{state}"}}}}"#)
    };
    check("GET", google, "", Err((404, &error(404, "NOT_FOUND", "no GET gemini-3-pro here"))));
    check(
        "POST",
        &format!("{google}:streamGenerateContent"),
        "{}",
        Err((
            400,
            &error(
                400,
                "INVALID_ARGUMENT",
                "streamGenerateContent: expected alt=sse, the one form that is offered here",
            ),
        )),
    );
    check("PUT", "/", "", Err((404, &no("PUT "))));
}
