#!/bin/sh
# Builds Chaos Kitty and installs it below a directory: see the usage line.
set -eu
umask 022
unset CDPATH

usage='usage: ./install.sh [--no-build] PREFIX'

# What is installed: what our operations are, and nothing else that happens to be in the build's directory.
programs='chaos-kitty chaos-kitty-worker'
operations='hairball scratch floop zoomies yowl pounce hiss mousetrap catnap'
# What the worker puts into a program that is started with --inside.
inside=libchaos_kitty_inside.so

fail() {
    printf 'install.sh: %s\n' "$2" >&2
    exit "$1"
}

build=yes
prefix=
while [ $# -gt 0 ]; do
    case $1 in
        --no-build) build=no ;;
        --help | -h)
            cat <<END
$usage

Installs PREFIX/bin/chaos-kitty, PREFIX/bin/chaos-kitty-worker, PREFIX/lib/chaos-kitty/$inside and the operations in
PREFIX/lib/chaos-kitty/plugins. PREFIX is made where it is missing.

  --no-build  installs what \`cargo build --release --workspace\` has built before

CARGO_TARGET_DIR says where the build goes; otherwise it is target/ beside this script.
Exit codes: 0 installed, 1 the build or the copying failed, 2 wrong use.
END
            exit 0
            ;;
        -*) fail 2 "unknown option $1; $usage" ;;
        '') fail 2 "PREFIX is empty; $usage" ;;
        *)
            [ -z "$prefix" ] || fail 2 "one PREFIX, not two ($prefix and $1); $usage"
            prefix=$1
            ;;
    esac
    shift
done
[ -n "$prefix" ] || fail 2 "$usage"
[ "$(uname -s)" = Linux ] || fail 1 "Chaos Kitty runs on Linux only"

source=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$source/target}

if [ "$build" = yes ]; then
    command -v cargo >/dev/null 2>&1 || fail 1 "cargo is not there: install Rust (https://rustup.rs), or use --no-build"
    set -- --package chaos-kitty --package chaos-kitty-worker --package chaos-kitty-inside
    for name in $operations; do
        set -- "$@" --package "$name"
    done
    # The directory is named, so that what is copied below is what was built here.
    cargo build --release "$@" --manifest-path "$source/Cargo.toml" --target-dir "$target" ||
        fail 1 "the build failed, and nothing was installed"
fi

# Everything is looked for before the first file is written.
built=$target/release
for name in $programs; do
    [ -f "$built/$name" ] || fail 1 "$built/$name is not there: run this without --no-build"
done
for name in $operations; do
    [ -f "$built/lib$name.so" ] || fail 1 "$built/lib$name.so is not there: run this without --no-build"
done

[ -f "$built/$inside" ] || fail 1 "$built/$inside is not there: run this without --no-build"

mkdir -p "$prefix/bin" "$prefix/lib/chaos-kitty/plugins" || fail 1 "$prefix cannot be made: choose another PREFIX"
prefix=$(cd "$prefix" && pwd)

beside=
trap '[ -z "$beside" ] || rm -f "$beside"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Beside its place first, then renamed over it: nobody ever sees half a file, and a host that runs keeps its own.
install_file() {
    beside=${2%/*}/.${2##*/}.$$
    if ! { cp "$1" "$beside" && chmod "$3" "$beside" && mv -f "$beside" "$2"; }; then
        fail 1 "$2 could not be written"
    fi
    beside=
    printf 'installed %s\n' "$2"
}

for name in $operations; do
    install_file "$built/lib$name.so" "$prefix/lib/chaos-kitty/plugins/lib$name.so" 644
done
install_file "$built/$inside" "$prefix/lib/chaos-kitty/$inside" 644
for name in $programs; do
    install_file "$built/$name" "$prefix/bin/$name" 755
done

command=$prefix/bin/chaos-kitty
case :$PATH: in
    *":$prefix/bin:"*) command=chaos-kitty ;;
    *) printf '\n%s is not in your PATH; the lines below do without.\n' "$prefix/bin" ;;
esac
cat <<END

See it at work, on three processes of its own, for 15 seconds:  $command demo
See that its plugins are found:                                 $command check
Start a host in this directory:                                 $command serve
END
