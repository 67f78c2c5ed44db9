#!/bin/sh
# Usage: packages.sh PACKAGE... -- makes sure that these Debian packages are installed.
# Elsewhere than on Debian and its relatives it only says what is expected, and lets the build go on.
set -u

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not a Debian system; the counterparts of these packages are expected: $*" >&2
    exit 0
fi

missing=
for package; do
    # A command of that name is enough, wherever it came from.
    command -v "$package" >/dev/null && continue
    status=$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null)
    case $status in
        *"installed"*) case $status in *not-installed*) missing="$missing $package" ;; esac ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

give_up() {
    echo "$1" >&2
    echo "Install them and run make again:  apt-get install$missing" >&2
    exit 1
}

if [ "$(id -u)" = 0 ]; then
    as_root=env
elif command -v sudo >/dev/null; then
    as_root='sudo env'
else
    give_up "These packages are missing, and without root or sudo they cannot be installed here:$missing"
fi

echo "  INSTALL$missing"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
install() {
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends \
        install $missing >"$log" 2>&1
}
# A list that is absent or old makes the first try fail.
install && exit 0
$as_root apt-get -qq update >/dev/null
install && exit 0
cat "$log" >&2
give_up "apt-get could not install:$missing"
