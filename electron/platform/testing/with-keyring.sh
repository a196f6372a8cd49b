#!/bin/sh
# with-keyring.sh CMD...: runs CMD on a private D-Bus session with a throwaway Secret Service (gnome-keyring).
# KEYRING=locked leaves its collection locked; KEYRING=none starts the bus without the service.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -m 700 "$dir/run" "$dir/data"
export XDG_RUNTIME_DIR="$dir/run" XDG_DATA_HOME="$dir/data"
dbus-run-session -- sh -c '
  start() { eval "$(printf "%s\n" "$1" | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"; }
  stop() {
    pid=$(dbus-send --session --dest=org.freedesktop.DBus --print-reply=literal /org/freedesktop/DBus \
      org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null | grep -o "[0-9]*$" || true)
    [ -n "$pid" ] || return 0
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
  }
  # The service answers before its collection is on the disk.
  written() { while [ ! -s "$XDG_DATA_HOME/keyrings/login.keyring" ]; do sleep 0.02; done; }
  case "${KEYRING:-open}" in
    open) start throwaway ;;
    locked) start throwaway; written; stop; start another ;;
    none) ;;
  esac
  "$@"; code=$?
  stop
  exit $code' sh "$@"
