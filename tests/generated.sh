#!/usr/bin/env bash
# What the repository keeps of the program's own output: wasm/tensorledger.d.ts, and in README.md
# between its markers the head of the first example's ledger, the table of errors and that of options;
# the table of errors again as web/src/errors.json, for the page.
#
#   tests/generated.sh --check    says what differs from what is generated now
#   tests/generated.sh --write    writes it
#
# Needs build/tensorledger, and build/errors.md and its JSON, which the test binary writes (see tests/run).
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

example='model=meta-llama/Llama-3.1-8B&method=lora&seq=1024&gpu=rtx-4090-24gb'
program=build/tensorledger

ledger() {
  printf '```console\n$ tensorledger estimate '"'%s'"'\n' "$example"
  $program estimate "$example" |
    sed '/^component  /,/^$/c\… every tensor, with its shape, bytes and reason …\n' | sed '/^note:/d' | cat -s | sed '${/^$/d}'
  printf '```\n'
}
errors() { cat build/errors.md; }
options() { $program generate readme-options; }

# README.md with what stands between the markers of a section replaced by standard input.
with_section() {
  awk -v name="$1" -v given="$2" '
    $0 == "<!-- generated: " name " -->" { print; while ((getline line < given) > 0) print line; inside = 1 }
    $0 == "<!-- end: " name " -->" { inside = 0 }
    !inside { print }
  ' README.md
}

passed=0
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

settle() {  # file, generated text: compares or writes
  if [ "$mode" = --write ]; then
    cmp -s "$2" "$1" || cp "$2" "$1"
  elif diff -u --label "$1 (in the repository)" --label "$1 (generated now)" "$1" "$2"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
}

mode=${1-}
case $mode in
  --check | --write) ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

$program generate typescript >"$scratch/types" || exit 1
settle wasm/tensorledger.d.ts "$scratch/types"
settle web/src/errors.json build/errors.md.json
for section in ledger errors options; do
  $section >"$scratch/$section" || exit 1
  with_section $section "$scratch/$section" >"$scratch/README.md"
  settle README.md "$scratch/README.md"
done

[ "$mode" = --write ] || echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
