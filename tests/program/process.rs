//! The program as a process: started, watched, killed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

/// The program in a folder, without the settings of whoever runs the tests.
pub(crate) fn mamis(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mamis"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAMIS_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("MAMIS_DATA", folder.join("data")).stdin(Stdio::null());
    command
}

/// What a program printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process that stays until it is ended; killed when dropped.
pub(crate) struct Running {
    /// Where it listens; empty for one that does not.
    pub(crate) address: String,
    child: Child,
    printed: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts `mamis serve` on a free port and waits until it listens.
    pub(crate) fn serve(mut command: Command, arguments: &[&str]) -> Self {
        command.arg("serve").args(arguments).env("MAMIS_LISTEN", "127.0.0.1:0");
        Self::start(command, |line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            (line["message"] == "ready").then(|| line["listen"].as_str().map(str::to_owned))?
        })
    }

    /// Starts `mamis work` and waits until its jobs run.
    pub(crate) fn work(mut command: Command) -> Self {
        command.arg("work");
        Self::start(command, |line| line.contains("jobs: started").then(String::new))
    }

    /// Starts `mamis demo` on a free port and waits for the line with the address.
    pub(crate) fn demo(mut command: Command, data: &Path, arguments: &[&str]) -> Self {
        command.args(["demo", "--listen", "127.0.0.1:0", "--today", "2026-11-22", "--data"]).arg(data);
        command.args(arguments);
        Self::start(command, |line| {
            let (_, rest) = line.split_once("MAMIS のデモ: http://")?;
            rest.split('/').next().map(str::to_owned)
        })
    }

    fn start(mut command: Command, ready: impl Fn(&str) -> Option<String>) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let printed = Arc::new(Mutex::new(Vec::new()));
        let (tell, hear) = mpsc::channel();
        let output = child.stdout.take().expect("piped");
        let errors = child.stderr.take().expect("piped");
        let readers = vec![read(output, printed.clone(), tell.clone()), read(errors, printed.clone(), tell)];
        let mut running = Self { address: String::new(), child, printed, readers };
        running.address = loop {
            match hear.recv() {
                Ok(line) => {
                    if let Some(address) = ready(&line) {
                        break address;
                    }
                }
                Err(_) => panic!("ended before it was ready: {:#?}", running.lines()),
            }
        };
        running
    }

    /// Everything printed so far, on both outputs.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.printed.lock().expect("no panic").clone()
    }

    /// Processor time used so far, in hundredths of a second (proc(5)).
    pub(crate) fn processor_time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        // The name stands in brackets and may hold spaces.
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let times: Vec<u64> =
            fields.split_whitespace().skip(11).take(2).map(|text| text.parse().expect("a number")).collect();
        times.iter().sum()
    }

    /// Ends it at once, as a power cut would end the process.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kills");
        assert_eq!(self.child.wait().expect("ends").code(), None, "killed, not ended");
    }

    /// Asks it to stop.
    pub(crate) fn ask_to_stop(&self) {
        let command = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().expect("signals").success());
    }

    /// Waits for its end; how it ended and all it printed.
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.child.wait().expect("ends");
        for reader in self.readers.drain(..) {
            reader.join().expect("reads to the end");
        }
        (status, self.lines())
    }

    /// Asks it to stop and makes sure that it ends in order; all it printed.
    pub(crate) fn stop(self) -> Vec<String> {
        self.ask_to_stop();
        let (status, lines) = self.end();
        assert_eq!(status.code(), Some(0), "asked to stop, it ends in order: {lines:#?}");
        lines
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(
    from: impl Read + Send + 'static,
    keep: Arc<Mutex<Vec<String>>>,
    tell: mpsc::Sender<String>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            keep.lock().expect("no panic").push(line.clone());
            // Once it is ready nobody listens any more.
            let _ = tell.send(line);
        }
    })
}
