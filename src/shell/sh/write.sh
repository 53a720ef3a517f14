tkn_fuse_write() { # text $2 into file $1, which may be another user's
  { printf '%s' "$2" >|"$1"; } 2>/dev/null || { rm -f -- "$1" && printf '%s' "$2" >"$1"; } || {
    echo "tkn-fuse: $1 cannot be written" >&2
    exit 1
  }
}
