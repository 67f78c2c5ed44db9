#!/bin/sh
# `make deb`: packages of what `make install` installs, cnnc and libcnnrt-dev, in $DEB. Environment: MAKE, BUILD, VERSION, DEB;
# DEBFULLNAME and DEBEMAIL, as of Debian's own tools, for who makes packages that others shall write to him about.
set -eu

architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-cnnc} <${DEBEMAIL:-cnnc@packages.invalid}>"
rm -rf "$DEB"
mkdir -p "$DEB/installed"
deb=$(cd "$DEB" && pwd)
"$MAKE" --no-print-directory install BUILD="$BUILD" DESTDIR="$deb/installed" PREFIX=/usr ZSH_FOLDER=zsh/vendor-completions \
    >"$deb/log"
# What packages are dated by: the newest source.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y README.md)}
export SOURCE_DATE_EPOCH

move() { # PACKAGE FILE...: below usr
    package=$1
    shift
    for file; do
        mkdir -p "$deb/$package/usr/$(dirname "$file")"
        mv "$deb/installed/usr/$file" "$deb/$package/usr/$file"
    done
}

# ---- what both have ---------------------------------------------------------------------------------------

documents() { # PACKAGE
    documents=$deb/$1/usr/share/doc/$1
    mkdir -p "$documents"
    {
        echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
        echo 'Upstream-Name: cnnc'
        printf '\nFiles: *\n'
        sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
        echo 'License: MIT'
        sed -e '1,/^Copyright/d' LICENSE | sed -e '1{/^$/d}' -e 's/^$/./' -e 's/^/ /'
    } >"$documents/copyright"
    printf 'cnnc (%s) unstable; urgency=medium\n\n  * Version %s.\n\n -- %s  %s\n' "$VERSION" "$VERSION" "$maintainer" \
        "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$documents/changelog.gz"
}

# The fields that a package's own come behind.
control() { # PACKAGE SECTION
    mkdir -p "$deb/$1/DEBIAN"
    printf '%s\n' "Package: $1" "Source: cnnc" "Version: $VERSION" "Architecture: $architecture" \
        "Maintainer: $maintainer" "Section: $2" 'Priority: optional' \
        "Installed-Size: $(du -k -s --apparent-size "$deb/$1/usr" | cut -f1)"
    cat
}

build() { # PACKAGE SECTION: the other fields are read
    documents "$1"
    find "$deb/$1/usr" -path '*/man/*' -type f -exec gzip -9n {} +
    control "$1" "$2" >"$deb/control"
    mv "$deb/control" "$deb/$1/DEBIAN/control"
    (cd "$deb/$1" && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)
    chmod -R u=rwX,go=rX "$deb/$1"
    dpkg-deb --root-owner-group --build "$deb/$1" "$deb/$1_${VERSION}_$architecture.deb" >>"$deb/log"
    echo "$DEB/$1_${VERSION}_$architecture.deb"
}

# ---- the command ------------------------------------------------------------------------------------------

move cnnc bin/cnnc share/bash-completion/completions/cnnc share/zsh/vendor-completions/_cnnc \
    share/fish/vendor_completions.d/cnnc.fish
for page in "$deb"/installed/usr/share/man/man[17]/*; do
    move cnnc "${page#"$deb/installed/usr/"}"
done
strip --strip-unneeded -R .comment -R .note "$deb/cnnc/usr/bin/cnnc"
mkdir -p "$deb/shlibs/debian"
printf 'Source: cnnc\n\nPackage: cnnc\nArchitecture: any\n' >"$deb/shlibs/debian/control"
libraries=$(cd "$deb/shlibs" && dpkg-shlibdeps -O "$deb/cnnc/usr/bin/cnnc" 2>/dev/null | sed 's/^shlibs:Depends=//')
build cnnc devel <<END
Depends: $libraries
Recommends: libcnnrt-dev (= $VERSION), gcc | c-compiler
Description: compiles a neural network to one C file made for it alone
 A convolutional network, described in a Lua script with the names of Keras,
 becomes C with every shape a constant, every buffer fixed and inner loops
 unrolled. The file predicts by itself; with the library of libcnnrt-dev it
 also trains, with the same bits on any number of threads. Models of PyTorch
 (as ONNX) and Keras can take the place of the script.
END

# ---- the library ------------------------------------------------------------------------------------------

move libcnnrt-dev lib/libcnnrt.a lib/pkgconfig/cnnc.pc lib/cmake/cnnc/cnncConfig.cmake lib/cmake/cnnc/cnncConfigVersion.cmake \
    include/cnnrt.h share/man/man3/cnnrt.3
strip --strip-debug --enable-deterministic-archives -R .comment -R .note "$deb/libcnnrt-dev/usr/lib/libcnnrt.a"
build libcnnrt-dev libdevel <<END
Depends: libc6-dev | libc-dev, libjpeg-dev, libpng-dev, zlib1g-dev
Suggests: cnnc (= $VERSION)
Description: trains and runs networks that cnnc compiled
 What the C of a network that trains is linked with: reading of data, training
 as Keras has it, checkpoints, weights as safetensors, and the program that a
 network is on the command line. A file that only predicts needs none of it.
END

if [ -n "$(find "$deb/installed" -type f)" ]; then
    echo 'make deb: these files are in no package:' >&2
    find "$deb/installed" -type f >&2
    exit 1
fi
