# shellcheck shell=bash
# What the scripts of this folder share: the binary that is measured, a folder of its own, a server.
# To be sourced from the root of the project.

# TMFCTK_BINARY names a binary that is built already, to compare two.
tmfctk=${TMFCTK_BINARY:-}
folder=$(mktemp -d)
server=

finish() {
    if [[ -n $server ]]; then kill "$server"; fi
    rm -r "$folder"
}
trap finish EXIT

if [[ -z $tmfctk ]]; then
    cargo build --locked --release --quiet
    tmfctk=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/release/tmfctk
fi

# Starts the reference implementation in place of an earlier one; its base URL is in $base.
serve() {
    if [[ -n $server ]]; then
        kill "$server"
        wait "$server" || true
    fi
    "$tmfctk" serve --port 0 "$@" >"$folder/serve" &
    server=$!
    until base=$(head -n 1 "$folder/serve") && [[ -n $base ]]; do sleep 0.05; done
}

# Where and when the figures were taken.
heading() {
    printf 'commit %s, %s, %s cores, %s\n\n' \
        "$(git rev-parse --short HEAD)" "$(uname -sm)" "$(nproc)" "$(date -I)"
}
