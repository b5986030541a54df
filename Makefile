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
	@echo "make asan         run every test under the address and undefined-behaviour sanitizers"
	@echo "make tsan         run every test under the thread sanitizer"
	@echo "make fuzz         fuzz every format for $(FUZZ_SECONDS) s each (FUZZ_SECONDS=N)"
	@echo "make bench        measure operators, networks, a training step and a film"
	@echo "make format       lay out every source file"
	@echo "make check-style  check layout, layers, sizes and names"
	@echo "make clean        remove build/"

demo:
	@tools/setup build
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel
	$(RELEASE)/reel generate -p "A red ball bounces in a sunny meadow" --seed 7 --seconds 4 \
		-o demo.mp4
	@echo "The film is $(CURDIR)/demo.mp4"

test:
	@tools/setup test
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE)
	@$(CTEST) --test-dir $(RELEASE)

build:
	@tools/setup build
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE)

asan:
	@tools/setup test
	@cmake --preset asan
	@cmake --build build/asan
	@$(CTEST) --test-dir build/asan

tsan:
	@tools/setup test fuzz
	@cmake --preset tsan
	@cmake --build build/tsan
	@$(CTEST) --test-dir build/tsan

fuzz:
	@tools/setup fuzz
	@cmake --preset fuzz
	@cmake --build build/fuzz --target fuzzers
	@tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

bench:
	@tools/setup build
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE) --target reel
	$(RELEASE)/reel bench

format:
	@tools/setup style
	@find src include tests tools \( -name '*.[ch]' -o -name '*.cu' \) -print0 | \
		xargs -0 clang-format -i

check-style:
	@tools/setup test style
	@find src include tests tools \( -name '*.[ch]' -o -name '*.cu' \) -print0 | \
		xargs -0 clang-format --dry-run -Werror
	@test -f $(RELEASE)/build.ninja || cmake --preset release
	@cmake --build $(RELEASE)
	@$(CTEST) --test-dir $(RELEASE) -R '^style\.'

clean:
	rm -rf build

.PHONY: help demo test build asan tsan fuzz bench format check-style clean
