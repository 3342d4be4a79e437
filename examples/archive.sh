#!/bin/sh
# Kind `archive`: packs a directory into a .tar.gz beside it. taskproc serve --exec archive=examples/archive.sh
# The payload is a JSON text, "/some/directory"; what is printed is the result.
set -eu

read -r payload
directory=${payload#\"}
directory=${directory%\"}

if ! [ -d "$directory" ]; then
  echo "there is no directory $directory" >&2
  exit 65
fi

# Under another name until it is whole: killed in the middle, it leaves no archive that looks like one.
part=$directory.tar.gz.$TASKPROC_TASK_ID.part
trap 'rm -f "$part"' EXIT
tar -czf "$part" -C "$(dirname "$directory")" "$(basename "$directory")" || exit 75
mv "$part" "$directory.tar.gz"
echo "$directory.tar.gz"
