#!/usr/bin/env bash
# The download: wasm and glue, compressed with brotli as a server would send them, against 60 KB.
set -u -o pipefail
package=$1
limit=60000
for file in tensorledger.wasm tensorledger.js index.js; do
  [ -s "$package/$file" ] || { echo "$package/$file is missing"; exit 1; }
done

compressed() { brotli --quality=11 --stdout "$1" | wc -c; }

binary=$(compressed "$package/tensorledger.wasm")
glue=$(($(compressed "$package/tensorledger.js") + $(compressed "$package/index.js")))
total=$((binary + glue))
printf '    figure: %d B of wasm + %d B of glue = %d B of %d B (brotli)\n' \
  "$binary" "$glue" "$total" "$limit"
[ "$total" -le "$limit" ]
