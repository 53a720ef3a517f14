tkn_fuse_pick() { # JSON strings between $1 and $2 in tkn_fuse_value; the one at index or key $3, if given, replaces it
  tkn_fuse_rest=$tkn_fuse_value tkn_fuse_count=0 tkn_fuse_found=''
  tkn_fuse_json "$@" || tkn_fuse_fail "$tkn_fuse_what is not JSON strings in $1$2"
  if [ $# -lt 3 ]; then return 0; fi
  [ "$tkn_fuse_found" ] || tkn_fuse_fail "$tkn_fuse_what has nothing at $3"
  tkn_fuse_value=${tkn_fuse_found#x}
}
tkn_fuse_json() {
  case $tkn_fuse_rest in "$1"*) tkn_fuse_take "$1" ;; *) return 1 ;; esac
  if ! tkn_fuse_take "$2"; then
    while :; do
      tkn_fuse_key=$tkn_fuse_count
      if [ "$1" = '{' ]; then
        case $tkn_fuse_rest in \"*) tkn_fuse_string ;; *) return 1 ;; esac || return 1
        tkn_fuse_key=$tkn_fuse_text
        tkn_fuse_take : || return 1
      fi
      tkn_fuse_string || return 1
      if [ "$tkn_fuse_key" = "${3-}" ]; then tkn_fuse_found=x$tkn_fuse_text; fi
      tkn_fuse_count=$((tkn_fuse_count + 1))
      tkn_fuse_take , || break
    done
    tkn_fuse_take "$2" || return 1
  fi
  [ -z "$tkn_fuse_rest" ]
}
tkn_fuse_blanks() { # dropped from tkn_fuse_rest
  while :; do
    case $tkn_fuse_rest in [[:space:]]*) tkn_fuse_rest=${tkn_fuse_rest#?} ;; *) return 0 ;; esac
  done
}
tkn_fuse_take() { # $1 and the blanks around it off tkn_fuse_rest
  tkn_fuse_blanks
  case $tkn_fuse_rest in "$1"*) tkn_fuse_rest=${tkn_fuse_rest#?} ;; *) return 1 ;; esac
  tkn_fuse_blanks
}
tkn_fuse_string() { # off tkn_fuse_rest into tkn_fuse_text; null is an empty string to Tekton
  tkn_fuse_text='' tkn_fuse_stop='["\\]'
  case $tkn_fuse_rest in
    null*) tkn_fuse_rest=${tkn_fuse_rest#null} && return 0 ;;
    \"*) tkn_fuse_rest=${tkn_fuse_rest#?} ;;
    *) return 1 ;;
  esac
  while :; do
    tkn_fuse_run=${tkn_fuse_rest%%$tkn_fuse_stop*}
    tkn_fuse_text=$tkn_fuse_text$tkn_fuse_run
    tkn_fuse_rest=${tkn_fuse_rest#"$tkn_fuse_run"}
    case $tkn_fuse_run in *["${IFS#?}"]*) return 1 ;; esac # a bare tab or newline
    case $tkn_fuse_rest in
      \"*) tkn_fuse_rest=${tkn_fuse_rest#?} && return 0 ;;
      \\*) tkn_fuse_rest=${tkn_fuse_rest#?} && tkn_fuse_escape || return 1 ;;
      *) return 1 ;;
    esac
  done
}
tkn_fuse_escape() {
  case $tkn_fuse_rest in
    \"* | \\* | /*) tkn_fuse_text=$tkn_fuse_text${tkn_fuse_rest%"${tkn_fuse_rest#?}"} ;;
    b*) tkn_fuse_bytes 8 ;;
    f*) tkn_fuse_bytes 12 ;;
    n*) tkn_fuse_bytes 10 ;;
    r*) tkn_fuse_bytes 13 ;;
    t*) tkn_fuse_bytes 9 ;;
    u[[:xdigit:]][[:xdigit:]][[:xdigit:]][[:xdigit:]]*) tkn_fuse_unicode && return 0 || return 1 ;;
    *) return 1 ;;
  esac
  tkn_fuse_rest=${tkn_fuse_rest#?}
}
tkn_fuse_hex() { # uXXXX off tkn_fuse_rest into tkn_fuse_unit
  tkn_fuse_rest=${tkn_fuse_rest#u}
  tkn_fuse_unit=$((0x${tkn_fuse_rest%"${tkn_fuse_rest#????}"}))
  tkn_fuse_rest=${tkn_fuse_rest#????}
}
tkn_fuse_unicode() { # in UTF-8; half a surrogate pair is U+FFFD
  tkn_fuse_hex
  set -- "$tkn_fuse_unit"
  if [ "$1" -ge 55296 ] && [ "$1" -le 57343 ]; then
    case $tkn_fuse_rest in
      \\u[dD][cdefCDEF][[:xdigit:]][[:xdigit:]]*) tkn_fuse_rest=${tkn_fuse_rest#?} ;;
      *) set -- 65533 ;;
    esac
    if [ "$1" -gt 56319 ]; then set -- 65533
    else tkn_fuse_hex && set -- $((65536 + ($1 - 55296) * 1024 + tkn_fuse_unit - 56320)); fi
  fi
  if [ "$1" -eq 0 ]; then return 1
  elif [ "$1" -lt 128 ]; then tkn_fuse_bytes "$1"
  elif [ "$1" -lt 2048 ]; then tkn_fuse_bytes $((192 + $1 / 64)) $((128 + $1 % 64))
  elif [ "$1" -lt 65536 ]; then tkn_fuse_bytes $((224 + $1 / 4096)) $((128 + $1 / 64 % 64)) $((128 + $1 % 64))
  else tkn_fuse_bytes $((240 + $1 / 262144)) $((128 + $1 / 4096 % 64)) $((128 + $1 / 64 % 64)) $((128 + $1 % 64)); fi
}
tkn_fuse_bytes() { # with these values, onto tkn_fuse_text
  tkn_fuse_run=''
  for tkn_fuse_unit; do
    tkn_fuse_run=$tkn_fuse_run\\$((tkn_fuse_unit / 64))$((tkn_fuse_unit / 8 % 8))$((tkn_fuse_unit % 8))
  done
  tkn_fuse_run=$(printf "$tkn_fuse_run.")
  tkn_fuse_text=$tkn_fuse_text${tkn_fuse_run%.}
}
