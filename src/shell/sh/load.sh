tkn_fuse_load() { # standard input, to the byte, into tkn_fuse_value
  tkn_fuse_value='' tkn_fuse_line=''
  while IFS= read -r tkn_fuse_line; do
    tkn_fuse_value=$tkn_fuse_value$tkn_fuse_line'
'
  done
  tkn_fuse_value=$tkn_fuse_value$tkn_fuse_line
}
