tkn_fuse_judge() { # task $1; then for each step its name in the pod, and what messages call it
  tkn_fuse_task=$1
  shift
  while [ $# -gt 0 ] && tkn_fuse_well "$1"; do shift 2; done
  if [ $# -eq 0 ]; then return 0; fi
  case $tkn_fuse_code in
    '') tkn_fuse_text='left no exit code' ;;
    -1) tkn_fuse_text='was ended by a signal' ;;
    *) tkn_fuse_text="ended with exit code $tkn_fuse_code" ;;
  esac
  echo "tkn-fuse: task \`$tkn_fuse_task\` failed: its $2 $tkn_fuse_text" >&2
  if [ "$tkn_fuse_exit" -gt 0 ]; then return 0; fi
  tkn_fuse_failed=$tkn_fuse_task
  case $tkn_fuse_code in
    -1) tkn_fuse_exit=255 ;;
    [1-9] | [1-9][0-9] | 1[0-9][0-9] | 2[0-4][0-9] | 25[0-5]) tkn_fuse_exit=$tkn_fuse_code ;;
    *) tkn_fuse_exit=1 ;;
  esac
}
