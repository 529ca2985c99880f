//! Threads that a plugin starts by itself.

use crate::lines::{assert_lines, wait_for};
use crate::scene::Scene;

/// What bounds them is the system: it grants a user so many. Who wants more panics over it, and so costs itself alone;
/// and those that panic are no flood.
#[test]
fn threads_without_end() {
    let mut scene = Scene::of_a_plain_user();
    scene.misbehave("threads without end, once there are two victims");
    let limited = scene.limit_threads(400);
    let complaints = scene.play(&[], |host| {
        let _second = scene.guest();
        wait_for(host, "bad: a thread of the plugin's own panicked at *: on its own (10 times)");
        if limited {
            wait_for(host, "bad: retired: panicked at *: failed to spawn thread: *");
        }
    });
    let own = "bad: a thread of the plugin's own panicked at ";
    let (panics, others): (Vec<_>, Vec<_>) = complaints.into_iter().partition(|line| line.starts_with(own));
    assert!(panics.len() <= 3, "the first, the tenth, the hundredth: {panics:#?}");
    let over = "bad: retired: panicked at *: failed to spawn thread: *; it strikes no more until it is reloaded (chaos-kitty operations reload bad)";
    assert_lines(&others, &[over][usize::from(!limited)..]);
}

/// In a process of its own its memory bounds them too, wherein their stacks are.
#[test]
fn threads_without_end_of_an_isolated_one() {
    let mut scene = Scene::new();
    scene.misbehave_isolated("threads without end, once there are two victims", false);
    let over = "bad: retired: panicked at *: failed to spawn thread: *; it strikes no more until it is reloaded (chaos-kitty operations reload bad)";
    let complaints = scene.play(&[], |host| {
        let _second = scene.guest();
        wait_for(host, over);
    });
    let own = "bad: a thread of the plugin's own panicked at ";
    let (panics, others): (Vec<_>, Vec<_>) = complaints.into_iter().partition(|line| line.starts_with(own));
    assert!(panics.len() <= 3, "the first, the tenth, the hundredth: {panics:#?}");
    assert_lines(&others, &[over]);
}
