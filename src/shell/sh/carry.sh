for tkn_fuse_value; do # whoever knows this script could end a text in it
  case $tkn_fuse_value in *DELIMITER*) echo 'tkn-fuse: a result holds the line DELIMITER' >&2 && exit 1 ;; esac
done
tkn_fuse_carry() { # standard input without the mark at its end, into tkn_fuse_value
  tkn_fuse_load
  tkn_fuse_value=${tkn_fuse_value%??}
}
