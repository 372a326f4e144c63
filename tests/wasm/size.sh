#!/usr/bin/env bash
# The download, compressed with brotli as a server would send it: the wasm and its glue beside the goal
# of 60 KB, and the catalog that is loaded with them. A figure, not an assertion: what fails is a
# package that is not whole.
set -u -o pipefail
package=$1
goal=60000
for file in tensorledger.wasm tensorledger.js index.js catalog.txt; do
  [ -s "$package/$file" ] || { echo "$package/$file is missing"; exit 1; }
done

compressed() { brotli --quality=11 --stdout "$1" | wc -c; }

binary=$(compressed "$package/tensorledger.wasm")
glue=$(($(compressed "$package/tensorledger.js") + $(compressed "$package/index.js")))
total=$((binary + glue))
verdict="within the goal of $goal B"
[ "$total" -le "$goal" ] || verdict="$((total - goal)) B over the goal of $goal B"
printf '    figure: %d B of wasm + %d B of glue = %d B, %s (brotli)\n' \
  "$binary" "$glue" "$total" "$verdict"
printf '    figure: %d B of catalog beside them\n' "$(compressed "$package/catalog.txt")"
