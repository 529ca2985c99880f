//! Who is in it: the program, what it forks, and what it executes.

use chaos_kitty_tests::{Json, Nest, json, skipped};

use super::{Inside, outcome};

#[test]
fn a_child_is_struck_with_its_parent_and_so_is_what_it_executes() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let path = &*format!("path={file}");
    let mut strike = inside.begin(&["disturb", "calls=write,open", "errno=ENOSPC", path, "duration=600"]);
    inside.comes_to("failure(lambda: os.write(file, b'x'))", |told| told == "ENOSPC");
    let forked = "(lambda child: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else \
                  os._exit(7 if failure(lambda: os.write(file, b'x')) == 'ENOSPC' else 1))(os.fork())";
    assert_eq!(inside.asks(forked), json!(7), "it is inherited by fork");
    let executed = format!(
        "subprocess.run([sys.executable, '-c', 'open(\"{file}\")'], capture_output=True, text=True).stderr[-90:]"
    );
    let told = inside.asks(&executed);
    assert!(told.as_str().unwrap().contains("No space left"), "it is mapped again after exec: {told}");
    // Whoever gets another environment is no victim, and none the worse for it.
    let without = format!(
        "subprocess.run([sys.executable, '-c', 'open(\"{file}\"); print(1)'], env={{}}, capture_output=True, text=True).stdout"
    );
    assert_eq!(inside.asks(&without), "1\n");
    inside.host.take().unwrap().stop();
    strike.exit_code();
    assert_eq!(inside.asks("failure(lambda: os.write(file, b'x'))"), Json::Null);
    inside.end();
}

#[test]
fn who_has_a_clock_of_its_own_by_which_nothing_would_end_is_no_victim() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.file("file", "").display().to_string();
    let path = &*format!("path={file}");
    let strike = inside.begin(&["disturb", "calls=open", "errno=ENOSPC", path, "duration=600"]);
    let opened = |before: &str| {
        let opens = format!("print(open({file:?}).read(), end=\"opened\")");
        format!(
            "subprocess.run([{before} sys.executable, '-c', {opens:?}], capture_output=True, text=True).stdout"
        )
    };
    inside.comes_to(&opened(""), |told| told == "");
    if inside.asks("subprocess.run(['unshare', '-T', '--monotonic', '-1000', 'true']).returncode") == 0 {
        assert_eq!(inside.asks(&opened("'unshare', '-T', '--monotonic', '-1000',")), "opened");
    } else {
        skipped("no time namespace may be made here");
    }
    inside.host.take().unwrap().stop();
    drop(strike);
    inside.end();
}

#[test]
fn two_effects_are_both_felt_and_each_ends_by_itself() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let path = &*format!("path={file}");
    let mut slow = inside.begin(&["disturb", "calls=write", "delay=200ms", path, "duration=20s", "times=2"]);
    inside.asks("until_slow(lambda: os.write(file, b'x'), 0.2)");
    let failing = ["disturb", "calls=write", "errno=EIO", path, "duration=20s", "times=1"];
    let (failed, answer) =
        inside.struck(&failing, "until(lambda: failure(lambda: os.write(file, b'x')), None)");
    assert_eq!((answer, &failed["verdict"]), (json!("EIO"), &json!("effective")));
    inside.asks("[os.write(file, b'x') for _ in range(3)]");
    assert_eq!(outcome(&mut slow)["observed"]["hits"], 2);
    inside.end();
}

#[test]
fn a_call_that_is_held_goes_on_as_soon_as_the_host_is_told_to_stop() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let point = &*format!("point=write:{file}");
    let mut strike = inside.begin(&["delay", "duration=600", point]);
    let mark = inside.job.log().mark();
    let written = "until_slow(lambda: os.write(file, b'x'), 0.2)";
    inside.job.wrapper().tell(written);
    let host = inside.host.take().unwrap();
    host.strikes(super::NAME, "delay");
    // It is held: in the call, where a kernel says so, by the table's own word.
    let pid = inside.job.pid();
    let waits = || std::fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|it| it.contains("futex"));
    nest.operator().until("it is held", waits);
    chaos_kitty_tests::let_pass(std::time::Duration::from_millis(300));
    host.stop();
    strike.exit_code();
    assert_eq!(inside.answer(mark, written), json!(true));
    inside.end();
}
