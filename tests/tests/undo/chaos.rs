//! What is done to a victim, and who asks for it.

use chaos_kitty_bus::Value;

use crate::subject::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Operator,
    /// An operation in a process of its own.
    Isolated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    Delay,
    /// At a fault point in a task.
    DelayOfTask,
    /// With answers kept back.
    BlockingDelay,
    /// The same as a delay, of a program that is stopped.
    Freeze,
    Memory,
    Spin,
    Descriptors,
    /// At each hit of a fault point, or by a signal that a program takes for it.
    Errors,
    Collection,
    Signal,
    /// Each call of a program's waits.
    Slow,
    /// The time of day that a program reads.
    Clock,
}

/// An effect and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Chaos {
    pub(crate) effect: Effect,
    pub(crate) length: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Length {
    /// It would last for far longer than an undo may take.
    Long,
    /// It ends by itself, soon.
    Short,
    /// The same, beside another one.
    Brief,
    /// It does not last.
    None,
}

/// Seconds.
const LONG: f64 = 20.0;
pub(crate) const SHORT: f64 = 0.3;
const BRIEF: f64 = 0.1;
/// What is taken of memory.
pub(crate) const MIB: f64 = 24.0;
/// Descriptors that a victim may have whose own are taken, and those that are left: it reads its own files in /proc.
pub(crate) const DESCRIPTORS: u64 = 256;
const LEFT: f64 = 16.0;
/// Seconds by which a clock is off.
const BY: f64 = 3600.0;

impl Chaos {
    /// Everything that there is for such a victim and origin.
    pub(crate) fn all(kind: Kind, origin: Origin) -> Vec<Chaos> {
        use Effect::*;
        let lasting: &[Effect] = match (kind, origin) {
            (Kind::Linked, Origin::Operator) => {
                &[Delay, DelayOfTask, BlockingDelay, Memory, Spin, Descriptors]
            }
            (Kind::Wrapped, Origin::Operator) => &[Delay, BlockingDelay, Freeze, Memory, Spin],
            (Kind::Inside, Origin::Operator) => {
                &[Delay, BlockingDelay, Freeze, Memory, Spin, Descriptors, Slow, Clock]
            }
            (Kind::Attached, Origin::Operator) => &[Delay, Freeze, Memory, Spin],
            (Kind::Frozen, _) => &[Freeze],
            (Kind::Linked, Origin::Isolated) => &[Delay, Memory, Spin, Descriptors],
            (Kind::Inside, Origin::Isolated) => &[Delay, Memory, Spin, Descriptors, Slow, Clock],
            (Kind::Wrapped | Kind::Attached, Origin::Isolated) => &[Delay, Freeze, Memory, Spin],
        };
        let passing: &[Effect] = match (kind, origin) {
            (Kind::Linked, Origin::Operator) => &[Collection, Signal],
            (Kind::Wrapped | Kind::Inside | Kind::Attached, Origin::Operator) => &[Signal],
            (Kind::Frozen, _) => &[],
            (Kind::Attached, Origin::Isolated) => &[Signal],
            (Kind::Linked | Kind::Wrapped | Kind::Inside, Origin::Isolated) => &[Errors, Signal],
        };
        let of = |effects: &[Effect], length| {
            effects.iter().map(|effect| Chaos { effect: *effect, length }).collect::<Vec<_>>()
        };
        // An instance's error is one; an operator may ask for as many as there are hits.
        let can_fail = matches!(kind, Kind::Linked | Kind::Wrapped | Kind::Inside);
        let armed: &[Effect] = if origin == Origin::Operator && can_fail { &[Errors] } else { &[] };
        [
            of(passing, Length::None),
            of(lasting, Length::Short),
            of(armed, Length::Long),
            of(lasting, Length::Long),
        ]
        .concat()
    }

    fn seconds(self) -> f64 {
        match self.length {
            Length::Long => LONG,
            Length::Short | Length::None => SHORT,
            Length::Brief => BRIEF,
        }
    }

    pub(crate) fn method(self) -> &'static str {
        match self.effect {
            Effect::Delay | Effect::DelayOfTask | Effect::BlockingDelay => "delay",
            Effect::Freeze => "freeze",
            Effect::Memory => "allocate_memory",
            Effect::Descriptors => "take_descriptors",
            Effect::Spin => "cpu_spin",
            Effect::Errors => "raise_error",
            Effect::Collection => "trigger_gc",
            Effect::Signal => "signal",
            Effect::Slow => "disturb",
            Effect::Clock => "shift_clock",
        }
    }

    /// What an operator asks with.
    pub(crate) fn options(self) -> Value {
        let seconds = self.seconds();
        match self.effect {
            Effect::Delay | Effect::DelayOfTask | Effect::Freeze | Effect::Spin => {
                Value::map([("duration", seconds)])
            }
            Effect::Descriptors => Value::map([("leave", LEFT), ("duration", seconds)]),
            Effect::BlockingDelay => {
                Value::map::<_, Value>([("duration", seconds.into()), ("block", true.into())])
            }
            Effect::Memory => Value::map([("size_mb", MIB), ("hold_duration", seconds)]),
            Effect::Errors => {
                Value::map::<_, Value>([("message", "boo".into()), ("times", 1_000_000.into())])
            }
            Effect::Collection => Value::Map(Vec::new()),
            Effect::Signal => Value::map([("signal", "USR1")]),
            Effect::Clock => Value::map([("by", BY), ("duration", seconds)]),
            Effect::Slow => Value::map::<_, Value>([
                ("calls", "write".into()),
                ("delay", 0.1.into()),
                ("duration", seconds.into()),
            ]),
        }
    }

    /// The configuration of a host whose isolated operation does it again and again.
    pub(crate) fn configuration(self) -> String {
        let (operation, parameters) = self.operation();
        format!(
            "version = 1\n[[instance]]\noperation = \"{operation}\"\nisolate = true\n\
             parameters = {{ interval = \"100ms\", probability = 1, {parameters} }}\n"
        )
    }

    /// The operation that does it, and with which parameters.
    pub(crate) fn operation(self) -> (&'static str, String) {
        let seconds = self.seconds();
        match self.effect {
            Effect::Delay | Effect::DelayOfTask | Effect::BlockingDelay => {
                ("hairball", format!("min_delay = {seconds}, max_delay = {seconds}"))
            }
            Effect::Freeze => ("pounce", format!("min_duration = {seconds}, max_duration = {seconds}")),
            Effect::Descriptors => ("mousetrap", format!("leave = {LEFT}, duration = {seconds}")),
            Effect::Memory => {
                ("floop", format!("min_size_mb = {MIB}, max_size_mb = {MIB}, hold_duration = {seconds}"))
            }
            Effect::Spin => ("zoomies", format!("min_duration = {seconds}, max_duration = {seconds}")),
            Effect::Errors => ("yowl", "messages = [\"boo\"]".to_owned()),
            Effect::Clock => ("catnap", format!("min_shift = {BY}, max_shift = {BY}, duration = {seconds}")),
            Effect::Slow => ("hiss", format!("calls = [\"write\"], delay = 0.1, duration = {seconds}")),
            Effect::Collection | Effect::Signal => ("scratch", "signal = \"USR1\"".to_owned()),
        }
    }
}
