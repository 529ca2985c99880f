//! A process that an operator chose: held first, and then looked at.

use super::proc::{says_it_has_ended, unseen};
use super::process::Process;
use super::processes::Processes;
use super::rules::Rules;
use std::io;
use std::sync::Arc;

/// `PF_KTHREAD` in the flags of `/proc/PID/stat`: a thread of the kernel's own.
const KERNEL_THREAD: u32 = 0x0020_0000;

/// Takes hold of the process with this pid, if it may be a victim.
///
/// # Errors
/// Why it may not, or that there is none.
pub(crate) fn chosen(pid: i32, rules: &Rules, processes: &Processes) -> Result<Arc<Process>, String> {
    let process = processes.hold(pid, None).map_err(|error| {
        if let Some(process) = process_of(pid).filter(|process| *process != pid) {
            return format!("{pid} is a thread of process {process}: give the pid of that");
        }
        if says_it_has_ended(&error) { format!("there is no process {pid}") } else { unseen(pid, &error) }
    })?;
    if is_kernel_thread(pid).map_err(|error| unseen(pid, &error))? {
        return Err(format!("pid {pid} is a thread of the kernel's, which is never a victim"));
    }
    match rules.objection(&process) {
        Some(objection) => Err(objection),
        None if process.has_exited() => Err(format!("process {pid} has exited")),
        None => Ok(process),
    }
}

/// The process of a thread: /proc lists processes alone, and yet tells of every thread.
fn process_of(thread: i32) -> Option<i32> {
    let status = std::fs::read(format!("/proc/{thread}/status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
}

fn is_kernel_thread(pid: i32) -> io::Result<bool> {
    let stat = std::fs::read(format!("/proc/{pid}/stat"))?;
    let stat = String::from_utf8_lossy(&stat).into_owned();
    // comm may hold anything, closing parentheses too: the last one ends it.
    let flags = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_ascii_whitespace().nth(6));
    Ok(flags.and_then(|flags| flags.parse::<u32>().ok()).is_some_and(|flags| flags & KERNEL_THREAD != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_ours_may_be_chosen_and_one_that_is_not_there_may_not() {
        let (processes, rules) = (Processes::default(), Rules::default());
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id() as i32;
        assert_eq!(chosen(pid, &rules, &processes).unwrap().pid(), pid);
        child.kill().unwrap();
        // A zombie is nobody's victim.
        child.wait().unwrap();
        let why = chosen(pid, &rules, &processes).unwrap_err();
        assert!(why.contains(&format!("no process {pid}")), "{why}");
    }

    #[test]
    fn of_a_thread_the_process_is_told() {
        // A test runs in a thread that is not its process's first.
        let thread = std::fs::read_link("/proc/thread-self").unwrap();
        let number = thread.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let why = chosen(number, &Rules::default(), &Processes::default()).unwrap_err();
        assert_eq!(
            why,
            format!("{number} is a thread of process {}: give the pid of that", std::process::id())
        );
    }

    #[test]
    fn threads_of_the_kernel_init_and_the_host_may_not_be_chosen() {
        let (processes, rules) = (Processes::default(), Rules { other_users: true, ..Rules::default() });
        let own = std::process::id() as i32;
        for (pid, why) in [(1, "init of this system"), (own, "the host itself")] {
            let refused = chosen(pid, &rules, &processes).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
        // In a container there is none to be seen.
        if std::fs::read_to_string("/proc/2/comm").is_ok_and(|comm| comm == "kthreadd\n") {
            let refused = chosen(2, &rules, &processes).unwrap_err();
            assert!(refused.contains("thread of the kernel's"), "{refused}");
        }
    }
}
