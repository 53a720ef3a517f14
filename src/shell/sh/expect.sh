tkn_fuse_expect() { # step $1 of task $2 did not fail
  if tkn_fuse_well "$1"; then return 0; fi
  [ "$tkn_fuse_code" ] || tkn_fuse_skip stopped "task \`$2\` failed: its step $1 left no exit code"
  tkn_fuse_skip stopped "task \`$2\` failed"
}
