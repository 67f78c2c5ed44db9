#!/bin/sh
# Usage: lot.sh CASE... -- prints a script that returns the models of these cases, each by its name; of one, its own script.
set -eu
cd "$(dirname "$0")/cases"
[ $# != 1 ] || exec cat "$1.lua"
echo 'local models = {}'
for name; do
    echo "models.$name = (function()"
    cat "$name.lua"
    echo 'end)()'
done
echo 'return models'
