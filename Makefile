# A thin door in front of CMake. `make` alone says what there is.

JOBS    := $(shell nproc)
RELEASE := build/release
CTEST   := ctest --output-on-failure --no-tests=error -j $(JOBS)
FUZZ_SECONDS ?= 60

# Test programs run side by side, so a waiting OpenMP thread must not spin.
export OMP_WAIT_POLICY ?= passive
# What the sanitizers report is an error; the one-time caches of system libraries are no leaks.
export ASAN_OPTIONS  ?= detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= print_stacktrace=1
export LSAN_OPTIONS  ?= suppressions=$(CURDIR)/tools/lsan.supp:print_suppressions=0
export TSAN_OPTIONS  ?= halt_on_error=1:ignore_noninstrumented_modules=1

help:
	@echo "make demo         install what is missing, build, make a film from one sentence"
	@echo "make test         install what is missing, build, run every test"
	@echo "make build        build the command build/release/reel and everything else"
	@echo "make test-clients run the official clients from npm against a real server"
	@echo "make test-crash   kill a server 20 times while it works on 200 tasks"
	@echo "make test-load    2000 WebSockets and 3000 polls per second while a film is made"
	@echo "make asan         run every test under the address and undefined-behaviour sanitizers"
	@echo "make tsan         run the tests of server, queue and pools under the thread sanitizer"
	@echo "make fuzz         fuzz every format for $(FUZZ_SECONDS) s each (FUZZ_SECONDS=N)"
	@echo "make cuda         build build/cuda/reel with kernels for NVIDIA GPUs, run what tests it has"
	@echo "make bench        measure operators, networks, a training step and a film"
	@echo "make format       lay out every source file"
	@echo "make check-style  check layout, layers, sizes and names"
	@echo "make clean        remove build/"

demo:
	@tools/setup build
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel
	$(RELEASE)/reel generate -p "A large red ball bounces on the beach by day" --seed 3 --seconds 4 \
		-o demo.mp4
	@echo "The film is $(CURDIR)/demo.mp4"

test:
	@tools/setup test
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE)
	@$(CTEST) --test-dir $(RELEASE)

# The real server with the bundled model; what npm installs stays in build/clients.
test-clients:
	@tools/setup build clients
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel
	@tests/clients/run $(RELEASE)/reel models/mini build/clients

test-crash:
	@tools/setup test
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel make_tiny_model
	@REEL_CRASH_TASKS=200 REEL_CRASH_KILLS=20 ctest --test-dir $(RELEASE) --output-on-failure \
		--no-tests=error -R '^e2e\.(tiny_model|crash)$$'

test-load:
	@tools/setup build load
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel load_websockets
	@tests/load/run $(RELEASE)/reel $(RELEASE)/tests/load/load_websockets models/mini

build:
	@tools/setup build
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE)

asan:
	@tools/setup test
	@cmake --preset asan
	@cmake --build build/asan
	@$(CTEST) --test-dir build/asan

# server.media is left out: its decoder runs alone in a child with seconds of processor time, too few
# for code that the sanitizer slows down.
tsan:
	@tools/setup test fuzz
	@cmake --preset tsan
	@cmake --build build/tsan --target tests_base tests_server reel make_tiny_model
	@$(CTEST) --test-dir build/tsan -R '^(server|base)\.|^e2e\.(tiny_model|serve|outside)$$' \
		-E '^server\.media$$'

fuzz:
	@tools/setup fuzz
	@cmake --preset fuzz
	@cmake --build build/fuzz --target fuzzers
	@tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

cuda:
	@tools/setup test
	@test -f build/cuda/build.ninja || cmake --preset cuda
	@cmake --build build/cuda
	@$(CTEST) --test-dir build/cuda -L cuda

bench:
	@tools/setup build
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel
	$(RELEASE)/reel bench

format:
	@tools/setup style
	@find src include tests tools \( -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' \) -print0 | \
		xargs -0 clang-format -i

check-style:
	@tools/setup test style
	@find src include tests tools \( -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' \) -print0 | \
		xargs -0 clang-format --dry-run -Werror
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE)
	@$(CTEST) --test-dir $(RELEASE) -R '^style\.'

clean:
	rm -rf build

.PHONY: help demo test test-clients test-crash test-load build asan tsan fuzz cuda bench format check-style clean
