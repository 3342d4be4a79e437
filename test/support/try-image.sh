#!/bin/bash
# Runs the image of the fleet against a database in a container: migrate, api, a worker, a race, and a stop that drains.
#
#   test/support/try-image.sh IMAGE POSTGRES_IMAGE         (see node-image.sh and postgres-image.sh)
#
# All containers share the network of the machine, on free ports of 127.0.0.1, and are removed at the end.
set -euo pipefail

image=${1:?the image of the fleet}
postgres_image=${2:?an image of PostgreSQL}
token=a-token-of-this-trial
containers=()
fail() {
  echo "try-image: $1" >&2
  exit 1
}
finish() {
  local status=$? container
  trap - EXIT
  for container in "${containers[@]}"; do
    if [ "$status" -ne 0 ]; then docker logs --tail 20 "$container" 2>&1 | sed "s/^/  /"; fi
    docker rm --force "$container" >/dev/null
  done
  exit "$status"
}
trap finish EXIT

free_port() { node -e 'const server = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close() })'; }

# until SECONDS WHAT COMMAND...: tries until it succeeds.
until_it() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "$what: not after a while"
    sleep 0.5
  done
}

database_port=$(free_port)
api_port=$(free_port)
database=postgres://taskproc:secret@127.0.0.1:$database_port/taskproc

# start NAME OPTION... IMAGE ARGUMENT...: in the background; $started is its id.
start() {
  started=$(docker run --detach --network host "$@")
  containers+=("$started")
}
environment=(--env "DATABASE_URL=$database" --env "TASKPROC_API_TOKEN=$token")
hardened=(--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges)
taskproc() { docker run --rm --network host "${environment[@]}" "${hardened[@]}" "$image" "$@"; }

[ "$(docker run --rm --network none --entrypoint node "$image" --print 'process.getuid()')" = 1000 ] || fail 'it runs as root'
start --env POSTGRES_USER=taskproc --env POSTGRES_PASSWORD=secret "$postgres_image" \
  postgres -c "port=$database_port" -c listen_addresses=127.0.0.1
until_it 60 'migrate' taskproc migrate
start "${environment[@]}" "${hardened[@]}" --env "API_PORT=$api_port" "$image" api
api=$started
start "${environment[@]}" "${hardened[@]}" "$image" serve --workers 2 --fetch-limit 2
worker=$started

is_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]; }
until_it 60 'the api is healthy' is_healthy "$api"
taskproc bench race --url "http://127.0.0.1:$api_port" --rounds 1
taskproc enqueue reverse '"drawer"' --max-attempts 10 --wait
taskproc seed --count 20 >/dev/null

in_progress() { taskproc stats --json 2>/dev/null | node -p 'JSON.parse(require("fs").readFileSync(0)).tasks.in_progress'; }
is_busy() { [ "$(in_progress)" -gt 0 ]; }
until_it 30 'the worker is busy' is_busy
docker stop --time 40 "$worker" >/dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' "$worker")" = 0 ] || fail 'the worker did not drain'
[ "$(in_progress)" = 0 ] || fail 'the worker left tasks behind'
docker stop --time 15 "$api" >/dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' "$api")" = 0 ] || fail 'the api did not drain'
taskproc verify | tail -1
echo "$image: $(docker image inspect --format '{{.Size}}' "$image" | numfmt --to=iec)"
