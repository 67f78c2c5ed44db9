#!/bin/sh
# `make deb`: lintian finds no error, dpkg installs the packages beside what is installed here, what they hold works from there,
# and shells complete by it. Environment: see tests/check.sh.
set -u
cd "$SCRATCH" || exit 1
root=$SCRATCH/root
status=0

verdict() { # NAME: of the command just run
    if [ $? = 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        status=1
    fi
}

# A folder of its own, for what is there may be somebody's packages.
{ mkdir deb && "$MAKE" -s -C "$TOP" --no-print-directory deb DEB="$PWD/deb"; } >log 2>&1
verdict 'make deb'
packages=$(ls "$PWD"/deb/*.deb)
[ "$(ls deb/*.deb | sed 's/_.*//' | tr '\n' ' ')" = 'deb/cnnc deb/libcnnrt-dev ' ]
verdict 'of the command and of the library'
lintian --no-cfg --fail-on error $packages >said 2>&1
verdict 'lintian finds no error'
sed 's/^/# /' said

# ---- installing ---------------------------------------------------------------------------------------

# Another root, whose dpkg knows the packages that are installed here: so dependencies are looked at.
if [ "$(id -u)" = 0 ]; then
    mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers
    # But not what this machine may have of ours.
    awk 'BEGIN { RS = ""; ORS = "\n\n" } !/^Package: (cnnc|libcnnrt-dev)\n/' /var/lib/dpkg/status >root/var/lib/dpkg/status
    dpkg --root="$root" --install $packages >log 2>&1
    verdict 'dpkg installs them'
    [ "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status} ' cnnc libcnnrt-dev)" = 'installed installed ' ]
    verdict 'and all that they depend on is there'
else
    echo '# dpkg wants root: the packages are unpacked'
    for package in $packages; do dpkg-deb -x "$package" root; done
fi
echo 'local model = Sequential{Dense{3, activation = "softmax", input_shape = {4}}}
model:compile{optimizer = "sgd", loss = "sparse_categorical_crossentropy"}
return model' >tiny.lua
XDG_CACHE_HOME=$PWD root/usr/bin/cnnc run tiny.lua -- info >out 2>&1 && grep -q 'Network tiny' out
verdict 'cnnc run finds the library'
# As /usr is not where they are, the program's makefile finds them by what pkg-config and the shell ask for.
PATH=$root/usr/bin:$PATH PKG_CONFIG_PATH=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
    PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 MAKEFLAGS='' "$MAKE" -f "$TOP/examples/debian/digits.mk" SCRIPT=tiny.lua CC=gcc >log 2>&1 &&
    ./digits info >out && grep -q 'Network digits' out
verdict "the page's makefile builds a program"
for page in man1/cnnc.1 man1/cnnc-program.1 man3/cnnrt.3 man7/cnnc-script.7; do
    gzip -dc "root/usr/share/man/$page.gz" | mandoc -T lint -W error >out 2>&1
    verdict "a manual page: $page"
done

# ---- completions ----------------------------------------------------------------------------------------

share=$root/usr/share
completes_in_bash() { # WORD...: prints what the last one may be
    bash -c '. "$0"; COMP_WORDS=(cnnc "$@"); COMP_CWORD=$#; _cnnc; printf "%s\n" "${COMPREPLY[@]}"' \
        "$share/bash-completion/completions/cnnc" "$@"
}
completes_in_zsh() { # WORD...: prints what _arguments is told
    zsh -fc '_arguments() { print -rl -- "$@" }; completion=$1; shift; words=(cnnc "$@"); CURRENT=$#words; source $completion' \
        zsh "$share/zsh/vendor-completions/_cnnc" "$@"
}
completes_in_fish() { # LINE
    fish -c 'source $argv[1]; complete -C $argv[2]' "$share/fish/vendor_completions.d/cnnc.fish" "$1"
}
completes_in_bash summary --ht >out && echo --html | cmp - out
verdict 'bash completes an option of a command'
completes_in_bash tiny.lua --emit '' >out && printf '%s\n' train infer bench selftest arduino | cmp - out
verdict "bash completes an option's words"
touch weights.safetensors
completes_in_bash tiny.lua --weights wei >out && echo weights.safetensors | cmp - out && completes_in_bash su >out && grep -qx summary out
verdict 'bash completes files and commands'
completes_in_zsh summary --ht >out && grep -q '^--html\[.*:_files$' out && ! grep -q '^--output' out
verdict 'zsh is told the options of a command'
completes_in_zsh tiny.lua --emit '' >out && grep -q '^--emit.*(train infer bench selftest arduino)$' out &&
    zsh -n "$share/zsh/vendor-completions/_cnnc"
verdict "zsh is told an option's words"
HOME=$PWD && export HOME
completes_in_fish 'cnnc summary --ht' >out && grep -q '^--html' out && completes_in_fish 'cnnc tiny.lua --emit ' >out &&
    [ "$(grep -c . out)" = 5 ]
verdict 'fish completes options and their words'
# All options that there are, in each shell's way to say it.
root/usr/bin/cnnc --help | sed -n 's/^  .*--\([a-z-]*\).*/\1/p' >options
for option in $(cat options); do
    grep -q -e "--$option " "$share/bash-completion/completions/cnnc" &&
        grep -q -e "\"--$option\[" "$share/zsh/vendor-completions/_cnnc" &&
        grep -q -e " -l $option " "$share/fish/vendor_completions.d/cnnc.fish" || echo "# nobody completes --$option"
done >missing
[ "$(grep -c . options)" -gt 20 ] && [ ! -s missing ]
verdict 'every option of the table is completed'
cat missing
"$CNNC" help --completion csh >out 2>err
[ $? = 2 ] && grep -q 'is one of bash|zsh|fish' err
verdict 'no other shell'
exit $status
