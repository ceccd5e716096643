//! Runs the binary.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a run of the binary came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `daypass` with arguments and standard input, in the folder of this crate's tests, without colour.
pub fn daypass(arguments: &[&str], input: &str) -> Ran {
    daypass_in(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"), arguments, input)
}

/// Runs `daypass` in a folder.
pub fn daypass_in(folder: &str, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_daypass"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A command that reads nothing may have closed its end.
    let _ = writer.join().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
