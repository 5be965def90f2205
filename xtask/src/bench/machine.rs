//! Where and of what something was measured, for the heading of each result.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// One line about the machine: processor, cores, memory, how busy it was before we began.
pub(crate) fn machine() -> String {
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = kib("/proc/meminfo", "MemTotal").map_or(0, |kib| kib / 1024 / 1024);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    format!("{model}, {cores} cores, {memory} GiB; load before the run {}", load.join(" "))
}

/// The commit of the source tree, and whether files differ from it.
pub(crate) fn commit(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(root).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["log", "-1", "--format=%h of %cs"]) else { return "no git".to_owned() };
    let changed =
        git(&["status", "--porcelain", "--untracked-files=no", "--", "*.rs", "*.toml", "*.sql", "*.html"]);
    match changed.as_deref() {
        Some("") => format!("commit {commit}"),
        _ => format!("commit {commit} with changes on top"),
    }
}

/// How this program was called, without its path.
pub(crate) fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("cargo run --release --package xtask -- {}", arguments.join(" "))
}

/// Resident memory of a process in KiB: `VmRSS` now, `VmHWM` at its highest.
pub(crate) fn resident(process: u32, which: &str) -> u64 {
    kib(&format!("/proc/{process}/status"), which).unwrap_or_default()
}

/// Processor time that a process has used.
pub(crate) fn processor_time(process: u32) -> Duration {
    times(process).map(|(_, time)| time).unwrap_or_default()
}

/// Processor time that the children of a process have used, those that live.
pub(crate) fn processor_time_of_children(parent: u32) -> Duration {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Duration::ZERO };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(times)
        .filter(|(of, _)| *of == parent)
        .map(|(_, time)| time)
        .sum()
}

/// Parent and processor time. The kernel counts in hundredths of a second (proc(5), `_SC_CLK_TCK`).
fn times(process: u32) -> Option<(u32, Duration)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    parse_times(&text)
}

fn parse_times(stat: &str) -> Option<(u32, Duration)> {
    // The name stands in brackets and may hold spaces: what follows it begins with field 3, the state.
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 1..)?.split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((parent, Duration::from_millis(ticks * 10)))
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kib(file: &str, name: &str) -> Option<u64> {
    field(file, name)?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_stands_behind_the_name() {
        let stat = "4711 (mamis (x) y) S 42 4711 4711 0 -1 4194560 9 0 0 0 150 25 7 7 20 0 3 0 100 1 1";
        assert_eq!(parse_times(stat), Some((42, Duration::from_millis(1750))));
        assert_eq!(parse_times("no brackets"), None);
    }

    #[test]
    fn a_process_has_memory() {
        let kib = resident(std::process::id(), "VmRSS");
        assert!(kib > 100 && kib <= resident(std::process::id(), "VmHWM"), "{kib}");
    }
}
