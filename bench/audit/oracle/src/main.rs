//! Answers lines with what the crates `rustsec` and `semver` say, so that softshell
//! can be compared with them.
//!
//!     oracle DB    is asked, and answers each with 0 or 1 (or what is said below), or
//!                  with "error" and a reason:
//!
//!     affected<TAB>ID<TAB>VERSION          does the advisory affect the version
//!     functions<TAB>ID<TAB>VERSION         how many of its functions does the version have
//!     score<TAB>ID<TAB>0.0.0               its CVSS score and severity
//!     matches<TAB>REQUIREMENT<TAB>VERSION  does Cargo take the version

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

use rustsec::Database;
use rustsec::advisory::Advisory;
use semver::{Version, VersionReq};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: oracle DB")?;
    let database = Database::open(Path::new(&folder))?;
    let by_id: HashMap<String, &Advisory> =
        database.iter().map(|a| (a.id().to_string(), a)).collect();
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        match answer(&line?, &by_id) {
            Ok(n) => writeln!(out, "{n}")?,
            Err(e) => writeln!(out, "error {}", e.to_string().replace('\n', " "))?,
        }
    }
    Ok(out.flush()?)
}

fn answer(line: &str, by_id: &HashMap<String, &Advisory>) -> Result<String, Box<dyn Error>> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [question, subject, version] = fields[..] else {
        return Err("needs three fields".into());
    };
    let version: Version = version.parse()?;
    if question == "matches" {
        return Ok(number(subject.parse::<VersionReq>()?.matches(&version)));
    }
    let advisory = by_id.get(subject).ok_or("no such advisory")?;
    match question {
        "affected" => Ok(number(advisory.versions.is_vulnerable(&version))),
        "functions" => Ok(advisory
            .affected
            .iter()
            .flat_map(|a| a.functions.values())
            .filter(|reqs| reqs.iter().any(|r| r.matches(&version)))
            .count()
            .to_string()),
        "score" => Ok(match &advisory.metadata.cvss {
            Some(c) => format!("{:.1} {}", c.score(), c.severity()),
            None => "none".to_string(),
        }),
        _ => Err("no such question".into()),
    }
}

fn number(b: bool) -> String {
    usize::from(b).to_string()
}
