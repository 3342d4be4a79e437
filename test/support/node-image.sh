#!/bin/bash
# Makes a Node.js image without a registry: from the node and npm of this machine, with `docker import`.
#
#   test/support/node-image.sh [NAME]            (a name and tag; default taskproc-node:local)
#   docker build --network host --build-arg BASE=taskproc-node:local --tag taskproc .
#
# Needs root or membership in the group docker, a Docker engine that runs (DOCKER_HOST is respected), and nothing from
# the network. It stands in for the official slim image: node, npm, a shell, certificates and the C library.
set -euo pipefail

name=${1:-taskproc-node:local}

fail() {
  echo "node-image: $1" >&2
  exit 1
}

docker version --format '{{.Server.Version}}' >/dev/null || fail "no Docker engine answers"
node=$(node -p process.execPath)
npm=$(readlink -f "$(command -v npm)")
npm=${npm%/bin/npm-cli.js}
[ -f "$npm/bin/npm-cli.js" ] || fail "no npm beside $node"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc,tmp,run,root,usr/bin,usr/sbin,usr/lib,usr/lib64,usr/local/lib/node_modules}
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
# For who is not root: mktemp made the root directory 0700.
chmod 755 "$root"
chmod 1777 "$root/tmp"
printf 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"

# What goes in, by the paths of this machine, with links followed.
into_root() { tar -C / -ch -T - | tar -C "$root" -x; }

{
  for program in sh env; do command -v "$program" | cut -c2-; done
  # Names are looked up by libraries that nothing names before it runs.
  for library in /lib/*/libnss_dns.so.2 /lib/*/libnss_files.so.2; do
    if [ -e "$library" ]; then echo "${library#/}"; fi
  done
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then echo etc/ssl/certs/ca-certificates.crt; fi
} | into_root
cp "$node" "$root/usr/bin/node"
cp -r "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../local/lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
ln -s ../local/lib/node_modules/npm/bin/npx-cli.js "$root/usr/bin/npx"

# Every library that any of these names.
find "$root/usr" -type f \( -perm -u+x -o -name '*.so*' \) -print0 |
  { xargs -0 ldd 2>/dev/null || true; } |
  { grep -oE '/[^ ]+\.so[^ ]*' || true; } | sort -u |
  while read -r library; do
    if [ -e "$library" ]; then echo "${library#/}"; fi
  done | into_root

tar -C "$root" --numeric-owner -c . | docker import \
  --change 'ENV PATH=/usr/bin' --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  --change 'CMD ["node"]' --message "Node.js $(node --version) from this machine" - "$name" >/dev/null
echo "$name: Node.js $(node --version), $(docker image inspect --format '{{.Size}}' "$name" | numfmt --to=iec)"
