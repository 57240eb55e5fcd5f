// Whether this program is built with a sanitizer: it reserves terabytes, so
// memory limits make no sense, and turns crashes into reports.
#ifndef INGEST_SERVICE_PLUGIN_HOST_SANITIZED_H_
#define INGEST_SERVICE_PLUGIN_HOST_SANITIZED_H_

namespace meridian::ingest {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MERIDIAN_IS_SANITIZED 1
#endif
#endif

#if defined(MERIDIAN_IS_SANITIZED)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_SANITIZED_H_
