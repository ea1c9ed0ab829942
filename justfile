set positional-arguments

target := env("CARGO_TARGET_DIR", "target")

# List all commands
@_default:
    just --list --unsorted

# Run the server with a demo library
dev *args:
    cargo run -- serve --demo "$@"

# Run all tests; a table at the end lists what this machine lacks
test *args:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo nextest --version >/dev/null 2>&1 || exec cargo test --workspace --no-fail-fast "$@"
    export TEST_RUN="$$-$(date +%s)"
    status=0
    # Tests run the server's binary, which other packages' tests do not build.
    cargo build --workspace --all-targets
    cargo nextest run --workspace "$@" || status=$?
    cargo test --workspace --doc || status=$?
    cargo test --quiet --package zz-skips --test table || status=$?
    exit "$status"

# Check formatting, lints, documentation and its examples
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    cargo test --workspace --doc

# Regenerate schema.graphql
schema:
    #!/usr/bin/env bash
    set -euo pipefail
    # A failed build must not leave an empty file.
    new=$(mktemp)
    trap 'rm -f "$new"' EXIT
    cargo run --quiet -- schema > "$new"
    cat "$new" > schema.graphql

# Regenerate .env.example, docs/configuration.md and the table of providers in docs/sign-in.md
docs:
    #!/usr/bin/env bash
    set -euo pipefail
    # A failed build must not leave empty files.
    new=$(mktemp -d)
    trap 'rm -rf "$new"' EXIT
    cargo run --quiet -- settings --format env > "$new/env"
    cargo run --quiet -- settings --format markdown > "$new/markdown"
    cargo run --quiet -- settings --format providers > "$new/providers"
    sed -e '/^<!-- providers:/,/^<!-- end of providers/{//!d}' \
        -e "/^<!-- providers:/r $new/providers" docs/sign-in.md > "$new/sign-in"
    cat "$new/env" > .env.example
    cat "$new/markdown" > docs/configuration.md
    cat "$new/sign-in" > docs/sign-in.md

# Write a new entity through all layers, e.g. just new-entity Review title:text! rating:int book:book
new-entity *args:
    cargo run --quiet -p xtask -- new-entity "$@"
    just schema

# Fill the database with books and authors
seed *args:
    cargo run -- seed "$@"

# Repeat the fault tests (full disks, lost clients, killed servers) and print their figures
faults rounds="20":
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --workspace --all-targets
    FAULT_ROUNDS="{{ rounds }}" cargo test -p acceptance --no-fail-fast -- faults:: durability:: 2>&1 |
        grep -E '^(FIGURES|SKIPPED|test |error)|panicked'

# Benchmark the shipped build, beside a handwritten handler
bench *args:
    cargo build --profile dist -p bookplate
    cargo build --profile dist -p bench
    "{{ target }}/dist/bench" "$@"

# Bundle GraphiQL into the server, and update the CDN hashes of its page
assets:
    cd crates/server/graphiql && npm ci --ignore-scripts && npm run build

# Run everything that continuous integration runs
ci:
    bash .ci/run
