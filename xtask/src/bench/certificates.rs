//! Printing certificates, one after the other on one core.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use mamis_documents::{Certificate, FontFolder, Printer, Sample, Seal, Signatory, Verification};
use mamis_rules::base::{Day, Period};

use super::measure::{per_second, percentile};
use super::table::{Table, ms, rate, thousands, verdict};

/// How certificates are measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Certificates printed in a row
    #[arg(long, default_value_t = 1_000)]
    certificates: usize,
    /// Set by the bench itself once it stands on one core
    #[arg(long, hide = true)]
    pub(crate) pinned: bool,
}

/// Certificates a second on one core.
const RATE: f64 = 120.0;
/// One certificate, once the printer is warm.
const WARM: Duration = Duration::from_millis(40);

/// Prints, on one core.
///
/// # Errors
/// A document that cannot be printed, or no `taskset`.
pub(crate) fn measure(options: &Options) -> Result<String> {
    if options.pinned { print(options) } else { pinned(options) }
}

/// Runs this program again, kept on one core: typst would use them all.
fn pinned(options: &Options) -> Result<String> {
    let output = Command::new("taskset")
        .args(["--cpu-list", "0"])
        .arg(std::env::current_exe()?)
        .args(["bench", "certificates", "--pinned", "--certificates", &options.certificates.to_string()])
        .output()
        .context("taskset, of util-linux, keeps the bench on one core")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The certificate of one invented physician.
fn certificate(number: usize) -> Result<Certificate> {
    const NAMES: [&str; 4] = ["𠮷田　髙志", "佐藤　恵子", "山﨑　美咲", "千駄木　健"];
    let day = |year, month, of_month| Day::new(year, month, of_month).context("a day of the calendar");
    Ok(Certificate {
        title: "認定証".into(),
        honour: "日本医師会認定産業医".into(),
        number: format!("{:07}", 1_000_000 + number),
        name: NAMES[number % NAMES.len()].into(),
        birth: Some(day(1974, 5, 12)?),
        statement: "あなたは日本医師会認定産業医制度規程に定める要件を満たしたので、日本医師会認定産業医として認定します。".into(),
        validity: Period { from: day(2027, 4, 1)?, until: day(2032, 3, 31)? },
        issued: day(2027, 4, 1)?,
        signatory: Signatory {
            association: "公益社団法人日本医師会".into(),
            title: "会長".into(),
            name: "見本　太郎".into(),
        },
        seal: Seal::Stamped,
        verification: Verification::Page {
            address: format!("https://mamis.example/verify/{number:022}"),
            shown: "mamis.example/verify".into(),
        },
    })
}

fn print(options: &Options) -> Result<String> {
    let began = Instant::now();
    let printer = Printer::new(&FontFolder::None, Sample::None)?;
    let made = began.elapsed();
    let once = |number: usize| -> Result<(Duration, usize)> {
        let certificate = certificate(number)?;
        let began = Instant::now();
        let pdf = printer.certificate(&certificate)?;
        Ok((began.elapsed(), pdf.len()))
    };
    let (cold, _) = once(0)?;
    let (warm, bytes) = once(1)?;
    let began = Instant::now();
    let mut durations = Vec::with_capacity(options.certificates);
    for number in 0..options.certificates {
        durations.push(once(number + 2)?.0);
    }
    let speed = per_second(options.certificates, began.elapsed());
    durations.sort_unstable();
    let mut table = Table::new(&["certificates on one core", "", "target", ""]);
    let mut row = |what: String, found: String, target: &str, verdict: &str| {
        table.row(vec![what, found, target.to_owned(), verdict.to_owned()]);
    };
    let count = thousands(options.certificates);
    row(format!("{count} in a row, a second"), rate(speed), "at least 120", verdict(speed >= RATE));
    row("one of them, p50".into(), format!("{} ms", ms(percentile(&durations, 50.0))), "", "");
    row("one of them, p99".into(), format!("{} ms", ms(percentile(&durations, 99.0))), "", "");
    row(
        "a single one, warm (the second of the process)".into(),
        format!("{} ms", ms(warm)),
        "at most 40 ms",
        verdict(warm <= WARM),
    );
    row("the first of the process".into(), format!("{} ms", ms(cold)), "", "");
    row("opening the printer (fonts, templates)".into(), format!("{} ms", ms(made)), "", "");
    row("size of a PDF".into(), format!("{} bytes", thousands(bytes)), "", "");
    Ok(table.markdown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_differ() {
        let (first, second) = (certificate(1).unwrap(), certificate(2).unwrap());
        assert_ne!(first.number, second.number);
        assert_ne!(first.name, second.name);
        assert_ne!(first.verification, second.verification);
    }
}
