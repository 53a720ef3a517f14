tkn_fuse_first_line() { # a script in tkn_fuse_value gets the first lines that Tekton gives to one without #!
  tkn_fuse_line=${tkn_fuse_value#"${tkn_fuse_value%%[![:space:]]*}"}
  case $tkn_fuse_line in '#!'*) return ;; esac
  tkn_fuse_value='#!/bin/sh
set -e
'$tkn_fuse_value
}
