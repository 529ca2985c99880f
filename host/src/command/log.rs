//! Where the host's log goes: standard error, as lines for people or as JSON.

use super::one_line::{OneLine, one_line};
use serde_json::{Map, Value};
use std::fmt::{self, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// The field that holds a record of the gate's as JSON: the log for programs shows it, the one for people does not.
const RECORD: &str = "record";

/// Starts logging; RUST_LOG says how much, `info` where it says nothing.
pub(super) fn start(json: bool) {
    start_at(Level::INFO, json);
}

/// The same with another level where RUST_LOG says nothing.
pub(super) fn start_at(level: Level, json: bool) {
    let asked =
        std::env::var("RUST_LOG").ok().filter(|text| !text.is_empty()).and_then(|text| text.parse().ok());
    let filter = asked.unwrap_or_else(|| Targets::new().with_default(level));
    // A log that nobody reads any more is no reason to stop: by default, tracing-subscriber tells stderr that stderr is
    // gone, and panics.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if json {
        lines.event_format(Json).boxed()
    } else {
        let people = format::debug_fn(|writer, field, value| match field.name() {
            RECORD => Ok(()),
            // tracing's macros put it first.
            "message" => write!(OneLine::new(writer), "{value:?}"),
            name => write!(OneLine::new(writer), " {name}={value:?}"),
        });
        let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
        lines.with_ansi(ansi).fmt_fields(people).boxed()
    };
    // It fails only where a log was started before.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}

/// One JSON object a line, the gate's records as they are.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut line = Line(Map::new());
        for (key, value) in [
            ("time", time),
            ("level", event.metadata().level().to_string()),
            ("target", event.metadata().target().to_owned()),
        ] {
            line.0.insert(key.to_owned(), value.into());
        }
        event.record(&mut line);
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, one_line(value).into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let parsed = (field.name() == RECORD).then(|| serde_json::from_str(value).ok()).flatten();
        self.put(field, parsed.unwrap_or_else(|| one_line(&format_args!("{value}")).into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}
