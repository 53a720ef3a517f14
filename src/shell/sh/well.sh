tkn_fuse_left=100 # tenths of a second to wait: Tekton may write an exit code after the next step has started
tkn_fuse_well() { # whether the exit code of step $1 is 0; it is left in tkn_fuse_code
  tkn_fuse_code='' tkn_fuse_file=/tekton/steps/step-$1/exitCode
  while :; do
    [ ! -f "$tkn_fuse_file" ] || IFS= read -r tkn_fuse_code <"$tkn_fuse_file" || :
    if [ "$tkn_fuse_code" ] || [ "$tkn_fuse_left" -le 0 ]; then break; fi
    tkn_fuse_left=$((tkn_fuse_left - 1))
    sleep 0.1 2>/dev/null || { sleep 1 2>/dev/null && tkn_fuse_left=$((tkn_fuse_left - 9)); } || {
      tkn_fuse_count=0
      while [ "$tkn_fuse_count" -lt 50000 ]; do tkn_fuse_count=$((tkn_fuse_count + 1)); done
    }
  done
  [ "$tkn_fuse_code" = 0 ]
}
