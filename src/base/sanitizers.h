/* Which sanitizers this build runs under, 0 or 1 each; gcc and clang say it differently. */
#ifndef REEL_BASE_SANITIZERS_H
#define REEL_BASE_SANITIZERS_H

#if defined(__has_feature)
#define REEL_HAS_FEATURE(name) __has_feature(name)
#else
#define REEL_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || REEL_HAS_FEATURE(address_sanitizer)
#define REEL_IS_ASAN 1
#else
#define REEL_IS_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || REEL_HAS_FEATURE(thread_sanitizer)
#define REEL_IS_TSAN 1
#else
#define REEL_IS_TSAN 0
#endif

#endif
