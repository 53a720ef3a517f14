//! Scripts of helper steps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;
use tkn_fuse::shell::{Link, Move, Render, Shape, Template, Write, collector_script, link_script};

use crate::{reads, run, shells, text, with_references};

fn write(dir: &Path, read: usize, name: &str) -> Write {
    Write { read, to: dir.join(name).to_str().unwrap().to_owned() }
}

#[test]
fn values_are_written_as_json_strings() {
    let everything: String = (1..=0x2ff).filter_map(char::from_u32).chain("日本 😀\n\n".chars()).collect();
    for value in [everything.as_str(), "", "plain", "[\"a\"]", "{\"a\":\"b\"}", "\"q\"", "null", "a\n", "\\", "-n"] {
        for shell in shells() {
            let dir = TempDir::new().unwrap();
            let reads = reads(dir.path(), [value.as_bytes(), b"[\"a\", null]\n"]);
            let writes = vec![write(dir.path(), 0, "one"), write(dir.path(), 1, "two"), write(dir.path(), 0, "again")];
            let mut link = Link { member: "deploy".to_owned(), reads, writes, renders: Vec::new() };
            link.reads[1].shape = Shape::Elements;
            let output = run(&shell, dir.path(), &link_script(&link));
            assert!(output.status.success(), "{shell:?} {}", text(&output.stderr));
            let written = fs::read_to_string(dir.path().join("one")).unwrap();
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), value, "{shell:?} {written}");
            assert!(!written.contains(char::is_control) || written.chars().all(|c| c >= ' '), "{shell:?} {written}");
            assert_eq!(fs::read_to_string(dir.path().join("again")).unwrap(), written);
            assert_eq!(fs::read_to_string(dir.path().join("two")).unwrap(), "[\"a\", null]\n");
        }
    }
}

#[test]
fn a_link_fails_loudly() {
    for shell in shells() {
        for (value, shape, message) in [
            ("[]", Shape::Elements, "is an empty array"),
            ("[1]", Shape::Elements, "is not JSON strings in []"),
            ("[\"a\"]", Shape::Element(1), "has nothing at 1"),
        ] {
            let dir = TempDir::new().unwrap();
            let writes = vec![write(dir.path(), 0, "one"), write(dir.path(), 1, "two")];
            let reads = reads(dir.path(), [value.as_bytes(), b"x"]);
            let mut link = Link { member: "deploy".to_owned(), reads, writes, renders: Vec::new() };
            link.reads[0].shape = shape;
            let output = run(&shell, dir.path(), &link_script(&link));
            assert_eq!(output.status.code(), Some(1), "{shell:?} {value}");
            assert!(text(&output.stderr).contains(message), "{shell:?} {}", text(&output.stderr));
            assert!(!dir.path().join("one").exists() && !dir.path().join("two").exists(), "{shell:?} {value}");
        }
    }
}

#[test]
fn scripts_are_rendered_to_the_byte() {
    let templates = [
        "#!/usr/bin/env python3\nprint('@1', \"@2\")\n",
        "#!/usr/bin/env node\n@1@2 $HOME `x` \\ 'é'",
        "@1",
        "",
        "\n",
        "no reference\n\n",
    ];
    for shell in shells() {
        for values in [["a'b\n", "$x\\n*"], ["", "@1 `x` ${y}"]] {
            let dir = TempDir::new().unwrap();
            let render = |(index, template): (usize, &&str)| {
                let (text, references) = with_references(template);
                let to = dir.path().join(format!("out {index}")).to_str().unwrap().to_owned();
                Render { template: Template { text, references }, to, open: false }
            };
            let renders = templates.iter().enumerate().map(render).collect();
            let reads = reads(dir.path(), values.map(str::as_bytes));
            let link = Link { member: "deploy".to_owned(), reads, writes: Vec::new(), renders };
            let output = run(&shell, dir.path(), &link_script(&link));
            assert!(output.status.success(), "{shell:?} {}", text(&output.stderr));
            for (index, template) in templates.iter().enumerate() {
                let path = dir.path().join(format!("out {index}"));
                let (text, _) = with_references(template);
                let expected = text.replace(crate::FIRST, values[0]).replace(crate::SECOND, values[1]);
                assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{shell:?}");
                assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
            }
        }
    }
}

#[test]
fn a_script_without_a_first_line_gets_the_one_of_tekton() {
    for shell in shells() {
        for (value, before) in [
            ("#!/usr/bin/env python3\nprint(1)\n", ""),
            (" \n\t#!/bin/sh\n", ""),
            ("echo '#!'\n", "#!/bin/sh\nset -e\n"),
            ("\n# !/bin/sh", "#!/bin/sh\nset -e\n"),
        ] {
            let dir = TempDir::new().unwrap();
            let (text, references) = with_references("@1 @2\n");
            let to = dir.path().join("out").to_str().unwrap().to_owned();
            let renders = vec![Render { template: Template { text, references }, to, open: true }];
            let reads = reads(dir.path(), [value.as_bytes(), b"x"]);
            let link = Link { member: "deploy".to_owned(), reads, writes: Vec::new(), renders };
            let output = run(&shell, dir.path(), &link_script(&link));
            assert!(output.status.success(), "{shell:?} {}", crate::text(&output.stderr));
            let written = fs::read_to_string(dir.path().join("out")).unwrap();
            assert_eq!(written, format!("{before}{value} x\n"), "{shell:?}");
        }
    }
}

#[test]
fn a_collector_moves_what_is_there() {
    for shell in shells() {
        let dir = TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("it's"), "a\n").unwrap();
        fs::write(path("-n"), "b").unwrap();
        fs::write(path("stays"), "d").unwrap();
        let moves = [("gone", "x", false), ("it's", "a to", false), ("-n", "c", false), ("stays", "d to", true)];
        let moves = moves.map(|(from, to, stays)| Move { from: path(from), to: path(to), stays });
        let output = run(&shell, dir.path(), &collector_script(&moves));
        assert!(output.status.success(), "{shell:?} {}", text(&output.stderr));
        assert_eq!(fs::read_to_string(path("a to")).unwrap(), "a\n");
        assert_eq!(fs::read_to_string(path("c")).unwrap(), "b");
        assert_eq!(fs::read_to_string(path("d to")).unwrap(), fs::read_to_string(path("stays")).unwrap());
        assert!(!dir.path().join("x").exists() && !dir.path().join("it's").exists());
    }
}
