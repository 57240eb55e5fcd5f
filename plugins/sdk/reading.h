// What most plugins write alike while they read.
#ifndef PLUGINS_SDK_READING_H_
#define PLUGINS_SDK_READING_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "plugins/sdk/source.h"

namespace meridian {

// A document that cannot be read at all: InvalidArgument with `reason`.
inline absl::Status DocumentError(const v1::DocumentHead& head,
                                  absl::string_view reason,
                                  absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason,
                   absl::StrCat("document '", head.path(), "': ", message),
                   {{"document", head.path()}});
}

// A snapshot that replaces its stream as a whole.
inline v1::BeginSnapshot BeginOf(std::string stream, v1::Vintage vintage,
                                 v1::Coverage::Extent extent) {
  v1::BeginSnapshot begin;
  begin.set_stream(std::move(stream));
  *begin.mutable_vintage() = std::move(vintage);
  begin.mutable_coverage()->set_extent(extent);
  begin.set_mode(v1::SNAPSHOT_MODE_REPLACES);
  return begin;
}

inline void AddNote(absl::string_view field, v1::Note::Kind kind,
                    absl::string_view text, v1::Record* record) {
  v1::Note& note = *record->add_notes();
  note.set_field(std::string(field));
  note.set_kind(kind);
  note.set_text(std::string(text));
}

}  // namespace meridian

#endif  // PLUGINS_SDK_READING_H_
