#!/usr/bin/env bash
# The style checks: tests/lint.sh format | tidy | types
#   format   clang-format 14 over the C++ (tests/lint.sh format --fix rewrites)
#   tidy     clang-tidy 14 over core/, a file at a time; what passed is remembered by content
#   types    the library's declarations and the page under tsc --strict
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

sources() { find "$@" -name '*.cpp' -o -name '*.h' | LC_ALL=C sort; }

format() {
  mapfile -t files < <(sources core wasm tests)
  if [ "${1-}" = --fix ]; then
    clang-format-14 -i "${files[@]}"
  else
    clang-format-14 --dry-run --Werror "${files[@]}"
  fi
}

# One file: skipped when it and all that it includes from here are as they were when it passed.
tidy_file() {
  local file=$1 stamp
  stamp=build/passed/tidy/$({
    cat .clang-tidy
    g++ -std=c++20 -I. -MM "$file" | tr -d '\\' | tr ' ' '\n' | grep -E '^(core|wasm)/' |
      LC_ALL=C sort -u | xargs sha256sum
  } | sha256sum | cut -c1-32)
  [ -f "$stamp" ] && return 0
  if clang-tidy-14 --quiet -p build "$file" 2>build/tidy.log.$$; then
    : >"$stamp"
  else
    grep -v 'warnings generated' build/tidy.log.$$
    rm -f build/tidy.log.$$
    return 1
  fi
  rm -f build/tidy.log.$$
}

tidy() {
  mkdir -p build/passed/tidy
  export -f tidy_file
  find core -name '*.cpp' -print0 | LC_ALL=C sort -z |
    xargs -0 -P "$(nproc)" -I{} bash -c 'tidy_file "$1"' tidy {} >build/tidy.txt
  cat build/tidy.txt
  ! grep -q 'error:' build/tidy.txt
}

types() {
  (cd web && npx --no-install tsc --noEmit) || return 1
}

case ${1-} in
  format | tidy | types) "$@" ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
