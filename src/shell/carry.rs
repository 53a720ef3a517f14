//! The scripts that hand params on as results, to the byte.

use super::template::Mark;

/// A text to hand on: a param that is a string, or one key of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The result, and the param, both of this name.
    pub name: String,
    /// The keys of an object; `None`: a string.
    pub keys: Option<Vec<String>>,
}

impl Carried {
    /// The variables that stand for its texts.
    fn variables(&self) -> Vec<String> {
        match &self.keys {
            None => vec![format!("$(params.{})", self.name)],
            Some(keys) => keys.iter().map(|key| format!("$(params.{}.{key})", self.name)).collect(),
        }
    }
}

/// A script, with the arguments that it needs, which writes strings and objects.
///
/// Tekton puts the texts into here-documents, where the kubelet expands nothing in them. It puts them into arguments as
/// well: the script first looks there for the line that would end a here-document, so that no text becomes code.
pub fn carry_script(values: &[Carried]) -> (Vec<String>, String) {
    let args: Vec<String> = values.iter().flat_map(Carried::variables).collect();
    let mark = Mark::for_texts(args.iter().map(String::as_str));
    let delimiter = mark.delimiter();
    let mut out = "#!/bin/sh\nset -e\nLC_ALL=C\n".to_owned();
    out.push_str(include_str!("sh/load.sh"));
    if values.iter().any(|value| value.keys.is_some()) {
        out.push_str(include_str!("sh/encode.sh"));
    }
    out.push_str(&include_str!("sh/carry.sh").replace("DELIMITER", &delimiter));
    let text = |variable: &str| format!("tkn_fuse_carry <<'{delimiter}'\n{variable}.\n{delimiter}\n");
    for value in values {
        let to = format!("\"$(results.{}.path)\"", value.name);
        match &value.keys {
            None => {
                let variables = value.variables();
                variables.iter().for_each(|variable| out.push_str(&text(variable)));
                out.push_str(&format!("printf '%s' \"$tkn_fuse_value\" >{to}\n"));
            }
            Some(keys) => {
                out.push_str("tkn_fuse_object=''\n");
                for (key, variable) in keys.iter().zip(value.variables()) {
                    out.push_str(&text(&variable));
                    out.push_str(&format!(
                        "tkn_fuse_encode /dev/null\n\
                         tkn_fuse_object=$tkn_fuse_object${{tkn_fuse_object:+,}}'\"{key}\":'$tkn_fuse_text'\"'\n"
                    ));
                }
                out.push_str(&format!("printf '{{%s}}' \"$tkn_fuse_object\" >{to}\n"));
            }
        }
    }
    (args, out)
}

/// A script that writes its arguments, the items of an array.
pub fn carry_array_script(name: &str) -> String {
    format!(
        "#!/bin/sh\nset -e\nLC_ALL=C\n{}tkn_fuse_array=''\nfor tkn_fuse_value; do\n  tkn_fuse_encode /dev/null\n  \
         tkn_fuse_array=$tkn_fuse_array${{tkn_fuse_array:+,}}$tkn_fuse_text'\"'\ndone\n\
         printf '[%s]' \"$tkn_fuse_array\" >\"$(results.{name}.path)\"\n",
        include_str!("sh/encode.sh")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a script in whose text Tekton's variables have been replaced; the values are its arguments too.
    fn run(values: &[Carried], texts: &[&str]) -> Option<Vec<String>> {
        let (args, mut script) = carry_script(values);
        for (variable, text) in args.iter().zip(texts) {
            script = script.replace(variable, text);
        }
        execute(script, values.iter().map(|value| value.name.as_str()), texts)
    }

    fn execute<'n>(mut script: String, names: impl Iterator<Item = &'n str>, args: &[&str]) -> Option<Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let names: Vec<&str> = names.collect();
        for name in &names {
            script = script.replace(&format!("$(results.{name}.path)"), &file(name).to_string_lossy());
        }
        let path = file("script");
        std::fs::write(&path, script).expect("a file");
        let status = std::process::Command::new("sh").arg(&path).args(args).status().expect("a shell");
        status.success().then(|| {
            names.iter().map(|name| std::fs::read_to_string(file(name)).unwrap_or_default()).collect::<Vec<_>>()
        })
    }

    fn string(name: &str) -> Carried {
        Carried { name: name.to_owned(), keys: None }
    }

    #[test]
    fn texts_arrive_to_the_byte() {
        let texts = ["", "\n\n", " a 'b' \"c\" $HOME `x` \\ $(x) \\n", "ä\u{1}\t\n", ".", "{\"a\": [1]}\n"];
        for text in texts {
            assert_eq!(run(&[string("v"), string("w")], &[text, "x"]), Some(vec![text.to_owned(), "x".to_owned()]));
        }
    }

    #[test]
    fn a_text_that_would_end_the_here_document_does_not_become_code() {
        let (_, script) = carry_script(&[string("v")]);
        let delimiter = script.split("<<'").nth(1).and_then(|rest| rest.split('\'').next()).expect("a delimiter");
        let text = format!("a\n{delimiter}\nprintf hi >\"$(results.v.path)\"\nexit 0\n");
        assert_eq!(run(&[string("v")], &[&text]), None);
    }

    #[test]
    fn objects_and_arrays_become_json() {
        let keys = Some(vec!["a".to_owned(), "b-c".to_owned()]);
        let written = run(&[Carried { name: "o".to_owned(), keys }], &["x\"\n", ""]);
        assert_eq!(written, Some(vec!["{\"a\":\"x\\\"\\u000a\",\"b-c\":\"\"}".to_owned()]));
        for (items, json) in [(&[][..], "[]"), (&["", "a b", "\"\\"], "[\"\",\"a b\",\"\\\"\\\\\"]")] {
            let written = execute(carry_array_script("l"), ["l"].into_iter(), items);
            assert_eq!(written, Some(vec![json.to_owned()]));
        }
    }
}
