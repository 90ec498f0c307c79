//! The command `pseudonymise`, as an agency uses it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use peelian_core::pseudonym::Keyring;

const RAW: &str = "crime_ref,victim_seq,victim_type,first_name,middle_name,last_name,dob,injury\n\
    a1,1,person,Zoë,Marigold,O’Brien,1/2/1980,none\n\
    a2,1,person,ZOE,,O'BRIEN,1980-02-01,minor\n\
    a3,1,person,Unknown,,O'BRIEN,1980-02-01,none\n";

fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peelian-server"));
    command.current_dir(folder).arg("pseudonymise").args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its arguments does not read its input, so that writing may fail.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const GENERATE: [&str; 6] = ["--keys", "keys.toml", "--generate-key", "victims-2017", "--domain", "police-victim"];

const COLUMNS: [&str; 10] = [
    "--keys",
    "keys.toml",
    "--column",
    "forename=first_name",
    "--column",
    "surname=last_name",
    "--column",
    "date_of_birth=dob",
    "--drop",
    "middle_name",
];

#[test]
fn a_key_is_generated_and_a_file_is_written_without_identifiers() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let made = run(folder.path(), &GENERATE, "");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let keys = std::fs::read_to_string(path("keys.toml")).unwrap();
    let ring = Keyring::parse(&keys).unwrap();
    let key = ring.key(None).unwrap();
    assert!(text(&made.stderr).contains(key.id()));
    let secret = keys.split("secret = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!text(&made.stderr).contains(secret) && made.stdout.is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path("keys.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    std::fs::write(path("raw.csv"), RAW).unwrap();
    let done = run(folder.path(), &[&["raw.csv", "--out", "victims.csv"], COLUMNS.as_slice()].concat(), "");
    assert!(done.status.success(), "{}", text(&done.stderr));
    let person = key.pseudonym(&[Some("Zoe"), Some("OBrien"), Some("1980-02-01")]).unwrap();
    let (pid, id) = (person.to_string(), key.id());
    let expected = format!(
        "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury\na1,1,person,{pid},{id},none\n\
         a2,1,person,{pid},{id},minor\na3,1,person,,,none\n"
    );
    assert_eq!(std::fs::read_to_string(path("victims.csv")).unwrap(), expected);
    let told = text(&done.stderr);
    assert!(told.contains("3 rows: 2 with a pseudonym") && told.contains("1  forename: a placeholder"), "{told}");

    let piped = run(folder.path(), &[&["-"], COLUMNS.as_slice()].concat(), RAW);
    assert_eq!(text(&piped.stdout), expected);
}

#[test]
fn a_refusal_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &GENERATE, "").status.success());
    let again = run(folder.path(), &GENERATE, "");
    assert!(text(&again.stderr).contains("two keys are named `victims-2017`"), "{}", text(&again.stderr));
    let more = [&GENERATE[..3], &["victims-2018"], &GENERATE[4..]].concat();
    assert!(run(folder.path(), &more, "").status.success());

    let out = [&["-", "--out", "victims.csv"], COLUMNS.as_slice()].concat();
    let named = [out.as_slice(), &["--key", "victims-2018"]].concat();
    for (arguments, input, told) in [
        (out.clone(), RAW, "say which key: the file has victims-2017, victims-2018"),
        (named.clone(), &RAW.replace("middle_name", "second_name"), "`middle_name` once"),
        (named.clone(), &RAW.replace("injury", "home address"), "a direct identifier (address)"),
        (named.clone(), &RAW.replace("Zo", "4").replace("ZOE", "4"), "no row could be identified"),
        (named.clone(), &RAW.replace(",minor", ""), "row 2 has 7 values, the header 8"),
    ] {
        let refused = run(folder.path(), &arguments, input);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(told), "{told}: {said}");
        assert!(!said.contains("Brien") && !said.contains("Marigold"), "{said}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["keys.toml"]);
    assert!(run(folder.path(), &named, RAW).status.success());
}
