tkn_fuse_enter() { # the working directory, made only now: at the pod's start it would be in the way
  { [ -d "$1" ] || mkdir -p -- "$1"; } && cd -P -- "$1" || tkn_fuse_fail "it cannot enter its working directory $1"
  unset OLDPWD
}
