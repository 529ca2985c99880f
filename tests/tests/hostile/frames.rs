//! Bytes that are no message, too much of one, or come and go a byte at a time.

use crate::arena::Arena;
use crate::told::{HUNG_UP, Told, word, words};
use chaos_kitty_bus::{Message, Request, Value};
use chaos_kitty_tests::Wire;
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

/// The header of a message that claims this many bytes.
fn header(bytes: u32, code: u8) -> Vec<u8> {
    [&[0xc9], &bytes.to_be_bytes()[..], &[code]].concat()
}

fn hear(arena: &Arena, bytes: &[u8]) -> Option<Told> {
    let mut wire = arena.connect();
    wire.send_bytes(bytes);
    Told::us(words(&mut wire))
}

pub(crate) fn claims_4_gib_for_a_call(arena: &Arena) -> Option<Told> {
    hear(arena, &[header(u32::MAX, 0x00), vec![7]].concat())
}

pub(crate) fn claims_4_gib_for_an_answer(arena: &Arena) -> Option<Told> {
    hear(arena, &header(u32::MAX, 0x01))
}

pub(crate) fn claims_4_gib_of_values(arena: &Arena) -> Option<Told> {
    // keys([…, four billion of them]), and the array ends after the first.
    let call = b"\x01\xc7\x05\x20chaos\x02\xd6\x20keys\xdd\xff\xff\xff\xff\x00";
    let mut wire = arena.connect();
    wire.send_bytes(&[&header(call.len() as u32, 0x00), &call[..]].concat());
    let told = word(&mut wire);
    drop(wire);
    Told::us([told])
}

pub(crate) fn nests_100_000_deep(arena: &Arena) -> Option<Told> {
    let call = [&b"\x01\xc7\x05\x20chaos\x02\xd6\x20keys"[..], &[0x91; 100_000]].concat();
    hear(arena, &[header(call.len() as u32, 0x00), call].concat())
}

pub(crate) fn sends_random_bytes(arena: &Arena) -> Option<Told> {
    let mut heard = BTreeSet::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..1_000 {
        let mut stream = arena.stream();
        let bytes: Vec<u8> = (0..512)
            .map(|_| {
                // xorshift64: the same bytes in each run.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect();
        // It may have hung up before it was through. What looks like the beginning of a message ends with this.
        let _ = stream.write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Write));
        heard.insert(match stream.read(&mut [0; 64]) {
            Ok(0) => HUNG_UP.to_owned(),
            // What it had not read yet when it hung up.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => HUNG_UP.to_owned(),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(heard.len(), 1, "{heard:?}");
    Told::us(heard)
}

pub(crate) fn sends_millions_of_values(arena: &Arena) -> Option<Told> {
    const TIMES: u64 = 3;
    let speak = |mut wire: Wire| {
        for call in 0..TIMES {
            let request = Request::new("keys").argument(vec![Value::Nil; 1_000_000]);
            wire.send(&Message::Invoke { id: 2 * call + 1, object: "chaos".into(), request, block: false });
        }
        (0..TIMES).map(|_| word(&mut wire)).collect::<Vec<_>>()
    };
    let wires: Vec<Wire> = (0..4).map(|_| arena.connect()).collect();
    let speakers: Vec<_> = wires.into_iter().map(|wire| std::thread::spawn(move || speak(wire))).collect();
    Told::us(speakers.into_iter().flat_map(|speaker| speaker.join().unwrap()))
}

fn overview(id: u64) -> Message {
    Message::Invoke { id, object: "chaos".into(), request: Request::new("overview"), block: false }
}

pub(crate) fn floods_and_does_not_read(arena: &Arena) -> Option<Told> {
    let mut stream = arena.stream();
    let mut id = 1;
    let end = loop {
        let mut bytes = Vec::new();
        for _ in 0..100 {
            overview(id).encode(&mut bytes).unwrap();
            id += 2;
        }
        if let Err(error) = stream.write_all(&bytes) {
            break error;
        }
        assert!(id < 2_000_000, "nobody minds");
    };
    assert!(matches!(end.raw_os_error(), Some(32 | 104)), "EPIPE or ECONNRESET, not {end}");
    Told::us([HUNG_UP.to_owned()])
}

pub(crate) fn reads_a_byte_at_a_time(arena: &Arena) -> Option<Told> {
    const CALLS: u64 = 1_500;
    let mut stream = arena.stream();
    let mut bytes = Vec::new();
    (0..CALLS).for_each(|call| overview(2 * call + 1).encode(&mut bytes).unwrap());
    stream.write_all(&bytes).unwrap();
    // All of it is on its way, more than a socket holds; now it is taken, drop by drop.
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let dripping = std::thread::spawn(move || {
        let mut byte = [0];
        while matches!(stream.read(&mut byte), Ok(1)) && theirs.write_all(&byte).is_ok() {}
    });
    let mut wire = Wire::over_stream(ours);
    for call in 0..CALLS {
        match wire.receive() {
            Some(Message::Return { id, .. }) => assert_eq!(id, 2 * call + 1),
            other => panic!("{other:?}"),
        }
    }
    drop(wire);
    drop(dripping);
    Told::us([format!("answered {CALLS} times")])
}

pub(crate) fn writes_a_byte_at_a_time(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    let mut heard = Vec::new();
    for call in 0..100 {
        let mut bytes = Vec::new();
        overview(2 * call + 1).encode(&mut bytes).unwrap();
        bytes.iter().for_each(|byte| wire.send_bytes(&[*byte]));
        heard.push(word(&mut wire));
    }
    assert!(heard.iter().all(|word| word.starts_with("answered")), "{heard:?}");
    Told::us([format!("answered {} times", heard.len())])
}
