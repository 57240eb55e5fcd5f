#include "ingest_service/plugin_host/log_tail.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "ingest_service/plugin_host/failure.h"

namespace meridian::ingest {

void LogTail::EndLine() {
  if (!absl::StripAsciiWhitespace(open_).empty()) {
    complete_.push_back(open_);
    if (complete_.size() > lines_) complete_.pop_front();
  }
  open_.clear();
}

void LogTail::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    const size_t room = kMaxLineBytes - open_.size();
    open_.append(bytes.data(), std::min(end, room));
    if (end == bytes.size()) return;
    EndLine();
    bytes.remove_prefix(end + 1);
  }
}

std::vector<std::string> LogTail::Lines() const {
  std::vector<std::string> lines;
  for (const std::string& line : complete_) {
    lines.push_back(Printable(line, kMaxLineBytes));
  }
  if (!absl::StripAsciiWhitespace(open_).empty()) {
    lines.push_back(Printable(open_, kMaxLineBytes));
  }
  if (lines.size() > lines_) {
    lines.erase(lines.begin(),
                lines.end() - static_cast<std::ptrdiff_t>(lines_));
  }
  return lines;
}

}  // namespace meridian::ingest
