#!/usr/bin/env bash
# Installs every Debian 12 package that building, running and testing Meridian
# needs. Idempotent: does nothing, quickly, when all are there. Needs root or
# sudo only when something is missing.
#
#   deploy/install-deps.sh            to build and test
#   deploy/install-deps.sh --runtime  only the libraries that the services need
set -euo pipefail

runtime=(
  ca-certificates
  libarchive13
  libcmark-gfm-extensions0.29.0.gfm.6
  libcmark-gfm0.29.0.gfm.6
  libcurl4
  libgrpc++1.51
  libprotobuf32
  libre2-9
  libseccomp2
  libsqlite3-0
  libyaml-cpp0.7
  libz3-4
  libcsv3
  libssl3
  zlib1g
)
build=(
  build-essential
  ccache
  clang
  cmake
  git
  libabsl-dev
  libarchive-dev
  libclang-rt-14-dev
  libcli11-dev
  libcmark-gfm-dev
  libcmark-gfm-extensions-dev
  libcsv-dev
  libcurl4-openssl-dev
  libgmock-dev
  libgrpc++-dev
  libgtest-dev
  libprotobuf-dev
  libre2-dev
  libsqlite3-dev
  libseccomp-dev
  libssl-dev
  libtomlplusplus-dev
  libyaml-cpp-dev
  libz3-dev
  lld
  ninja-build
  pkg-config
  protobuf-compiler
  protobuf-compiler-grpc
  python3
  python3-grpcio
  python3-protobuf
  rapidjson-dev
  zlib1g-dev
)

case "${1:-}" in
  "") packages=("${runtime[@]}" "${build[@]}") ;;
  --runtime) packages=("${runtime[@]}") ;;
  *)
    echo "usage: deploy/install-deps.sh [--runtime]" >&2
    exit 2
    ;;
esac

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}" >&2
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "error: these Debian packages are missing and installing them needs root: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
