//! Names that Tekton Chains reads from a TaskRun (`pkg/artifacts` of tektoncd/chains).

/// Results and params that are found by their whole name.
pub(super) const EXACT: &[&str] = &["IMAGES", "CHAINS-GIT_URL", "CHAINS-GIT_COMMIT"];

/// Results that are found by the end of their name: a prefix does not hide them.
const SUFFIXES: &[&str] =
    &["IMAGE_URL", "IMAGE_DIGEST", "ARTIFACT_URI", "ARTIFACT_DIGEST", "ARTIFACT_INPUTS", "ARTIFACT_OUTPUTS"];

/// Whether Chains reads a result of this name.
pub(super) fn is_hint(result: &str) -> bool {
    EXACT.contains(&result) || SUFFIXES.iter().any(|suffix| result.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_knows_some_names_whole_and_some_by_their_end() {
        for name in ["IMAGES", "CHAINS-GIT_URL", "IMAGE_URL", "app-IMAGE_DIGEST", "x_ARTIFACT_OUTPUTS", "ARTIFACT_URI"]
        {
            assert!(is_hint(name), "{name}");
        }
        for name in ["my-IMAGES", "CHAINS-GIT_URL-2", "IMAGE_URLS", "image_url", "url", ""] {
            assert!(!is_hint(name), "{name}");
        }
    }
}
