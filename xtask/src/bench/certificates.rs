//! Printing certificates, one after the other on one core; attendance certificates of a whole training, some hundred in
//! a file; and postcards, many files of a thousand pages, for the memory they leave behind.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use mamis_documents::{
    Address, AttendanceCertificate, AttendedSession, Certificate, FontFolder, Postcard, PostcardRun, Printer,
    Sample, Seal, Signatory, Verification,
};
use mamis_rules::base::{Credits, Day, Period};

use super::measure::{per_second, percentile};
use super::table::{Table, ms, rate, thousands, verdict};

/// How certificates are measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Certificates printed in a row
    #[arg(long, default_value_t = 1_000)]
    certificates: usize,
    /// Attendance certificates of one training, printed together
    #[arg(long, default_value_t = 2_000)]
    attendance: usize,
    /// Files of 500 postcards each
    #[arg(long, default_value_t = 10)]
    postcards: usize,
    /// Set by the bench itself once it stands on one core
    #[arg(long, hide = true)]
    pub(crate) pinned: bool,
}

/// Certificates a second on one core.
const RATE: f64 = 120.0;
/// People in one file, as the jobs `document_runs` and `provisional_credentials` make them.
const CHUNK: usize = 500;
/// Memory of the process at its most, in MiB: a page of a long file is not kept longer than that of a short one.
const MEMORY: usize = 1_024;
/// All attendance certificates of a training of 2,000.
const TOGETHER: Duration = Duration::from_secs(60);
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
        .args(["--attendance", &options.attendance.to_string()])
        .args(["--postcards", &options.postcards.to_string()])
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
    sets(&printer, options, &mut table)?;
    Ok(table.markdown())
}

/// Files of many pages: how long they take, and the memory they leave behind.
fn sets(printer: &Printer, options: &Options, table: &mut Table) -> Result<()> {
    let mut row = |what: String, found: String, target: &str, verdict: &str| {
        table.row(vec![what, found, target.to_owned(), verdict.to_owned()]);
    };
    let (spent, size) = together(printer, options.attendance)?;
    let people = thousands(options.attendance);
    row(
        format!("{people} attendance certificates in files of {CHUNK}"),
        format!("{:.1} s", spent.as_secs_f64()),
        "at most 60 s",
        verdict(spent <= TOGETHER),
    );
    row("size of these files".into(), format!("{} bytes", thousands(size)), "", "");
    row("memory at its most, so far".into(), format!("{} MiB", thousands(memory()?)), "", "");
    let (spent, files) = (mailing(printer, options.postcards)?, options.postcards);
    let what = format!("{files} files of {CHUNK} postcards, two pages each");
    row(what, format!("{:.1} s", spent.as_secs_f64()), "", "");
    let most = memory()?;
    let found = format!("{} MiB", thousands(most));
    row("memory at its most".into(), found, "at most 1,024 MiB", verdict(most <= MEMORY));
    Ok(())
}

/// The attendance certificate of one invented physician: four talks, two schemes.
fn attended(number: usize) -> Result<AttendanceCertificate> {
    const NAMES: [&str; 4] = ["𠮷田　髙志", "佐藤　恵子", "山﨑　美咲", "千駄木　健"];
    let day = Day::new(2026, 11, 15).context("a day of the calendar")?;
    let session = |hour: usize, scheme: &str, category: &str| AttendedSession {
        time: format!("{hour}:00～{}:00", hour + 1),
        title: "化学物質の自律的管理と産業医の役割".into(),
        lecturer: "佐賀大学医学部 教授　山﨑 美咲".into(),
        scheme: scheme.into(),
        category: category.into(),
        credits: Credits::whole(1),
    };
    Ok(AttendanceCertificate {
        number: format!("J2026-{number:06}"),
        name: NAMES[number % NAMES.len()].into(),
        registry_number: Some(format!("{:06}", 100_000 + number)),
        training: "令和8年度 第2回 産業医研修会（生涯研修）".into(),
        hosts: "佐賀県医師会".into(),
        days: vec![day],
        venue: "佐賀県医療センター 大会議室".into(),
        sessions: vec![
            session(13, "認定産業医 生涯研修", "専門"),
            session(13, "日医生涯教育制度", "CC 12"),
            session(14, "認定産業医 生涯研修", "更新"),
            session(15, "認定産業医 生涯研修", "実地"),
        ],
        issued: day,
        signatory: Signatory {
            association: "佐賀県医師会".into(),
            title: "会長".into(),
            name: "見本　次郎".into(),
        },
        seal: Seal::Omitted,
        verification: Verification::Page {
            address: format!("https://mamis.example/verify/{number:010}"),
            shown: "mamis.example/verify".into(),
        },
    })
}

/// How long the files of a whole training take, and their bytes.
fn together(printer: &Printer, people: usize) -> Result<(Duration, usize)> {
    let all = (1..=people).map(attended).collect::<Result<Vec<_>>>()?;
    let (began, mut bytes) = (Instant::now(), 0);
    for chunk in all.chunks(CHUNK) {
        let set = printer.attendance_certificates(chunk)?;
        ensure!(set.left_out.is_empty(), "{:?}", set.left_out);
        bytes += set.pdf.len();
    }
    Ok((began.elapsed(), bytes))
}

/// How long files of postcards take, one after the other.
fn mailing(printer: &Printer, files: usize) -> Result<Duration> {
    let day = |month, of_month| Day::new(2027, month, of_month).context("a day of the calendar");
    let run = PostcardRun {
        number: "C2027-0001".into(),
        sender: vec!["佐賀県医師会".into(), "〒840-0054　佐賀県佐賀市水ケ江1-12-10".into()],
        address: "https://mamis.example/provisional".into(),
        until: day(3, 31)?,
        date: day(1, 15)?,
    };
    let card = |number: usize| Postcard {
        to: Address {
            postcode: "840-0054".into(),
            lines: vec!["佐賀県佐賀市水ケ江".into(), format!("{number}丁目12番10号")],
            name: "山﨑　美咲".into(),
        },
        position: u32::try_from(number).unwrap_or(u32::MAX),
        login_id: format!("d{number:07}"),
        secret: format!("k7mq-2xwp-{number:04}"),
    };
    let began = Instant::now();
    for file in 0..files {
        let cards: Vec<Postcard> = (1..=CHUNK).map(|place| card(file * CHUNK + place)).collect();
        ensure!(printer.postcards(&run, &cards)?.starts_with(b"%PDF-"), "no PDF");
    }
    Ok(began.elapsed())
}

/// The most memory this process has had, in MiB, as Linux counts it.
fn memory() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("Linux says VmHWM")?;
    let kib: usize = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1_024)
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
