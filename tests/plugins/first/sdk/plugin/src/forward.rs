//! Carries the plugin's log events to the host.
//!
//! A cdylib has a `tracing` dispatcher of its own, to which nobody listens.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::Value;
use crate::link::Link;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Link>>> = const { RefCell::new(None) };
}

/// Where events of the author's own threads go: to the instance that was built last.
static LATEST: Mutex<Weak<Link>> = Mutex::new(Weak::new());

/// From 0 (nothing) to 5 (trace).
static LEVEL: AtomicUsize = AtomicUsize::new(0);

/// Events of this thread are the instance's until the answer is dropped.
pub(crate) fn on_behalf_of(link: &Arc<Link>) -> impl Drop {
    struct Restore(Option<Arc<Link>>);

    impl Drop for Restore {
        fn drop(&mut self) {
            let before = self.0.take();
            let _ = CURRENT.try_with(|current| current.replace(before));
        }
    }

    Restore(CURRENT.try_with(|current| current.replace(Some(link.clone()))).unwrap_or(None))
}

/// Once for each library; and asks the host for its level.
pub(crate) fn install(link: &Arc<Link>) {
    static INSTALLED: Once = Once::new();
    *LATEST.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(link);
    set_level(&link.ask::<String>("log_level", &()).unwrap_or_else(|_| "info".into()));
    // An error says that the author has installed a subscriber already, who then has the say.
    INSTALLED.call_once(|| drop(tracing::subscriber::set_global_default(Forward)));
}

fn set_level(name: &str) {
    let level = ["off", "error", "warn", "info", "debug", "trace"].iter().position(|known| *known == name);
    LEVEL.store(level.unwrap_or(3), Ordering::Relaxed);
}

fn rank(level: &Level) -> usize {
    match *level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

struct Forward;

#[derive(Serialize)]
struct Line<'a> {
    level: &'a str,
    target: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    message: String,
    fields: Value,
}

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && rank(metadata.level()) <= LEVEL.load(Ordering::Relaxed)
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        // Another instance may have been built at another level.
        tracing::subscriber::Interest::sometimes()
    }

    fn event(&self, event: &Event<'_>) {
        let current = CURRENT.try_with(|current| current.borrow().clone()).unwrap_or(None);
        let latest = || LATEST.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        let Some(link) = current.or_else(latest) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = Line {
            level: metadata.level().as_str(),
            target: metadata.target(),
            file: metadata.file(),
            line: metadata.line(),
            message: fields.message,
            fields: Value::Map(fields.rest),
        };
        let _ = link.ask::<Value>("log", &line);
    }

    // Spans are not carried over: the host's own span is around every poll.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: Vec<(Value, Value)>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.to_string(),
            name => self.rest.push((name.into(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, i64::try_from(value).map_or(Value::UInt(value), Value::Int));
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}
