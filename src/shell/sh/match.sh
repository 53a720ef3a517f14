tkn_fuse_match() { # notes if tkn_fuse_value is the input
  if [ "x$tkn_fuse_value" = "x$tkn_fuse_input" ]; then tkn_fuse_found=yes; fi
}
