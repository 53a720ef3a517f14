//! Quantities compared with Kubernetes: its own `resource.Quantity` must read, print, compare, add and subtract as ours.
//!
//! Asking it needs `go`, and `TKN_FUSE_FULL=1`; what holds without it is tested always.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::cmp::Ordering;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use tkn_fuse::quantity::{Quantity, QuantityError};

/// How many random texts are compared, and how many random pairs.
const TEXTS: usize = 20_000;
const PAIRS: usize = 20_000;

/// Texts at the edges of the rules.
const EDGES: &str = "0 -0 +0 00 0.0 .0 0. 0Ki 0.0Ki 0e5 0n 0e-20 1 +1 -1 01 1. .1 -.1 +.1 + - . +. -. k .k Ki .Ki Ti Pi .Pi Ei \
    -Ei 0Ei 00Pi E e n m -m e5 E5 e-9 e-10 .e-10 .e-9 0e-10 1e 1E 1e+ 1E- 1e5 1E5 1e+5 1e-5 1E-9 1e-10 1e-999 1e999 1e1000 \
    1e0005 1e-0 1e+0 1ee5 1e5e 1e5.0 1.5e2 1.5E 1.5E1 1Ei 1Ei5 1Ki5 1k5 1k+ 1k- 1k-5 1+ 1- 1+5 1-5 1K 1ki 1KI 1mi 1i 1ni \
    1M 1G 1T 1P 1n 1u 1m 1kk 1mm 1nn 1.5. 1..5 .. .5. 1.5.Ki --1 ++1 +-1 1_0 1,5 0x1 1e0x1 1e_1 Inf NaN null 1B 1KB 1µ 1μ ١ １ \
    1e１ ½ 1.5n 0.1n -0.1n 0.9n 1.0000000001 -1.0000000001 0.0000000001 0.000000001 0.0000000010 0.1Ki 0.0001Ki \
    0.0000000000001Ki -0.0001Ki 0.0009765625Ki 0.0009765624Ki 0.9999999999Ki 1.5Ki 1.1Ki 0.5Ki 0.9Ki 0.9765625Ki -0.9765625Ki 0.0005Ki 2047.488 2Ki 1048 1023 1024 1023Ki 1024Ki 1025Ki \
    1048576Ki 1024Ei 7Ei 8Ei 9Ei -8Ei -9Ei 7.9999999999999999999Ei 9223372036854775807Ei 9223372036854775806 \
    9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 9223372036854775807k \
    9223372036854775807n 9223372036854775807e3 8388607Ti 8388608Ti 8191Pi 8192Pi 8589934591Gi 8589934592Gi \
    999999999999999999 9999999999999999999 999999999999999999E 1000 10000 100000 1000000 1000k 1000E 999E 1000000E 1e21 1e24 \
    1000000000000000000000 1000000000000000000000000 1500000000000000000000 1180591620717411303424 1180591620717411302400 \
    123456789012345678 1234567890123456789 12345678901234567890 123456789012345678k 1234567890123456789m \
    1.23456789012345678 0.123456789012345678 0.00000000000000000000000000000000000000000000000000000000000001 \
    1.000 1.500 1.5000 0.5 0.50 0.500 1500m 1.500k 1000m 1000u 1000n 1000000n 1000000000n 12345678901234567890123456789Ki \
    99999999999999n 99999999999999Mi 99999999999Mi 999999999999999Ki";

fn edges() -> Vec<String> {
    let blanks = ["", " ", " 1", "1 ", "1 Ki", "\t1", "1\n", "\u{a0}1", "1\0", "1e 5", "- 1", "1\u{200b}"];
    EDGES.split(' ').filter(|text| !text.is_empty()).chain(blanks).map(str::to_owned).collect()
}

/// What stands before the suffix; at most 40 digits.
fn number() -> impl Strategy<Value = String> {
    let digits =
        prop_oneof![4 => "[0-9]{0,4}", 2 => "[0-9]{14,22}", 1 => "[0-9]{0,40}", 2 => "[1-9]0{0,30}", 1 => "0{1,30}"];
    let fraction =
        prop_oneof![6 => "", 3 => "\\.[0-9]{0,4}", 1 => "\\.[0-9]{5,30}", 1 => "\\.0{0,30}[0-9]?", 1 => "\\.[1-9]0{3}"];
    (select(vec!["", "", "", "-", "+"]), digits, fraction)
        .prop_map(|(sign, digits, rest)| format!("{sign}{digits}{rest}"))
}

fn suffix() -> impl Strategy<Value = String> {
    let known = select(vec!["n", "u", "m", "", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]);
    let exponent = (select(vec!["e", "E"]), select(vec!["", "-", "+"]), prop_oneof![4 => 0..25_i32, 1 => 0..=900]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        2 => exponent.prop_map(|(letter, sign, exponent)| format!("{letter}{sign}{exponent}")),
    ]
}

fn valid() -> impl Strategy<Value = String> {
    (number(), suffix()).prop_map(|(number, suffix)| number + &suffix)
}

/// A quantity, or nearly one.
fn text() -> impl Strategy<Value = String> {
    let stray = select(".+-eEinumkKMGTP0159 \t_,x١１µ".chars().collect::<Vec<_>>());
    let nearly = (valid(), any::<prop::sample::Index>(), stray.clone()).prop_map(|(text, at, stray)| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.insert(at.index(letters.len() + 1), stray);
        letters.into_iter().collect()
    });
    let soup = vec(stray, 0..7).prop_map(|letters| letters.into_iter().collect());
    prop_oneof![6 => valid(), 2 => nearly, 1 => soup]
}

/// Two quantities; often of about the same value, or with a sum that is round.
fn pair() -> impl Strategy<Value = [String; 2]> {
    let near = (number(), select(vec!["", "n", "m", "e3", "Ki", "Ei"]), select(vec!["", "k", "e-3", "Mi", "P"]));
    let round = (1..5000_u64, select(vec!["Ki", "Mi", "Gi", "k", "M", "e3"]), select(vec!["", "k", "Ki", "m", "e2"]));
    prop_oneof![
        3 => [valid(), valid()],
        2 => near.prop_map(|(number, one, other)| [format!("{number}{one}"), format!("{number}{other}")]),
        2 => round.prop_map(|(number, one, other)| [format!("{number}{one}"), format!("{}{other}", number * 1024)]),
    ]
}

/// The values that a strategy gives, always the same ones.
fn sample<T: std::fmt::Debug>(count: usize, strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// Whether Kubernetes can be asked here.
fn can_ask() -> bool {
    let has_go = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
    let can = has_go && std::env::var_os("TKN_FUSE_FULL").is_some_and(|full| full == "1");
    if !can {
        println!("skipped: needs go and TKN_FUSE_FULL=1");
    }
    can
}

/// What Kubernetes makes of each list of quantities.
fn kubernetes(questions: &[Json]) -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tekton");
    let mut run = Command::new("go");
    run.args(["run", "-buildvcs=false", "./quantity"]).current_dir(folder).env("GOFLAGS", "");
    let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "tests/tekton/quantity does not build or failed");
    writer.join().unwrap().unwrap();
    let answers: Vec<Json> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// Whether Kubernetes' amount is ours: the same value, printed alike, but for suffixes that Kubernetes does not have.
fn same(ours: &Quantity, theirs: &Json) -> bool {
    let canonical = theirs["canonical"].as_str().unwrap();
    let exact: Quantity = theirs["exact"].as_str().unwrap().parse().unwrap();
    let lost = canonical.parse::<Quantity>().unwrap() != exact
        && !canonical.ends_with(|last: char| last.is_ascii_alphabetic());
    let shown = ours.to_string();
    let printed = if lost { shown.ends_with('E') || shown.ends_with("Ei") } else { shown == canonical };
    *ours == exact && printed
}

/// Whether a text ends with an exponent that is refused here, whatever Kubernetes says.
fn has_huge_exponent(text: &str) -> bool {
    let exponent = text.rsplit(['e', 'E']).next().unwrap();
    exponent.trim_start_matches(['+', '-', '0']).parse().is_ok_and(|exponent: f64| exponent > 1000.0)
}

/// Whether Kubernetes says the same about these quantities.
fn agree(texts: &[String], answer: &Json) -> bool {
    let parsed: Result<Vec<Quantity>, QuantityError> = texts.iter().map(|text| text.parse()).collect();
    let amounts = match (&parsed, answer.get("error")) {
        (Ok(amounts), None) => amounts,
        (Err(_), Some(_)) => return true,
        (Err(QuantityError::Exponent), None) => return texts.iter().any(|text| has_huge_exponent(text)),
        (_, _) => return false,
    };
    let [one, other] = &amounts[..] else { return same(&amounts[0], &answer["value"]) };
    let order = match one.cmp(other) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    let mut increased = one.clone();
    increased += other.clone();
    answer["order"] == order
        && (order == 0) == (one == other)
        && same(&(one.clone() + other.clone()), &answer["sum"])
        && same(&increased, &answer["sum"])
        && same(&(one.clone() - other.clone()), &answer["difference"])
}

#[test]
fn kubernetes_agrees() {
    if !can_ask() {
        return;
    }
    let mut questions: Vec<Vec<String>> = edges().into_iter().map(|text| vec![text]).collect();
    let valid: Vec<String> = edges().into_iter().filter(|text| text.parse::<Quantity>().is_ok()).collect();
    questions.extend(valid.iter().flat_map(|one| valid.iter().map(|other| vec![one.clone(), other.clone()])));
    questions.extend(sample(TEXTS, &text()).into_iter().map(|text| vec![text]));
    questions.extend(sample(PAIRS, &pair()).into_iter().map(Vec::from));
    let lines: Vec<Json> = questions.iter().map(|texts| json!(texts)).collect();
    let answers = kubernetes(&lines);
    let refused = answers.iter().filter(|answer| answer.get("error").is_some()).count();
    let differing = questions.iter().zip(&answers).filter(|(texts, answer)| !agree(texts, answer));
    let wrong: Vec<String> = differing
        .map(|(texts, answer)| {
            let ours: Vec<_> = texts.iter().map(|text| text.parse::<Quantity>().map(|ours| ours.to_string())).collect();
            format!("{texts:?}\n  here       {ours:?}\n  Kubernetes {answer}")
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        lines.len(),
        wrong[..wrong.len().min(10)].join("\n")
    );
    println!("{} questions compared, {refused} refused", lines.len());
    assert!((1000..lines.len() / 2).contains(&refused));
}

/// The one thing that is refused here and not there.
#[test]
fn huge_exponents_are_refused() {
    let texts = ["1e1001", "1e-1001", "0E1001", "1e4294967296", "-1.5e2147483647", "1e-2147483648"];
    for text in texts {
        assert_eq!(text.parse::<Quantity>(), Err(QuantityError::Exponent), "{text}");
    }
    if can_ask() {
        let answers = kubernetes(&[json!(["1e1001"]), json!(["1e4294967296"])]);
        assert_eq!(answers[0]["value"]["canonical"], "100e999");
        assert_eq!(answers[1]["value"]["canonical"], "1", "the lowest 32 bits of the exponent");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back(text in text()) {
        if let Ok(quantity) = text.parse::<Quantity>() {
            let shown = quantity.to_string();
            let again: Quantity = shown.parse().unwrap();
            prop_assert_eq!(&again, &quantity, "{}", shown);
            prop_assert_eq!(&again.to_string(), &shown);
            let amount = shown.strip_prefix('-').unwrap_or(&shown);
            prop_assert!(amount.starts_with(|first: char| first.is_ascii_digit()) && !shown.contains('.'), "{}", shown);
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        let _ = text.parse::<Quantity>();
    }

    #[test]
    fn sums_and_differences_undo_each_other([one, other] in pair()) {
        if let (Ok(one), Ok(other)) = (one.parse::<Quantity>(), other.parse::<Quantity>()) {
            let sum = one.clone() + other.clone();
            prop_assert_eq!(&(sum.clone() - other.clone()), &one);
            prop_assert_eq!(&(other.clone() + one.clone()), &sum);
            prop_assert_eq!(one.cmp(&other), (one.clone() - other.clone()).cmp(&Quantity::ZERO));
            prop_assert_eq!([one, other].into_iter().sum::<Quantity>(), sum);
        }
    }
}
