tkn_fuse_state() { # what file $1 says, nothing if it is missing, into tkn_fuse_state
  tkn_fuse_state=''
  [ ! -f "$1" ] || IFS= read -r tkn_fuse_state <"$1" || [ "$tkn_fuse_state" ] || {
    echo "tkn-fuse: $1 cannot be read" >&2
    exit 1
  }
}
