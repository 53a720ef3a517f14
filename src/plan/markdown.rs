//! Plans as Markdown, for pull requests.

use std::fmt::Write;

use super::PipelinePlan;
use super::rows::{of_group, others, rows};

/// All plans, a section each.
pub fn markdown(plans: &[PipelinePlan]) -> String {
    plans.iter().map(of_pipeline).collect::<Vec<_>>().join("\n")
}

fn of_pipeline(plan: &PipelinePlan) -> String {
    let mut out = format!("### Pipeline `{}`\n\n`{}`\n\n", plan.name, plan.file);
    out += if plan.after.is_some() { "| | before | after |\n|---|---:|---:|\n" } else { "| | before |\n|---|---:|\n" };
    for row in rows(plan) {
        let _ = write!(out, "| {} | {} |", cell(&row.what), cell(&row.before));
        let after = row.after.map(|after| format!(" {} |", cell(&after)));
        out += &after.unwrap_or_default();
        out.push('\n');
    }
    for group in &plan.groups {
        let members = group.members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let _ = write!(out, "\n**Group `{}`**: {members}\n\n", group.name);
        of_group(group).iter().for_each(|line| _ = writeln!(out, "- {}", text(line)));
    }
    let others = others(plan);
    if !others.is_empty() {
        out.push('\n');
        others.iter().for_each(|line| _ = writeln!(out, "- {}", text(line)));
    }
    out
}

/// Text in which nothing begins HTML, outside of code as well as in it.
fn text(line: &str) -> String {
    let code = line
        .split('`')
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { part.to_owned() } else { part.replace('<', "&lt;").replace('*', "\\*") });
    code.collect::<Vec<_>>().join("`")
}

/// Text that ends no cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
