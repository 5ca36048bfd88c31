# Thin: what each does stands in .ci/ and bench/.
BINARY := $(or $(CARGO_TARGET_DIR),target)/release/ferrodesk

.PHONY: help run test lint bench sqlx

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: ## install what is missing, build, start the server on http://127.0.0.1:8080
	@.ci/install
	SQLX_OFFLINE=true cargo build --release --locked
	@exec "$(BINARY)" serve

test: ## install what is missing, then every check and test
	@.ci/install curl python3-venv node npm dovecot
	@.ci/test

lint: ## formatting and lints only
	cargo fmt --all --check
	SQLX_OFFLINE=true cargo clippy --workspace --all-targets --locked -- -D warnings

sqlx: ## regenerate .sqlx after a change of SQL
	.ci/sqlx

bench: ## measure a release build; see bench/README.md
	@.ci/install wrk python3
	SQLX_OFFLINE=true cargo build --release --locked --bins --example plain
	bench/run --binary "$(BINARY)"
