//! The table: each row is a peer, what it is told, what the log says of it, and by how many MiB the host may grow.
//!
//! For every row it holds as well that others are struck on time meanwhile, that a new operator is served afterwards, and that
//! the host stops as it should (`case.rs`, `arena.rs`). What a peer does is in the file of its noun, under the row's name.
//!
//! MiB: 8 for what the allocator of a busy host takes anyway (most rows take none). A peer that does not read may have 16 MiB
//! wait, in a buffer that doubles; a megabyte that is told stands in a handful of copies; 200,000 values are 20 MiB until they
//! are refused, a million 64 MiB for each thread that reads them; what all connections keep together is 128 MiB.

use crate::case::Case;
use crate::{boasts, calls, crowds, frames, identity, objects, planted, registration, victims};

macro_rules! rows {
    ($($noun:ident $peer:ident: $told:expr, $logged:expr, $grows:expr;)*) => { $(
        #[test]
        fn $peer() {
            Case { told: &$told, logged: $logged, grows: $grows }.run($noun::$peer);
        }
    )* };
}

/// It did nothing that is wrong.
const NOTHING: &str = "";

rows! {
    frames claims_4_gib_for_a_call:
        ["ArgumentError: a message of 4294967295 bytes, and 4194304 are allowed: send it in parts", "hung up"],
        "broke the protocol: a message of 4294967295 bytes, and 4194304 are allowed", 4.0;
    frames claims_4_gib_for_an_answer:
        ["hung up"],
        "broke the protocol: a message of 4294967295 bytes, and 4194304 are allowed", 4.0;
    frames claims_4_gib_of_values:
        ["ArgumentError: a value goes on beyond the end of its message"],
        "1 calls that could not be read", 4.0;
    frames nests_100_000_deep:
        ["ArgumentError: values nest deeper than the 64 levels that are allowed", "hung up"],
        "broke the protocol: values nest deeper than the 64 levels", 8.0;
    frames sends_random_bytes:
        ["hung up"],
        "broke the protocol: a message is a MessagePack extension value, and this began with byte 0x", 8.0;
    frames sends_millions_of_values:
        ["answered Array([Int(1)])"],
        NOTHING, 160.0;
    frames floods_and_does_not_read:
        ["hung up"],
        "the peer does not read, and more than the 16777216 bytes that may wait for it do", 64.0;
    frames reads_a_byte_at_a_time:
        ["answered 1500 times"],
        NOTHING, 8.0;
    frames writes_a_byte_at_a_time:
        ["answered 100 times"],
        NOTHING, 8.0;

    crowds opens_5_000_connections_by_half:
        ["hung up"],
        "disconnected to make room for others: it is no victim, and waits for no answer", 32.0;

    crowds keeps_200_messages_of_4_mib_back:
        ["hung up", "answered Array([Int(1)])"],
        "all connections keep more than the 134217728 bytes that they may, and this one keeps most", 160.0;

    calls calls_under_the_hosts_ids:
        ["RuntimeError: transaction 2 is not the caller's to begin: clients count odd, servers even", "hung up"],
        "broke the protocol: transaction 2 is not the caller's to begin", 8.0;
    calls calls_under_an_id_that_is_in_flight:
        ["RuntimeError: transaction 1 is still in flight: count on", "hung up"],
        "broke the protocol: transaction 1 is still in flight", 8.0;
    calls calls_without_end:
        ["RuntimeError: more than the 1024 calls that may be in flight: wait for some to end", "hung up"],
        "broke the protocol: more than the 1024 calls that may be in flight", 32.0;
    calls replies_to_no_call:
        ["answered Array([Int(1)])"],
        "10000 replies to no call", 8.0;
    calls steers_as_another_user:
        ["RuntimeError: user 65534 may not steer this host: only its own user and root may",
         "RuntimeError: register: pid "],
        "`pause` was refused: another user may not steer this host", 8.0;

    objects calls_an_object_of_another_connections:
        ["NameError: Object not found: 1"],
        "1 calls to objects that are not there", 8.0;
    objects releases_everything:
        ["NameError: Object not found: ", "answered Array([Int(1)])"],
        "1 calls to objects that are not there", 8.0;
    objects has_objects_bound_without_end:
        ["RuntimeError: the answer cannot be sent: more than the 4096 objects that may be bound on one connection: release some",
         "hung up"],
        "broke the protocol: more than the 4096 objects", 8.0;
    objects passes_objects_without_end:
        ["ArgumentError: more than the 4096 objects that may be bound on one connection: release some", "hung up"],
        "broke the protocol: more than the 4096 objects", 8.0;

    identity claims_a_strangers_pid:
        ["RuntimeError: register: process_id "],
        "nor a process that you started: register your own pid, or a descendant's with your user", 8.0;
    identity claims_impossible_pids:
        ["RuntimeError: register: process_id 0 is not you", "RuntimeError: register: process_id -1 is not you"],
        "process_id -9223372036854775808 is not you", 8.0;
    identity claims_pid_1:
        ["RuntimeError: register: process_id 1 is not you"],
        "process_id 1 is not you", 8.0;
    identity claims_the_hosts_pid:
        ["RuntimeError: register: process_id "],
        "nor a process that you started", 8.0;
    identity is_the_one_who_started_the_host:
        ["RuntimeError: register: pid "],
        "started the host, and is never a victim", 8.0;
    identity exits_before_it_is_accepted:
        [],
        "a registration was refused: register: process ", 8.0;
    identity leaves_its_pid_to_somebody_else:
        [],
        "a registration was refused: register: process ", 8.0;
    identity dies_while_another_holds_its_connection:
        ["hung up"],
        NOTHING, 8.0;

    registration registers_twice:
        ["RuntimeError: Already registered"],
        "a registration was refused: Already registered", 8.0;
    registration has_a_name_of_a_megabyte:
        ["ArgumentError: a name has 1 to 128 bytes, not 1048576", "ArgumentError: a name has 1 to 128 bytes, not 1048576"],
        "a registration was refused: a name has 1 to 128 bytes, not 1048576", 24.0;
    registration has_labels_of_a_megabyte:
        ["ArgumentError: a label has 1 to 128 bytes, not 1048576", "ArgumentError: a label's value has 1 to 128 bytes",
         "ArgumentError: a victim has at most 64 labels, not 100000", "ArgumentError: register: methods: must be an array of at most 256"],
        "a registration was refused: a victim has at most 64 labels, not 100000", 48.0;
    registration has_keywords_of_a_megabyte:
        ["ArgumentError: unknown keyword: :kkk"],
        "a registration was refused: unknown keyword: :kkk", 24.0;
    registration has_control_characters:
        ["ArgumentError: a name holds no control characters", "ArgumentError: a name holds no control characters",
         "ArgumentError: a name has 1 to 128 bytes, not 0", "ArgumentError: register: name: must be a text",
         "ArgumentError: a name is more than digits, which would be taken for an id: not 17",
         "ArgumentError: a label's value holds no control characters", "ArgumentError: register: labels: must be a map of texts",
         "ArgumentError: a method holds no control characters", "ArgumentError: register: methods: must be an array",
         "ArgumentError: register: protocol: must be an integer", "ArgumentError: register: process_id: must be an integer"],
        "a registration was refused: a name holds no control characters", 8.0;
    registration forges_a_line_of_the_log:
        ["ArgumentError: unknown keyword: :a"],
        "a registration was refused: unknown keyword: :a\\n{", 8.0;
    registration has_another_victims_name:
        ["answered Int(2)"],
        NOTHING, 8.0;

    planted plants_a_socket_for_a_worker:
        ["hung up", "hung up"],
        "only one of our own uid 0 or of root is obeyed: staying away", 8.0;

    victims never_answers:
        ["asked delay", "asked end"],
        "liar delay: unknown, the victim did not answer within 6.01 s: it may hang, be stopped, or still be at it", 8.0;
    victims answers_twice:
        ["asked delay", "asked delay"],
        "replies to no call", 8.0;
    victims answers_before_it_is_asked:
        ["asked delay"],
        "999 replies to no call", 8.0;
    victims lies_about_what_it_observed:
        ["asked delay"],
        "what it observed is not believed: seconds_held is ", 8.0;
    boasts boasts_of_what_its_process_never_did:
        ["asked cpu_spin", "asked allocate_memory"],
        "what it observed is not believed: cpu_seconds is 1, and the host saw 0.000 from outside", 8.0;
    boasts boasts_of_a_program_that_went_on:
        ["asked delay", "asked allocate_memory"],
        "what it observed is not believed: seconds_held is 1, and the host saw 0.000 from outside", 8.0;
    victims observes_what_no_record_can_hold:
        ["asked delay"],
        "what it observed is not believed: seconds_held is a string, and should be a number", 64.0;
    victims raises_lines_of_a_log:
        ["asked delay"],
        "liar delay: unknown, RuntimeError: boo", 32.0;
}

#[test]
fn takes_every_descriptor() {
    let told = &["hung up"];
    let case = Case { told, logged: "was turned away: this process may have 200 files open", grows: 8.0 };
    case.run_in(crowds::small_arena(), crowds::takes_every_descriptor);
}

#[test]
fn pauses_before_it_registers() {
    let case = Case { told: &["1501 victims, 0 left"], logged: NOTHING, grows: 32.0 };
    case.run_in(crowds::bounded_arena(), crowds::pauses_before_it_registers);
}
