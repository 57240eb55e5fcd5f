#!/usr/bin/env bash
# Builds Meridian and passes all its tests; sets up what that needs. May be run
# again, quickly. The last line is "N passed, N failed".
#
#   deploy/test.sh                 everything
#   deploy/test.sh -R compare      arguments go to ctest
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/build.sh

build_meridian all
# Foreign gRPC clients for the tests of reflection, proto lint and the example
# in JavaScript, where npm is at hand; those tests are skipped, visibly, where
# it is not.
if command -v npm >/dev/null && [ ! -d build/tools/node_modules/@grpc/grpc-js ]; then
  npm install --silent --no-fund --no-audit --prefix build/tools \
    @bufbuild/buf @grpc/grpc-js @grpc/proto-loader >/dev/null 2>&1 ||
    echo "note: npm could not install the foreign clients; their tests are skipped" >&2
fi
status=0
ctest --test-dir build/dev --output-on-failure --no-tests=error -j "$(nproc)" "$@" |
  tee build/test.log || status=$?
# What ctest calls passed, without what was skipped.
awk '/Test +#[0-9]+:/ { skipped += /\*\*\*Skipped/ }
     / tests failed out of / { failed = $4; total = $NF }
     END { print total - failed - skipped " passed, " failed + 0 " failed" }' build/test.log
exit "$status"
