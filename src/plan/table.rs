//! Plans as tables for people.

use std::fmt::Write;

use super::PipelinePlan;
use super::rows::{Row, of_group, others, rows};

/// Columns that sentences are wrapped at.
const WIDTH: usize = 100;

/// All plans.
pub fn table(plans: &[PipelinePlan]) -> String {
    plans.iter().map(of_pipeline).collect::<Vec<_>>().join("\n")
}

fn of_pipeline(plan: &PipelinePlan) -> String {
    let mut out = format!("Pipeline {} ({})\n\n", plan.name, plan.file);
    let rows = rows(plan);
    let head = Row {
        what: String::new(),
        before: "before".to_owned(),
        after: plan.after.as_ref().map(|_| "after".to_owned()),
    };
    let all = || [&head].into_iter().chain(&rows);
    let width = |text: &dyn Fn(&Row) -> usize| all().map(text).max().unwrap_or(0);
    let what = width(&|row| row.what.len());
    let before = width(&|row| row.before.len());
    let after = width(&|row| row.after.as_ref().map_or(0, String::len));
    for row in all() {
        let _ = write!(out, "  {:what$}  {:>before$}", row.what, row.before);
        if let Some(text) = &row.after {
            let _ = write!(out, "  {text:>after$}");
        }
        out.push('\n');
    }
    for group in &plan.groups {
        let _ = write!(out, "\n  group {}: {}\n", group.name, group.members.join(", "));
        of_group(group).iter().for_each(|line| sentence(&mut out, line));
    }
    let others = others(plan);
    if !others.is_empty() {
        out.push('\n');
        others.iter().for_each(|line| sentence(&mut out, line));
    }
    out
}

fn sentence(out: &mut String, line: &str) {
    let options = textwrap::Options::new(WIDTH).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let options = options.initial_indent("  - ").subsequent_indent("    ").break_words(false);
    textwrap::wrap(line, options).iter().for_each(|line| _ = writeln!(out, "{line}"));
}
