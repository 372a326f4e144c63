# What a machine must have, and how it gets it: shared by tests/run and web/serve.
#
#   . tests/tools.sh
#   need_command g++ g++ "compiles the core"      (command, Debian package, why)
#   need_file /usr/include/x.h libx-dev "…"       (file, Debian package, why)
#   need_node 18
#   install_missing                               (apt, as root or with sudo; else says what to do, exits 2)
#   npm_packages web                              (npm ci, only when the lock file has changed)
#
# Everything comes from Debian's own packages and npm's. Nothing is installed without being named,
# with its reason, first.

missing_packages=()
missing_reasons=()

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

want_package() {  # package, why
  case " ${missing_packages[*]-} " in *" $1 "*) return ;; esac
  missing_packages+=("$1")
  missing_reasons+=("$2")
}

need_command() { command -v "$1" >/dev/null 2>&1 || want_package "$2" "$3"; }
need_file() { [ -e "$1" ] || want_package "$2" "$3"; }

# A Node.js of at least this major version. Debian 12 has 18.
need_node() {
  local least=$1
  if command -v node >/dev/null 2>&1; then
    local have
    have=$(node -p 'process.versions.node.split(".")[0]')
    [ "$have" -ge "$least" ] && return
    complain "Node.js $have is installed here and $least or later is needed."
    complain "Install a newer one (https://nodejs.org/en/download) and run this again."
    exit 2
  fi
  want_package nodejs "runs the wasm module, the tests of the page and the page's build"
}

# The name of a command in any of the versions given: first_command clang-format-14 clang-format
first_command() {
  local name
  for name in "$@"; do
    if command -v "$name" >/dev/null 2>&1; then
      printf '%s' "$name"
      return 0
    fi
  done
  return 1
}

# apt-get as root, by sudo where that is what there is.
apt_get() {
  local -a prefix=(env DEBIAN_FRONTEND=noninteractive)
  if [ "$(id -u)" -ne 0 ]; then
    prefix=(sudo "${prefix[@]}")
  fi
  "${prefix[@]}" apt-get -q -o=Dpkg::Use-Pty=0 "$@"
}

# Installs what the calls above found missing, after naming it. Leaves with status 2 and the exact
# list where it cannot.
install_missing() {
  [ ${#missing_packages[@]} -eq 0 ] && return 0
  local index
  say "Missing here, and why it is needed:"
  for index in "${!missing_packages[@]}"; do
    printf '  %-18s %s\n' "${missing_packages[$index]}" "${missing_reasons[$index]}"
  done
  if ! command -v apt-get >/dev/null 2>&1; then
    complain "This system has no apt. Install the above by its own means (the names are Debian's)"
    complain "and run this again: ${missing_packages[*]}"
    exit 2
  fi
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
    complain "Installing needs root, and there is no sudo. As root, run:"
    complain "  apt-get update && apt-get install --no-install-recommends ${missing_packages[*]}"
    exit 2
  fi
  say "Installing with apt-get: ${missing_packages[*]}"
  if ! { quietly apt_get update &&
    quietly apt_get install -y --no-install-recommends "${missing_packages[@]}"; }; then
    complain "apt-get could not install these packages; its last words are above. Needed:"
    complain "  ${missing_packages[*]}"
    exit 2
  fi
  missing_packages=()
  missing_reasons=()
}

# A browser of the Chromium kind; its path on standard output.
find_browser() {
  if [ -n "${TENSORLEDGER_BROWSER:-}" ]; then
    printf '%s' "$TENSORLEDGER_BROWSER"
    return 0
  fi
  local name
  for name in chromium google-chrome google-chrome-stable; do
    command -v "$name" && return 0
  done
  return 1
}

# What building the native program needs.
need_native() {
  need_command g++ g++ "compiles the core"
  need_command cmake cmake "describes the build"
  need_command ninja ninja-build "runs the build"
  need_file /usr/include/rapidjson/document.h rapidjson-dev "reads JSON in the core (headers only)"
}

# What building the wasm module needs. A current emsdk on the PATH serves as well as Debian's.
need_wasm() {
  need_native
  need_node 18
  need_command emcc emscripten "compiles the core to WebAssembly"
}

# What installing npm packages needs.
need_npm() {
  need_node 18
  need_command npm npm "installs the page's build tools"
  need_file /etc/ssl/certs ca-certificates "lets npm check whom it talks to"
}

# npm ci in a folder, unless what is installed is what the lock file says.
npm_packages() {
  local folder=$1
  local stamp=$folder/node_modules/.tensorledger-lock
  if [ -f "$stamp" ] && cmp -s "$stamp" "$folder/package-lock.json"; then
    return 0
  fi
  say "Installing the npm packages of ${folder##*/}/ (npm ci)"
  if ! quietly npm ci --prefix "$folder" --no-audit --no-fund; then
    complain "npm ci failed in $folder; its last words are above."
    return 1
  fi
  cp "$folder/package-lock.json" "$stamp"
}

# Runs a command in silence; when it fails its last words are shown.
quietly() {
  local log status
  log=$(mktemp)
  "$@" >"$log" 2>&1
  status=$?
  [ $status -eq 0 ] || tail -n 60 "$log" >&2
  rm -f "$log"
  return $status
}

# Configures a build folder (once) and builds targets in it, from the repository's root:
#   build_native [target…]      into build/
#   build_wasm [target…]        into build-wasm/, without the tests unless with_tests=ON was set before
# A folder that was configured by hand is used as it is.
with_tests=${with_tests:-OFF}

build_native() {
  [ -f build/CMakeCache.txt ] || quietly cmake -S . -B build -G Ninja || return 1
  build_targets build "$@"
}

build_wasm() {
  [ -f build-wasm/CMakeCache.txt ] ||
    quietly emcmake cmake -C tests/presets/wasm.cmake -DTENSORLEDGER_BUILD_TESTS=$with_tests \
      -S . -B build-wasm -G Ninja || return 1
  build_targets build-wasm "$@"
}

build_targets() {
  local folder=$1
  shift
  if [ $with_tests = ON ] && ! grep -q tensorledger_tests "$folder"/{build.ninja,Makefile} 2>/dev/null; then
    quietly cmake -DTENSORLEDGER_BUILD_TESTS=ON "$folder" || return 1
  fi
  local -a targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  quietly cmake --build "$folder" -j "$(nproc)" "${targets[@]}"
}
