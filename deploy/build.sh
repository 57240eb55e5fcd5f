# Sourced by quickstart.sh and test.sh: build_meridian TARGET... installs what
# is missing, configures once and builds into build/dev.
build_meridian() {
  deploy/install-deps.sh
  local launcher=()
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    # The compiler's own sources are named relative to here, so that two
    # checkouts share what they compiled.
    export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
  fi
  mkdir -p build
  if ! cmake --preset dev "${launcher[@]}" >build/configure.log 2>&1; then
    cat build/configure.log >&2
    return 1
  fi
  cmake --build build/dev --target "$@"
}
