#!/usr/bin/env bash
# What the layout promises: nothing else at the top, arrows that point one way, no option named twice.
set -u -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

passed=0
failed=0
check() {  # sentence, what contradicts it (empty: nothing does)
  if [ -z "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'not so: %s\n%s\n' "$1" "$2"
  fi
}

files() { git ls-files --cached --others --exclude-standard 2>/dev/null || find . -type f -printf '%P\n'; }

check "the top level holds the files and folders of the design alone" "$(
  files | cut -d/ -f1 | sort -u |
    grep -vxE '\..*|CMakeLists\.txt|README\.md|LICENSE|CHANGELOG\.md|core|wasm|web|tests|build.*'
)"

# Each folder of core/ may include the ones named before it.
order=(quantity model formats catalog options run article program profiles allocator report search cli)
for index in "${!order[@]}"; do
  folder=${order[$index]}
  later=$(IFS='|'; printf '%s' "${order[*]:index + 1}")
  [ -n "$later" ] && [ -d "core/$folder" ] || continue
  check "core/$folder includes nothing that stands above it" "$(
    grep -rnE "#include \"core/($later)/" "core/$folder"
  )"
done

check "core names neither wasm nor web" "$(
  grep -rnE '#include "(wasm|web)/|emscripten' core
)"
check "core has no exceptions, streams, locales or regular expressions" "$(
  grep -rnE '\bthrow\b[^-]|\btry \{|#include <(iostream|sstream|fstream|locale|regex|format)>' core \
    --include='*.h' --include='*.cpp' | grep -v '^core/cli/' | grep -vE '^[^:]+:[0-9]+: *(//|\*)'
)"
check "the version is stated in CMakeLists.txt alone" "$(
  version=$(sed -nE 's/^project\(tensorledger VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
  grep -rnF "\"$version\"" core wasm web/src web/package.json 2>/dev/null
)"
check "nothing is left to do in the code" "$(
  grep -rnwE 'TODO|FIXME|XXX|HACK' core wasm web/src tests \
    --include='*.h' --include='*.cpp' --include='*.ts' --include='*.js' --include='*.def'
)"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
