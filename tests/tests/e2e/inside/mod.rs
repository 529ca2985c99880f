//! Inside unchanged programs: `chaos-kitty-worker --inside -- PROGRAM`.

mod calls;
mod chance;
mod clock;
mod confined;
mod every;
mod five;
mod kin;
mod loading;
mod named;
mod native;
mod refused;
mod taken;
mod undone;
mod unhosted;
mod waits;

use chaos_kitty_tests::{Host, Job, Json, Nest, Process, json};

/// The name of every victim here.
const NAME: &str = "py";

/// A host, and a Python program that does as it is told, with the library in it.
struct Inside<'a> {
    nest: &'a Nest,
    host: Option<Host>,
    job: Job,
}

impl<'a> Inside<'a> {
    #[track_caller]
    fn start(nest: &'a Nest) -> Self {
        let subject = nest.file("subject.py", include_str!("subject.py"));
        Self::run(nest, &format!("exec python3 -u {}", subject.display()))
    }

    /// The same under a limit of descriptors that is small enough to be reached.
    #[track_caller]
    fn start_small(nest: &'a Nest) -> Self {
        let subject = nest.file("subject.py", include_str!("subject.py"));
        Self::run(nest, &format!("ulimit -n 256; exec python3 -u {}", subject.display()))
    }

    #[track_caller]
    fn run(nest: &'a Nest, script: &str) -> Self {
        let host = nest.quiet_host();
        let job = nest.job(NAME).inside().start(script);
        host.registered(NAME);
        let mut inside = Self { nest, host: Some(host), job };
        // Whatever Python does at its start is over.
        inside.asks("0");
        inside
    }

    /// Has it do something, and answers what came of it.
    #[track_caller]
    fn asks(&mut self, expression: &str) -> Json {
        let mark = self.job.log().mark();
        self.job.wrapper().tell(expression);
        self.answer(mark, expression)
    }

    /// The answer to what it was told after this mark.
    #[track_caller]
    fn answer(&self, mark: usize, expression: &str) -> Json {
        let is_answer = |line: &Json| line.get("is").is_some() || line.get("raised").is_some();
        let mut answer = self.job.log().wait_after(mark, expression, is_answer);
        assert!(answer.get("raised").is_none(), "{expression}: {answer}");
        answer["is"].take()
    }

    /// Asks again and again until this is the answer.
    #[track_caller]
    fn comes_to(&mut self, expression: &str, wanted: impl Fn(&Json) -> bool) {
        let mut last = Json::Null;
        let comes = chaos_kitty_tests::comes_true(chaos_kitty_tests::PATIENCE, || {
            last = self.asks(expression);
            wanted(&last)
        });
        assert!(comes, "{expression}: {last}");
    }

    /// Begins to strike it.
    #[track_caller]
    fn begin(&self, call: &[&str]) -> Process {
        self.nest.operator().start(&[&["--json", "call", NAME], call].concat())
    }

    /// Strikes it, has it do something meanwhile, and answers the outcome, and what came of that.
    #[track_caller]
    fn struck(&mut self, call: &[&str], expression: &str) -> (Json, Json) {
        let mut strike = self.begin(call);
        let answer = self.asks(expression);
        let outcome = outcome(&mut strike);
        (outcome, answer)
    }

    /// Lets it end, and everybody else.
    #[track_caller]
    fn end(mut self) {
        assert_eq!(self.job.end(), 0);
        if let Some(host) = self.host.take() {
            host.stop();
        }
    }
}

/// What a strike has come to, once it has.
#[track_caller]
fn outcome(strike: &mut Process) -> Json {
    strike.exit_code();
    strike.said().to_its_end();
    strike.complained().to_its_end();
    let text = strike.said().shown();
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", strike.complained().shown()))
}

#[test]
fn it_is_a_victim_of_a_kind_of_its_own() {
    let nest = Nest::new();
    let inside = Inside::start(&nest);
    let victims = nest.operator().ask(&["victims"]);
    assert_eq!((&victims[0]["kind"], &victims[0]["pid"]), (&json!("inside"), &json!(inside.job.pid())));
    let methods = victims[0]["methods"].as_array().unwrap();
    for method in [
        "delay",
        "freeze",
        "raise_error",
        "disturb",
        "shift_clock",
        "allocate_memory",
        "cpu_spin",
        "take_descriptors",
    ] {
        assert!(methods.contains(&json!(method)), "{method}: {methods:?}");
    }
    inside.end();
}
