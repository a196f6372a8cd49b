#!/bin/sh
# with-keyring.sh COMMAND...: runs COMMAND on a private D-Bus session with an unlocked, throwaway gnome-keyring,
# and ends with its exit code.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -m 700 "$dir/run" "$dir/data"
export XDG_RUNTIME_DIR="$dir/run" XDG_DATA_HOME="$dir/data"
dbus-run-session -- sh -c '
  printf "throwaway\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  "$@"
  code=$?
  # The daemon went to the background; the bus knows its process id.
  pid=$(dbus-send --session --dest=org.freedesktop.DBus --print-reply=literal /org/freedesktop/DBus \
    org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null | grep -o "[0-9]*$")
  [ -n "$pid" ] && kill "$pid"
  exit $code' sh "$@"
