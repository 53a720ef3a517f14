
use builtin;
use str;

set edit:completion:arg-completer[tkn-fuse] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'tkn-fuse'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'tkn-fuse'= {
            cand --color 'When to colour diagnostics and help'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand compile 'Write the pipelines with their groups fused'
            cand lint 'Say what is wrong with the input, write nothing'
            cand plan 'Say what fusing saves and costs: pods, volumes, requests, time'
            cand suggest 'Propose groups that cost nothing, and say why other tasks stay apart'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tkn-fuse;compile'= {
            cand --tasks 'Look Tasks up in this file or directory, too, without emitting them (repeatable)'
            cand --group 'Fuse these tasks, whatever the input asks for (repeatable)'
            cand --requests 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise'
            cand --min-request 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that'
            cand --auto 'Choose groups for Pipelines that ask for none'
            cand --max-steps 'Choose no group whose pod has more steps than this'
            cand --max-cpu 'Choose no group whose pod requests more CPU than this, such as 2 or 500m'
            cand --max-memory 'Choose no group whose pod requests more memory than this, such as 4Gi'
            cand --keep 'Leave this task in a pod of its own (repeatable)'
            cand --format 'How to print diagnostics on standard error'
            cand --stdin-filename 'What to call standard input in diagnostics and in output'
            cand -o 'Write here: a file, or a directory (existing, or ending in /) that gets one file per input'
            cand --output 'Write here: a file, or a directory (existing, or ending in /) that gets one file per input'
            cand --color 'When to colour diagnostics and help'
            cand --separate-task 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
            cand --deny-warnings 'Treat warnings as errors'
            cand --check 'Write nothing; exit with 3 if what -o names is not up to date'
            cand --diff 'Write nothing; print what would change, and exit with 3 if anything would'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tkn-fuse;lint'= {
            cand --tasks 'Look Tasks up in this file or directory, too, without emitting them (repeatable)'
            cand --group 'Fuse these tasks, whatever the input asks for (repeatable)'
            cand --requests 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise'
            cand --min-request 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that'
            cand --auto 'Choose groups for Pipelines that ask for none'
            cand --max-steps 'Choose no group whose pod has more steps than this'
            cand --max-cpu 'Choose no group whose pod requests more CPU than this, such as 2 or 500m'
            cand --max-memory 'Choose no group whose pod requests more memory than this, such as 4Gi'
            cand --keep 'Leave this task in a pod of its own (repeatable)'
            cand --format 'How to print diagnostics on standard error'
            cand --stdin-filename 'What to call standard input in diagnostics and in output'
            cand --color 'When to colour diagnostics and help'
            cand --separate-task 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
            cand --deny-warnings 'Treat warnings as errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tkn-fuse;plan'= {
            cand --tasks 'Look Tasks up in this file or directory, too, without emitting them (repeatable)'
            cand --group 'Fuse these tasks, whatever the input asks for (repeatable)'
            cand --requests 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise'
            cand --min-request 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that'
            cand --auto 'Choose groups for Pipelines that ask for none'
            cand --max-steps 'Choose no group whose pod has more steps than this'
            cand --max-cpu 'Choose no group whose pod requests more CPU than this, such as 2 or 500m'
            cand --max-memory 'Choose no group whose pod requests more memory than this, such as 4Gi'
            cand --keep 'Leave this task in a pod of its own (repeatable)'
            cand --format 'How to print diagnostics on standard error'
            cand --stdin-filename 'What to call standard input in diagnostics and in output'
            cand --print 'How to print the plan on standard output; json if --format is json, otherwise table'
            cand --pod-start 'Assume that it takes so long from the end of a task to the start of the next one''s first step'
            cand --volume-attach 'Assume that the first pod that mounts a claim starts so much later'
            cand --volume-reattach 'Assume that each later pod that mounts it starts so much later: 10 where pods of a run may be on different nodes'
            cand --step-handover 'Assume that it takes so long from the end of a step to the start of the next one'
            cand --step-time 'Assume that a step runs so long'
            cand --color 'When to colour diagnostics and help'
            cand --separate-task 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
            cand --deny-warnings 'Treat warnings as errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tkn-fuse;suggest'= {
            cand --tasks 'Look Tasks up in this file or directory, too, without emitting them (repeatable)'
            cand --group 'Fuse these tasks, whatever the input asks for (repeatable)'
            cand --requests 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise'
            cand --min-request 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that'
            cand --auto 'Choose groups for Pipelines that ask for none'
            cand --max-steps 'Choose no group whose pod has more steps than this'
            cand --max-cpu 'Choose no group whose pod requests more CPU than this, such as 2 or 500m'
            cand --max-memory 'Choose no group whose pod requests more memory than this, such as 4Gi'
            cand --keep 'Leave this task in a pod of its own (repeatable)'
            cand --format 'How to print diagnostics on standard error'
            cand --stdin-filename 'What to call standard input in diagnostics and in output'
            cand --write 'Write the groups into the sources; standard input comes out with them'
            cand --color 'When to colour diagnostics and help'
            cand --separate-task 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
            cand --deny-warnings 'Treat warnings as errors'
            cand --ephemeral 'Propose emptyDirs for workspaces that only one group uses, and that one of its tasks writes to first'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tkn-fuse;completions'= {
            cand --color 'When to colour diagnostics and help'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tkn-fuse;help'= {
            cand compile 'Write the pipelines with their groups fused'
            cand lint 'Say what is wrong with the input, write nothing'
            cand plan 'Say what fusing saves and costs: pods, volumes, requests, time'
            cand suggest 'Propose groups that cost nothing, and say why other tasks stay apart'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tkn-fuse;help;compile'= {
        }
        &'tkn-fuse;help;lint'= {
        }
        &'tkn-fuse;help;plan'= {
        }
        &'tkn-fuse;help;suggest'= {
        }
        &'tkn-fuse;help;completions'= {
        }
        &'tkn-fuse;help;help'= {
        }
    ]
    $completions[$command]
}
