
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'tkn-fuse' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'tkn-fuse'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'tkn-fuse' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour diagnostics and help')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('compile', 'compile', [CompletionResultType]::ParameterValue, 'Write the pipelines with their groups fused')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Say what is wrong with the input, write nothing')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Say what fusing saves and costs: pods, volumes, requests, time')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Propose groups that cost nothing, and say why other tasks stay apart')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tkn-fuse;compile' {
            [CompletionResult]::new('--tasks', '--tasks', [CompletionResultType]::ParameterName, 'Look Tasks up in this file or directory, too, without emitting them (repeatable)')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Fuse these tasks, whatever the input asks for (repeatable)')
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise')
            [CompletionResult]::new('--min-request', '--min-request', [CompletionResultType]::ParameterName, 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that')
            [CompletionResult]::new('--auto', '--auto', [CompletionResultType]::ParameterName, 'Choose groups for Pipelines that ask for none')
            [CompletionResult]::new('--max-steps', '--max-steps', [CompletionResultType]::ParameterName, 'Choose no group whose pod has more steps than this')
            [CompletionResult]::new('--max-cpu', '--max-cpu', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more CPU than this, such as 2 or 500m')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more memory than this, such as 4Gi')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave this task in a pod of its own (repeatable)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print diagnostics on standard error')
            [CompletionResult]::new('--stdin-filename', '--stdin-filename', [CompletionResultType]::ParameterName, 'What to call standard input in diagnostics and in output')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write here: a file, or a directory (existing, or ending in /) that gets one file per input')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write here: a file, or a directory (existing, or ending in /) that gets one file per input')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour diagnostics and help')
            [CompletionResult]::new('--separate-task', '--separate-task', [CompletionResultType]::ParameterName, 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it')
            [CompletionResult]::new('--deny-warnings', '--deny-warnings', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Write nothing; exit with 3 if what -o names is not up to date')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Write nothing; print what would change, and exit with 3 if anything would')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tkn-fuse;lint' {
            [CompletionResult]::new('--tasks', '--tasks', [CompletionResultType]::ParameterName, 'Look Tasks up in this file or directory, too, without emitting them (repeatable)')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Fuse these tasks, whatever the input asks for (repeatable)')
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise')
            [CompletionResult]::new('--min-request', '--min-request', [CompletionResultType]::ParameterName, 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that')
            [CompletionResult]::new('--auto', '--auto', [CompletionResultType]::ParameterName, 'Choose groups for Pipelines that ask for none')
            [CompletionResult]::new('--max-steps', '--max-steps', [CompletionResultType]::ParameterName, 'Choose no group whose pod has more steps than this')
            [CompletionResult]::new('--max-cpu', '--max-cpu', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more CPU than this, such as 2 or 500m')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more memory than this, such as 4Gi')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave this task in a pod of its own (repeatable)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print diagnostics on standard error')
            [CompletionResult]::new('--stdin-filename', '--stdin-filename', [CompletionResultType]::ParameterName, 'What to call standard input in diagnostics and in output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour diagnostics and help')
            [CompletionResult]::new('--separate-task', '--separate-task', [CompletionResultType]::ParameterName, 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it')
            [CompletionResult]::new('--deny-warnings', '--deny-warnings', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tkn-fuse;plan' {
            [CompletionResult]::new('--tasks', '--tasks', [CompletionResultType]::ParameterName, 'Look Tasks up in this file or directory, too, without emitting them (repeatable)')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Fuse these tasks, whatever the input asks for (repeatable)')
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise')
            [CompletionResult]::new('--min-request', '--min-request', [CompletionResultType]::ParameterName, 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that')
            [CompletionResult]::new('--auto', '--auto', [CompletionResultType]::ParameterName, 'Choose groups for Pipelines that ask for none')
            [CompletionResult]::new('--max-steps', '--max-steps', [CompletionResultType]::ParameterName, 'Choose no group whose pod has more steps than this')
            [CompletionResult]::new('--max-cpu', '--max-cpu', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more CPU than this, such as 2 or 500m')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more memory than this, such as 4Gi')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave this task in a pod of its own (repeatable)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print diagnostics on standard error')
            [CompletionResult]::new('--stdin-filename', '--stdin-filename', [CompletionResultType]::ParameterName, 'What to call standard input in diagnostics and in output')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'How to print the plan on standard output; json if --format is json, otherwise table')
            [CompletionResult]::new('--pod-start', '--pod-start', [CompletionResultType]::ParameterName, 'Assume that it takes so long from the end of a task to the start of the next one''s first step')
            [CompletionResult]::new('--volume-attach', '--volume-attach', [CompletionResultType]::ParameterName, 'Assume that the first pod that mounts a claim starts so much later')
            [CompletionResult]::new('--volume-reattach', '--volume-reattach', [CompletionResultType]::ParameterName, 'Assume that each later pod that mounts it starts so much later: 10 where pods of a run may be on different nodes')
            [CompletionResult]::new('--step-handover', '--step-handover', [CompletionResultType]::ParameterName, 'Assume that it takes so long from the end of a step to the start of the next one')
            [CompletionResult]::new('--step-time', '--step-time', [CompletionResultType]::ParameterName, 'Assume that a step runs so long')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour diagnostics and help')
            [CompletionResult]::new('--separate-task', '--separate-task', [CompletionResultType]::ParameterName, 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it')
            [CompletionResult]::new('--deny-warnings', '--deny-warnings', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tkn-fuse;suggest' {
            [CompletionResult]::new('--tasks', '--tasks', [CompletionResultType]::ParameterName, 'Look Tasks up in this file or directory, too, without emitting them (repeatable)')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Fuse these tasks, whatever the input asks for (repeatable)')
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise')
            [CompletionResult]::new('--min-request', '--min-request', [CompletionResultType]::ParameterName, 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that')
            [CompletionResult]::new('--auto', '--auto', [CompletionResultType]::ParameterName, 'Choose groups for Pipelines that ask for none')
            [CompletionResult]::new('--max-steps', '--max-steps', [CompletionResultType]::ParameterName, 'Choose no group whose pod has more steps than this')
            [CompletionResult]::new('--max-cpu', '--max-cpu', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more CPU than this, such as 2 or 500m')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Choose no group whose pod requests more memory than this, such as 4Gi')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave this task in a pod of its own (repeatable)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print diagnostics on standard error')
            [CompletionResult]::new('--stdin-filename', '--stdin-filename', [CompletionResultType]::ParameterName, 'What to call standard input in diagnostics and in output')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Write the groups into the sources; standard input comes out with them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour diagnostics and help')
            [CompletionResult]::new('--separate-task', '--separate-task', [CompletionResultType]::ParameterName, 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it')
            [CompletionResult]::new('--deny-warnings', '--deny-warnings', [CompletionResultType]::ParameterName, 'Treat warnings as errors')
            [CompletionResult]::new('--ephemeral', '--ephemeral', [CompletionResultType]::ParameterName, 'Propose emptyDirs for workspaces that only one group uses, and that one of its tasks writes to first')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tkn-fuse;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour diagnostics and help')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tkn-fuse;help' {
            [CompletionResult]::new('compile', 'compile', [CompletionResultType]::ParameterValue, 'Write the pipelines with their groups fused')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Say what is wrong with the input, write nothing')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Say what fusing saves and costs: pods, volumes, requests, time')
            [CompletionResult]::new('suggest', 'suggest', [CompletionResultType]::ParameterValue, 'Propose groups that cost nothing, and say why other tasks stay apart')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tkn-fuse;help;compile' {
            break
        }
        'tkn-fuse;help;lint' {
            break
        }
        'tkn-fuse;help;plan' {
            break
        }
        'tkn-fuse;help;suggest' {
            break
        }
        'tkn-fuse;help;completions' {
            break
        }
        'tkn-fuse;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
