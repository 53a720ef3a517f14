tkn_fuse_fail() { echo "tkn-fuse: task MEMBER does not start: $1" >&2; exit 1; }
