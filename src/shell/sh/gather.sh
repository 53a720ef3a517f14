tkn_fuse_gather() { # the texts of the files behind $1 that are there, as a JSON array into file $1; without any there is none
  tkn_fuse_to=$1 tkn_fuse_array=''
  shift
  for tkn_fuse_file; do
    if [ -e "$tkn_fuse_file" ]; then
      tkn_fuse_load <"$tkn_fuse_file"
      tkn_fuse_encode /dev/null
      tkn_fuse_array=$tkn_fuse_array,$tkn_fuse_text\"
    fi
  done
  if [ "$tkn_fuse_array" ]; then printf '[%s]' "${tkn_fuse_array#,}" >"$tkn_fuse_to"; fi
}
