use super::*;
use std::io::{Read, Write};
use std::net::TcpListener;

/// Answers one request with this text, on loopback.
fn page(answer: impl Into<String>) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = answer.into();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        // Who has seen enough hangs up before the end.
        let _ = stream.write_all(answer.as_bytes());
    });
    (url, serving)
}

async fn http(answer: impl Into<String>, change: impl FnOnce(&mut Http)) -> Option<String> {
    let (url, serving) = page(answer);
    let mut probe = Probe::parse(&url).unwrap();
    if let Question::Http(http) = &mut probe.question {
        change(http);
    }
    let result = probe.ask().await;
    serving.join().unwrap();
    result.failure
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

#[tokio::test]
async fn a_page_is_judged_by_its_status_and_its_body() {
    assert_eq!(http(OK, |_| {}).await, None);
    assert_eq!(http(OK, |http| http.contains = Some("ell".into())).await, None);
    let failure = http(OK, |http| http.contains = Some("bye".into())).await;
    assert_eq!(failure.as_deref(), Some("its body does not contain `bye`"));
    let failure = http(OK, |http| http.statuses = vec![201, 204]).await;
    assert_eq!(failure.as_deref(), Some("it answered 200, and 201 or 204 is expected"));
    let failing = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(http(failing, |_| {}).await.as_deref(), Some("it answered 503, and 200 to 399 is expected"));
    assert_eq!(http(failing, |http| http.statuses = vec![503]).await, None);
    // Where it leads is not asked: nobody named it.
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(http(elsewhere, |_| {}).await, None);
}

#[tokio::test]
async fn of_a_large_page_the_first_mebibyte_is_looked_through() {
    let large = |before: usize| {
        let body = format!("{}ready{}", "ä".repeat(before / 2), "x".repeat(1 << 20));
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let wants = |http: &mut Http| http.contains = Some("ready".into());
    assert_eq!(http(large(1 << 19), wants).await, None);
    let failure = http(large(1 << 20), wants).await;
    assert_eq!(failure.as_deref(), Some("its body does not contain `ready`"));
}

#[tokio::test]
async fn a_question_that_panics_has_failed() {
    let failure = unbroken(async { panic!("no such clock") }).await.unwrap_err();
    assert!(failure.contains("it could not be asked") && failure.contains("no such clock"), "{failure}");
}

#[tokio::test]
async fn who_listens_and_never_answers_fails_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(Probe::parse(&format!("tcp://{address}")).unwrap().ask().await.failure, None);
    for text in [format!("http://{address}/"), "sleep 60".to_owned()] {
        let timeout = Duration::from_millis(100);
        let result = Probe { timeout, ..Probe::parse(&text).unwrap() }.ask().await;
        assert!(result.latency >= timeout, "{result:?}");
        assert_eq!(result.failure.as_deref(), Some("no answer within 0.1 s"));
    }
    drop(listener);
    let failure = Probe::parse(&format!("tcp://{address}")).unwrap().ask().await.failure.unwrap();
    assert!(failure.contains("refused"), "{failure}");
}

#[tokio::test]
async fn a_command_is_judged_by_its_exit_and_its_last_words_are_told() {
    let ask = async |text: &str| Probe::parse(text).unwrap().ask().await.failure;
    assert_eq!(ask("true").await, None);
    let failure = ask("echo one >&2; printf 'two\\033[2J\\n' >&2; exit 3").await.unwrap();
    assert_eq!(failure, "exit status: 3: two [2J");
    assert!(ask("kill -9 $$").await.unwrap().contains("signal: 9"));
    // As much as no pipe holds.
    assert_eq!(ask("head -c 200000 /dev/zero >&2").await, None);
    let nowhere = CommandLine { program: "/nowhere".into(), arguments: vec![], directory: None };
    let timeout = Duration::from_secs(5);
    let probe = Probe { question: Question::Command(nowhere), timeout, slowest: None };
    assert!(probe.ask().await.failure.unwrap().contains("could not be started"));
}

#[tokio::test]
async fn a_command_that_takes_too_long_dies_with_all_that_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    let text = format!("sleep 60 & echo $! $$ > {}; wait", file.display());
    let probe = Probe { timeout: Duration::from_millis(300), ..Probe::parse(&text).unwrap() };
    assert!(probe.ask().await.failure.is_some());
    let pids = std::fs::read_to_string(file).unwrap();
    for pid in pids.split_whitespace() {
        // Whoever is dead may wait to be reaped by somebody else; it runs no more.
        let runs = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
        };
        for _ in 0..500 {
            if !runs() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!runs(), "{pid} still runs");
    }
}

#[tokio::test]
async fn a_slow_answer_is_a_failure_where_that_is_said() {
    let probe = Probe { slowest: Some(Duration::ZERO), ..Probe::parse("true").unwrap() };
    assert!(probe.ask().await.failure.unwrap().contains("which is more than 0 s"));
}

#[test]
fn what_is_no_probe_is_told() {
    for wrong in ["", "  ", "http://", "https:///path", "tcp://nowhere", "tcp://:80", "tcp://host:0"] {
        assert!(Probe::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(Probe::parse("curl -f x").unwrap().question.shown(), "curl -f x");
}
