//! What to call a group that nobody has named.

use crate::group::name::{MAX, propose, shorten};

/// The longest name that lists all members, in bytes.
const LONGEST_LIST: usize = 40;

/// Names for a group of these members, the best one first: all members, or the first and the last one, and then numbered.
pub fn names(members: &[&str]) -> impl Iterator<Item = String> {
    let all = members.join("-");
    let ends = || [members.first(), members.last()].map(|name| name.copied().unwrap_or_default()).join("-to-");
    let name = propose(&if all.len() <= LONGEST_LIST { all } else { ends() });
    let numbered = {
        let name = name.clone();
        (2..).map(move |number: usize| {
            let end = format!("-{number}");
            format!("{}{end}", shorten(&name, MAX - end.len()))
        })
    };
    std::iter::once(name).chain(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::name::fault;

    #[test]
    fn short_groups_name_all_members() {
        assert_eq!(names(&["a", "b", "c"]).take(2).collect::<Vec<_>>(), ["a-b-c", "a-b-c-2"]);
    }

    #[test]
    fn long_groups_name_the_first_and_the_last_member() {
        let members = ["fetch-the-source", "run-unit-tests", "upload-results"];
        assert_eq!(names(&members).next().as_deref(), Some("fetch-the-source-to-upload-results"));
    }

    #[test]
    fn names_are_valid_and_differ() {
        let long = "x".repeat(63);
        let found: Vec<String> = names(&[&long, "Y_z", &long]).take(12).collect();
        assert!(found.iter().all(|name| fault(name).is_none()), "{found:?}");
        let mut distinct = found.clone();
        distinct.dedup();
        assert_eq!(found, distinct);
    }
}
