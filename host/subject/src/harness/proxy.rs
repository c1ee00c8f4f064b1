//! The model that a harness sees: an HTTP server on the cage's own loopback, reached over the one
//! connection between cage and host. It has no key and no address: what it is asked goes to the
//! trial's loop, which answers.

use crate::harness::wire::{self, Asked, Response, Route};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot};

/// Most bytes of a request: a conversation that fills the largest contexts is a few megabytes, and
/// a body is in memory whole.
const BODY_BYTES_MAX: usize = 16 << 20;
/// How long a request's head may take: nobody is between harness and proxy that could be slow.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// A question and where its answer goes. Dropped without one, the harness is told that its model
/// failed.
pub(super) struct Question {
    pub(super) asked: Asked,
    pub(super) answer: oneshot::Sender<Response>,
}

/// Serves one connection until it ends. Questions go to `questions`.
pub(super) async fn serve(connection: DuplexStream, questions: mpsc::Sender<Question>) {
    let service = service_fn(move |request| {
        let questions = questions.clone();
        async move { Ok::<_, Infallible>(http(answer(request, questions).await)) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    // A connection that breaks is the harness's affair: it asks again, or does not.
    let _broken = server.serve_connection(TokioIo::new(connection), service).await;
}

async fn answer(request: Request<Incoming>, questions: mpsc::Sender<Question>) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let method = request.method().clone();
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
    let Ok(body) = body else {
        return wire::error(None, 413, &format!("expected at most {BODY_BYTES_MAX} bytes"));
    };
    let body = body.to_bytes().to_vec();
    let asked = match wire::route(method.as_str(), &path, body) {
        Route::Call(asked) => asked,
        Route::Other(response) => return response,
    };
    let protocol = asked.protocol;
    let (answer, answered) = oneshot::channel();
    let question = Question { asked, answer };
    if questions.send(question).await.is_err() {
        return wire::error(Some(protocol), 400, "the session is over");
    }
    answered.await.unwrap_or_else(|_| wire::error(Some(protocol), 400, "the session is over"))
}

fn http(response: Response) -> hyper::Response<Full<Bytes>> {
    let Response { bytes, content_type, status } = response;
    let mut http = hyper::Response::new(Full::new(Bytes::from(bytes)));
    *http.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    http.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    http
}
