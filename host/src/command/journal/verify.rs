//! `chaos-kitty journal verify`.

use crate::command::arguments::{Arguments, Verify};
use crate::command::failure::{Failure, code};
use crate::command::output;
use crate::command::time::moment;
use crate::journal::{Damage, Hash, Verification};
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, verify: &Verify) -> Result<ExitCode, Failure> {
    let file = arguments.journal(verify.named());
    let head = verify.head.as_deref().map(|text| {
        Hash::parse(text).ok_or_else(|| {
            Failure::wrong(format!("--head takes a record's hash, of 64 hexadecimal digits, not `{text}`"))
        })
    });
    let found = Verification::of(&file, head.transpose()?).map_err(|error| Failure::unread(&file, &error))?;
    if arguments.json {
        output::json(&found);
        return Ok(code(found.damage.is_none()));
    }
    let runs = found
        .runs
        .iter()
        .map(|run| [run.run.clone(), run.records.to_string(), moment(run.from), moment(run.until)]);
    output::say!("{}\n", output::table(["run", "records", "from", "until"], runs, "no records"));
    if found.unfinished > 0 {
        output::say!(
            "its last line is not finished ({} bytes): it is being written, or its host was killed",
            found.unfinished
        );
    }
    let whole = output::count(found.records, "record");
    match &found.damage {
        None => output::say!(
            "all is as it was written: {whole}, {} to {}\nhead {}",
            found.first,
            found.last,
            found.head
        ),
        Some(Damage { file, line, number, what }) => {
            output::say!("{}:{line}: record {number}: {what}", file.display());
            output::say!("before it {whole} {} as written", if found.records == 1 { "is" } else { "are" });
        }
    }
    Ok(code(found.damage.is_none()))
}
