#!/bin/bash
# Makes a PostgreSQL image without a registry: from the files of Debian's package on this machine, with `docker import`.
#
#   apt-get install postgresql docker.io             (this script installs nothing and starts nothing)
#   test/support/postgres-image.sh [NAME]            (a name and tag; default taskproc-postgres:local)
#   TEST_POSTGRES=container TEST_POSTGRES_IMAGE=taskproc-postgres:local npx vitest run test/db
#
# Needs root or membership in the group docker, a Docker engine that runs (DOCKER_HOST is respected), and nothing from
# the network. testcontainers would pull its own helper image; TESTCONTAINERS_RYUK_DISABLED=true does without it.
# The image understands what the official one does of POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB and its command.
set -euo pipefail

name=${1:-taskproc-postgres:local}

fail() {
  echo "postgres-image: $1" >&2
  exit 1
}

postgres=$(ls -d /usr/lib/postgresql/*/ 2>/dev/null | sort -V | tail -1 || true)
postgres=${postgres%/}
[ -x "$postgres/bin/initdb" ] || fail "no server in /usr/lib/postgresql: apt-get install postgresql"
docker version --format '{{.Server.Version}}' >/dev/null || fail "no Docker engine answers"
version=$(basename "$postgres")

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc,tmp,run/postgresql,usr/bin,usr/sbin,usr/lib,usr/lib64,var/lib/postgresql}
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
ln -s ../run "$root/var/run"
# For the process that makes itself the user postgres, which is not root: mktemp made the root directory 0700.
chmod 755 "$root"
chmod 1777 "$root/tmp"
printf 'root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\npostgres:x:999:\n' >"$root/etc/group"
chown 999:999 "$root/run/postgresql" "$root/var/lib/postgresql"

# What goes in, by the paths of this machine, with links followed.
into_root() { tar -C / -ch --exclude='*/bitcode' --exclude='llvmjit*' -T - | tar -C "$root" -x; }

# The server without its JIT compiler, which is larger than the rest, and the few programs of the start script.
{
  printf '%s\n' "${postgres#/}/bin" "${postgres#/}/lib" "usr/share/postgresql/$version" usr/share/zoneinfo
  if [ -d /usr/lib/locale/C.utf8 ]; then echo usr/lib/locale/C.utf8; fi
  for program in sh cat mkdir chown chmod setpriv locale; do command -v "$program" | cut -c2-; done
} | into_root

# Every library that any of these names.
find "$root/usr/bin" "$root$postgres" -type f \( -perm -u+x -o -name '*.so' \) -print0 |
  { xargs -0 ldd 2>/dev/null || true; } |
  { grep -oE '/[^ ]+\.so[^ ]*' || true; } | sort -u |
  while read -r library; do
    if [ -e "$library" ]; then echo "${library#/}"; fi
  done | into_root

cat >"$root/entrypoint" <<'ENTRYPOINT'
#!/bin/sh
# Makes the cluster at the first start, then becomes the server. Arguments: postgres [option...]
set -eu
as_postgres() { exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; }
user=${POSTGRES_USER:-postgres}
: "${POSTGRES_PASSWORD:?is not set, and a server without a password is open to all}"
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  echo "$POSTGRES_PASSWORD" >/run/postgresql/password
  chmod 600 /run/postgresql/password
  chown -R postgres:postgres "$PGDATA" /run/postgresql
  (as_postgres initdb --username="$user" --pwfile=/run/postgresql/password --auth=scram-sha-256 --auth-local=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null)
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    echo "create database \"$database\"" | (as_postgres postgres --single -D "$PGDATA" postgres >/dev/null)
  fi
fi
[ "$#" -gt 0 ] && shift
as_postgres postgres -c listen_addresses='*' "$@"
ENTRYPOINT
chmod 755 "$root/entrypoint"

tar -C "$root" --numeric-owner -c . | docker import \
  --change "ENV PATH=$postgres/bin:/usr/bin PGDATA=/var/lib/postgresql/data" \
  --change 'ENTRYPOINT ["/entrypoint"]' --change 'CMD ["postgres"]' --change 'EXPOSE 5432' \
  --message "PostgreSQL $version from Debian's files" - "$name" >/dev/null
echo "$name: PostgreSQL $version, $(docker image inspect --format '{{.Size}}' "$name" | numfmt --to=iec)"
