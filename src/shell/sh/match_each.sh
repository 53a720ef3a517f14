tkn_fuse_match_each() { # does that for each element of $1, a JSON array of strings
  tkn_fuse_rest=$1
  tkn_fuse_take '['
  while tkn_fuse_string; do
    tkn_fuse_value=$tkn_fuse_text'
'
    tkn_fuse_match
    tkn_fuse_take , || break
  done
}
