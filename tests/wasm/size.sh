#!/usr/bin/env bash
# The download, compressed with brotli as a server would send it: the first part of the wasm and its glue beside the
# goal of 60 KB, then what is loaded with them and after them. What fails is a package that is not whole, and
# growth of the first part beyond what it takes today.
set -u -o pipefail
package=$1
goal=60000
most=137000
for file in tensorledger.wasm tensorledger.rest.wasm tensorledger.js index.js catalog.txt catalog.rest.txt; do
  [ -s "$package/$file" ] || { echo "$package/$file is missing"; exit 1; }
done

compressed() { brotli --quality=11 --stdout "$1" | wc -c; }

binary=$(compressed "$package/tensorledger.wasm")
glue=$(($(compressed "$package/tensorledger.js") + $(compressed "$package/index.js")))
total=$((binary + glue))
verdict="within the goal of $goal B"
[ "$total" -le "$goal" ] || verdict="$((total - goal)) B over the goal of $goal B"
printf '    figure: %d B of first wasm + %d B of glue = %d B, %s (brotli)\n' \
  "$binary" "$glue" "$total" "$verdict"
printf '    figure: %d B of catalog beside them; after them %d B of wasm, %d B of catalog\n' \
  "$(compressed "$package/catalog.txt")" "$(compressed "$package/tensorledger.rest.wasm")" \
  "$(compressed "$package/catalog.rest.txt")"
# Without wasm-split the first part is the whole.
[ "$(wc -c <"$package/tensorledger.rest.wasm")" -gt 8 ] || exit 0
[ "$total" -le "$most" ] || { echo "the first part has $total B of at most $most B"; exit 1; }
