tkn_fuse_inherit() { # the skip of task $1, whose state file is $2; $3 is set if its results are used
  tkn_fuse_state "$2"
  if [ "$tkn_fuse_state" = parent ]; then tkn_fuse_parent="task \`$1\` was skipped"; fi
  if [ "${3-}" ] && [ "$tkn_fuse_state" != true ]; then tkn_fuse_missing="task \`$1\` was skipped"; fi
}
