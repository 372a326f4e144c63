#!/usr/bin/env bash
# The download: wasm and glue, compressed with brotli as a server would send them. The budget is 60 KB; the listings
# of thirty-odd architectures have outgrown it, and the figure says by how much. What fails is growth beyond `limit`,
# which is to be lowered with every saving.
set -u -o pipefail
package=$1
budget=60000
limit=125000
for file in tensorledger.wasm tensorledger.js index.js; do
  [ -s "$package/$file" ] || { echo "$package/$file is missing"; exit 1; }
done

compressed() { brotli --quality=11 --stdout "$1" | wc -c; }

binary=$(compressed "$package/tensorledger.wasm")
glue=$(($(compressed "$package/tensorledger.js") + $(compressed "$package/index.js")))
total=$((binary + glue))
printf '    figure: %d B of wasm + %d B of glue = %d B of %d B (brotli)\n' \
  "$binary" "$glue" "$total" "$budget"
[ "$total" -le "$budget" ] || printf '    figure: over the budget by %d B\n' "$((total - budget))"
[ "$total" -le "$limit" ]
