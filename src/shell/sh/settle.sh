tkn_fuse_settle() { # status file $1: Succeeded if state file $2 (if named) says true and none of the steps $3.. failed
  tkn_fuse_status=$1
  if [ "$2" ]; then
    tkn_fuse_state "$2"
    [ "$tkn_fuse_state" = true ] || return 0
  fi
  shift 2
  for tkn_fuse_step; do tkn_fuse_well "$tkn_fuse_step" || return 0; done
  tkn_fuse_write "$tkn_fuse_status" Succeeded
}
