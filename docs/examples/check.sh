#!/bin/sh
# The code in docs/ is that of docs/examples/, and works. Run it from anywhere, after `cargo build --workspace`.
set -eu
unset CDPATH CHAOS_KITTY_CONFIG CHAOS_KITTY_PLUGINS
cd "$(dirname "$0")/../.."
host=${1:-target/debug/chaos-kitty}
example=docs/examples/my-operation
target=target/docs
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The block number $3 of the language $2 in the page $1.
block() {
    awk -v open="\`\`\`$2" -v wanted="$3" '
        $0 == "```" { inside = 0 }
        inside { print }
        $0 == open { inside = (++count == wanted) }
    ' "docs/$1.md"
}

same() {
    block "$1" "$2" "$3" >"$scratch/block"
    diff -u "$4" "$scratch/block" >&2 || {
        echo "docs/$1.md and $4 differ: make them the same" >&2
        exit 1
    }
}

same writing-an-operation rust 1 "$example/src/lib.rs"
# A reader's crate lies elsewhere, and needs no workspace of its own.
sed -e 's#"\.\./\.\./\.\./core#"../chaos-kitty/core#' -e '/^$/N' -e '/^\n# Outside/,$d' "$example/Cargo.toml" >"$scratch/Cargo.toml"
same writing-an-operation toml 1 "$scratch/Cargo.toml"
same configuration toml 1 docs/examples/chaos.toml

# The versions that are here already.
cp Cargo.lock "$example/Cargo.lock"
cargo test --manifest-path "$example/Cargo.toml" --target-dir "$target"
cargo build --manifest-path "$example/Cargo.toml" --target-dir "$target"

block writing-an-operation toml 2 >"$scratch/chaos.toml"
"$host" check --config "$scratch/chaos.toml" --plugins "$target/debug"
"$host" check --config docs/examples/chaos.toml
