//! The combinations of values, step by step as Tekton makes and counts them.

use indexmap::IndexMap;

use super::Fault;
use super::values::Single;
use crate::expr::Template;
use crate::model::{Param, ParamValue};
use crate::source::Span;

/// How many Tekton allows by default (`DefaultMaxMatrixCombinationsCount`, `pkg/apis/config/default.go`, v1.15).
const LIMIT: usize = 256;

type Combination = IndexMap<String, Single>;

/// The product of the arrays, the first varying fastest, with what `include` changes and adds (`FanOut`).
///
/// Tekton creates as many TaskRuns as another function counts (`CountCombinations`); where the two disagree it runs some
/// without values, or leaves some out.
pub(super) fn fan_out(arrays: &[Vec<Single>], include: &[Vec<Single>], span: Span) -> Result<Vec<Vec<Param>>, Fault> {
    let product = arrays.iter().fold(1, |product: usize, values| product.saturating_mul(values.len()));
    if product > LIMIT {
        return Err(too_many(product, span));
    }
    let include: Vec<Combination> = include.iter().map(|params| combination(params)).collect();
    let (list, count) = if arrays.is_empty() {
        (include.clone(), include.len())
    } else {
        let mut list = distribute(arrays);
        overwrite(&mut list, &include, span)?;
        add(&mut list, &include, span)?;
        (list, product + counted(arrays, &include, span)?)
    };
    if list.len() != count {
        let message =
            format!("has an `include` over which Tekton errs: it makes {} combinations and counts {count}", list.len());
        let help = "let each entry of `include` have at most one value that no array of the matrix has";
        return Err(Fault::new(message, span).help(help));
    }
    if count > LIMIT {
        return Err(too_many(count, span));
    }
    Ok(list.into_iter().map(|combination| combination.into_values().collect()).collect())
}

fn combination(params: &[Single]) -> Combination {
    params.iter().map(|param| (param.name.value.clone(), param.clone())).collect()
}

fn distribute(arrays: &[Vec<Single>]) -> Vec<Combination> {
    let mut list = vec![Combination::new()];
    for values in arrays {
        let with = |value: &Single| {
            let add = |before: &Combination| {
                let mut combination = before.clone();
                combination.insert(value.name.value.clone(), value.clone());
                combination
            };
            list.iter().map(add).collect::<Vec<_>>()
        };
        list = values.iter().flat_map(with).collect();
    }
    list
}

/// An entry of `include` that contradicts none of a combination's values gives it its own (`overwriteCombinations`).
fn overwrite(list: &mut [Combination], include: &[Combination], span: Span) -> Result<(), Fault> {
    for combination in list {
        for entry in include {
            let same: Vec<_> = entry.iter().filter_map(|(name, param)| same(combination.get(name)?, param)).collect();
            if same.contains(&Same::No) {
                continue;
            }
            if same.contains(&Same::Unknown) {
                return Err(unknown(span));
            }
            combination.extend(entry.iter().map(|(name, param)| (name.clone(), param.clone())));
        }
    }
    Ok(())
}

/// An entry that has no value in common with any combination becomes one more (`shouldAddNewCombination`).
fn add(list: &mut Vec<Combination>, include: &[Combination], span: Span) -> Result<(), Fault> {
    for entry in include.iter().filter(|entry| !entry.is_empty()) {
        let pairs = list
            .iter()
            .flat_map(|combination| entry.iter().filter_map(|(name, param)| same(combination.get(name)?, param)));
        let pairs: Vec<Same> = pairs.collect();
        if pairs.contains(&Same::Yes) {
            continue;
        }
        if pairs.contains(&Same::Unknown) {
            return Err(unknown(span));
        }
        list.push(entry.clone());
    }
    Ok(())
}

/// How many combinations Tekton expects of `include` (`countNewCombinationsFromInclude`): one for each value that the array
/// of its param has not, up to the first that the array has.
fn counted(arrays: &[Vec<Single>], include: &[Combination], span: Span) -> Result<usize, Fault> {
    let mut count = 0;
    for entry in include {
        for (name, param) in entry {
            let Some(values) = arrays.iter().find(|values| values.first().is_some_and(|one| one.name.value == *name))
            else {
                continue;
            };
            let pairs: Vec<Same> = values.iter().filter_map(|value| same(value, param)).collect();
            if pairs.contains(&Same::Yes) {
                break;
            }
            if pairs.contains(&Same::Unknown) {
                return Err(unknown(span));
            }
            count += 1;
        }
    }
    Ok(count)
}

/// Whether two values are equal once the Pipeline's variables are in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Same {
    Yes,
    No,
    Unknown,
}

fn same(one: &Single, other: &Single) -> Option<Same> {
    let (ParamValue::String(one), ParamValue::String(other)) = (&one.value, &other.value) else { return None };
    let fixed = |text: &Template| text.variables().next().is_none();
    Some(match (one.to_string() == other.to_string(), fixed(one) && fixed(other)) {
        (true, _) => Same::Yes,
        (false, true) => Same::No,
        (false, false) => Same::Unknown,
    })
}

fn unknown(span: Span) -> Fault {
    let message = "has an `include` whose place depends on values that only a run knows";
    Fault::new(message, span).help("write the values of params that `include` and the arrays share without variables")
}

fn too_many(count: usize, span: Span) -> Fault {
    Fault::new(format!("has {count} combinations; Tekton allows {LIMIT}"), span)
}
