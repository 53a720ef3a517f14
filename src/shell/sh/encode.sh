tkn_fuse_encode() { # tkn_fuse_value as a JSON string into file $1, so that one that looks like JSON stays a string
  tkn_fuse_rest=$tkn_fuse_value tkn_fuse_text='"' tkn_fuse_stop='["\\[:cntrl:]]'
  while :; do
    tkn_fuse_run=${tkn_fuse_rest%%$tkn_fuse_stop*}
    tkn_fuse_text=$tkn_fuse_text$tkn_fuse_run
    tkn_fuse_rest=${tkn_fuse_rest#"$tkn_fuse_run"}
    tkn_fuse_run=${tkn_fuse_rest%"${tkn_fuse_rest#?}"}
    case $tkn_fuse_run in
      '') break ;;
      [[:cntrl:]]) tkn_fuse_text=$tkn_fuse_text$(printf '\\u%04x' "'$tkn_fuse_run") ;;
      *) tkn_fuse_text=$tkn_fuse_text\\$tkn_fuse_run ;;
    esac
    tkn_fuse_rest=${tkn_fuse_rest#?}
  done
  printf '%s"' "$tkn_fuse_text" >"$1"
}
