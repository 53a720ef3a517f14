//! Scripts around the copies of a task with a matrix.

use std::fs;

use tempfile::TempDir;
use tkn_fuse::shell::{Gather, count_script, gather_script};

use crate::{run, shells, text};

#[test]
fn texts_that_are_there_become_an_array() {
    let everything: String = (1..=0x2ff).filter_map(char::from_u32).chain("日本 😀\n\n".chars()).collect();
    let values =
        [Some(everything.as_str()), None, Some(""), Some("[\"a\"]"), Some("a\n"), Some("\\ \" ' $HOME $(x)"), None];
    for shell in shells() {
        let dir = TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let from: Vec<String> = (0..values.len()).map(|at| path(&format!("it's {at}"))).collect();
        for (file, value) in from.iter().zip(values) {
            value.into_iter().for_each(|value| fs::write(file, value).unwrap());
        }
        let missing = vec![from[1].clone(), from[6].clone()];
        let gather = [
            Gather { from: missing, to: path("none") },
            Gather { from: from.clone(), to: path("all") },
            Gather { from: vec![from[2].clone()], to: path("empty") },
        ];
        let output = run(&shell, dir.path(), &gather_script(&gather));
        assert!(output.status.success(), "{shell:?} {}", text(&output.stderr));
        let read = |name: &str| serde_json::from_str::<Vec<String>>(&fs::read_to_string(path(name)).unwrap()).unwrap();
        assert_eq!(read("all"), values.into_iter().flatten().collect::<Vec<_>>(), "{shell:?}");
        assert_eq!(read("empty"), [""], "{shell:?}");
        assert!(!fs::exists(path("none")).unwrap(), "{shell:?}");
    }
}

#[test]
fn another_number_of_arguments_fails() {
    for shell in shells() {
        let dir = TempDir::new().unwrap();
        let good = run(&shell, dir.path(), &count_script("it's", 2));
        assert!(good.status.success() && good.stderr.is_empty(), "{shell:?} {}", text(&good.stderr));
        let bad = run(&shell, dir.path(), &count_script("it's", 3));
        assert_eq!(bad.status.code(), Some(1), "{shell:?}");
        let said = "tkn-fuse: the number of elements of the param it's is 2, but this Pipeline was compiled for 3: compile it \
                    again with a default of that many elements\n";
        assert_eq!(text(&bad.stderr), said, "{shell:?}");
    }
}
