//! Transcript: who said what, and what came of it; and what must hold of that, whatever was said.

use chaos_kitty_bus::{CallError, Closed, Message, ObjectName, ProtocolError, Value};
use std::collections::HashMap;

/// Who said what in a story, and what came of it.
#[derive(Debug)]
pub struct Transcript {
    /// The peer is the client.
    pub with_client: bool,
    /// What the peer said, by the number of the act.
    pub said: Vec<Option<Message>>,
    /// What it heard.
    pub heard: Vec<Message>,
    /// What came of our calls, by their number, as far as we waited for them.
    pub outcomes: Vec<(usize, Result<Value, CallError>)>,
}

impl Transcript {
    /// Whether a transaction's number is the peer's to give.
    fn is_theirs(&self, id: u64) -> bool {
        (id % 2 == 1) == self.with_client
    }

    /// Calls of the peer's under this number, in order.
    fn asked(&self, id: u64) -> Vec<(usize, &str, bool)> {
        let asked = self.said.iter().enumerate().filter_map(|(number, message)| match message {
            Some(Message::Invoke { id: asked, request, block, .. }) if *asked == id => {
                Some((number, &*request.method, *block))
            }
            _ => None,
        });
        asked.collect()
    }

    fn says(&self, number: Option<usize>, is: impl Fn(&Message) -> bool) -> bool {
        number.and_then(|number| self.said.get(number)?.as_ref()).is_some_and(is)
    }

    fn has_said(&self, is: impl Fn(&Message) -> bool) -> bool {
        self.said.iter().flatten().any(is)
    }

    /// What the peer hears belongs to what it said: an answer to its call, and at most one to each.
    pub fn what_is_heard_belongs_to_what_was_said(&self) {
        let mut answers = HashMap::<u64, usize>::new();
        for heard in &self.heard {
            match heard {
                Message::Return { id, result: answer } | Message::Throw { id, value: answer, .. } => {
                    let asked = self.nth_answer(*id, &mut answers);
                    assert_eq!(mark(answer), Some(asked), "{heard:?} answers another call");
                }
                Message::Error { id, exception } if self.is_theirs(*id) => {
                    let asked = self.nth_answer(*id, &mut answers);
                    let Some(raised) = exception.message.strip_prefix("raised ") else { continue };
                    assert_eq!(raised, format!("Int({asked})"), "{heard:?} answers another call");
                }
                Message::Error { id: told, .. } => assert!(
                    self.has_said(|said| {
                        matches!(said, Message::Yield { id, .. } | Message::Invoke { id, .. } if id == told)
                    }),
                    "{heard:?} answers nothing"
                ),
                Message::Yield { id, arguments } => {
                    let called = arguments.first().and_then(mark);
                    let asked = self.asked(*id);
                    let asked = asked.iter().any(|(number, method, block)| {
                        Some(*number) == called && *method == "twice" && *block
                    });
                    assert!(asked, "{heard:?} calls a block that is not there");
                }
                Message::Next { id: told, result } => assert!(
                    self.says(mark(result), |said| matches!(said, Message::Yield { id, .. } if id == told)),
                    "{heard:?} answers no yield"
                ),
                Message::Close { id: left } => assert!(
                    self.heard
                        .iter()
                        .any(|heard| matches!(heard, Message::Invoke { id, block: true, .. } if id == left)),
                    "{heard:?} leaves no block"
                ),
                Message::Invoke { id, .. } => assert!(!self.is_theirs(*id), "{heard:?} is not ours to begin"),
                Message::Release { object } => {
                    let known = *object == ObjectName::from("thing")
                        || self.has_said(|said| format!("{said:?}").contains(&format!("{object:?}")));
                    assert!(known, "{heard:?} was never here");
                }
            }
        }
    }

    /// The call that the next answer under this number has to answer.
    fn nth_answer(&self, id: u64, answers: &mut HashMap<u64, usize>) -> usize {
        let count = answers.entry(id).or_default();
        *count += 1;
        let asked = self.asked(id);
        asked.get(*count - 1).unwrap_or_else(|| panic!("{id} has {count} answers to {asked:?}")).0
    }

    /// A call that needs nobody's help has its answer.
    pub fn what_can_be_answered_is(&self) {
        let at_once = ["echo", "raise", "throw", "itself", "keep", "drop", "last"];
        for message in self.said.iter().flatten() {
            let Message::Invoke { id, .. } = message else { continue };
            let asked = self.asked(*id).iter().filter(|(_, method, _)| at_once.contains(method)).count();
            let answered = |heard: &&Message| {
                matches!(heard, Message::Return { id: told, .. } | Message::Error { id: told, .. }
                    | Message::Throw { id: told, .. } if told == id)
            };
            let answered = self.heard.iter().filter(answered).count();
            assert!(answered >= asked, "{id} was asked {asked} times and answered {answered}");
        }
    }

    /// What a call of ours came to was said to that call.
    pub fn our_calls_got_what_was_said_to_them(&self) {
        let mut ids = HashMap::new();
        for heard in &self.heard {
            let Message::Invoke { id, request, .. } = heard else { continue };
            let number = request.arguments.first().and_then(mark);
            if &*request.method == "ask" {
                assert_eq!(ids.insert(number, *id), None, "call {number:?} began twice");
            }
        }
        for (number, outcome) in &self.outcomes {
            let ours = ids.get(&Some(*number));
            let fits = match outcome {
                Ok(answer) => self.says(
                    mark(answer),
                    |said| matches!(said, Message::Return { id, .. } if Some(id) == ours),
                ),
                Err(CallError::Remote(exception)) => self.says(
                    exception.message.parse().ok(),
                    |said| matches!(said, Message::Error { id, .. } if Some(id) == ours),
                ),
                // Our own block threw.
                Err(CallError::Thrown { tag: Value::Nil, .. }) => true,
                Err(CallError::Thrown { value, .. }) => self
                    .says(mark(value), |said| matches!(said, Message::Throw { id, .. } if Some(id) == ours)),
                Err(CallError::TimedOut { .. } | CallError::Closed { .. } | CallError::Refused { .. }) => {
                    true
                }
            };
            assert!(fits, "call {number} came to {outcome:?}, which was said to another");
        }
    }
}

/// The number of the act that a value is from.
fn mark(value: &Value) -> Option<usize> {
    let mark = value.as_array().map_or(Some(value), |values| values.first());
    mark.and_then(Value::as_u64).and_then(|number| number.try_into().ok())
}

/// What a peer of well-formed messages can be disconnected for.
pub fn is_a_reason(why: &Closed, tight: bool) -> bool {
    use ProtocolError::{
        DuplicateTransaction, ForeignTransaction, FrameTooLarge, TooDeep, TooManyObjects, TooManyQueuedBytes,
        TooManyTransactions, TooManyValues, TooManyYields,
    };
    match why {
        Closed::Protocol(DuplicateTransaction { .. } | ForeignTransaction { .. } | TooManyYields { .. }) => {
            true
        }
        Closed::Protocol(
            FrameTooLarge { .. }
            | TooDeep { .. }
            | TooManyObjects { .. }
            | TooManyQueuedBytes { .. }
            | TooManyTransactions { .. }
            | TooManyValues { .. },
        ) => tight,
        _ => false,
    }
}
