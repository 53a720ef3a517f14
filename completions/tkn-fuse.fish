# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tkn_fuse_global_optspecs
    string join \n color= h/help V/version
end

function __fish_tkn_fuse_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tkn_fuse_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tkn_fuse_using_subcommand
    set -l cmd (__fish_tkn_fuse_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -l color -d 'When to colour diagnostics and help' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -s V -l version -d 'Print version'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -f -a "compile" -d 'Write the pipelines with their groups fused'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -f -a "lint" -d 'Say what is wrong with the input, write nothing'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -f -a "plan" -d 'Say what fusing saves and costs: pods, volumes, requests, time'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -f -a "suggest" -d 'Propose groups that cost nothing, and say why other tasks stay apart'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c tkn-fuse -n "__fish_tkn_fuse_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l tasks -d 'Look Tasks up in this file or directory, too, without emitting them (repeatable)' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l group -d 'Fuse these tasks, whatever the input asks for (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l requests -d 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise' -r -f -a "max\t'The largest step, since steps run one after another'
sum\t'All steps together, as Kubernetes adds them up'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l min-request -d 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l auto -d 'Choose groups for Pipelines that ask for none' -r -f -a "safe\t'Those that `tkn-fuse suggest` proposes'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l max-steps -d 'Choose no group whose pod has more steps than this' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l max-cpu -d 'Choose no group whose pod requests more CPU than this, such as 2 or 500m' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l max-memory -d 'Choose no group whose pod requests more memory than this, such as 4Gi' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l keep -d 'Leave this task in a pod of its own (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l format -d 'How to print diagnostics on standard error' -r -f -a "human\t'Reports for people'
json\t'One JSON document for programs'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l stdin-filename -d 'What to call standard input in diagnostics and in output' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -s o -l output -d 'Write here: a file, or a directory (existing, or ending in /) that gets one file per input' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l color -d 'When to colour diagnostics and help' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l separate-task -d 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l deny-warnings -d 'Treat warnings as errors'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l check -d 'Write nothing; exit with 3 if what -o names is not up to date'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -l diff -d 'Write nothing; print what would change, and exit with 3 if anything would'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand compile" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l tasks -d 'Look Tasks up in this file or directory, too, without emitting them (repeatable)' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l group -d 'Fuse these tasks, whatever the input asks for (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l requests -d 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise' -r -f -a "max\t'The largest step, since steps run one after another'
sum\t'All steps together, as Kubernetes adds them up'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l min-request -d 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l auto -d 'Choose groups for Pipelines that ask for none' -r -f -a "safe\t'Those that `tkn-fuse suggest` proposes'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l max-steps -d 'Choose no group whose pod has more steps than this' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l max-cpu -d 'Choose no group whose pod requests more CPU than this, such as 2 or 500m' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l max-memory -d 'Choose no group whose pod requests more memory than this, such as 4Gi' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l keep -d 'Leave this task in a pod of its own (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l format -d 'How to print diagnostics on standard error' -r -f -a "human\t'Reports for people'
json\t'One JSON document for programs'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l stdin-filename -d 'What to call standard input in diagnostics and in output' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l color -d 'When to colour diagnostics and help' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l separate-task -d 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -l deny-warnings -d 'Treat warnings as errors'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l tasks -d 'Look Tasks up in this file or directory, too, without emitting them (repeatable)' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l group -d 'Fuse these tasks, whatever the input asks for (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l requests -d 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise' -r -f -a "max\t'The largest step, since steps run one after another'
sum\t'All steps together, as Kubernetes adds them up'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l min-request -d 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l auto -d 'Choose groups for Pipelines that ask for none' -r -f -a "safe\t'Those that `tkn-fuse suggest` proposes'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l max-steps -d 'Choose no group whose pod has more steps than this' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l max-cpu -d 'Choose no group whose pod requests more CPU than this, such as 2 or 500m' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l max-memory -d 'Choose no group whose pod requests more memory than this, such as 4Gi' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l keep -d 'Leave this task in a pod of its own (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l format -d 'How to print diagnostics on standard error' -r -f -a "human\t'Reports for people'
json\t'One JSON document for programs'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l stdin-filename -d 'What to call standard input in diagnostics and in output' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l print -d 'How to print the plan on standard output; json if --format is json, otherwise table' -r -f -a "table\t'For people'
markdown\t'For pull requests'
json\t'One JSON document for programs'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l pod-start -d 'Assume that it takes so long from the end of a task to the start of the next one\'s first step' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l volume-attach -d 'Assume that the first pod that mounts a claim starts so much later' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l volume-reattach -d 'Assume that each later pod that mounts it starts so much later: 10 where pods of a run may be on different nodes' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l step-handover -d 'Assume that it takes so long from the end of a step to the start of the next one' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l step-time -d 'Assume that a step runs so long' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l color -d 'When to colour diagnostics and help' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l separate-task -d 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -l deny-warnings -d 'Treat warnings as errors'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l tasks -d 'Look Tasks up in this file or directory, too, without emitting them (repeatable)' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l group -d 'Fuse these tasks, whatever the input asks for (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l requests -d 'What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise' -r -f -a "max\t'The largest step, since steps run one after another'
sum\t'All steps together, as Kubernetes adds them up'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l min-request -d 'What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l auto -d 'Choose groups for Pipelines that ask for none' -r -f -a "safe\t'Those that `tkn-fuse suggest` proposes'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l max-steps -d 'Choose no group whose pod has more steps than this' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l max-cpu -d 'Choose no group whose pod requests more CPU than this, such as 2 or 500m' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l max-memory -d 'Choose no group whose pod requests more memory than this, such as 4Gi' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l keep -d 'Leave this task in a pod of its own (repeatable)' -r
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l format -d 'How to print diagnostics on standard error' -r -f -a "human\t'Reports for people'
json\t'One JSON document for programs'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l stdin-filename -d 'What to call standard input in diagnostics and in output' -r -F
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l write -d 'Write the groups into the sources; standard input comes out with them' -r -f -a "annotation\t'The annotation `tkn-fuse/groups`: the source still runs unfused'
field\t'The field `group` of each member'
list\t'The list `spec.groups`'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l color -d 'When to colour diagnostics and help' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l separate-task -d 'Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l deny-warnings -d 'Treat warnings as errors'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -l ephemeral -d 'Propose emptyDirs for workspaces that only one group uses, and that one of its tasks writes to first'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand suggest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand completions" -l color -d 'When to colour diagnostics and help' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set or TERM is dumb'
always\t'Always'
never\t'Never'"
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand help; and not __fish_seen_subcommand_from compile lint plan suggest completions help" -f -a "compile" -d 'Write the pipelines with their groups fused'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand help; and not __fish_seen_subcommand_from compile lint plan suggest completions help" -f -a "lint" -d 'Say what is wrong with the input, write nothing'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand help; and not __fish_seen_subcommand_from compile lint plan suggest completions help" -f -a "plan" -d 'Say what fusing saves and costs: pods, volumes, requests, time'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand help; and not __fish_seen_subcommand_from compile lint plan suggest completions help" -f -a "suggest" -d 'Propose groups that cost nothing, and say why other tasks stay apart'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand help; and not __fish_seen_subcommand_from compile lint plan suggest completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c tkn-fuse -n "__fish_tkn_fuse_using_subcommand help; and not __fish_seen_subcommand_from compile lint plan suggest completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
