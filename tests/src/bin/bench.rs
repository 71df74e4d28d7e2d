//! `bench [--json] [--quick] [--rounds N] [--node-alone]`: see the library's `bench` for what it measures.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lockgate_tests::bench::{Field, Settings, run};

/// How the answer is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (settings, form) = parse(&arguments)?;
    let report = run(settings, &format!("tests/run --bench {}", arguments.join(" ")))?;
    match form {
        Form::Table => println!("{report}"),
        Form::Json => println!("{}", serde_json::to_string_pretty(&report).context("write the report")?),
    }
    // A missed target is a finding, not a failure of the bench.
    Ok(ExitCode::SUCCESS)
}

fn parse(arguments: &[String]) -> Result<(Settings, Form)> {
    let (mut settings, mut form) = (Settings::FULL, Form::Table);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => form = Form::Json,
            "--quick" => {
                settings = Settings {
                    field: settings.field,
                    ..Settings::QUICK
                }
            }
            "--node-alone" => settings.field = Field::NodeAlone,
            "--rounds" => {
                let text = arguments.next().context("--rounds needs a number")?;
                settings.rounds = text.parse().with_context(|| format!("--rounds {text}: not a number"))?;
            }
            other => bail!("unknown argument {other}; there are --json, --quick, --rounds N and --node-alone"),
        }
    }
    Ok((settings, form))
}
