//! Thing: the object of `every-message.json`, and what else the tests ask of one.

use crate::peer::LONG;
use chaos_kitty_bus::{
    Answer, Block, Call, CallError, Controller, Exception, Object, Raise, Request, Symbol, Value,
};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, mpsc};

#[derive(Default)]
pub(crate) struct Thing {
    /// What was handed over in `keep`.
    pub(crate) kept: Mutex<Vec<Value>>,
    /// Says when `wait` has begun, and when it was dropped.
    pub(crate) waits: Option<mpsc::UnboundedSender<&'static str>>,
    /// Ends `wait`.
    pub(crate) go: Notify,
}

impl Thing {
    /// A thing that tells when `wait` begins and is dropped.
    pub(crate) fn watched() -> (Arc<Thing>, mpsc::UnboundedReceiver<&'static str>) {
        let (waits, watcher) = mpsc::unbounded_channel();
        (Arc::new(Thing { waits: Some(waits), ..Thing::default() }), watcher)
    }
}

const METHODS: &[&str] =
    &["echo", "each_pair", "stop_early", "toss", "boom", "itself_ref", "klass", "wait", "keep"];

impl Controller for Thing {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            let Call { request, block } = call;
            match &*request.method {
                "echo" => {
                    Ok(Value::Array(vec![Value::Array(request.arguments), Value::Map(request.options)]))
                }
                "each_pair" => each_pair(block.ok_or_else(|| Exception::argument("no block"))?).await,
                "stop_early" => {
                    let block = block.ok_or_else(|| Exception::argument("no block"))?;
                    block.call(vec![0.into()], LONG).await?;
                    // The recorded client goes silent here.
                    Ok(block.call(vec![1.into()], LONG).await?)
                }
                "toss" => Err(Raise::Throw { tag: Symbol::from("ball").into(), value: 7.into() }),
                "boom" => Err(Exception::argument("bad thing").into()),
                "itself_ref" => Ok(Value::from(self as Arc<dyn Controller>)),
                "bound" => Ok(Object::Bound(self).into()),
                "klass" => Ok(Value::Class("String".into())),
                "keep" => {
                    self.kept.lock().unwrap().extend(request.arguments);
                    Ok(Value::Nil)
                }
                "drop" => {
                    let kept = std::mem::take(&mut *self.kept.lock().unwrap());
                    Ok(kept.len().into())
                }
                "ask" => ask(request).await,
                "wait" => {
                    let _dropped = Dropped(self.waits.clone());
                    if let Some(waits) = &self.waits {
                        let _ = waits.send("begun");
                    }
                    self.go.notified().await;
                    Ok("waited".into())
                }
                "big" => {
                    let size = request.arguments[0].as_u64().unwrap() as usize;
                    Ok(Value::Binary(vec![7; size]))
                }
                "panic" => panic!("the thing is broken"),
                "panic_later" => {
                    tokio::task::yield_now().await;
                    panic!("the thing is broken")
                }
                other => Err(Raise::no_method(other, "Thing")),
            }
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        METHODS.contains(&method)
    }
}

async fn each_pair(block: Block) -> Result<Value, Raise> {
    let mut results = Vec::new();
    for n in 0..3 {
        results.push(block.call(vec![n.into(), (n * n).into()], LONG).await?);
    }
    Ok(Value::Array(results))
}

/// Calls what it is given: a proxy or one of its own.
async fn ask(mut request: Request) -> Result<Value, Raise> {
    let Value::Object(object) = request.arguments.remove(0) else { panic!("an object comes first") };
    let Value::Symbol(method) = request.arguments.remove(0) else { panic!("a method comes second") };
    let asked = Request { method, ..request };
    match object {
        Object::Proxy(proxy) => Ok(proxy.call(asked, LONG).await?),
        Object::Controller(object) => object.call(Call { request: asked, block: None }).await,
        other => panic!("{other:?} cannot be called"),
    }
}

struct Dropped(Option<mpsc::UnboundedSender<&'static str>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(watcher) = &self.0 {
            let _ = watcher.send("dropped");
        }
    }
}

/// What the other side raised.
pub(crate) fn raised(result: Result<Value, CallError>) -> (String, String) {
    match result {
        Err(CallError::Remote(exception)) => (exception.class, exception.message),
        other => panic!("nothing was raised: {other:?}"),
    }
}
