set positional-arguments

target := env("CARGO_TARGET_DIR", "target")

# List the recipes
@_default:
    just --list --unsorted

# Run the server with a demo library
dev *args:
    cargo run -- serve --demo "$@"

# Run all tests; a table at the end lists what is missing
test *args:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo nextest --version >/dev/null 2>&1 || exec cargo test --workspace --no-fail-fast "$@"
    export TEST_RUN="$$-$(date +%s)"
    status=0
    # Tests run the binary, which `cargo nextest` does not build for other packages.
    cargo build --workspace --all-targets
    cargo nextest run --workspace "$@" || status=$?
    cargo test --workspace --doc || status=$?
    cargo test --quiet --package zz-skips --test table || status=$?
    exit "$status"

# Check the formatting, the lints, the documentation and its examples
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    cargo test --workspace --doc

# Write schema.graphql
schema:
    #!/usr/bin/env bash
    set -euo pipefail
    # A failed build must not leave an empty file.
    new=$(mktemp)
    trap 'rm -f "$new"' EXIT
    cargo run --quiet -- schema > "$new"
    cat "$new" > schema.graphql

# Write .env.example and docs/configuration.md from the table of settings
docs:
    #!/usr/bin/env bash
    set -euo pipefail
    # A failed build must not leave empty files.
    new=$(mktemp -d)
    trap 'rm -rf "$new"' EXIT
    cargo run --quiet -- settings --format env > "$new/env"
    cargo run --quiet -- settings --format markdown > "$new/markdown"
    cat "$new/env" > .env.example
    cat "$new/markdown" > docs/configuration.md

# Fill the database with books and authors
seed *args:
    cargo run -- seed "$@"

# Repeat the tests with failing disks, cut connections and killed servers
faults rounds="20":
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --workspace --all-targets
    FAULT_ROUNDS="{{ rounds }}" cargo test -p acceptance --no-fail-fast -- faults:: durability:: 2>&1 |
        grep -E '^(FIGURES|SKIPPED|test |error)|panicked'

# Measure the shipped binary and a handler written by hand
bench *args:
    cargo build --profile dist -p bookplate
    cargo build --profile dist -p bench
    "{{ target }}/dist/bench" "$@"

# Bundle GraphiQL into the server, and update the CDN hashes of its page
assets:
    cd crates/server/graphiql && npm ci --ignore-scripts && npm run build

# Run continuous integration
ci:
    bash .ci/run
