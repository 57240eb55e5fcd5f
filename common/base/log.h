// Structured logs: one JSON object a line on standard error.
#ifndef COMMON_BASE_LOG_H_
#define COMMON_BASE_LOG_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace meridian {

enum class LogLevel { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

using LogField = std::pair<absl::string_view, std::string>;

// Writes {"time":..,"level":..,"message":..,<fields>}. Safe from any thread;
// one line is one write.
void Log(LogLevel level, absl::string_view message,
         std::initializer_list<LogField> fields = {});

// "debug", "info", "warning" or "error"; nullopt for anything else.
std::optional<LogLevel> ParseLogLevel(absl::string_view name);

// Lines below `level` are dropped. Default kInfo.
void SetLogLevel(LogLevel level);

}  // namespace meridian

#endif  // COMMON_BASE_LOG_H_
