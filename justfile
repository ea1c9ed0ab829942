set positional-arguments

target := env("CARGO_TARGET_DIR", "target")
chromium := env("CHROMIUM", "/usr/bin/chromium")

# List what there is
@_default:
    just --list --unsorted

# Run the server with a demo library
dev *args:
    cargo run -- serve --demo "$@"

# Run all tests; what some of them lack is said first
test *args: _missing
    #!/usr/bin/env bash
    set -euo pipefail
    status=0
    if cargo nextest --version >/dev/null 2>&1; then
        report="{{ target }}/nextest/${NEXTEST_PROFILE:-default}/junit.xml"
        rm -f "$report"
        # Tests run the binary, which no test of another package builds.
        cargo build --workspace --all-targets
        cargo nextest run --workspace "$@" || status=$?
        if [ -f "$report" ]; then
            grep -o 'SKIPPED: [^<]*' "$report" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' |
                sort | uniq -c >&2 || true
        fi
    else
        cargo test --workspace --all-targets --no-fail-fast "$@" || status=$?
    fi
    cargo test --workspace --doc || status=$?
    exit "$status"

# Check the formatting, the lints, the documentation and its examples
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    cargo test --workspace --doc

# Write schema.graphql anew
schema:
    #!/usr/bin/env bash
    set -euo pipefail
    # A build that fails must not leave an empty file.
    new=$(mktemp)
    trap 'rm -f "$new"' EXIT
    cargo run --quiet -- schema > "$new"
    cat "$new" > schema.graphql

# Write .env.example and docs/configuration.md anew, from the table of settings
docs:
    #!/usr/bin/env bash
    set -euo pipefail
    # A build that fails must not leave empty files.
    new=$(mktemp -d)
    trap 'rm -rf "$new"' EXIT
    cargo run --quiet -- settings --format env > "$new/env"
    cargo run --quiet -- settings --format markdown > "$new/markdown"
    cat "$new/env" > .env.example
    cat "$new/markdown" > docs/configuration.md

# Fill the database with books and authors
seed *args:
    cargo run -- seed "$@"

# Break disks, cut clients off and kill servers many times over; shows what came of it
faults rounds="20":
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --workspace --all-targets
    FAULT_ROUNDS="{{ rounds }}" cargo test -p acceptance --no-fail-fast -- faults:: durability:: 2>&1 |
        grep -E '^(FIGURES|SKIPPED|test |error)|panicked'

# Measure the release build, beside a handler written by hand
bench *args:
    cargo build --release -p bookplate
    cargo build --release -p bench
    "{{ target }}/release/bench" "$@"

# Bundle GraphiQL into the server, and renew its page's CDN hashes
assets:
    cd crates/server/graphiql && npm ci --ignore-scripts && npm run build

# Do all that continuous integration does
ci:
    bash .ci/run

_missing:
    #!/usr/bin/env bash
    missing() { printf '!!! %s MISSING: %s To get it: %s\n' "$@" >&2; }
    [ -n "${TEST_POSTGRES_URL:-}" ] || missing "PostgreSQL" \
        "the tests on it will be SKIPPED." \
        "TEST_POSTGRES_URL=postgres://USER@HOST:PORT/DATABASE just test, or just ci."
    [ -d tests/clients/node_modules ] || missing "Node packages" \
        "the tests with JavaScript clients will be SKIPPED." \
        "cd tests/clients && npm ci --ignore-scripts"
    [ -d tests/frontends/dist ] || missing "The web apps" \
        "the tests that use them in a browser will be SKIPPED." \
        "cd tests/frontends && npm ci --ignore-scripts && npm run build"
    command -v redis-server >/dev/null || missing "Redis" \
        "the tests of several machines will be SKIPPED." "apt install redis-server."
    [ -x /usr/sbin/pgbouncer ] || missing "PgBouncer" \
        "the tests of poolers will be SKIPPED." "apt install pgbouncer."
    [ -x "{{ chromium }}" ] || missing "Chromium" \
        "the tests in a browser will be SKIPPED." \
        "apt install chromium, or CHROMIUM=/path/to/chromium just test."
