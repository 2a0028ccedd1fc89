# The front door. C is built by Meson, the client by npm; this only calls them in order. Settings of the program: make run ARGS="--listen ..."
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo program web-deps web test check reference bench bench-fanout bench-ingest bench-sfu fuzz asan tsan clean

PROGRAM := build/src/app/zvonok
ARGS ?=

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## run           build what changed, then serve ./data
run: program
	exec $(PROGRAM) serve --data ./data $(ARGS)

## demo          the same with five organisations in ./demo-data
demo: program
	exec $(PROGRAM) demo --data ./demo-data $(ARGS)

## program       server and client as one executable: build/src/app/zvonok
program:
	@tools/install-deps run
	@tools/build-web
	@tools/build-c build --buildtype=release -Dtests=false -Dassets='$(CURDIR)/web/dist' -- src/app/zvonok

web-deps:
	@tools/install-deps run
	@tools/build-web --deps-only

## web           the client only: web/dist
web:
	@tools/install-deps run
	@tools/build-web

## test          every level of tests; the last line counts them
test:
	@tools/install-deps test
	@tools/run-tests

## check         what is worth asking before each commit, under a minute
check:
	@tools/install-deps test
	@tools/check-deps
	@tools/check-size
	@python3 tools/gen_api.py check api/*.yaml
	@python3 -m unittest discover -q -s tests/tools -p 'test_*.py'
	@tools/build-c build-test -- all
	@meson test -C build-test --no-rebuild --suite zvonok --print-errorlogs | tail -n 20

## reference     docs/api/reference.md and docs/POLICY.md
reference:
	@python3 tools/gen_api.py reference --out docs/api/reference.md api/*.yaml
	@python3 tools/gen_api.py policy --out docs/POLICY.md api/*.yaml

## bench         all of them
bench: bench-fanout bench-ingest bench-sfu

## bench-fanout  deliveries of one message to many, against the bare limit
bench-fanout: program
	@tools/build-c build-bench --buildtype=release -Dtests=false -Dbench=true -- all
	@python3 bench/run.py fanout $(PROGRAM) build-bench/bench $(ARGS)
	@python3 bench/run.py fanout-tls $(PROGRAM) build-bench/bench $(ARGS)

## bench-ingest  durable messages a second, against a bare store
bench-ingest: program
	@tools/build-c build-bench --buildtype=release -Dtests=false -Dbench=true -- all
	@python3 bench/run.py ingest $(PROGRAM) build-bench/bench $(ARGS)

## bench-sfu     calls: µs of CPU a forwarded packet against bare loops and Debian's Janus, lessons on one core
bench-sfu: program
	@tools/install-deps bench || echo "bench-sfu: without Janus"
	@tools/build-c build-bench --buildtype=release -Dtests=false -Dbench=true -- all
	@python3 bench/sfu.py $(PROGRAM) build-bench/bench $(ARGS)

## fuzz          each fuzz target for a minute
fuzz:
	@tools/install-deps test
	@tests/fuzz/run.sh

## asan          unit and sim under AddressSanitizer and UndefinedBehaviorSanitizer
asan:
	@tools/install-deps test
	@tools/build-c build-asan -Db_sanitize=address,undefined -Db_lundef=false -- all
	@meson test -C build-asan --no-rebuild --print-errorlogs

## tsan          unit and sim under ThreadSanitizer, then the program where its threads meet most: calls, recordings, files, delivery
tsan:
	@tools/install-deps test
	@tools/build-web --tests
	@tools/build-c build-tsan -Db_sanitize=thread -Db_lundef=false -- all
	@meson test -C build-tsan --no-rebuild --print-errorlogs --timeout-multiplier 10
	@ZVONOK_SLOW=10 ZVONOK_BUILD='$(CURDIR)/build-tsan' ZVONOK_PROGRAM='$(CURDIR)/build-tsan/src/app/zvonok' node --test --test-concurrency=1 \
		tests/api/{call,broadcast,lesson,planning,recording,media_process,delivery,files,ends}.test.mjs

## clean         everything that was built; data stays
clean:
	rm -rf build build-test build-asan build-tsan build-bench build-fuzz web/dist .stamps docs/api
