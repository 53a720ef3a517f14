tkn_fuse_check() { # file $1, known as $2, must be there
  tkn_fuse_what=$2
  [ -f "$1" ] || tkn_fuse_fail "$2 is missing"
  [ -r "$1" ] || tkn_fuse_fail "$2 may not be read by this step's user"
}
