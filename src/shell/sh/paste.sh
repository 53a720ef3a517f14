tkn_fuse_paste() { # standard input, each @tkn-fuse-MARK-N@ replaced by TKN_FUSE_N, into tkn_fuse_value
  tkn_fuse_value='' tkn_fuse_end='
'
  while [ "$tkn_fuse_end" ]; do
    IFS= read -r tkn_fuse_line || tkn_fuse_end=''
    while :; do
      case $tkn_fuse_line in *@tkn-fuse-MARK-*) ;; *) break ;; esac
      tkn_fuse_value=$tkn_fuse_value${tkn_fuse_line%%@tkn-fuse-MARK-*}
      tkn_fuse_line=${tkn_fuse_line#*@tkn-fuse-MARK-}
      eval "tkn_fuse_value=\$tkn_fuse_value\$TKN_FUSE_${tkn_fuse_line%%@*}"
      tkn_fuse_line=${tkn_fuse_line#*@}
    done
    tkn_fuse_value=$tkn_fuse_value$tkn_fuse_line$tkn_fuse_end
  done
}
