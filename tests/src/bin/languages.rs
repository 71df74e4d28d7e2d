//! Prints the table of languages for README, as Markdown: `languages`, or `languages rust go`. It makes, builds, compiles and
//! calls the same small channel in each; all toolchains have to be there.

use std::process::ExitCode;

use lockgate_tests::languages::figures;

fn main() -> ExitCode {
    let langs: Vec<String> = std::env::args().skip(1).collect();
    match figures::table(&langs) {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("languages: {error:#}");
            ExitCode::FAILURE
        }
    }
}
