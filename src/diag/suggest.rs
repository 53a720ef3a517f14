//! What a misspelt name was probably meant to be.

/// The candidate that `text` was probably meant to be: at most two edits away, and fewer than half its letters.
pub(crate) fn suggest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.map(|candidate| (distance(text, candidate), candidate));
    let near = near.filter(|(distance, candidate)| *distance <= 2 && 2 * distance < candidate.chars().count());
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How many letters have to be inserted, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_fingers_are_recognised() {
        let fields = || ["name", "group", "groups", "runAfter", "workspaces"].into_iter();
        assert_eq!(suggest("gruop", fields()), Some("group"));
        assert_eq!(suggest("workspcae", fields()), Some("workspaces"));
        assert_eq!(suggest("runafter", fields()), Some("runAfter"));
        assert_eq!(suggest("resolver", fields()), None);
        assert_eq!(suggest("b", ["a"].into_iter()), None, "every letter differs");
        assert_eq!((distance("ab", "ba"), distance("", "abc"), distance("abc", "abd")), (1, 3, 1));
    }
}
