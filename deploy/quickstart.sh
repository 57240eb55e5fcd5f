#!/usr/bin/env bash
# Builds Meridian, starts both services on the bundled samples, loads them
# through the plugins and prints real answers. Sets up what that needs; may be
# run again, quickly.
#
#   deploy/quickstart.sh         leaves the services running
#   deploy/quickstart.sh --once  stops them after the answers
#   deploy/quickstart.sh --stop  stops what an earlier run left running
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/build.sh

state=build/quickstart

stop_services() {
  local name pid
  for name in analysis ingest; do
    pid=$(cat "$state/$name.pid" 2>/dev/null || true)
    # Only what is ours: the number may belong to something else by now.
    if [ -n "$pid" ] && grep -qs "meridian-$name" "/proc/$pid/cmdline"; then
      kill "$pid" 2>/dev/null || true
      while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    fi
    rm -f "$state/$name.pid" "$state/$name.port"
  done
}

# start NAME PORT ARGUMENT...: on PORT, or on a free one when it is taken.
start() {
  local name=$1 port=$2
  shift 2
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then port=0; fi
  setsid "build/dev/bin/meridian-$name" --listen "127.0.0.1:$port" \
    --port-file "$state/$name.port" "$@" </dev/null >"$state/$name.log" 2>&1 &
  echo $! >"$state/$name.pid"
  local tries=0
  until [ -s "$state/$name.port" ]; do
    if ! kill -0 "$(cat "$state/$name.pid")" 2>/dev/null || [ $((tries += 1)) -gt 600 ]; then
      echo "error: meridian-$name did not start; its log:" >&2
      tail -20 "$state/$name.log" >&2
      exit 1
    fi
    sleep 0.05
  done
}

once=
case "${1:-}" in
  "") ;;
  --once) once=yes ;;
  --stop)
    stop_services
    exit 0
    ;;
  *)
    echo "usage: deploy/quickstart.sh [--once|--stop]" >&2
    exit 2
    ;;
esac

build_meridian programs
stop_services
rm -rf "$state"
mkdir -p "$state"
[ -z "$once" ] || trap stop_services EXIT
start ingest 7401 --data "$state/data" --plugins build/dev/plugins --sources samples/sources.yaml
export MERIDIAN_INGEST="127.0.0.1:$(cat "$state/ingest.port")"
start analysis 7402 --ingest "$MERIDIAN_INGEST"
export MERIDIAN_ANALYSIS="127.0.0.1:$(cat "$state/analysis.port")"

build/dev/bin/meridian sources run --all --wait >"$state/load.log" 2>&1 ||
  { cat "$state/load.log" >&2; exit 1; }
python3 deploy/screen.py build/dev/bin/meridian samples
if [ -z "$once" ]; then
  echo
  echo "Both services keep running (ingest $MERIDIAN_INGEST, analysis $MERIDIAN_ANALYSIS). Stop them: deploy/quickstart.sh --stop"
fi
