// The last lines of what a process writes, in bounded memory.
#ifndef INGEST_SERVICE_PLUGIN_HOST_LOG_TAIL_H_
#define INGEST_SERVICE_PLUGIN_HOST_LOG_TAIL_H_

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace meridian::ingest {

class LogTail {
 public:
  // Bytes of a line that are kept.
  static constexpr size_t kMaxLineBytes = 400;

  explicit LogTail(size_t lines) : lines_(lines) {}
  void Append(absl::string_view bytes);
  // The last lines, an unfinished one included; printable, without empty
  // ones.
  std::vector<std::string> Lines() const;

 private:
  void EndLine();

  const size_t lines_;
  std::deque<std::string> complete_;
  std::string open_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_LOG_TAIL_H_
