//! Why a victim is not asked for a method, and what to do so that it can be.

use super::victim::Kind;
use crate::configuration::nearest;
use crate::effect::Effect;

/// What such a victim answers to a method that it does not declare.
pub(super) fn objection(name: &str, kind: Kind, declared: &[String], method: &str) -> String {
    let offered = declared.join(", ");
    let known: Vec<&str> = declared.iter().map(String::as_str).chain(["signal"]).collect();
    // What the protocol has is spelt right, and not offered.
    if let Some(meant) = nearest(method, &known).filter(|_| !Effect::is_chaos(method)) {
        return format!(
            "{name} does not offer {method}, did you mean `{meant}`? It offers {offered}, and signal"
        );
    }
    match (kind, method) {
        // Its worker would do it: an older one, or somebody else's.
        (
            Kind::Inside,
            "freeze" | "delay" | "allocate_memory" | "cpu_spin" | "disturb" | "shift_clock"
            | "take_descriptors",
        )
        | (Kind::Wrapped, "freeze" | "delay" | "allocate_memory" | "cpu_spin") => format!(
            "{name} does not offer {method}: start it with a chaos-kitty-worker that does. It offers {offered}, and signal"
        ),
        (_, "disturb" | "shift_clock") => format!(
            "{name} does not offer {method}, which takes place inside of a program's own calls: start it with \
             `chaos-kitty-worker --inside -- PROGRAM`. It declares {offered}, and signal"
        ),
        (Kind::Wrapped, "take_descriptors") => format!(
            "{name} is wrapped, and take_descriptors reaches nobody from outside: start it with `chaos-kitty-worker \
             --inside -- PROGRAM`. It offers {offered}, and signal"
        ),
        (Kind::Linked, "freeze") => format!(
            "{name} is linked, and freeze stops a program from outside: take delay, which holds it at its \
             fault points, or start it with `chaos-kitty-worker -- PROGRAM`. It declares {offered}, and signal"
        ),
        (Kind::Attached, _) => format!(
            "{name} is attached, and {method} needs somebody inside of it: it offers {offered}, and signal. Start it with \
             `chaos-kitty-worker --inside -- PROGRAM`, or link the library chaos-kitty-worker into it, for more"
        ),
        (Kind::Linked, _) => format!("{name} does not offer {method}: it declares {offered}, and signal"),
        (Kind::Wrapped | Kind::Inside, _) => format!(
            "{name} is {kind}, and {method} means nothing to it: it offers {offered}, and signal. Where it does \
             that on a signal, start it with `--on {method}=SIGUSR1`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_misspelt_is_told_what_was_meant() {
        let declared = ["delay".to_owned(), "flush".to_owned()];
        for kind in [Kind::Linked, Kind::Wrapped, Kind::Inside, Kind::Attached] {
            for (method, meant) in [("dealy", "delay"), ("flsh", "flush"), ("singal", "signal")] {
                let told = objection("web", kind, &declared, method);
                let end = format!("{method}, did you mean `{meant}`? It offers delay, flush, and signal");
                assert!(told.ends_with(&end), "{told}");
            }
            let told = objection("web", kind, &["flush".to_owned(), "delays".to_owned()], "delay");
            assert!(!told.contains("did you mean"), "{told}");
        }
    }

    #[test]
    fn who_cannot_is_told_what_to_do() {
        let declared = ["delay".to_owned()];
        for (kind, method, what_to_do) in [
            (Kind::Linked, "disturb", "--inside -- PROGRAM"),
            (Kind::Wrapped, "disturb", "--inside -- PROGRAM"),
            (Kind::Wrapped, "shift_clock", "--inside -- PROGRAM"),
            (Kind::Wrapped, "take_descriptors", "--inside -- PROGRAM"),
            (Kind::Linked, "freeze", "take delay"),
            (Kind::Wrapped, "freeze", "with a chaos-kitty-worker that does"),
            (Kind::Wrapped, "trigger_gc", "--on trigger_gc=SIGUSR1"),
            (
                Kind::Linked,
                "take_descriptors",
                "does not offer take_descriptors: it declares delay, and signal",
            ),
        ] {
            let told = objection("web", kind, &declared, method);
            assert!(told.starts_with("web ") && told.contains(method) && told.contains(what_to_do), "{told}");
            assert!(told.contains("delay, and signal"), "{told}");
        }
    }
}
